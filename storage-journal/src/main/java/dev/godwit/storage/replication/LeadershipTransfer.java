package dev.godwit.storage.replication;

/** A leader hands its place to another voter. Owned by its {@link Leadership}. */
final class LeadershipTransfer {
    private final ReplicaId target;
    private long sinceMillis;
    private boolean handedOver;

    LeadershipTransfer(ReplicaId target, long nowMillis) {
        this.target = target;
        sinceMillis = nowMillis;
    }

    ReplicaId target() {
        return target;
    }

    /** Whether the target was told: then there is no way back. */
    boolean isHandedOver() {
        return handedOver;
    }

    void handOver(long nowMillis) {
        handedOver = true;
        sinceMillis = nowMillis;
    }

    boolean isLate(long nowMillis, long patienceMillis) {
        return nowMillis - sinceMillis >= patienceMillis;
    }
}
