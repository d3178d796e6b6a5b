package dev.godwit.distribution.journal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.storage.journal.JournalContents;
import dev.godwit.storage.journal.JournalContents.SegmentUse;
import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How full a stopped journal is, and of what. Gathered once, then printed. */
public final class JournalFigures {
    private static final int SHARD_OF_METADATA = 0;

    private final JournalDefinitions definitions = new JournalDefinitions();
    private final Map<Long, QueueFigures> queues = new TreeMap<>();
    private final String journalId;
    private final List<SegmentUse> segments;
    private final int spareFiles;
    private final int damages;

    private static final class QueueFigures {
        final int shard;
        final long firstIndex;
        long messages;
        long largeMessages;
        long expiring;
        long redelivered;
        long oldestArrivalMillis = -1;

        QueueFigures(int shard, long firstIndex) {
            this.shard = shard;
            this.firstIndex = firstIndex;
        }
    }

    private JournalFigures(JournalContents contents) {
        journalId = contents.journalId().toString();
        segments = contents.segments();
        spareFiles = contents.spareFiles();
        damages = contents.damages().size();
    }

    public static JournalFigures of(JournalInspection inspection) throws JournalOpenException {
        try (var contents = inspection.contents()) {
            var figures = new JournalFigures(contents);
            contents.recover(shard -> shard == SHARD_OF_METADATA ? figures.definitions : figures.new Counting(shard));
            for (QueueFigures queue : figures.queues.values()) {
                contents.read(queue.shard, new long[] {queue.firstIndex}, new OldestMessage(queue));
            }
            return figures;
        }
    }

    /** Whether something in the files is not as it was written. */
    public boolean isDamaged() {
        return damages > 0;
    }

    public void print(PrintWriter out) {
        out.println("journal " + journalId);
        out.printf(
                "%d segments, %d bytes; %d bytes written, about %d live and %d dead; %d files ready; %d damaged places%n",
                segments.size(), fileBytes(), usedBytes(), liveBytes(), deadBytes(), spareFiles, damages);
        for (SegmentUse segment : segments) {
            out.printf(
                    "  %s  %d bytes written, about %d live in %d records%n",
                    segment.fileName(), segment.usedBytes(), segment.liveBytes(), segment.liveRecords());
        }
        out.printf("%d queues%n", names().size());
        for (String line : queueLines()) {
            out.println("  " + line);
        }
        out.flush();
    }

    private List<String> queueLines() {
        var lines = new ArrayList<String>();
        names().forEach((name, queueId) -> {
            QueueFigures queue = queues.get(queueId);
            lines.add(
                    queue == null
                            ? name + "  empty"
                            : "%s  %d messages (%d large, %d expiring, %d redelivered), oldest %s, shard %d"
                                    .formatted(
                                            name,
                                            queue.messages,
                                            queue.largeMessages,
                                            queue.expiring,
                                            queue.redelivered,
                                            oldest(queue),
                                            queue.shard));
        });
        return lines;
    }

    private static String oldest(QueueFigures queue) {
        return queue.oldestArrivalMillis < 0
                ? "unreadable"
                : Instant.ofEpochMilli(queue.oldestArrivalMillis).toString();
    }

    /** Queues that are defined, and those that only messages tell of. */
    private Map<String, Long> names() {
        var names = new TreeMap<String, Long>(Comparator.naturalOrder());
        for (QueueDefinition definition : definitions.all()) {
            names.put(definition.name(), definition.queueId());
        }
        for (long queueId : queues.keySet()) {
            if (definitions.find(queueId) == null) {
                names.put("(without definition: " + queueId + ")", queueId);
            }
        }
        return names;
    }

    public void printJson(PrintWriter out) throws IOException {
        JsonGenerator json = new JsonFactory().createGenerator(out).setPrettyPrinter(new DefaultPrettyPrinter());
        json.writeStartObject();
        json.writeStringField("journal", journalId);
        json.writeNumberField("fileBytes", fileBytes());
        json.writeNumberField("writtenBytes", usedBytes());
        json.writeNumberField("liveBytes", liveBytes());
        json.writeNumberField("deadBytes", deadBytes());
        json.writeNumberField("filesReady", spareFiles);
        json.writeNumberField("damages", damages);
        json.writeArrayFieldStart("segments");
        for (SegmentUse segment : segments) {
            json.writeStartObject();
            json.writeStringField("file", segment.fileName());
            json.writeNumberField("fileBytes", segment.segmentBytes());
            json.writeNumberField("writtenBytes", segment.usedBytes());
            json.writeNumberField("liveBytes", segment.liveBytes());
            json.writeNumberField("liveRecords", segment.liveRecords());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("queues");
        for (Map.Entry<String, Long> each : names().entrySet()) {
            writeQueue(json, each.getKey(), queues.getOrDefault(each.getValue(), new QueueFigures(0, 0)));
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeRaw('\n');
        json.flush();
        out.flush();
    }

    private static void writeQueue(JsonGenerator json, String name, QueueFigures queue) throws IOException {
        json.writeStartObject();
        json.writeStringField("queue", name);
        json.writeNumberField("messages", queue.messages);
        json.writeNumberField("large", queue.largeMessages);
        json.writeNumberField("expiring", queue.expiring);
        json.writeNumberField("redelivered", queue.redelivered);
        if (queue.oldestArrivalMillis >= 0) {
            json.writeNumberField("oldestArrival", queue.oldestArrivalMillis);
        }
        json.writeEndObject();
    }

    private long fileBytes() {
        return segments.stream().mapToLong(SegmentUse::segmentBytes).sum();
    }

    private long usedBytes() {
        return segments.stream().mapToLong(SegmentUse::usedBytes).sum();
    }

    private long liveBytes() {
        return segments.stream().mapToLong(SegmentUse::liveBytes).sum();
    }

    private long deadBytes() {
        return Math.max(0, usedBytes() - liveBytes());
    }

    private final class Counting implements ShardRecovery {
        private final int shard;

        Counting(int shard) {
            this.shard = shard;
        }

        @Override
        public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
            QueueFigures queue = queues.computeIfAbsent(queueId, id -> new QueueFigures(shard, index));
            queue.messages++;
            queue.expiring += expiryTimeMillis == JournalRecord.MessageEnqueued.NO_EXPIRY ? 0 : 1;
            queue.redelivered += deliveryCount > 0 ? 1 : 0;
        }

        @Override
        public void onLargeMessage(
                long index,
                long queueId,
                int attributes,
                long expiryTimeMillis,
                int deliveryCount,
                long encodedBytes,
                LongRanges partIndices) {
            onMessage(index, queueId, attributes, expiryTimeMillis, deliveryCount);
            QueueFigures queue = queues.get(queueId);
            if (queue != null) {
                queue.largeMessages++;
            }
        }

        @Override
        public void onRecord(long index, JournalRecord record) {
            // Definitions belong in the metadata shard.
        }
    }

    private record OldestMessage(QueueFigures queue) implements JournalContents.RecordListener {
        @Override
        public void onRecord(long index, JournalRecord record) {
            if (record instanceof JournalRecord.MessageEnqueued message) {
                queue.oldestArrivalMillis = message.arrivalTimeMillis();
            } else if (record instanceof JournalRecord.LargeMessageEnqueued message) {
                queue.oldestArrivalMillis = message.arrivalTimeMillis();
            }
        }

        @Override
        public void onUnreadable(long index, String problem) {
            queue.oldestArrivalMillis = -1;
        }
    }
}
