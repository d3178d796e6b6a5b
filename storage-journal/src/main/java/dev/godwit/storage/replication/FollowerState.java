package dev.godwit.storage.replication;

/** How a leader sends its log to a follower. */
enum FollowerState {
    /** It is not known where its log leaves the leader's: one message at a time finds out. */
    PROBING,
    /** It is known: messages follow each other without waiting for answers, as many as may be in flight. */
    STREAMING,
    /** It needs what is not kept any more: a checkpoint is on its way. */
    LOADING
}
