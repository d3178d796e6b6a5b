package dev.godwit.broker;

import dev.godwit.broker.shard.ShardLogs;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalStatistics;
import dev.godwit.storage.record.ShardRecovery;
import java.util.UUID;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** The journal of a broker that stands alone: what is on its disk is safe. */
record OwnJournal(Journal journal) implements NodeJournal, AutoCloseable {
    @Override
    public UUID id() {
        return journal.id();
    }

    @Override
    public void replay(IntFunction<@Nullable ShardRecovery> recoveryOfShard) {
        journal.recover(recoveryOfShard);
    }

    @Override
    public ShardLogs logs() {
        return journal::shardLog;
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
    public void close() {
        journal.close();
    }
}
