package dev.godwit.storage.segment;

import dev.godwit.storage.record.ShardRecovery;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All shards' records in one stream of segment files. Opened, replayed once, started, then appended to by any thread;
 * the writer thread does the rest.
 */
public final class SegmentedLog {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentedLog.class);
    private static final long BACKGROUND_END_SECONDS = 30;
    private static final long ROOM_LOOK_MILLIS = 500;

    private final FileLayer files;
    private final LogSettings settings;
    private final AppendQueue queue =
            new AppendQueue(Watch.with(Runtime.getRuntime().availableProcessors()));
    private final WriterCounters counters = new WriterCounters();
    private final ConcurrentHashMap<Integer, ShardTail> tails = new ConcurrentHashMap<>();
    private final LogThreads threads;
    private final RecordReads reads;
    private final SegmentSupply supply;
    private final JournalFile file;
    private final CountDownLatch writerEnded = new CountDownLatch(1);
    private final UUID journalId;
    private final int segmentsRecovered;
    private final int tornBatches;
    private final List<Damage> damages;

    private @Nullable RecoveredLog recovered;
    private @Nullable Future<?> looking;
    private @Nullable Scrub scrub;
    private volatile @Nullable JournalWriter writer;
    private volatile @Nullable IOException backgroundFailure;

    private SegmentedLog(FileLayer files, LogSettings settings, LogThreads threads, @Nullable RecoveredLog found)
            throws IOException {
        this.files = files;
        this.settings = settings;
        this.threads = threads;
        journalId = found == null ? UUID.randomUUID() : found.journalId();
        reads = new RecordReads(files, journalId, threads.reading(), queue::offerRead);
        supply = new SegmentSupply(
                files,
                journalId,
                settings,
                found == null ? 1 : found.segments().current().generation() + 1,
                threads.background(),
                System::currentTimeMillis,
                this::onBackgroundFailure);
        var opening = new LogOpening(files, settings, supply);
        if (found == null) {
            SegmentSupply.Ready first = opening.begin();
            recovered = RecoveredLog.beginning(journalId, first.segment());
            file = first.file();
            segmentsRecovered = 0;
            tornBatches = 0;
            damages = List.of();
        } else {
            segmentsRecovered = found.segments().count();
            tornBatches = found.tornBatches();
            tails.putAll(found.tails());
            damages = found.damages();
            if (found.losses().isEmpty()) {
                recovered = found;
                file = opening.goOn(found);
            } else {
                var acceptance = new LossAcceptance(files, found, System::currentTimeMillis);
                acceptance.mendSegments();
                opening.goOn(found).close();
                SegmentSupply.Ready next = opening.takeAtOnce();
                recovered = acceptance.continueIn(next, found.tails().values());
                file = next.file();
            }
        }
    }

    /**
     * Reads and verifies what is there, and makes the end of it durable.
     *
     * @param acceptLoss whether to go on without what is damaged; the log tells what that is
     * @throws CorruptJournalException when what is there is damaged and that is not accepted, or no journal of ours;
     *     nothing was changed
     * @throws DiskFullException when there is no room to write even what would make room
     */
    public static SegmentedLog open(FileLayer files, LogSettings settings, boolean acceptLoss) throws IOException {
        LogThreads threads = LogThreads.start();
        try {
            return open(files, settings, threads, acceptLoss);
        } catch (IOException | RuntimeException e) {
            threads.shutdownNow();
            throw e;
        }
    }

    /** With the background work done by {@code threads}. */
    static SegmentedLog open(FileLayer files, LogSettings settings, LogThreads threads, boolean acceptLoss)
            throws IOException {
        RecoveredLog found = RecoveryScan.scan(files, acceptLoss);
        if (found != null) {
            LogOpening.check(found, settings, acceptLoss, files.names());
        }
        return new SegmentedLog(files, settings, threads, found);
    }

    /** Given to the journal when it was made; a new directory has a new one. */
    public UUID journalId() {
        return journalId;
    }

    /** Tells each shard what is alive in it, and returns how many facts there were. Called once, before {@link #start}. */
    public long recover(IntFunction<@Nullable ShardRecovery> recoveries) throws IOException {
        RecoveredLog log = recovered;
        if (log == null) {
            throw new IllegalStateException("the journal was recovered already");
        }
        return StateRecovery.run(files, log, recoveries);
    }

    /** What was found of a shard's log. Before {@link #start}. */
    public FoundEntries entries(int shard) throws IOException {
        RecoveredLog log = recovered;
        if (log == null) {
            throw new IllegalStateException("the journal was started already");
        }
        return FoundEntries.of(files, log, shard);
    }

    /** Whether the commit of any shard is a majority's. Before {@link #start}. */
    public boolean isAnyReplicated() {
        return tails.values().stream().anyMatch(ShardTail::isReplicated);
    }

    /** Has all that is there verified in the background, at that rate. Before {@link #start}. */
    public void scrub(long bytesPerSecond) {
        RecoveredLog log = recovered;
        if (log == null) {
            throw new IllegalStateException("the journal was started already");
        }
        scrub = new Scrub(files, log.segments(), bytesPerSecond, counters);
    }

    /**
     * Starts the writer thread.
     *
     * @param onFailure called once, on the writer thread, when a file operation failed; nothing is written afterwards
     */
    public void start(Consumer<IOException> onFailure) {
        JournalWriter attached = attach();
        if (threads.background() instanceof ScheduledExecutorService timer) {
            looking = timer.scheduleWithFixedDelay(
                    this::lookForRoom, ROOM_LOOK_MILLIS, ROOM_LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (scrub != null) {
            new Thread(scrub, "journal-scrub").start();
        }
        new Thread(() -> runWriter(attached, onFailure), "journal-writer").start();
    }

    /** Hands everything over to the writer, which somebody has to run. */
    JournalWriter attach() {
        RecoveredLog log = recovered;
        if (log == null) {
            throw new IllegalStateException("the journal was started already");
        }
        recovered = null;
        var logs = new EntryLogs(log.live(), log.segments());
        log.tails().values().stream().filter(tail -> tail.entries() != null).forEach(logs::add);
        log.toRestate().forEach(each -> logs.restate(tail(each.shard()), each.entry()));
        var mover = new StragglerMover(
                files, log.segments(), log.live(), settings.slackBytes(), supply.space(), logs::oldestNeeded);
        boolean keeps = settings.retentionMillis() > 0;
        var indexing = new SegmentIndexing(
                files,
                journalId,
                threads.background(),
                keeps,
                log.segments().current().isFresh());
        var retention = new SegmentRetention(
                settings.retentionMillis(), settings.retentionBytes(), indexing::sealedAtMillis, segment -> {
                    supply.retire(segment);
                    indexing.forget(segment);
                });
        retention.restore(log.kept());
        long oldest =
                (log.kept().isEmpty() ? log.segments().oldest() : log.kept().get(0)).generation();
        threads.background().execute(() -> SegmentIndexing.deleteStale(files, oldest, keeps));
        var checkpoints = new Checkpointing(
                files,
                journalId,
                log.segments(),
                log.live(),
                logs,
                retention,
                threads.checkpointing(),
                queue::interruptSleep,
                this::onBackgroundFailure,
                settings,
                log.bytesSinceCheckpoint());
        var attached = new JournalWriter(
                settings,
                files.alignmentBytes(),
                queue,
                supply,
                log,
                file,
                logs,
                mover,
                reads,
                checkpoints,
                retention,
                indexing,
                counters);
        writer = attached;
        IOException early = backgroundFailure;
        if (early != null) {
            attached.onBackgroundFailure(early);
        }
        return attached;
    }

    /** The failure listener may end the process, whose end may wait in {@link #close}: so the writer has ended before. */
    private void runWriter(JournalWriter running, Consumer<IOException> onFailure) {
        running.run();
        writerEnded.countDown();
        endReplays();
        IOException failure = running.failure();
        if (failure != null) {
            onFailure.accept(failure);
        }
    }

    /**
     * Any thread: tells what is alive in each shard, on the writer thread, when all that was handed over before is written and
     * has its effects. Nothing is written meanwhile.
     *
     * @param shards that are told also when nothing is alive in them
     * @param recoveries null for a shard that is not known, which is an error
     * @return how many facts were told; completed on the writer thread, exceptionally when something cannot be read or the
     *     journal has ended
     */
    public CompletableFuture<Long> replay(List<Integer> shards, IntFunction<@Nullable ShardRecovery> recoveries) {
        var request = new ReplayRequest(files, shards, recoveries);
        queue.offerReplay(request);
        if (writerEnded.getCount() == 0) {
            endReplays();
        }
        return request.facts();
    }

    private void endReplays() {
        for (ReplayRequest request = queue.pollReplay(); request != null; request = queue.pollReplay()) {
            request.end();
        }
    }

    /** How far the shard has come; where a shard is new, nowhere. Until the shard is opened. */
    public ShardTail tail(int shard) {
        return tails.computeIfAbsent(shard, ShardTail::new);
    }

    /** {@code synced} hears from now on how far the shard is safe. Before anything is appended to it. */
    public void listen(ShardTail tail, ShardTail.Synced synced) {
        tail.tells(synced);
    }

    /** Any thread. False when more than {@code max} bytes would be pending; then nothing may be appended. */
    public boolean reserve(long bytes, long max) {
        return queue.reserve(bytes, max);
    }

    /** Any thread. What was reserved, and is not appended after all. */
    public void giveBack(long bytes) {
        queue.written(bytes);
    }

    /** Any thread. Bytes that were reserved and are not yet on stable storage. */
    public long pendingBytes() {
        return queue.pendingBytes();
    }

    /** Where the shard's owner hands over what is to be written. Once for each shard. */
    public ShardIntake intake(ShardTail tail) {
        return new ShardIntake(tail, queue);
    }

    /**
     * The same for a shard whose commit is a majority's from now on, if it was not before. What was written before that is
     * committed.
     */
    public EntryIntake entryIntake(ShardTail tail) {
        return new EntryIntake(tail, queue);
    }

    /** Any thread: what was appended is to be written now. */
    public void wake() {
        queue.wake();
    }

    /**
     * Any thread: reads back records that are on stable storage.
     *
     * @param whenRead called on the reading thread, unless the log is closed before
     */
    public void read(int shard, long[] indices, Consumer<RecordsRead> whenRead) {
        queue.offerRead(new ReadRequest(shard, indices.clone(), whenRead));
    }

    /**
     * Any thread: reads entries of a shard whose commit is a majority's, as they were appended, whatever became of them: those that
     * are on stable storage and not covered.
     *
     * @param bytesMax from how many bytes on, but for the first of them, they are left out
     * @param whenRead as for {@link #read}; behind the first that is missing there is none
     */
    public void readEntries(int shard, long firstIndex, int count, long bytesMax, Consumer<RecordsRead> whenRead) {
        queue.offerRead(ReadRequest.ofEntries(shard, firstIndex, count, bytesMax, whenRead));
    }

    /**
     * Any thread: reads what came to a queue, as far back as segments are kept.
     *
     * @param whenRead called on the reading thread, unless the log is closed before
     */
    public void readHistory(
            int shard,
            long queueId,
            long fromTimeMillis,
            long afterIndex,
            int recordsMax,
            Consumer<HistoryRead> whenRead) {
        queue.offerHistory(new HistoryRequest(shard, queueId, fromTimeMillis, afterIndex, recordsMax, whenRead));
    }

    /**
     * Any thread: takes the state of a shard whose commit is a majority's, as it is at its committed index.
     *
     * @param millisMax for how long segments are kept for it that nobody else needs
     * @param whenTaken called on the reading thread, unless the log is closed before; {@link #endCapture} must follow some time
     */
    public void capture(int shard, long millisMax, Consumer<StateCapture> whenTaken) {
        queue.offerCapture(new StateCapture(shard, millisMax, whenTaken));
    }

    /**
     * Any thread: reads on in it; not before the last piece has come.
     *
     * @param bytesMax what the records may take on disk, unless one takes more
     * @param whenRead called on the reading thread, unless the log is closed before
     */
    public void readState(StateCapture capture, int bytesMax, Consumer<StatePiece> whenRead) {
        reads.read(capture, bytesMax, whenRead);
    }

    /** Any thread: nobody reads it any more. */
    public void endCapture(StateCapture capture) {
        reads.end(capture, () -> queue.offerCapture(capture));
    }

    /** Any thread: looks whether there is room again. */
    void lookForRoom() {
        supply.lookForRoom();
    }

    /** What is left of the disk. */
    public DiskSpace space() {
        return supply.space();
    }

    public WriterCounters counters() {
        return counters;
    }

    /** Segments that held records when the journal was opened. */
    public int segmentsRecovered() {
        return segmentsRecovered;
    }

    /** Batches that were begun and not completed when the node stopped: 0 or 1. */
    public int tornBatches() {
        return tornBatches;
    }

    /** What was found not to be as it was written when the journal was opened. */
    public List<Damage> damages() {
        return damages;
    }

    /** Writes what was appended, and ends the threads; false when one of them is still busy with a file. */
    public boolean close() {
        JournalWriter running = writer;
        boolean interrupted = false;
        boolean ended = false;
        if (scrub != null && running != null) {
            scrub.close();
        }
        if (running != null) {
            supply.stopWaiting();
            running.close();
            interrupted = awaitWriter();
        }
        if (looking != null) {
            looking.cancel(false);
        }
        try {
            ended = threads.end(BACKGROUND_END_SECONDS);
            if (ended) {
                reads.close();
            } else {
                LOG.warn("Journal is still busy with its files after {} s", BACKGROUND_END_SECONDS);
            }
            supply.close();
            if (running == null) {
                file.close();
            }
        } catch (IOException e) {
            LOG.warn("Journal file could not be closed", e);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return ended;
    }

    /** Waits even when interrupted: records may be on their way. True when it was. */
    private boolean awaitWriter() {
        boolean interrupted = false;
        while (true) {
            try {
                writerEnded.await();
                return interrupted;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
    }

    /** The writer may not be there yet: then it finds the failure when it comes. */
    private void onBackgroundFailure(IOException failure) {
        backgroundFailure = failure;
        JournalWriter running = writer;
        if (running != null) {
            running.onBackgroundFailure(failure);
        }
    }
}
