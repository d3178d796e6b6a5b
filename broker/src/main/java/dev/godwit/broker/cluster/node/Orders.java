package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.ClusterReport;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** What an operator orders of the node that serves. Any thread may ask; what is decided is decided on the control loop, one after the other. */
final class Orders implements ClusterControl {
    private static final String UNCHANGED = "; nothing was changed";

    private final EventLoop control;
    private final String cluster;
    private final ReplicaId self;
    private final Handover handover;
    private final Resting resting;
    private final RestCalls calls;
    private final Retreat retreat;
    private final Supplier<List<NodeProfile>> here;

    /**
     * @param cluster its name
     * @param here who is here; asked on the control loop
     */
    Orders(
            EventLoop control,
            String cluster,
            ReplicaId self,
            Handover handover,
            Resting resting,
            RestCalls calls,
            Retreat retreat,
            Supplier<List<NodeProfile>> here) {
        this.control = control;
        this.cluster = cluster;
        this.self = self;
        this.handover = handover;
        this.resting = resting;
        this.calls = calls;
        this.retreat = retreat;
        this.here = here;
    }

    @Override
    public CompletableFuture<ClusterReport> report() {
        return handover.heirs()
                .thenApplyAsync(
                        heirs -> Reporting.of(
                                cluster,
                                self,
                                here.get(),
                                heirs.statuses(),
                                resting,
                                retreat.underway(),
                                retreat.failure()),
                        control);
    }

    private CompletableFuture<Reply> decide(Function<Heirs, CompletableFuture<Reply>> decision) {
        return handover.heirs()
                .thenComposeAsync(
                        heirs -> heirs.isKnown()
                                ? decision.apply(heirs.andResting(aboutToRest()))
                                : now(Outcome.NOT_REACHED, "another node is becoming active; ask again"),
                        control);
    }

    /** Who rests as soon as it has written that down: what another order was told. */
    private List<String> aboutToRest() {
        var names = new ArrayList<>(resting.nodes());
        names.addAll(calls.toRest());
        if (resting.isWanted()) {
            names.add(self.nodeId());
        }
        return names;
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
            if (rest) {
                return drain(nodeId, heirs);
            }
            if (resting.isWitness(nodeId)) {
                return now(
                        Outcome.REFUSED,
                        nodeId + " is a witness: to have it serve, start it without cluster.witness" + UNCHANGED);
            }
            return isSelf(nodeId) ? restSelf(false) : tell(nodeId, false);
        });
    }

    private CompletableFuture<Reply> drain(String nodeId, Heirs heirs) {
        if (resting.isWitness(nodeId)) {
            return now(Outcome.REFUSED, nodeId + " is a witness, and leads only what nobody else has" + UNCHANGED);
        }
        if (resting.rests(nodeId)) {
            return now(Outcome.BEGUN, nodeId + " rests already");
        }
        if (isSelf(nodeId) && heirs.best(null) == null) {
            return now(
                    Outcome.REFUSED,
                    "nobody can lead in the place of " + nodeId + ": " + heirs.obstacles() + UNCHANGED);
        }
        if (!heirs.mayRest(nodeId)) {
            return now(
                    Outcome.REFUSED,
                    "at rest already: " + String.join(", ", heirs.othersAtRest(nodeId)) + "; with " + nodeId
                            + ", too, nobody might lead when another node fails" + UNCHANGED);
        }
        if (retreat.isOrdered()) {
            return busy(retreat.underway());
        }
        return isSelf(nodeId) ? restSelf(true) : tell(nodeId, true);
    }

    private static CompletableFuture<Reply> busy(String underway) {
        return now(Outcome.REFUSED, underway + "; ask again when that is done" + UNCHANGED);
    }

    private CompletableFuture<Reply> restSelf(boolean rest) {
        String name = self.nodeId();
        return resting.rest(rest)
                .handleAsync(
                        (done, failed) -> {
                            if (failed != null) {
                                return new Reply(
                                        Outcome.NOT_REACHED,
                                        name + " cannot write that down, and nothing was changed: " + failed);
                            }
                            if (rest && resting.rests(name)) {
                                retreat.begin(null);
                            }
                            return new Reply(Outcome.BEGUN, name + (rest ? " hands over, and rests" : " may lead"));
                        },
                        control);
    }

    private CompletableFuture<Reply> tell(String nodeId, boolean rest) {
        return calls.call(nodeId, rest).thenApply(end -> switch (end) {
            case FOLLOWED -> new Reply(Outcome.BEGUN, nodeId + (rest ? " rests" : " may lead"));
            case NOT_CONNECTED -> new Reply(Outcome.NOT_REACHED, nodeId + " is not connected" + UNCHANGED);
            case NO_ANSWER ->
                new Reply(
                        Outcome.NOT_REACHED,
                        nodeId + " was told, and has not said within " + RestCalls.LIMIT_MILLIS / 1_000 + " s that it "
                                + (rest ? "rests: it may do so later, unless that is undone (--undo)" : "may lead")
                                + "; its log may say why");
        });
    }

    @Override
    public CompletableFuture<Reply> moveTo(String nodeId) {
        return decide(heirs -> {
            var voter = heirs.voter(nodeId).orElse(null);
            if (voter == null) {
                return unknown(nodeId);
            }
            if (retreat.isTo(voter)) {
                return now(Outcome.BEGUN, retreat.underway());
            }
            if (retreat.isOrdered()) {
                return busy(retreat.underway());
            }
            if (resting.isWanted() && !resting.rests(self.nodeId())) {
                return busy(self.nodeId() + " is about to rest");
            }
            if (isSelf(nodeId) && resting.isWanted()) {
                return now(Outcome.REFUSED, nodeId + " cannot lead, for it rests" + UNCHANGED);
            }
            if (isSelf(nodeId)) {
                return now(Outcome.BEGUN, nodeId + " is active already");
            }
            var obstacle = heirs.obstacle(voter);
            if (obstacle != null) {
                return now(Outcome.REFUSED, nodeId + " cannot lead, for it " + obstacle + UNCHANGED);
            }
            retreat.begin(voter);
            return now(Outcome.BEGUN, retreat.underway());
        });
    }
}
