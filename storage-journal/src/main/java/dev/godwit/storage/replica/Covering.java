package dev.godwit.storage.replica;

import dev.godwit.storage.replication.Replica;
import dev.godwit.storage.replication.Role;

/**
 * Up to where a copy keeps only what is alive of its log. The leader decides it for all: what every copy has may go. A
 * follower that gets on is waited for, however far it is behind; one that is away, or stands still, only as long as what it needs is
 * not old. Owned by the copy's owner.
 */
final class Covering {
    private static final long INTERVAL_MILLIS = 1_000;

    private final CopyWrites writes;
    private final FollowerPace pace = new FollowerPace();
    private long coverIndex;
    private long lookedMillis;

    /** @param coverIndex as it was found */
    Covering(CopyWrites writes, long coverIndex) {
        this.writes = writes;
        this.coverIndex = coverIndex;
    }

    /** Up to here the log is not kept whole. */
    long index() {
        return coverIndex;
    }

    /** The state after that entry has come from elsewhere. */
    void onInstalled(long index) {
        coverIndex = index;
    }

    /** Another leader: how its followers get on is not known. */
    void onRole() {
        pace.reset();
    }

    /**
     * Time passes.
     *
     * @param neededFrom entries from this one on are needed in any case
     */
    void onTime(Replica replica, long neededFrom, long nowMillis) {
        if (nowMillis - lookedMillis < INTERVAL_MILLIS) {
            return;
        }
        lookedMillis = nowMillis;
        long here = Math.min(replica.commitIndex(), replica.durableIndex());
        if (replica.role() == Role.LEADER) {
            long waitedFor = Math.min(pace.slowest(replica.matchedIndices(), nowMillis), neededFrom - 1);
            replica.release(Math.min(Math.min(waitedFor, writes.oldIndex()), here));
        }
        long index = Math.min(replica.mayCoverTo(), here);
        if (index > coverIndex) {
            coverIndex = index;
            replica.onCheckpointTaken(index);
            writes.cover(index);
        }
    }
}
