package dev.godwit.broker;

import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.node.ClusterNode;
import dev.godwit.broker.cluster.node.Term;
import dev.godwit.broker.shard.ShardLogs;
import dev.godwit.storage.journal.JournalStatistics;
import dev.godwit.storage.record.ShardRecovery;
import dev.godwit.storage.replica.ReplicatedJournal;
import java.util.UUID;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The journal of a node of a cluster in a term in which it leads all shards: what a majority has on its disks is safe.
 *
 * @param id of the cluster, the same on all nodes
 */
record TermJournal(UUID id, ReplicatedJournal journal, ClusterNode node, Term term, StartSteps steps)
        implements NodeJournal {
    @Override
    public void replay(IntFunction<@Nullable ShardRecovery> recoveryOfShard) throws BrokerStartException {
        var over = term.over();
        var unused = steps.await(journal.replay(shard -> {
            var recovery = recoveryOfShard.apply(shard);
            return recovery == null ? null : new TermReplay(recovery, over);
        }));
    }

    @Override
    public ShardLogs logs() {
        return node.logs(term);
    }

    @Override
    public JournalStatistics statistics() {
        return journal.statistics();
    }

    @Override
    public boolean isCongested() {
        return journal.isCongested();
    }

    @Override
    public ClusterControl cluster() {
        return node.control();
    }
}
