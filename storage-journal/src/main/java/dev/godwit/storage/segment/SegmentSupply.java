package dev.godwit.storage.segment;

import dev.godwit.storage.format.Blocks;
import dev.godwit.storage.format.SegmentHeader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes segments ready before the writer needs them, and takes back those that it needs no more. The work is done on one
 * background thread, which owns the state here; only {@link #take} and {@link #retire} are called by the writer.
 *
 * <p>A segment gets its name when its header is on stable storage, and the segments before it have theirs: so there is
 * never a gap, and never a named segment without a header.
 */
final class SegmentSupply {
    private static final int SPARES_KEPT = 2;

    /** A segment that can be written on at once. */
    record Ready(Segment segment, JournalFile file) {}

    private record Delivery(@Nullable Ready ready, @Nullable IOException failure) {}

    private final FileLayer files;
    private final UUID journalId;
    private final long segmentBytes;
    private final Executor background;
    private final Consumer<IOException> onFailure;
    private final LongSupplier wallClockMillis;
    private final LinkedBlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    private final ArrayDeque<String> spares = new ArrayDeque<>();
    private final ByteBuffer block;

    private long nextGeneration;
    private long nextSpareNumber = 1;
    private boolean failed;

    /** @param onFailure called once, on the background thread, when a file operation failed */
    SegmentSupply(
            FileLayer files,
            UUID journalId,
            long segmentBytes,
            long nextGeneration,
            Executor background,
            LongSupplier wallClockMillis,
            Consumer<IOException> onFailure) {
        this.files = files;
        this.journalId = journalId;
        this.segmentBytes = segmentBytes;
        this.nextGeneration = nextGeneration;
        this.background = background;
        this.wallClockMillis = wallClockMillis;
        this.onFailure = onFailure;
        block = ByteBuffer.allocateDirect(Blocks.BLOCK_BYTES + files.alignmentBytes())
                .alignedSlice(files.alignmentBytes())
                .slice(0, Blocks.BLOCK_BYTES);
    }

    /** Before the first {@link #take}: a segment that was ready when the node stopped. */
    void offerReady(Segment segment) throws IOException {
        deliveries.add(new Delivery(new Ready(segment, files.openForWriting(segment.fileName())), null));
        nextGeneration = segment.generation() + 1;
    }

    /** Before the first {@link #take}: a file without content. */
    void offerSpare(String name) throws IOException {
        if (spares.size() < SPARES_KEPT && bytesOf(name) == segmentBytes) {
            spares.add(name);
        } else {
            files.delete(name);
        }
    }

    /** Has one more segment made ready. */
    void prepareNext() {
        background.execute(() -> run(this::prepare));
    }

    int readyCount() {
        return deliveries.size();
    }

    /** The next segment, and has another one made ready. Waits when none is; {@link #readyCount} tells before. */
    Ready take() throws IOException {
        prepareNext();
        try {
            Delivery delivery = deliveries.take();
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

    /** Closes what was made ready and not used. After the background thread has ended. */
    void close() throws IOException {
        for (Delivery delivery : deliveries) {
            if (delivery.ready() != null) {
                delivery.ready().file().close();
            }
        }
        deliveries.clear();
    }

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
            failed = true;
            deliveries.add(new Delivery(null, e));
            onFailure.accept(e);
        }
    }

    private void prepare() throws IOException {
        var header = new SegmentHeader(journalId, nextGeneration, segmentBytes, wallClockMillis.getAsLong());
        String spare = spares.poll();
        if (spare == null) {
            spare = unusedSpareName();
            files.createZeroed(spare, segmentBytes);
        }
        JournalFile file = files.openForWriting(spare);
        header.writeTo(block);
        file.writeDurably(block, 0);
        String name = Segment.fileName(nextGeneration);
        files.rename(spare, name);
        files.syncDirectory();
        nextGeneration++;
        deliveries.add(new Delivery(new Ready(new Segment(header, name), file), null));
    }

    private void recycle(Segment segment) throws IOException {
        if (spares.size() < SPARES_KEPT && bytesOf(segment.fileName()) == segmentBytes) {
            String spare = unusedSpareName();
            files.rename(segment.fileName(), spare);
            spares.add(spare);
        } else {
            files.delete(segment.fileName());
        }
        files.syncDirectory();
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
