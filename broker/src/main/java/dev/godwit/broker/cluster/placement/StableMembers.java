package dev.godwit.broker.cluster.placement;

import dev.godwit.storage.replication.ReplicaId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Who counts when copies are placed: not each who comes and goes, but who has been here for a while, and until he has been gone
 * for a while. Copying a shard is dear, and a node that restarts is back soon. Owned by one thread; told the time.
 */
public final class StableMembers {
    private final long settleMillis;
    private final long goneMillis;
    private final Map<ReplicaId, Seen> all = new TreeMap<>();

    /**
     * @param settleMillis how long a node has to be here before it gets copies; the first nodes of all get them at once
     * @param goneMillis how long a node has to be gone before its copies are made elsewhere
     */
    public StableMembers(long settleMillis, long goneMillis) {
        this.settleMillis = settleMillis;
        this.goneMillis = goneMillis;
    }

    /**
     * Who counts now.
     *
     * @param present who is here
     * @param keepers who has copies, as the shards' logs say: of one who has not been here yet it is not known whether it is gone
     * @param nowMillis of a monotonic clock
     */
    public Attendance observe(Collection<ClusterMember> present, Set<ReplicaId> keepers, long nowMillis) {
        boolean first = all.isEmpty();
        Set<ReplicaId> here = new HashSet<>();
        for (ClusterMember member : present) {
            here.add(member.replica());
            all.computeIfAbsent(member.replica(), replica -> new Seen(member, nowMillis, first))
                    .onPresent(member, nowMillis);
        }
        for (ReplicaId keeper : keepers) {
            // Its zone is not known before it comes, and not used.
            all.computeIfAbsent(keeper, replica -> new Seen(new ClusterMember(replica, ""), nowMillis, false));
        }
        all.forEach((replica, each) -> {
            if (!here.contains(replica)) {
                each.onAbsent(nowMillis);
            }
        });
        all.values().removeIf(each -> each.isOver() && !keepers.contains(each.member.replica()));
        List<ClusterMember> counted = new ArrayList<>();
        Set<ReplicaId> gone = new HashSet<>();
        for (Seen each : all.values()) {
            if (isSucceeded(each) || each.isGone(nowMillis)) {
                gone.add(each.member.replica());
            } else if (each.stable) {
                counted.add(each.member);
            }
        }
        return new Attendance(counted, gone);
    }

    /** Whether the same node is here with another journal: the old one does not come back then. */
    private boolean isSucceeded(Seen old) {
        return all.values().stream()
                .anyMatch(each -> each != old
                        && each.member.nodeId().equals(old.member.nodeId())
                        && each.stable
                        && !old.here
                        && each.lastMillis >= old.lastMillis);
    }

    private final class Seen {
        private ClusterMember member;
        private long sinceMillis;
        private long lastMillis;
        private boolean stable;
        private boolean here;

        Seen(ClusterMember member, long nowMillis, boolean stable) {
            this.member = member;
            this.stable = stable;
            sinceMillis = nowMillis;
            lastMillis = nowMillis;
        }

        void onPresent(ClusterMember now, long nowMillis) {
            if (!here) {
                here = true;
                sinceMillis = nowMillis;
            }
            member = now;
            lastMillis = nowMillis;
            stable |= nowMillis - sinceMillis >= settleMillis;
        }

        void onAbsent(long nowMillis) {
            here = false;
            stable &= !isGone(nowMillis);
        }

        boolean isGone(long nowMillis) {
            return nowMillis - lastMillis >= goneMillis;
        }

        /** Gone for long, or gone before it counted. */
        boolean isOver() {
            return !here && !stable;
        }
    }
}
