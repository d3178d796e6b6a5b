package dev.godwit.broker.admin;

import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.ClusterReport;
import dev.godwit.broker.runtime.EventLoop;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Says how it stands with the cluster (docs/management.md). Stateless. */
final class ClusterStatus {
    static final String OPERATION = "CLUSTER-STATUS";

    /** No address, but what rules name in its place. */
    static final String RESOURCE = "$cluster";

    private final Supplier<@Nullable CompletableFuture<ClusterReport>> report;

    /** @param report asked on any loop; gives null where there is no cluster */
    ClusterStatus(Supplier<@Nullable CompletableFuture<ClusterReport>> report) {
        this.report = report;
    }

    void onRequest(Requester requester, EventLoop caller, Consumer<Answer> answer) {
        if (!requester.mayManage(RESOURCE)) {
            answer.accept(new Answer.Draft(Answer.FORBIDDEN, EntityOperations.noRight(requester, OPERATION, RESOURCE)));
            return;
        }
        var asked = report.get();
        if (asked == null) {
            answer.accept(new Answer.Draft(Answer.NOT_FOUND, "this broker stands alone"));
            return;
        }
        var unused = asked.whenCompleteAsync(
                (found, failed) -> answer.accept(
                        found == null
                                ? new Answer.Draft(Answer.UNAVAILABLE, "the node cannot say it now")
                                : new Answer.Draft(Answer.OK, "OK", describe(found), null)),
                caller);
    }

    private static Map<String, Object> describe(ClusterReport report) {
        var all = new LinkedHashMap<String, Object>();
        all.put("cluster", report.cluster());
        all.put("active", report.active());
        all.put("nodes", report.nodes().stream().map(ClusterStatus::node).toList());
        all.put("shards", report.shards().stream().map(ClusterStatus::shard).toList());
        return all;
    }

    private static Map<String, Object> node(ClusterReport.NodeLine node) {
        var line = new LinkedHashMap<String, Object>();
        line.put("node", node.nodeId());
        line.put("zone", node.zone());
        line.put("here", node.here());
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
        line.put("copies", shard.copies().stream().map(ClusterStatus::copy).toList());
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
