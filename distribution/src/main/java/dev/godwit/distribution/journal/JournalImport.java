package dev.godwit.distribution.journal;

import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalOpenException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds what an export holds to a stopped broker's journal, which may be new. The whole export is checked before anything
 * is written. Used once, by one thread.
 */
public final class JournalImport {
    /** A message up to this length is one record. */
    private static final int WHOLE_BYTES_MAX = 1024 * 1024;

    private static final String CREATOR = "import";
    private static final int FIRST_PARTS = 64;

    private final @Nullable String onlyQueue;
    private final boolean deadToo;

    /**
     * What was added.
     *
     * @param newQueues queues that were not there before
     * @param skipped messages that were dead, or of other queues than the one asked for
     */
    public record Outcome(long newQueues, long messages, long skipped) {}

    /** Adding broke off, and this much of the export had been added. */
    public static final class InterruptedImportException extends Exception {
        private static final long serialVersionUID = 1L;

        InterruptedImportException(long messages, Throwable cause) {
            super(
                    "the import broke off: " + messages
                            + " messages, the first ones of the export, have been added, and"
                            + " may be there; import the whole export into an empty directory instead: "
                            + cause.getMessage(),
                    cause);
        }
    }

    /**
     * @param onlyQueue the one queue to take from the export; null for all
     * @param deadToo also messages that were consumed when the export was made
     */
    public JournalImport(@Nullable String onlyQueue, boolean deadToo) {
        this.onlyQueue = onlyQueue;
        this.deadToo = deadToo;
    }

    /**
     * Reads the export to its end.
     *
     * @throws ExportLineException at the first line that cannot be used
     */
    public void check(Path export) throws IOException, ExportLineException {
        try (InputStream in = Files.newInputStream(export)) {
            ExportParser.parse(in, new Adding(null));
        }
    }

    /** Adds all of it; returns when it is on stable storage. */
    public Outcome run(Path export, JournalConfiguration configuration)
            throws JournalOpenException, IOException, ExportLineException, InterruptedImportException {
        check(export);
        try (var target = ImportTarget.open(configuration)) {
            var adding = new Adding(target);
            try (InputStream in = Files.newInputStream(export)) {
                ExportParser.parse(in, adding);
                target.awaitCommitted();
            } catch (IOException | UncheckedIOException | IllegalStateException | ExportLineException e) {
                throw new InterruptedImportException(adding.messages, e);
            }
            return new Outcome(target.newQueues(), adding.messages, adding.skipped);
        }
    }

    /** Adds what it is told of; without a target, it only looks. */
    private final class Adding implements ExportHandler {
        private final @Nullable ImportTarget target;
        private final ByteArrayOutputStream whole = new ByteArrayOutputStream();
        private long messages;
        private long skipped;

        private @Nullable ImportedMessage large;
        private long largeBytes;
        private long[] parts = new long[FIRST_PARTS];
        private int partCount;

        Adding(@Nullable ImportTarget target) {
            this.target = target;
        }

        @Override
        public void onQueue(String name, long createdAtMillis, String creator, Map<String, String> settings) {
            ImportTarget into = target;
            if (into != null && (onlyQueue == null || onlyQueue.equals(name))) {
                run(() -> into.queue(name, createdAtMillis, creator, settings));
            }
        }

        @Override
        public void onMessage(ImportedMessage message, byte[] body) {
            ImportTarget into = wanted(message) ? target : null;
            if (into != null) {
                run(() -> add(into, message, body));
            }
        }

        private boolean wanted(ImportedMessage message) {
            boolean wanted = (deadToo || !message.dead()) && (onlyQueue == null || onlyQueue.equals(message.queue()));
            skipped += wanted ? 0 : 1;
            return wanted;
        }

        private void add(ImportTarget into, ImportedMessage message, byte[] body) throws IOException {
            QueueDefinition queue = queue(into, message);
            long index = into.append(
                    queue.shard(),
                    new JournalRecord.MessageEnqueued(
                            queue.queueId(),
                            message.arrivalTimeMillis(),
                            message.expiryTimeMillis(),
                            message.attributes(),
                            notBeforeArrived(message),
                            ByteBuffer.wrap(body)));
            added(into, queue, index, message);
        }

        /** A message that was tried before waits for its next attempt: its return says so. */
        private static long notBeforeArrived(ImportedMessage message) {
            return message.deliveryCount() > 0 ? JournalRecord.MessageEnqueued.AT_ONCE : message.notBeforeMillis();
        }

        private QueueDefinition queue(ImportTarget into, ImportedMessage message) throws IOException {
            return into.queue(message.queue(), System.currentTimeMillis(), CREATOR, Map.of());
        }

        private void added(ImportTarget into, QueueDefinition queue, long index, ImportedMessage message)
                throws IOException {
            if (message.deliveryCount() > 0) {
                into.append(
                        queue.shard(),
                        new JournalRecord.MessageReturned(
                                queue.queueId(), index, message.deliveryCount(), message.notBeforeMillis()));
            }
            if (message.annotations().hasRemaining()) {
                into.append(
                        queue.shard(),
                        new JournalRecord.MessageAnnotated(queue.queueId(), index, message.annotations()));
            }
            messages++;
        }

        @Override
        public void onLargeMessage(ImportedMessage message, long bytes) {
            large = wanted(message) ? message : null;
            largeBytes = bytes;
            partCount = 0;
            whole.reset();
        }

        @Override
        public void onPart(byte[] body, boolean isLast) {
            ImportTarget into = target;
            ImportedMessage message = large;
            if (into == null || message == null) {
                return;
            }
            run(() -> {
                if (largeBytes > WHOLE_BYTES_MAX) {
                    addPart(into, message, body, isLast);
                    return;
                }
                whole.write(body);
                if (isLast) {
                    add(into, message, whole.toByteArray());
                }
            });
        }

        private void addPart(ImportTarget into, ImportedMessage message, byte[] body, boolean isLast)
                throws IOException {
            QueueDefinition queue = queue(into, message);
            if (partCount == parts.length) {
                parts = Arrays.copyOf(parts, 2 * partCount);
            }
            parts[partCount++] =
                    into.append(queue.shard(), new JournalRecord.MessagePart(queue.queueId(), ByteBuffer.wrap(body)));
            if (isLast) {
                long index = into.append(
                        queue.shard(),
                        new JournalRecord.LargeMessageEnqueued(
                                queue.queueId(),
                                message.arrivalTimeMillis(),
                                message.expiryTimeMillis(),
                                message.attributes(),
                                notBeforeArrived(message),
                                largeBytes,
                                LongRanges.covering(parts, partCount)));
                added(into, queue, index, message);
            }
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void run(Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
