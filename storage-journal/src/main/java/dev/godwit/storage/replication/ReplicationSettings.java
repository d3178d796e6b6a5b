package dev.godwit.storage.replication;

/**
 * Times and bounds of replication. Times are of one monotonic clock for each node; the clocks of two nodes may differ in
 * speed by as much as the lease is shorter than the refusal.
 *
 * @param heartbeatMillis how often a leader says that it lives
 * @param electionMillisMin how long a follower that hears no leader waits at least before it tries to be one; after its
 *     start a quarter of that is enough
 * @param electionMillisMax how long it waits at most; a leader that no majority answers for so long gives up
 * @param leaseMillis for how long after sending a heartbeat that a majority answered a leader may deliver
 * @param refusalMillis for how long after hearing a leader, or after whoever ran it before had ended, a voter votes for nobody
 * @param batchBytesMax payloads in one message, unless a single one is larger
 * @param inFlightBatchesMax messages with entries that a follower has not answered
 * @param inFlightBytesMax payloads in these
 * @param gatheredEntries so many wait at least for the next message to a follower that has not answered the one before: what it
 *     costs all nodes hangs on the number of messages more than on that of entries, and the follower is still syncing
 * @param promotionLagMax how many entries a learner may be behind when it becomes a voter
 * @param checkpointMillis after which a checkpoint that was not answered is sent again
 * @param copies how many replicas, learners among them, there are to be: while there are fewer, nothing counts as held by all, so
 *     that those that come soon can be given the log
 * @param patience so many times as long a follower waits before it tries. More than 1 for replicas that are told when to try, by
 *     {@link Replica#contend}, and by themselves only if nobody tells them: if somebody tries who has less than such a replica, that
 *     tries at once
 */
public record ReplicationSettings(
        long heartbeatMillis,
        long electionMillisMin,
        long electionMillisMax,
        long leaseMillis,
        long refusalMillis,
        int batchBytesMax,
        int inFlightBatchesMax,
        long inFlightBytesMax,
        int gatheredEntries,
        long promotionLagMax,
        long checkpointMillis,
        int copies,
        int patience) {
    public static final ReplicationSettings DEFAULT =
            new ReplicationSettings(100, 1_000, 2_000, 750, 1_000, 256 << 10, 64, 4 << 20, 64, 10_000, 3_000, 1, 1);

    public ReplicationSettings {
        if (heartbeatMillis < 1 || 2 * heartbeatMillis > leaseMillis) {
            throw new IllegalArgumentException("heartbeat every " + heartbeatMillis + " ms, lease " + leaseMillis);
        }
        if (leaseMillis >= refusalMillis || refusalMillis > electionMillisMin) {
            throw new IllegalArgumentException(
                    "lease " + leaseMillis + ", refusal " + refusalMillis + ", election " + electionMillisMin + " ms");
        }
        if (electionMillisMax <= electionMillisMin) {
            throw new IllegalArgumentException("election " + electionMillisMin + " to " + electionMillisMax + " ms");
        }
        if (batchBytesMax < 1 || inFlightBatchesMax < 1 || inFlightBytesMax < batchBytesMax || gatheredEntries < 1) {
            throw new IllegalArgumentException("batches of " + batchBytesMax + " bytes, " + inFlightBatchesMax
                    + " in flight, " + inFlightBytesMax + " bytes, " + gatheredEntries + " entries gathered");
        }
        if (promotionLagMax < 0 || checkpointMillis < 1 || copies < 1 || patience < 1) {
            throw new IllegalArgumentException("lag " + promotionLagMax + ", checkpoint " + checkpointMillis + " ms, "
                    + copies + " copies, patience " + patience);
        }
    }

    /** The same for so many replicas. */
    public ReplicationSettings withCopies(int wanted) {
        return with(wanted, patience);
    }

    /** The same for a replica that is so patient. */
    public ReplicationSettings withPatience(int times) {
        return with(copies, times);
    }

    private ReplicationSettings with(int otherCopies, int otherPatience) {
        return new ReplicationSettings(
                heartbeatMillis,
                electionMillisMin,
                electionMillisMax,
                leaseMillis,
                refusalMillis,
                batchBytesMax,
                inFlightBatchesMax,
                inFlightBytesMax,
                gatheredEntries,
                promotionLagMax,
                checkpointMillis,
                otherCopies,
                otherPatience);
    }
}
