package dev.godwit.storage.replication;

/**
 * What a replica is in its epoch.
 *
 * <pre>
 *   FOLLOWER ── no leader heard ──▶ TRYING ── a majority would ──▶ CANDIDATE ── a majority has ──▶ LEADER
 *       ▲────── leader or newer epoch ─┴───────────────────────────────┴───── deposed, alone, removed ─┘
 * </pre>
 */
public enum Role {
    /** Takes what the leader sends, if there is one. Learners are nothing else ever. */
    FOLLOWER,
    /** Asks whether a majority would vote for it; nothing is promised yet. */
    TRYING,
    /** Has voted for itself in a new epoch and asks for votes. */
    CANDIDATE,
    /** A majority has voted for it: it appends, and says what is committed. */
    LEADER;

    boolean mayBecome(Role next) {
        return switch (this) {
            case FOLLOWER, TRYING -> next != LEADER;
            case CANDIDATE -> true;
            case LEADER -> next == FOLLOWER;
        };
    }
}
