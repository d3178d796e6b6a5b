package dev.godwit.broker.policy;

/** What happens to a message that comes to a queue which holds as many as it may. */
public enum WhenFull {
    /** It waits, not confirmed, until there is room: its producer gets no credit back. */
    BLOCK,
    /** It is refused. */
    REJECT,
    /** It is taken, and the oldest of the lowest priority that nobody has is dropped: a ring. */
    DROP_OLDEST
}
