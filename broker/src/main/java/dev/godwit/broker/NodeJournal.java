package dev.godwit.broker;

import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.shard.ShardLogs;
import dev.godwit.storage.journal.JournalStatistics;
import dev.godwit.storage.record.ShardRecovery;
import java.util.UUID;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The node's journal, as who serves clients from it sees it. */
interface NodeJournal {
    /** Names what is kept: made once with the journal, or with the cluster. */
    UUID id();

    /**
     * Tells what is alive in all shards, shard 0 first, before the first of their logs is opened. Blocks.
     *
     * @throws java.io.UncheckedIOException when something cannot be read
     * @throws BrokerStartException when this node may not serve
     */
    void replay(IntFunction<@Nullable ShardRecovery> recoveryOfShard) throws BrokerStartException;

    /** The logs of all shards, each to be opened once after a {@link #replay}. */
    ShardLogs logs();

    /** What it has done since the start. Any thread. */
    JournalStatistics statistics();

    /** Whether producers should wait for the disk, or for other nodes. Any thread. */
    boolean isCongested();

    /** The cluster of the node; null where there is none. Any thread. */
    default @Nullable ClusterControl cluster() {
        return null;
    }
}
