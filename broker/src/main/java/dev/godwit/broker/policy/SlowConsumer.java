package dev.godwit.broker.policy;

/** What becomes of a consumer that settles fewer messages than it should. */
public enum SlowConsumer {
    /** Nothing; nobody looks. */
    NONE,
    /** It is named in the log and in what operators are told of its queue. */
    NOTIFY,
    /** The same, and it is detached. */
    DETACH
}
