package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalReplay;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
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

    private final FileLayer files;
    private final LogSettings settings;
    private final AppendQueue queue = new AppendQueue();
    private final WriterCounters counters = new WriterCounters();
    private final ConcurrentHashMap<Integer, ShardTail> tails = new ConcurrentHashMap<>();
    private final ExecutorService background =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "journal-segments"));
    private final SegmentSupply supply;
    private final JournalFile file;
    private final CountDownLatch writerEnded = new CountDownLatch(1);
    private final UUID journalId;
    private final int segmentsRecovered;
    private final int tornBatches;

    private @Nullable RecoveredLog recovered;
    private volatile @Nullable JournalWriter writer;

    private SegmentedLog(FileLayer files, LogSettings settings, @Nullable RecoveredLog found) throws IOException {
        this.files = files;
        this.settings = settings;
        journalId = found == null ? UUID.randomUUID() : found.journalId();
        long nextGeneration = found == null ? 1 : found.segments().current().generation() + 1;
        supply = new SegmentSupply(
                files,
                journalId,
                settings.segmentBytes(),
                nextGeneration,
                background,
                System::currentTimeMillis,
                this::onBackgroundFailure);
        try {
            segmentsRecovered = found == null ? 0 : found.segments().count();
            if (found == null) {
                file = begin(journalId);
            } else {
                file = goOn(found);
            }
        } catch (IOException | RuntimeException e) {
            background.shutdownNow();
            throw e;
        }
        RecoveredLog log = recovered;
        if (log == null) {
            throw new IllegalStateException("nothing was recovered and nothing begun");
        }
        tornBatches = log.tornBatches();
        tails.putAll(log.tails());
    }

    /**
     * Reads and verifies what is there, and makes the end of it durable.
     *
     * @throws CorruptJournalException when what is there is damaged, or no journal of ours; nothing was changed
     */
    public static SegmentedLog open(FileLayer files, LogSettings settings) throws IOException {
        RecoveredLog found = RecoveryScan.scan(files);
        if (found != null) {
            checkSize(found, settings);
        }
        return new SegmentedLog(files, settings, found);
    }

    /** Given to the journal when it was made; a new directory has a new one. */
    public UUID journalId() {
        return journalId;
    }

    private static void checkSize(RecoveredLog found, LogSettings settings) throws CorruptJournalException {
        for (Segment segment : found.segments().all()) {
            if (segment.capacityBytes() > settings.segmentBytes()) {
                throw CorruptJournalException.foreign(
                        segment.fileName(),
                        "it was written with segments of " + segment.capacityBytes() + " bytes; they may be made larger"
                                + " than that, not smaller (" + settings.segmentBytes() + ")");
            }
        }
    }

    /** The first segments of a new journal. */
    private JournalFile begin(UUID journalId) throws IOException {
        for (String name : files.names()) {
            if (Segment.isSpareName(name)) {
                supply.offerSpare(name);
            }
        }
        supply.prepareNext();
        for (int i = 1; i < settings.segmentsAhead(); i++) {
            supply.prepareNext();
        }
        SegmentSupply.Ready first = supply.take();
        var line = new SegmentLine();
        line.add(first.segment());
        var live = new LiveRecords(line);
        live.endRecovery();
        recovered = new RecoveredLog(
                journalId, line, List.of(), List.of(), live, Map.of(), new TreeMap<>(), Set.of(), 1, 0);
        return first.file();
    }

    private JournalFile goOn(RecoveredLog found) throws IOException {
        recovered = found;
        JournalFile tail = files.openForWriting(found.segments().current().fileName());
        // A killed process may have left its last batch in the page cache: it is about to be believed.
        tail.sync();
        for (Segment segment : found.unused()) {
            supply.offerReady(segment);
        }
        for (String spare : found.spares()) {
            supply.offerSpare(spare);
        }
        for (int i = found.unused().size(); i < settings.segmentsAhead(); i++) {
            supply.prepareNext();
        }
        return tail;
    }

    /** Delivers every record once, and returns their number. Called once, before {@link #start}. */
    public long replay(IntFunction<@Nullable JournalReplay> replays) throws IOException {
        RecoveredLog log = recovered;
        if (log == null) {
            throw new IllegalStateException("the journal was replayed already");
        }
        return Replay.run(files, log, replays);
    }

    /**
     * Starts the writer thread.
     *
     * @param onFailure called once, on the writer thread, when a file operation failed; nothing is written afterwards
     */
    public void start(Consumer<IOException> onFailure) {
        RecoveredLog log = recovered;
        if (log == null) {
            throw new IllegalStateException("the journal was started already");
        }
        recovered = null;
        var mover = new StragglerMover(files, log.segments(), log.live(), settings.slackBytes());
        var runnable = new JournalWriter(settings, files.alignmentBytes(), queue, supply, log, file, mover, counters);
        writer = runnable;
        new Thread(() -> runWriter(runnable, onFailure), "journal-writer").start();
    }

    /** The failure listener may end the process, whose end may wait in {@link #close}: so the writer has ended before. */
    private void runWriter(JournalWriter running, Consumer<IOException> onFailure) {
        running.run();
        writerEnded.countDown();
        IOException failure = running.failure();
        if (failure != null) {
            onFailure.accept(failure);
        }
    }

    /** How far the shard has come; where a shard is new, nowhere. Until the shard is opened. */
    public ShardTail tail(int shard) {
        return tails.computeIfAbsent(shard, ShardTail::new);
    }

    /** {@code synced} hears from now on how far the shard is safe. Before the first {@link #append} to it. */
    public void listen(ShardTail tail, ShardTail.Synced synced) {
        tail.tells(synced);
    }

    /** Any thread. False when more than {@code max} bytes would be pending; then nothing may be appended. */
    public boolean reserve(long bytes, long max) {
        return queue.reserve(bytes, max);
    }

    /** Any thread. Bytes that were reserved and are not yet on stable storage. */
    public long pendingBytes() {
        return queue.pendingBytes();
    }

    /** Any thread, but one at a time for each shard: the order of the calls is the order in the log. */
    public void append(ShardTail tail, long index, long epoch, JournalRecord record, long bytes, boolean lazy) {
        queue.offer(new Append(tail, index, epoch, record, bytes, lazy));
    }

    /** Any thread: the record is not needed at the next start. */
    public void release(ShardTail tail, long index) {
        queue.offer(new Append(tail, index, 0, null, 0, true));
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

    /** Writes what was appended, and ends the threads. */
    public void close() {
        JournalWriter running = writer;
        boolean interrupted = false;
        if (running != null) {
            running.close();
            interrupted = awaitWriter();
        }
        background.shutdown();
        try {
            if (!background.awaitTermination(BACKGROUND_END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("Journal is still busy with a segment file after {} s", BACKGROUND_END_SECONDS);
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

    private void onBackgroundFailure(IOException failure) {
        JournalWriter running = writer;
        if (running != null) {
            running.onBackgroundFailure(failure);
        }
    }
}
