package dev.godwit.storage.replica;

import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalStore;
import dev.godwit.storage.replication.HardState;
import dev.godwit.storage.replication.LogEntry;
import dev.godwit.storage.replication.LogOutline;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Voters;
import dev.godwit.storage.replication.VotersChanged;
import dev.godwit.storage.segment.FileLayer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the journal of a stopped node the sole voter of all its shards, without asking those who voted before: for when so many of
 * them are lost for good that they will never be a majority again. The node that is started on it leads at once; all that its
 * log holds is committed then, and what only the others had is lost.
 *
 * <p>No rule of replication allows that. So whoever calls it sees to it that no voter of before is heard any more, nor is told
 * anything: it may have committed other entries in the place of those that come now.
 *
 * <p>Owned by one thread, from {@link #open} to {@link #close}; meanwhile the directory is locked.
 */
public final class SoleVoter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SoleVoter.class);

    /** The two writes of each copy. */
    private static final long ENTRY = 1;

    private static final long PROMISE = 2;

    /**
     * The lost ones may have gone on to newer epochs than this replica has heard of. What others make of an epoch, such as the
     * numbers of queues, has to be another one all the same.
     */
    static final long EPOCHS_AHEAD = 1_000;

    private final JournalStore store;
    private final ReplicaId self;
    private final List<LogOutline> outlines;
    private final Promises promises;
    private final Semaphore called = new Semaphore(0);

    /** Written by the threads that write. */
    private volatile @Nullable IOException failure;

    private SoleVoter(JournalStore store, String nodeId, int shardCount) throws IOException {
        this.store = store;
        self = new ReplicaId(nodeId, store.log().journalId());
        outlines = new ArrayList<>();
        for (int shard = 0; shard < shardCount; shard++) {
            LogOutline outline = ReplicatedJournal.outline(shard, store.log().entries(shard));
            if (outline.voters().equals(Voters.NONE)) {
                throw new IllegalStateException("nobody has a vote in shard " + shard + ": none was taken from others");
            }
            outlines.add(outline);
        }
        promises = Promises.open(store.files(), self.journalId(), false, Runnable::run, this::onFailed);
    }

    /**
     * Locks the directory and reads what is there. Blocks.
     *
     * @param nodeId the name that the node votes by
     * @param shardCount there are the shards 0 to below this
     * @throws IllegalStateException a shard has no voters: the node was never taken in, or a broker that stood alone has written
     *     the journal
     * @throws PromisesLostException nothing tells what this journal has promised to others
     * @throws JournalOpenException when the journal is in use, damaged, foreign or unusable
     */
    public static SoleVoter open(JournalConfiguration configuration, String nodeId, int shardCount)
            throws JournalOpenException, PromisesLostException {
        return open(JournalStore.open(configuration), nodeId, shardCount);
    }

    /** For tests: on files of their own making, without a lock. */
    static SoleVoter open(JournalConfiguration configuration, FileLayer files, String nodeId, int shardCount)
            throws JournalOpenException, PromisesLostException {
        return open(JournalStore.open(configuration, files), nodeId, shardCount);
    }

    private static SoleVoter open(JournalStore store, String nodeId, int shardCount)
            throws JournalOpenException, PromisesLostException {
        try {
            return new SoleVoter(store, nodeId, shardCount);
        } catch (PromisesLostException e) {
            store.close();
            throw e;
        } catch (IOException e) {
            store.close();
            throw JournalStore.whyNot(store.configuration().directory(), e);
        } catch (RuntimeException e) {
            store.close();
            throw e;
        }
    }

    public UUID journalId() {
        return self.journalId();
    }

    /**
     * Does it, once: it is on stable storage when this returns. First each shard's log is given an entry that names this replica alone, in
     * an epoch that is newer by {@value #EPOCHS_AHEAD} than any that it knows; when all have it, their promises are moved on, and who
     * was in repair mode is whole. After a crash some of that is there, and it may be done again: what is there is not done twice.
     * Blocks.
     *
     * @throws IOException when the disk fails
     */
    public void make() throws IOException {
        store.start(this::onFailed);
        var alone = Voters.of(self);
        List<CopyWrites> writes = new ArrayList<>();
        List<CopyWrites> entries = new ArrayList<>();
        for (int shard = 0; shard < outlines.size(); shard++) {
            var own = new CopyWrites(shard, store.log(), promises, called::release);
            writes.add(own);
            LogOutline outline = outlines.get(shard);
            if (!outline.voters().equals(alone)) {
                var entry = new LogEntry(outline.lastIndex() + 1, newEpoch(shard), new VotersChanged(alone));
                outline.append(entry);
                own.append(ENTRY, List.of(entry), false);
                entries.add(own);
            }
        }
        entries.forEach(CopyWrites::wakeWriter);
        await(entries, ENTRY);
        for (int shard = 0; shard < outlines.size(); shard++) {
            writes.get(shard).promise(PROMISE, promised(shard));
        }
        await(writes, PROMISE);
        LOG.info("{} is the sole voter of {} shards", self, outlines.size());
    }

    private long newEpoch(int shard) {
        return EPOCHS_AHEAD
                + Math.max(promises.of(shard).epoch(), outlines.get(shard).lastEpoch());
    }

    private HardState promised(int shard) {
        HardState before = promises.of(shard);
        long epoch = Math.max(before.epoch(), outlines.get(shard).lastEpoch());
        ReplicaId vote = epoch == before.epoch() ? before.vote() : self;
        return new HardState(epoch, vote, before.starts(), false);
    }

    private void onFailed(IOException thrown) {
        failure = thrown;
        called.release();
    }

    private void await(List<CopyWrites> writes, long sequence) throws IOException {
        while (failure == null && !writes.stream().allMatch(each -> each.durableSequence() >= sequence)) {
            called.acquireUninterruptibly();
        }
        IOException thrown = failure;
        if (thrown != null) {
            throw new IOException("the disk failed: " + thrown.getMessage(), thrown);
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
