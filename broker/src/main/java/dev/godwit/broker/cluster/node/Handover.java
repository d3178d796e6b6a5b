package dev.godwit.broker.cluster.node;

import dev.godwit.storage.replication.ReplicaId;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Hands all shards over that this node leads, and knows to whom it can. Stateless; any thread. */
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

    /** Whether a node is not to lead. */
    boolean rests(String nodeId) {
        return resting.rests(nodeId);
    }

    /** To whom this node can hand over, as it stands now. */
    CompletableFuture<Heirs> heirs() {
        return Growth.statuses(copies).thenApply(all -> new Heirs(all, self, notices.reached(), resting.nodes()));
    }

    /**
     * Hands over.
     *
     * @return done when this node leads nothing; it may go on to lead when the other one does not take over
     */
    CompletableFuture<Void> to(ReplicaId heir) {
        return CompletableFuture.allOf(copies.stream()
                .map(copy -> CompletableFuture.completedFuture(copy)
                        .thenComposeAsync(kept -> kept.handOverTo(heir), copy.owner()))
                .toArray(CompletableFuture[]::new));
    }
}
