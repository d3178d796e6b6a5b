package dev.godwit.storage.segment;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the index of each segment while it is written, and has it put beside the segment when that is sealed. Only when
 * segments are kept after use. A segment that was begun before a restart gets none. Owned by the writer thread.
 */
final class SegmentIndexing {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentIndexing.class);

    private final FileLayer files;
    private final UUID journalId;
    private final Executor background;
    private final boolean on;
    private @Nullable SegmentIndex index;

    /** @param fresh whether nothing has been written yet to the current segment */
    SegmentIndexing(FileLayer files, UUID journalId, Executor background, boolean on, boolean fresh) {
        this.files = files;
        this.journalId = journalId;
        this.background = background;
        this.on = on;
        index = on && fresh ? new SegmentIndex() : null;
    }

    /** A record, or its first piece, goes into the batch at {@code batchOffset}. */
    void onRecordBegun(int shard, long recordIndex, JournalRecord record, long batchOffset) {
        SegmentIndex current = index;
        if (current == null) {
            return;
        }
        if (record instanceof JournalRecord.MessageEnqueued message) {
            current.add(shard, message.queueId(), recordIndex, message.arrivalTimeMillis(), batchOffset);
        } else if (record instanceof JournalRecord.LargeMessageEnqueued large) {
            current.add(shard, large.queueId(), recordIndex, large.arrivalTimeMillis(), batchOffset);
        } else if (record instanceof JournalRecord.MessagePart part) {
            current.add(shard, part.queueId(), recordIndex, System.currentTimeMillis(), batchOffset);
        }
    }

    /** Nothing more is written to the segment; the next one is begun. */
    void onSealed(Segment segment, long nowMillis) {
        segment.sealedAt(nowMillis);
        SegmentIndex sealed = index;
        index = on ? new SegmentIndex() : null;
        if (sealed != null && sealed.isComplete()) {
            sealed.seal(nowMillis);
            background.execute(() -> write(sealed, segment.generation()));
        }
    }

    private void write(SegmentIndex sealed, long generation) {
        try {
            sealed.write(files, journalId, generation);
        } catch (IOException e) {
            LOG.warn(
                    "Journal goes on without {}: whoever reads the past reads more",
                    SegmentIndex.fileName(generation),
                    e);
        }
    }

    /** When a segment was sealed, as far as it can be known; wall clock, milliseconds. */
    long sealedAtMillis(Segment segment) {
        if (segment.sealedAtMillis() == 0) {
            segment.sealedAt(readSealedAt(segment));
        }
        return segment.sealedAtMillis();
    }

    private long readSealedAt(Segment segment) {
        try {
            SegmentIndex known = SegmentIndex.read(files, journalId, segment.generation());
            if (known != null) {
                return known.sealedAtMillis();
            }
        } catch (IOException e) {
            LOG.debug("No index of {}", segment.fileName(), e);
        }
        return segment.header().createdAtMillis();
    }

    /** The segment is given up: its index goes with it. */
    void forget(Segment segment) {
        if (on) {
            background.execute(() -> delete(segment));
        }
    }

    private void delete(Segment segment) {
        try {
            String name = SegmentIndex.fileName(segment.generation());
            if (files.names().contains(name)) {
                files.delete(name);
            }
        } catch (IOException e) {
            LOG.debug("The index of {} stays", segment.fileName(), e);
        }
    }

    /** Any thread, at open: deletes the indices of segments that are gone. */
    static void deleteStale(FileLayer files, long oldestGeneration, boolean on) {
        try {
            for (String name : files.names()) {
                if (SegmentIndex.isFileName(name)
                        && (!on || name.compareTo(SegmentIndex.fileName(oldestGeneration)) < 0)) {
                    files.delete(name);
                }
            }
        } catch (IOException e) {
            LOG.debug("Some indices of segments that are gone stay", e);
        }
    }
}
