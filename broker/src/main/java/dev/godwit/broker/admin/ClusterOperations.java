package dev.godwit.broker.admin;

import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.ClusterReport;
import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says how it stands with the cluster, and tells it what to do (docs/management.md). Stateless. */
final class ClusterOperations {
    private static final String STATUS = "CLUSTER-STATUS";
    private static final String DRAIN = "CLUSTER-DRAIN";
    private static final String UNDO_DRAIN = "CLUSTER-UNDO-DRAIN";
    private static final String MOVE = "CLUSTER-MOVE";
    static final List<String> OPERATIONS = List.of(STATUS, DRAIN, UNDO_DRAIN, MOVE);

    /** No address, but what rules name in its place. */
    static final String RESOURCE = "$cluster";

    private final Supplier<@Nullable ClusterControl> cluster;

    /** @param cluster asked on any loop; gives null where there is no cluster */
    ClusterOperations(Supplier<@Nullable ClusterControl> cluster) {
        this.cluster = cluster;
    }

    /** @param node which node it is about; null when the request names none */
    void onRequest(
            String operation, @Nullable String node, Requester requester, EventLoop caller, Consumer<Answer> answer) {
        if (!requester.mayManage(RESOURCE)) {
            answer.accept(new Answer.Draft(Answer.FORBIDDEN, EntityOperations.noRight(requester, operation, RESOURCE)));
            return;
        }
        var asked = cluster.get();
        if (asked == null) {
            answer.accept(new Answer.Draft(Answer.NOT_FOUND, "this broker stands alone"));
            return;
        }
        if (operation.equals(STATUS)) {
            tell(
                    asked.report().thenApply(found -> new Answer.Draft(Answer.OK, "OK", describe(found), null)),
                    caller,
                    answer);
        } else if (node == null) {
            answer.accept(new Answer.Draft(
                    Answer.BAD_REQUEST, operation + " needs the application property 'node', a string"));
        } else {
            tell(order(asked, operation, node).thenApply(ClusterOperations::answer), caller, answer);
        }
    }

    private static void tell(CompletableFuture<Answer.Draft> asked, EventLoop caller, Consumer<Answer> answer) {
        var unused = asked.whenCompleteAsync(
                (found, failed) -> answer.accept(
                        found == null ? new Answer.Draft(Answer.UNAVAILABLE, "the node cannot say it now") : found),
                caller);
    }

    private static CompletableFuture<ClusterControl.Reply> order(ClusterControl asked, String operation, String node) {
        return switch (operation) {
            case DRAIN -> asked.rest(node, true);
            case UNDO_DRAIN -> asked.rest(node, false);
            case MOVE -> asked.moveTo(node);
            default -> throw new IllegalArgumentException(operation);
        };
    }

    private static Answer.Draft answer(ClusterControl.Reply reply) {
        int status =
                switch (reply.outcome()) {
                    case BEGUN -> Answer.ACCEPTED;
                    case UNKNOWN -> Answer.NOT_FOUND;
                    case REFUSED -> Answer.CONFLICT;
                    case NOT_REACHED -> Answer.UNAVAILABLE;
                };
        return new Answer.Draft(status, reply.text(), Map.of("answer", reply.text()), null);
    }

    private static Map<String, Object> describe(ClusterReport report) {
        var all = new LinkedHashMap<String, Object>();
        all.put("cluster", report.cluster());
        all.put("active", report.active());
        all.put("underway", report.underway());
        all.put("failure", report.failure());
        all.put("nodes", report.nodes().stream().map(ClusterOperations::node).toList());
        all.put("shards", report.shards().stream().map(ClusterOperations::shard).toList());
        return all;
    }

    private static Map<String, Object> node(ClusterReport.NodeLine node) {
        var line = new LinkedHashMap<String, Object>();
        line.put("node", node.nodeId());
        line.put("zone", node.zone());
        line.put("here", node.here());
        line.put("resting", node.resting());
        line.put("witness", node.witness());
        line.put("clients", node.clientUris());
        return line;
    }

    private static Map<String, Object> shard(ClusterReport.ShardLine shard) {
        var line = new LinkedHashMap<String, Object>();
        line.put("shard", shard.shard());
        line.put("leader", shard.leader() == null ? "" : shard.leader());
        line.put("epoch", shard.epoch());
        line.put("commit", shard.commitIndex());
        line.put("settled", shard.settled());
        line.put("copies", shard.copies().stream().map(ClusterOperations::copy).toList());
        return line;
    }

    private static Map<String, Object> copy(ClusterReport.CopyLine copy) {
        var line = new LinkedHashMap<String, Object>();
        line.put("node", copy.nodeId());
        line.put("journal", copy.journalId().toString());
        line.put("votes", copy.votes());
        line.put("lag", copy.lag());
        return line;
    }
}
