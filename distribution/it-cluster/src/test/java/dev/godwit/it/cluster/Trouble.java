package dev.godwit.it.cluster;

/** What happens to nodes of a cluster of three, from outside; each ends before the next begins. */
enum Trouble {
    KILL_ACTIVE,
    KILL_STANDBY,
    /** No majority is left. */
    KILL_TWO,
    /** A node that dies comes back with an empty disk. */
    EMPTY_STANDBY,
    STOP_ACTIVE,
    ROLLING_RESTART,
    PAUSE_ACTIVE,
    PAUSE_STANDBY,
    /** Of its nodes the active one hears nobody, and nobody hears it; clients do. */
    ISOLATE_ACTIVE,
    ISOLATE_STANDBY,
    /** Neither nodes nor clients reach it. */
    UNPLUG_ACTIVE,
    /** The active node is heard, and hears none. */
    DEAFEN_ACTIVE,
    /** The active node hears, and is not heard. */
    MUTE_ACTIVE,
    /** The node's disk stands still again and again. */
    SLOW_DISK_OF_ACTIVE,
    STALLED_DISK_OF_ACTIVE,
    SLOW_DISK_OF_STANDBY,
    FULL_DISK_OF_ACTIVE,
    FULL_DISK_OF_STANDBY,
    /** Hazelcast's members hear nothing of each other. */
    NO_DISCOVERY,
    /** Hazelcast has ended in all nodes; then the active one dies. */
    NO_HAZELCAST
}
