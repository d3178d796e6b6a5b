package dev.godwit.distribution.journal;

import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.distribution.journal.ExportWriter.MessageFacts;
import dev.godwit.storage.journal.InspectedRecord;
import dev.godwit.storage.journal.JournalContents;
import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.journal.JournalVisitor;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.BodyStored;
import dev.godwit.storage.record.JournalRecord.CopyEnqueued;
import dev.godwit.storage.record.JournalRecord.LargeMessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageAnnotated;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.record.ShardRecovery;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a stopped journal's queues and messages in the portable form: shard by shard, in the order of their indices, and
 * so in each queue in its order. Bodies are read a few at a time. Used once, by one thread.
 */
public final class JournalExport {
    private static final int SHARD_OF_METADATA = 0;
    private static final int READ_AT_ONCE = 64;
    private static final int PARTS_AT_ONCE = 4;
    private static final int PAGE_SHIFT = 16;
    private static final int BODIES_KEPT = 64;

    /**
     * What was written.
     *
     * @param deadMessages those of the messages that were consumed, expired or deleted
     * @param withoutQueue messages left out because no definition names their queue
     * @param problems messages that could not be read, and why
     */
    public record Outcome(long queues, long messages, long deadMessages, long withoutQueue, List<String> problems) {}

    private final JournalInspection inspection;
    private final @Nullable String onlyQueue;
    private final boolean deadToo;
    private final boolean withoutQueueToo;
    private final JournalDefinitions definitions = new JournalDefinitions();
    private final List<String> problems = new ArrayList<>();
    private @Nullable LiveMessages underWay;
    private long withoutQueue;
    private long dead;

    /**
     * @param onlyQueue the one queue to export; null for all
     * @param deadToo also messages that were consumed, as long as their bytes are there
     * @param withoutQueueToo also messages of queues that no definition names, under made-up names
     */
    public JournalExport(
            JournalInspection inspection, @Nullable String onlyQueue, boolean deadToo, boolean withoutQueueToo) {
        this.inspection = inspection;
        this.onlyQueue = onlyQueue;
        this.deadToo = deadToo;
        this.withoutQueueToo = withoutQueueToo;
    }

