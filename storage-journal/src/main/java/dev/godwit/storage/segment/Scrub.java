package dev.godwit.storage.segment;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.Blocks;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads once, slowly, all that the journal held at a start, so that damage is found while the rest can still be saved:
 * a start itself reads only what came after the last checkpoint. Made before the writer starts; has a thread of its own
 * then, until it is through or closed.
 */
final class Scrub implements Runnable, Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Scrub.class);
    private static final long END_SECONDS_MAX = 10;

    /** A segment, and up to where it was written at the start. */
    private record Stretch(Segment segment, long end) {}

    private final FileLayer files;
    private final List<Stretch> stretches = new ArrayList<>();
    private final long bytesPerSecond;
    private final WriterCounters counters;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);

    private long beginNanos;
    private long bytesRead;
    private int damages;

    Scrub(FileLayer files, SegmentLine line, long bytesPerSecond, WriterCounters counters) {
        this.files = files;
        this.bytesPerSecond = bytesPerSecond;
        this.counters = counters;
        for (Segment segment : line.all()) {
            if (!segment.isMissing()) {
                stretches.add(new Stretch(segment, segment.endPosition()));
            }
        }
    }

    @Override
    public void run() {
        beginNanos = System.nanoTime();
        try (var reader = new SegmentReader(files)) {
            for (Stretch stretch : stretches) {
                if (!read(reader, stretch)) {
                    return;
                }
            }
            LOG.info("Journal scrubbed: {} bytes verified, {} places damaged", bytesRead, damages);
        } catch (IOException e) {
            LOG.warn("Journal scrub could not close a file", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            ended.countDown();
        }
    }

    /** False when the scrub is to end. */
    private boolean read(SegmentReader reader, Stretch stretch) throws InterruptedException {
        long position = Blocks.BLOCK_BYTES;
        try {
            reader.open(stretch.segment());
            while (position < stretch.end()) {
                if (reader.batchOrHoleAt(position)) {
                    position += reader.batchBlockBytes();
                } else {
                    long behind = behindDamage(reader, stretch, position);
                    if (!confirm(stretch, position, behind)) {
                        return true;
                    }
                    position = behind;
                    reader.open(stretch.segment());
                }
                if (isToEnd(position)) {
                    return false;
                }
            }
        } catch (IOException e) {
            onUnreadable(stretch.segment(), position, e);
        }
        bytesRead += stretch.end();
        return true;
    }

    /** Waits as long as it takes to stay below the rate; true when the scrub is to end. */
    private boolean isToEnd(long position) throws InterruptedException {
        double seconds = (double) (bytesRead + position) / bytesPerSecond;
        long early = (long) (seconds * TimeUnit.SECONDS.toNanos(1)) - (System.nanoTime() - beginNanos);
        return closing.await(Math.max(0, early), TimeUnit.NANOSECONDS);
    }

    /** Where the damaged batch ends, by its header, or by where the next one begins. */
    private static long behindDamage(SegmentReader reader, Stretch stretch, long position) throws IOException {
        BatchHeader header = reader.headerAt(position);
        if (header != null && position + Blocks.roundUp(header.batchBytes()) <= stretch.end()) {
            return position + Blocks.roundUp(header.batchBytes());
        }
        long behind = position + Blocks.BLOCK_BYTES;
        while (behind < stretch.end() && reader.headerAt(behind) == null) {
            behind += Blocks.BLOCK_BYTES;
        }
        return Math.min(behind, stretch.end());
    }

    /** False when the segment was freed meanwhile: then what was read may be what its file is used for now. */
    private boolean confirm(Stretch stretch, long position, long behind) throws IOException {
        Segment segment = stretch.segment();
        String problem;
        try (var again = new SegmentReader(files)) {
            again.open(segment);
            if (again.batchAt(position) == SegmentReader.Found.BATCH) {
                return true;
            }
            problem = again.problem().isEmpty() ? "a batch is missing here" : again.problem();
        }
        if (!files.names().contains(segment.fileName())) {
            return false;
        }
        damages++;
        counters.onDamage();
        LOG.error(
                "Journal damage: {} at offset {} ({} bytes): {}. What is intact is still served; stop the broker, then find"
                        + " out with 'godwit journal verify' and mend with 'godwit journal repair'",
                segment.fileName(),
                position,
                behind - position,
                problem);
        return true;
    }

    private void onUnreadable(Segment segment, long position, IOException failure) {
        boolean freed;
        try {
            freed = !files.names().contains(segment.fileName());
        } catch (IOException e) {
            freed = false;
        }
        if (!freed) {
            damages++;
            counters.onDamage();
            LOG.error("Journal segment {} cannot be read at offset {}", segment.fileName(), position, failure);
        }
    }

    /** Ends it, wherever it is. Any thread but its own. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (!ended.await(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                LOG.warn("Journal scrub is still busy with a file after {} s", END_SECONDS_MAX);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
