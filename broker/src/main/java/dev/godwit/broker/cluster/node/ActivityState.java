package dev.godwit.broker.cluster.node;

/** Whether a node serves clients. One node of a cluster does; it leads the logs of all shards. */
enum ActivityState {
    /** Other nodes lead, or nobody does. Clients are not let in. */
    STANDBY,
    /** It leads all, and builds up what it serves from. */
    STARTING,
    /** Clients are let in. */
    ACTIVE,
    /** It leads all no more: clients are sent away, and what it served from is let go. */
    ENDING
}
