package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replication.ReplicaId;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Hands shards over that this node leads, and knows to whom it can. Shard 0 goes first: who leads that is to lead all, so nobody hands back
 * what was handed over. Stateless; any thread.
 */
final class Handover {
    private final ReplicaId self;
    private final List<KeptShard> copies;
    private final Notices notices;
    private final Resting resting;

    Handover(ReplicaId self, List<KeptShard> copies, Notices notices, Resting resting) {
        this.self = self;
        this.copies = copies;
        this.notices = notices;
        this.resting = resting;
    }

    /** To whom this node can hand over, as it stands now. */
    CompletableFuture<Heirs> heirs() {
        return Growth.statuses(copies)
                .thenApply(all -> new Heirs(all, self, notices.reached(), resting.heard(), resting.nodes()));
    }

    /** Hands shard 0 over, if it leads that: the others follow by {@link Gathering}. When nobody takes over, this node may lead on. */
    void first(ReplicaId heir) {
        var unused = handOver(copies.get(0), heir);
    }

    /**
     * Hands all over to one successor, for a node that ends.
     *
     * @return done when this node leads nothing; at once when there is nobody else
     */
    CompletableFuture<Void> all() {
        return Growth.statuses(copies).thenCompose(statuses -> {
            var heir = Succession.of(
                    statuses,
                    self,
                    each -> resting.rests(each.nodeId()) || !notices.reached().contains(each));
            return heir == null
                    ? CompletableFuture.completedFuture(null)
                    : handOver(copies.get(0), heir).thenCompose(led -> others(heir));
        });
    }

    private CompletableFuture<Void> others(ReplicaId heir) {
        return CompletableFuture.allOf(
                copies.stream().skip(1).map(copy -> handOver(copy, heir)).toArray(CompletableFuture[]::new));
    }

    private static CompletableFuture<Void> handOver(KeptShard copy, ReplicaId heir) {
        return CompletableFuture.completedFuture(copy).thenComposeAsync(kept -> kept.handOverTo(heir), copy.owner());
    }
}
