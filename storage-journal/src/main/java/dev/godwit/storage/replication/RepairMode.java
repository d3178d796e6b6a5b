package dev.godwit.storage.replication;

/**
 * A replica that has lost entries which were on its stable storage, by damage to its disk. They may be committed because it
 * acknowledged them; so it helps nobody to become leader who may not have them. It takes the log like a learner, and
 * is whole again when it has, on stable storage, all that the leader knew to be committed after it had heard of the restart,
 * and that reaches into the leader's own epoch. Owned by its {@link Replica}.
 */
final class RepairMode {
    private static final long NOTHING_HEARD = -1;

    private final StableLog stable;
    private final Rules rules;
    private long commitHeardIndex = NOTHING_HEARD;

    RepairMode(StableLog stable, Rules rules) {
        this.stable = stable;
        this.rules = rules;
    }

    boolean mayVote() {
        return rules.mayVote(stable.hardState().repairing());
    }

    void onOtherLeader() {
        commitHeardIndex = NOTHING_HEARD;
    }

    /** A leader that knows of our last start says what is committed. */
    void onCommitHeard(long index) {
        commitHeardIndex = Math.max(commitHeardIndex, index);
    }

    /** The log is the leader's, on stable storage, up to {@code matchedIndex}. */
    void onMatched(long matchedIndex) {
        HardState state = stable.hardState();
        LogOutline outline = stable.outline();
        if (state.repairing()
                && commitHeardIndex >= outline.checkpointIndex()
                && commitHeardIndex <= matchedIndex
                && rules.isRepaired(outline.epochAt(commitHeardIndex), state.epoch())) {
            stable.write(state.repaired());
        }
    }
}
