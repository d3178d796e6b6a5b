package dev.godwit.broker.cluster.placement;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.replication.Voters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * In which order nodes are to keep a shard: each shard and node have a number that every node computes alike, and the highest
 * comes first. So a node that comes or goes changes nothing between the others. Stateless.
 */
public final class RendezvousOrder {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    private RendezvousOrder() {}

    /**
     * All members, those that are to keep the shard first: by their numbers, but first one of each zone. A node's journal does
     * not matter, so that one whose disk was emptied keeps its place.
     */
    public static List<ClusterMember> of(int shard, Collection<ClusterMember> members) {
        return of(shard, members, Voters.NONE);
    }

    /** The same where those that have copies keep them: voters come first, then learners, though not before one of each zone. */
    static List<ClusterMember> of(int shard, Collection<ClusterMember> members, Voters keepers) {
        List<ClusterMember> byNumber = new ArrayList<>(members);
        byNumber.sort(
                Comparator.comparing((ClusterMember each) -> keepers.voters().contains(each.replica()))
                        .thenComparing(each -> keepers.learners().contains(each.replica()))
                        .thenComparingLong(each -> number(shard, each.nodeId()))
                        .reversed()
                        .thenComparing(ClusterMember::replica));
        List<ClusterMember> order = new ArrayList<>();
        while (!byNumber.isEmpty()) {
            Set<String> zones = new HashSet<>();
            List<ClusterMember> round = byNumber.stream()
                    .filter(each -> each.zone().isEmpty() || zones.add(each.zone()))
                    .toList();
            order.addAll(round);
            byNumber.removeAll(round);
        }
        return order;
    }

    /** FNV-1a of the name, mixed with the shard's number as SplitMix64 does: not to be changed, or all copies move. */
    static long number(int shard, String nodeId) {
        long hash = FNV_OFFSET;
        for (byte each : nodeId.getBytes(UTF_8)) {
            hash = (hash ^ (each & 0xff)) * FNV_PRIME;
        }
        long mixed = hash + (shard + 1) * GOLDEN;
        mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }
}