    /** Writes all of it, and closes {@code out}. */
    public Outcome write(OutputStream out) throws IOException, JournalOpenException {
        try (var contents = inspection.contents();
                var writer = new ExportWriter(out)) {
            contents.recover(shard -> shard == SHARD_OF_METADATA ? definitions : NoRecovery.INSTANCE);
            if (onlyQueue != null && definitions.find(onlyQueue) == null) {
                throw new IllegalArgumentException("the journal has no queue '" + onlyQueue + "'");
            }
            writer.begin(contents.journalId(), Instant.now());
            for (QueueDefinition definition : definitions.all()) {
                if (onlyQueue == null || onlyQueue.equals(definition.name())) {
                    writer.queue(definition);
                }
            }
            var live = new HashMap<Integer, Map<Long, BitSet>>();
            contents.recover(shard -> {
                flush();
                underWay = new LiveMessages(
                        shard, contents, writer, live.computeIfAbsent(shard, number -> new HashMap<>()));
                return underWay;
            });
            flush();
            if (deadToo) {
                inspection.walk(new DeadMessages(writer, live));
            }
            writer.end();
            return new Outcome(writer.queues(), writer.messages(), dead, withoutQueue, List.copyOf(problems));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void flush() {
        if (underWay != null) {
            underWay.flush();
        }
    }

    /** Null when the message is not to be exported. */
    private @Nullable String queueName(long queueId) {
        QueueDefinition definition = definitions.find(queueId);
        if (definition != null) {
            return onlyQueue == null || onlyQueue.equals(definition.name()) ? definition.name() : null;
        }
        if (onlyQueue != null) {
            return null;
        }
        if (!withoutQueueToo) {
            withoutQueue++;
            return null;
        }
        return "without-definition." + queueId;
    }

    /** Marks a message; false when it was marked before. */
    private static boolean mark(Map<Long, BitSet> marked, long index) {
        BitSet page = marked.computeIfAbsent(index >>> PAGE_SHIFT, number -> new BitSet());
        int bit = (int) (index & ((1 << PAGE_SHIFT) - 1));
        boolean first = !page.get(bit);
        page.set(bit);
        return first;
    }

    private interface Writing {
        void run() throws IOException;
    }

    private static void write(Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One shard's messages, a few at a time. */
    private final class LiveMessages implements ShardRecovery, JournalContents.RecordListener {
        private record Reference(
                String queue, int attributes, long expiryTimeMillis, int deliveryCount, long notBeforeMillis) {}

        private final int shard;
        private final JournalContents contents;
        private final ExportWriter writer;
        private final Map<Long, BitSet> live;
        private final ArrayList<Long> indices = new ArrayList<>();
        private final Map<Long, Reference> references = new HashMap<>();

        /** By index of the message. */
        private final Map<Long, ByteBuffer> annotations = new HashMap<>();

        /** Of the message that is told next. */
        private long notBefore;

        private long notBeforeIndex;

        LiveMessages(int shard, JournalContents contents, ExportWriter writer, Map<Long, BitSet> live) {
            this.shard = shard;
            this.contents = contents;
            this.writer = writer;
            this.live = live;
        }

        @Override
        public void onNotBefore(long index, long queueId, long notBeforeMillis) {
            notBeforeIndex = index;
            notBefore = notBeforeMillis;
        }

        @Override
        public void onMessage(long index, long queueId, int attributes, long expiryTimeMillis, int deliveryCount) {
            mark(live, index);
            String queue = queueName(queueId);
            if (queue == null) {
                return;
            }
            indices.add(index);
            references.put(
                    index,
                    new Reference(
                            queue,
                            attributes,
                            expiryTimeMillis,
                            deliveryCount,
                            index == notBeforeIndex ? notBefore : MessageEnqueued.AT_ONCE));
            if (indices.size() == READ_AT_ONCE) {
                flush();
            }
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
            flush();
        }

        @Override
        public void onRecord(long index, JournalRecord record) {
            if (record instanceof MessageAnnotated annotated) {
                annotations.put(annotated.messageIndex(), annotated.annotations());
                return;
            }
            Reference reference = references.get(index);
            if (reference == null) {
                return; // a definition, told by the recovery
            }
            if (record instanceof MessageEnqueued message) {
                var facts = facts(reference, index, message.arrivalTimeMillis());
                JournalExport.write(() -> writer.message(facts, message.body()));
            } else if (record instanceof LargeMessageEnqueued message) {
                writeLarge(facts(reference, index, message.arrivalTimeMillis()), message);
            } else {
                onUnreadable(index, "it is no message but " + record);
            }
        }

        private MessageFacts facts(Reference reference, long index, long arrivalTimeMillis) {
            return new MessageFacts(
                    reference.queue(),
                    shard,
                    index,
                    arrivalTimeMillis,
                    reference.expiryTimeMillis(),
                    reference.attributes(),
                    reference.deliveryCount(),
                    reference.notBeforeMillis(),
                    annotations.remove(index),
                    false);
        }

        private void writeLarge(MessageFacts facts, LargeMessageEnqueued message) {
            var check = new Parts(part -> {});
            check.read(shard, contents, message.partIndices());
            if (check.problem != null || check.bytes != message.encodedBytes()) {
                String problem = check.problem != null
                        ? check.problem
                        : "its parts have " + check.bytes + " bytes instead of " + message.encodedBytes();
                onUnreadable(facts.index(), problem);
                return;
            }
            JournalExport.write(() -> writer.beginLarge(facts, message.encodedBytes()));
            new Parts(writer::part).read(shard, contents, message.partIndices());
        }

        @Override
        public void onUnreadable(long index, String problem) {
            problems.add("shard " + shard + " message " + index + ": " + problem);
        }

        void flush() {
            long[] batch = indices.stream().mapToLong(Long::longValue).toArray();
            indices.clear();
            if (batch.length > 0) {
                contents.read(shard, batch, this);
            }
            references.clear();
        }
    }

    private interface PartSink {
        void accept(ByteBuffer body) throws IOException;
    }

    /** The parts of one large message, a few at a time. */
    private static final class Parts implements JournalContents.RecordListener {
        private final PartSink sink;
        private @Nullable String problem;
        private long bytes;

        Parts(PartSink sink) {
            this.sink = sink;
        }

        void read(int shard, JournalContents contents, LongRanges indices) {
            for (int range = 0; range < indices.count(); range++) {
                long at = indices.first(range);
                while (at <= indices.last(range)) {
                    int count = (int) Math.min(PARTS_AT_ONCE, indices.last(range) - at + 1);
                    contents.read(shard, LongStream.range(at, at + count).toArray(), this);
                    at += count;
                }
            }
        }

        @Override
        public void onRecord(long index, JournalRecord record) {
            if (record instanceof MessagePart part) {
                bytes += part.body().remaining();
                JournalExport.write(() -> sink.accept(part.body()));
            } else {
                onUnreadable(index, "it is no part of a message but " + record);
            }
        }

        @Override
        public void onUnreadable(long index, String reason) {
            problem = "part " + index + ": " + reason;
        }
    }

    private record BodyKey(int shard, long index) {}

    /** Messages that are not alive any more, in the order in which they lie in the files. */
    private final class DeadMessages implements JournalVisitor {
        private final ExportWriter writer;
        private final Map<Integer, Map<Long, BitSet>> seen;

        /** Of the bodies that several messages share, those that were seen last: what shares them follows closely. */
        private final Map<BodyKey, BodyStored> bodies = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<BodyKey, BodyStored> eldest) {
                return size() > BODIES_KEPT;
            }
        };

        DeadMessages(ExportWriter writer, Map<Integer, Map<Long, BitSet>> live) {
            this.writer = writer;
            this.seen = live;
        }

        @Override
        public void onRecord(InspectedRecord record) {
            if (record.fact() instanceof BodyStored body) {
                bodies.put(new BodyKey(record.shard(), record.index()), copyOf(body));
                return;
            }
            if (!(messageIn(record) instanceof MessageEnqueued message)
                    || !mark(seen.computeIfAbsent(record.shard(), shard -> new HashMap<>()), record.index())) {
                return;
            }
            String queue = queueName(message.queueId());
            if (queue != null) {
                var facts = new MessageFacts(
                        queue,
                        record.shard(),
                        record.index(),
                        message.arrivalTimeMillis(),
                        message.expiryTimeMillis(),
                        message.attributes(),
                        0,
                        message.notBeforeMillis(),
                        null,
                        true);
                dead++;
                JournalExport.write(() -> writer.message(facts, message.body()));
            }
        }

        private static BodyStored copyOf(BodyStored shared) {
            ByteBuffer body = shared.body();
            return new BodyStored(
                    shared.arrivalTimeMillis(),
                    ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip());
        }

        private @Nullable JournalRecord messageIn(InspectedRecord record) {
            if (!(record.fact() instanceof CopyEnqueued copy)) {
                return record.fact();
            }
            BodyStored body = bodies.get(new BodyKey(record.shard(), copy.bodyIndex()));
            return body == null ? null : copy.with(body);
        }
    }
}
