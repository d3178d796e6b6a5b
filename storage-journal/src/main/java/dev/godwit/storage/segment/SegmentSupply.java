package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.SegmentHeader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes segments ready before the writer needs them, and takes back those that it needs no more. The work is done on one
 * background thread, which owns the state here; only {@link #take} and {@link #retire} are called by the writer.
 *
 * <p>A segment gets its name when its header is on stable storage, and the segments before it have theirs: so there is
 * never a gap, and never a named segment without a header.
 *
 * <p>A disk without room for one more file is no failure. Segments are then made of a reserve, which was put aside while
 * there was room; what is freed fills the reserve first. {@link #space} tells everybody else.
 */
final class SegmentSupply {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentSupply.class);
    private static final long LOOK_MILLIS = 20;
    private static final long PLENTY_BYTES = 1L << 50;
    private static final long WARN_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** A segment that can be written on at once. */
    record Ready(Segment segment, JournalFile file) {}

    private record Delivery(@Nullable Ready ready, @Nullable IOException failure) {}

    private final FileLayer files;
    private final UUID journalId;
    private final LogSettings settings;
    private final long segmentBytes;
    private final Executor background;
    private final Consumer<IOException> onFailure;
    private final LongSupplier wallClockMillis;
    private final LinkedBlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    private final DiskSpace space;
    private final ArrayDeque<String> spares = new ArrayDeque<>();
    private final ArrayDeque<String> reserve = new ArrayDeque<>();
    private final ByteBuffer block;

    private long nextGeneration;
    private long nextSpareNumber = 1;
    private int owed;
    private boolean failed;
    private @Nullable DiskFullException refusal;
    private boolean warned;
    private long warnedNanos = System.nanoTime() - WARN_EVERY_NANOS;
    private volatile boolean closing;

    /** @param onFailure called once, on the background thread, when a file operation failed */
    SegmentSupply(
            FileLayer files,
            UUID journalId,
            LogSettings settings,
            long nextGeneration,
            Executor background,
            LongSupplier wallClockMillis,
            Consumer<IOException> onFailure) {
        this.files = files;
        this.journalId = journalId;
        this.settings = settings;
        this.nextGeneration = nextGeneration;
        this.background = background;
        this.wallClockMillis = wallClockMillis;
        this.onFailure = onFailure;
        segmentBytes = settings.segmentBytes();
        space = new DiskSpace(deliveries::size, segmentBytes / 4);
        block = ByteBuffer.allocateDirect(Blocks.BLOCK_BYTES + files.alignmentBytes())
                .alignedSlice(files.alignmentBytes())
                .slice(0, Blocks.BLOCK_BYTES);
    }

    /** Before {@link #begin}: a segment that was ready when the node stopped. */
    void offerReady(Segment segment) throws IOException {
        deliveries.add(new Delivery(new Ready(segment, files.openForWriting(segment.fileName())), null));
        nextGeneration = segment.generation() + 1;
    }

    /** Before {@link #begin}: a file without content. */
    void offerSpare(String name) throws IOException {
        if (bytesOf(name) != segmentBytes) {
            files.delete(name);
        } else if (reserve.size() < settings.reserveSegments()) {
            reserve.add(name);
        } else if (spares.size() < settings.sparesKept()) {
            spares.add(name);
        } else {
            files.delete(name);
        }
    }

    /**
     * Before the first {@link #take}: has that many segments made ready, and the reserve, as far as there is room.
     *
     * @return why there is not room for all; null when there is
     */
    @Nullable
    DiskFullException begin(int segments) throws IOException {
        var work = new FutureTask<@Nullable DiskFullException>(() -> {
            owed += segments;
            work();
            return space.isFull() ? refusal : null;
        });
        background.execute(work);
        try {
            return work.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException("no segment could be made ready", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a segment");
        }
    }

    /** Any thread may ask what it says. */
    DiskSpace space() {
        return space;
    }

    int readyCount() {
        return deliveries.size();
    }

    /**
     * The next segment, and has another one made ready. Waits when none is, on a full disk until there is room;
     * {@link #readyCount} tells before.
     *
     * @param whileWaiting what the writer has to do meanwhile, now and then
     * @throws DiskFullException the log is to end, and there is no room for what it has not written yet
     */
    Ready take(Runnable whileWaiting) throws IOException {
        background.execute(() -> run(() -> {
            owed++;
            work();
        }));
        try {
            Delivery delivery = deliveries.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            while (delivery == null) {
                if (closing && space.isFull()) {
                    throw new DiskFullException("no room for another segment, and the journal is being closed");
                }
                whileWaiting.run();
                delivery = deliveries.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            if (delivery.failure() != null || delivery.ready() == null) {
                throw new IOException("no segment could be made ready", delivery.failure());
            }
            return delivery.ready();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for a segment");
        }
    }

    /** The segment's file may be used again: nothing in it is needed, and that is on stable storage. */
    void retire(Segment segment) {
        background.execute(() -> run(() -> recycle(segment)));
    }

    /** Any thread: looks again whether there is room, where there was none. */
    void lookForRoom() {
        if (space.isFull()) {
            background.execute(() -> run(this::work));
        }
    }

    /** Any thread: the log is to end, room or not. */
    void stopWaiting() {
        closing = true;
    }

    /** Closes what was made ready and not used. After the background thread has ended. */
    void close() throws IOException {
        for (Delivery delivery : deliveries) {
            if (delivery.ready() != null) {
                delivery.ready().file().close();
            }
        }
        deliveries.clear();
    }

    // From here on: the background thread only.

    private interface FileTask {
        void run() throws IOException;
    }

    private void run(FileTask task) {
        if (failed) {
            return;
        }
        try {
            task.run();
        } catch (IOException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(new IOException("segments can be made ready no more", e));
        }
    }

    private void fail(IOException failure) {
        failed = true;
        deliveries.add(new Delivery(null, failure));
        onFailure.accept(failure);
    }

    /** Makes ready what is owed to the writer, then fills the reserve, as far as there is room. */
    private void work() throws IOException {
        refusal = null;
        boolean room = true;
        while (owed > 0 && room) {
            String file = emptyFile();
            file = file == null ? fromReserve() : file;
            room = file != null && makeReady(file);
        }
        int reserveBefore = reserve.size();
        while (reserve.size() < settings.reserveSegments() && room) {
            String file = emptyFile();
            room = file != null;
            if (file != null) {
                reserve.add(file);
            }
        }
        if (reserve.size() > reserveBefore) {
            files.syncDirectory();
        }
        tell();
    }

    /** Null when it is used up. Nobody may take what he gets of it for more room: so they are told before. */
    private @Nullable String fromReserve() {
        String file = reserve.poll();
        boolean was = space.isFull();
        space.is(true, reserve.size(), 0);
        if (!was) {
            onFull();
        }
        return file;
    }

    /** Null when there is none, and no room for one. */
    private @Nullable String emptyFile() throws IOException {
        if (!spares.isEmpty()) {
            return spares.remove();
        }
        if (refusal != null) {
            return null;
        }
        String name = unusedSpareName();
        try {
            files.createZeroed(name, segmentBytes);
            return name;
        } catch (DiskFullException e) {
            refusal = e;
            return null;
        }
    }

    /** False when there is not even room for another name. */
    private boolean makeReady(String spare) throws IOException {
        var header = new SegmentHeader(journalId, nextGeneration, segmentBytes, wallClockMillis.getAsLong());
        String name = Segment.fileName(nextGeneration);
        JournalFile file = files.openForWriting(spare);
        try {
            header.writeTo(block);
            file.writeDurably(block, 0);
            files.rename(spare, name);
        } catch (DiskFullException e) {
            file.close();
            reserve.addFirst(spare);
            refusal = e;
            return false;
        }
        files.syncDirectory();
        nextGeneration++;
        owed--;
        deliveries.add(new Delivery(new Ready(new Segment(header, name), file), null));
        return true;
    }

    private void recycle(Segment segment) throws IOException {
        boolean wanted = reserve.size() < settings.reserveSegments() || spares.size() < settings.sparesKept();
        if (wanted && bytesOf(segment.fileName()) == segmentBytes) {
            keep(segment);
        } else {
            files.delete(segment.fileName());
        }
        files.syncDirectory();
        if (space.isFull()) {
            work();
        }
    }

    private void keep(Segment segment) throws IOException {
        String spare = unusedSpareName();
        try {
            files.rename(segment.fileName(), spare);
        } catch (DiskFullException e) {
            files.delete(segment.fileName());
            return;
        }
        (reserve.size() < settings.reserveSegments() ? reserve : spares).add(spare);
    }

    private void tell() throws IOException {
        boolean was = space.isFull();
        boolean full = owed > 0 || reserve.size() < settings.reserveSegments();
        space.is(full, reserve.size(), intakeRoomBytes());
        if (full && !was) {
            onFull();
        } else if (was && !full) {
            onRoom();
        }
    }

    /** A peer can have the disk filled and drained again and again: so not every time at WARN. */
    private void onFull() {
        String line = "Journal {}: the disk is full, no further segment of {} bytes can be made ({}). Producers wait;"
                + " consumers go on, in {} segments kept for that. Free some space, or consume messages";
        Object[] what = {files, segmentBytes, refusal == null ? "" : refusal.getMessage(), space.segmentsLeft()};
        long nowNanos = System.nanoTime();
        warned = nowNanos - warnedNanos >= WARN_EVERY_NANOS;
        if (warned) {
            warnedNanos = nowNanos;
            LOG.warn(line, what);
        } else {
            LOG.debug(line, what);
        }
    }

    private void onRoom() {
        String line = "Journal {} has room again: its reserve is filled, and producers go on";
        if (warned) {
            LOG.info(line, files);
        } else {
            LOG.debug(line, files);
        }
    }

    /**
     * What finds a place even if no byte more can be had. Of the segments at hand, one may have been filled since they
     * were counted, and one is left to those who make room. A quarter goes to padding and headers. Half of what the disk
     * still has may go to checkpoints and to others.
     */
    private long intakeRoomBytes() {
        long segments = files.usableBytes() / segmentBytes / 2 + deliveries.size() + spares.size() + reserve.size() - 2;
        if (segments > PLENTY_BYTES / segmentBytes) {
            return Long.MAX_VALUE;
        }
        return Math.max(segmentBytes / 2, segments * segmentBytes / 4 * 3);
    }

    private long bytesOf(String name) throws IOException {
        try (JournalFile file = files.openForReading(name)) {
            return file.bytes();
        }
    }

    private String unusedSpareName() throws IOException {
        var taken = files.names();
        String name = Segment.spareName(nextSpareNumber++);
        while (taken.contains(name)) {
            name = Segment.spareName(nextSpareNumber++);
        }
        return name;
    }
}
