package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.ClusterReport;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an operator orders of the node that serves. Stateless: any thread may ask, and what is done is done on the control loop. */
final class Orders implements ClusterControl {
    private static final Logger log = LoggerFactory.getLogger(Orders.class);

    /** So that the answer is out before clients are sent away. */
    private static final long BEFORE_HANDING_OVER_MILLIS = 200;

    private final EventLoop control;
    private final String cluster;
    private final ReplicaId self;
    private final Handover handover;
    private final Notices notices;
    private final Resting resting;
    private final Supplier<List<NodeProfile>> here;

    /**
     * @param cluster its name
     * @param here who is here; asked on any thread
     */
    Orders(
            EventLoop control,
            String cluster,
            ReplicaId self,
            Handover handover,
            Notices notices,
            Resting resting,
            Supplier<List<NodeProfile>> here) {
        this.control = control;
        this.cluster = cluster;
        this.self = self;
        this.handover = handover;
        this.notices = notices;
        this.resting = resting;
        this.here = here;
    }

    @Override
    public CompletableFuture<ClusterReport> report() {
        return handover.heirs()
                .thenApply(heirs -> Reporting.of(cluster, self, here.get(), heirs.statuses(), resting::rests));
    }

    private CompletableFuture<Reply> decide(Function<Heirs, CompletableFuture<Reply>> decision) {
        return handover.heirs()
                .thenComposeAsync(
                        heirs -> heirs.isKnown()
                                ? decision.apply(heirs)
                                : now(Outcome.NOT_REACHED, "another node is becoming active; ask again"),
                        control);
    }

    private static CompletableFuture<Reply> now(Outcome outcome, String text) {
        return CompletableFuture.completedFuture(new Reply(outcome, text));
    }

    private static CompletableFuture<Reply> unknown(String nodeId) {
        return now(Outcome.UNKNOWN, "no node " + nodeId + " keeps copies and votes in this cluster");
    }

    private boolean isSelf(String nodeId) {
        return nodeId.equals(self.nodeId());
    }

    @Override
    public CompletableFuture<Reply> rest(String nodeId, boolean rest) {
        return decide(heirs -> {
            if (heirs.voter(nodeId).isEmpty() && !resting.rests(nodeId)) {
                return unknown(nodeId);
            }
            return rest ? drain(nodeId, heirs) : tell(nodeId, false, nodeId + " may lead");
        });
    }

    private CompletableFuture<Reply> drain(String nodeId, Heirs heirs) {
        if (resting.rests(nodeId)) {
            return now(Outcome.BEGUN, nodeId + " rests already");
        }
        if (isSelf(nodeId) && heirs.best() == null) {
            return now(
                    Outcome.REFUSED,
                    "nobody can lead in the place of " + nodeId + ": " + heirs.obstacles() + "; nothing was changed");
        }
        if (!heirs.mayRest(nodeId)) {
            return now(
                    Outcome.REFUSED,
                    "at rest already: " + String.join(", ", heirs.othersAtRest(nodeId)) + "; with " + nodeId
                            + ", too, nobody might lead when another node fails; nothing was changed");
        }
        return tell(nodeId, true, isSelf(nodeId) ? nodeId + " hands over, and rests" : nodeId + " is to rest");
    }

    private CompletableFuture<Reply> tell(String nodeId, boolean rest, String text) {
        var begun = new Reply(Outcome.BEGUN, text);
        return isSelf(nodeId)
                ? resting.rest(rest)
                        .handle((done, failed) -> failed == null
                                ? begun
                                : new Reply(
                                        Outcome.NOT_REACHED,
                                        nodeId + " cannot write that down, and nothing was changed: " + failed))
                : notices.order(nodeId, rest)
                        .thenApply(sent -> sent ? begun : new Reply(Outcome.NOT_REACHED, nodeId + " is not connected"));
    }

    /** The active node wants this one to rest, or not any more. On the control loop; what cannot be done, its log says. */
    void onRestWanted(String from, boolean rest) {
        log.info("node {} says that this one is {}", from, rest ? "to rest" : "to rest no more");
        var unused = resting.rest(rest);
    }

    @Override
    public CompletableFuture<Reply> moveTo(String nodeId) {
        return decide(heirs -> {
            var voter = heirs.voter(nodeId);
            if (voter.isEmpty()) {
                return unknown(nodeId);
            }
            if (isSelf(nodeId)) {
                return now(Outcome.BEGUN, nodeId + " is active already");
            }
            var obstacle = heirs.obstacle(voter.get());
            if (obstacle != null) {
                return now(Outcome.REFUSED, nodeId + " cannot lead, for it " + obstacle + "; nothing was changed");
            }
            control.schedule(BEFORE_HANDING_OVER_MILLIS, () -> {
                var unused = handover.to(voter.get());
            });
            return now(Outcome.BEGUN, self.nodeId() + " hands over to " + nodeId);
        });
    }
}
