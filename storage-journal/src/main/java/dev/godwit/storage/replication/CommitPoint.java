package dev.godwit.storage.replication;

/** Up to where the log is known to be committed. Owned by its {@link Replica}. */
final class CommitPoint {
    private final ReplicaEffects effects;
    private long index;

    CommitPoint(long index, ReplicaEffects effects) {
        this.index = index;
        this.effects = effects;
    }

    long index() {
        return index;
    }

    void advance(long to) {
        if (to > index) {
            index = to;
            effects.onCommitted(to);
        }
    }
}
