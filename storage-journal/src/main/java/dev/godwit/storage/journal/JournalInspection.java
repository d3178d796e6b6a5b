package dev.godwit.storage.journal;

import dev.godwit.storage.format.BatchHeader;
import dev.godwit.storage.format.RecordType;
import dev.godwit.storage.format.RecordView;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.segment.FileLayer;
import dev.godwit.storage.segment.LogContents;
import dev.godwit.storage.segment.LogInspection;
import dev.godwit.storage.segment.NioFileLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A stopped journal, to be looked at: its directory is locked and nothing in it is changed. Owned by one thread, from
 * {@link #open} to {@link #close}; each question reads the files anew.
 */
public final class JournalInspection implements AutoCloseable {
    private final Path directory;
    private final FileLayer files;
    private final DirectoryLock lock;

    private JournalInspection(Path directory, FileLayer files, DirectoryLock lock) {
        this.directory = directory;
        this.files = files;
        this.lock = lock;
    }

    /**
     * Locks the directory.
     *
     * @throws JournalOpenException when a broker uses it, or no journal is there
     */
    public static JournalInspection open(Path directory) throws JournalOpenException {
        try {
            if (!Files.isDirectory(directory)) {
                throw nothingThere(directory);
            }
            FileLayer files = NioFileLayer.forReading(directory);
            if (LogInspection.of(files) == null) {
                throw nothingThere(directory);
            }
            return new JournalInspection(directory, files, DirectoryLock.take(directory));
        } catch (IOException e) {
            throw JournalStore.whyNot(directory, e);
        }
    }

    private static JournalOpenException nothingThere(Path directory) {
        return new JournalOpenException(
                JournalOpenException.Reason.UNUSABLE,
                "there is no journal in " + directory + ": name the broker's data directory");
    }

    public Path directory() {
        return directory;
    }

    /** What else is kept in the same directory is read through this. */
    public FileLayer files() {
        return files;
    }

    /** The length of the longest segment. */
    public long segmentBytesMax() throws JournalOpenException {
        try {
            return inspection().segmentBytesMax();
        } catch (IOException e) {
            throw JournalStore.whyNot(directory, e);
        }
    }

    /** Verifies every batch, and shows every record that can be read. */
    public InspectionReport walk(JournalVisitor visitor) throws JournalOpenException {
        try {
            LogInspection inspection = inspection();
            var counting = new Counting(visitor);
            inspection.walk(counting);
            return new InspectionReport(
                    inspection.journalId(),
                    inspection.segments(),
                    counting.segmentBytes,
                    counting.batches,
                    counting.batchBytes,
                    counting.records,
                    inspection.tornBatches(),
                    counting.lastSequence,
                    counting.lastWrittenAtMillis,
                    inspection.damages());
        } catch (IOException e) {
            throw JournalStore.whyNot(directory, e);
        }
    }

    /** What a start would find alive, without what is damaged. */
    public JournalContents contents() throws JournalOpenException {
        return contents(true);
    }

    /** The same as far as a start would believe the newest checkpoint, without reading what came before it. */
    public JournalContents contentsByCheckpoint() throws JournalOpenException {
        return contents(false);
    }

    private JournalContents contents(boolean everything) throws JournalOpenException {
        try {
            LogContents contents = LogContents.of(files, everything);
            if (contents == null) {
                throw new IOException("the segments are gone");
            }
            return new JournalContents(directory, contents);
        } catch (IOException e) {
            throw JournalStore.whyNot(directory, e);
        }
    }

    private LogInspection inspection() throws IOException {
        LogInspection inspection = LogInspection.of(files);
        if (inspection == null) {
            throw new IOException("the segments are gone");
        }
        return inspection;
    }

    @Override
    public void close() {
        JournalStore.release(lock);
    }

    /** Passes on what it sees. */
    private static final class Counting implements LogInspection.Visitor {
        private final JournalVisitor visitor;
        private long segmentBytes;
        private long batches;
        private long batchBytes;
        private long records;
        private long lastSequence;
        private long lastWrittenAtMillis;

        Counting(JournalVisitor visitor) {
            this.visitor = visitor;
        }

        @Override
        public void onSegment(String fileName, long generation, long bytes, boolean missing) {
            segmentBytes += missing ? 0 : bytes;
            visitor.onSegment(new InspectedSegment(fileName, generation, bytes, missing));
        }

        @Override
        public void onRecord(
                String fileName, long offset, boolean salvaged, RecordView view, @Nullable JournalRecord fact) {
            records++;
            visitor.onRecord(new InspectedRecord(
                    fileName,
                    offset,
                    view.bytes(),
                    RecordType.nameOf(view.type()),
                    view.shard(),
                    view.index(),
                    view.epoch(),
                    view.isMoved(),
                    salvaged,
                    fact));
        }

        @Override
        public void onBatch(String fileName, long offset, int blockBytes, BatchHeader header) {
            batches++;
            batchBytes += blockBytes;
            lastSequence = header.sequence();
            lastWrittenAtMillis = header.writtenAtMillis();
            visitor.onBatch(new InspectedBatch(
                    fileName,
                    offset,
                    header.batchBytes(),
                    header.sequence(),
                    header.recordCount(),
                    header.writtenAtMillis()));
        }
    }
}
