package dev.godwit.broker.cluster.placement;

import dev.godwit.storage.replication.ReplicaId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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
     * @param nowMillis of a monotonic clock
     */
    public List<ClusterMember> observe(Collection<ClusterMember> present, long nowMillis) {
        boolean first = all.isEmpty();
        for (ClusterMember member : present) {
            all.computeIfAbsent(member.replica(), replica -> new Seen(member, nowMillis, first))
                    .onPresent(member, nowMillis);
        }
        all.values().removeIf(each -> each.isOver(nowMillis));
        List<ClusterMember> stable = new ArrayList<>();
        for (Seen each : all.values()) {
            if (each.isStable(nowMillis) && !isSucceeded(each, nowMillis)) {
                stable.add(each.member);
            }
        }
        return stable;
    }

    /** Whether the same node is here with another journal: the old one does not come back then. */
    private boolean isSucceeded(Seen old, long nowMillis) {
        return all.values().stream()
                .anyMatch(each -> each != old
                        && each.member.nodeId().equals(old.member.nodeId())
                        && each.sinceMillis > old.sinceMillis
                        && each.isStable(nowMillis));
    }

    private final class Seen {
        private final long sinceMillis;
        private ClusterMember member;
        private long lastMillis;
        private boolean stable;

        Seen(ClusterMember member, long sinceMillis, boolean stable) {
            this.member = member;
            this.sinceMillis = sinceMillis;
            this.stable = stable;
            lastMillis = sinceMillis;
        }

        void onPresent(ClusterMember now, long nowMillis) {
            member = now;
            lastMillis = nowMillis;
        }

        boolean isStable(long nowMillis) {
            stable |= lastMillis == nowMillis && nowMillis - sinceMillis >= settleMillis;
            return stable;
        }

        /** Gone for long, or gone before it counted. */
        boolean isOver(long nowMillis) {
            long gone = nowMillis - lastMillis;
            return stable ? gone >= goneMillis : gone > 0;
        }
    }
}
