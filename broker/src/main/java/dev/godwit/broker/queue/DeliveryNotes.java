package dev.godwit.broker.queue;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.MessageAnnotated;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what deliveries have left on messages that came back: failed attempts, and annotations. Such a record forces
 * no sync, and a full journal goes without it: the message knows until the next start. Owned by the queue's loop.
 */
final class DeliveryNotes {
    /**
     * What consumers may give one message, encoded. They are kept in memory also of messages that are not, from each start
     * on: this many for each message that came back has to be small.
     */
    static final int BYTES_MAX = 4 * 1024;

    private static final Logger log = LoggerFactory.getLogger(DeliveryNotes.class);

    private final QueueName queue;
    private final QueueLog journal;

    DeliveryNotes(QueueName queue, QueueLog journal) {
        this.queue = queue;
        this.journal = journal;
    }

    /** The message has counted one more failed attempt, or has to wait for its {@code notBeforeMillis}. */
    void onReturned(QueueEntry entry) {
        if (entry.isInJournal()) {
            record(
                    new MessageReturned(queue.queueId(), entry.index(), entry.deliveryCount(), entry.notBeforeMillis()),
                    entry);
        }
    }

    /**
     * Gives the message annotations. Those that would be too many, or that cannot be written, are not taken; the message
     * goes back all the same.
     */
    void annotate(QueueEntry entry, Map<Symbol, Object> further) {
        var merged = merged(entry, further);
        if (merged == null) {
            return;
        }
        entry.annotate(merged);
        if (entry.isInJournal()) {
            record(new MessageAnnotated(queue.queueId(), entry.index(), merged.encoded()), entry);
        }
    }

    private @Nullable AddedAnnotations merged(QueueEntry entry, Map<Symbol, Object> further) {
        try {
            var merged = AddedAnnotations.merge(entry.annotations(), further, BYTES_MAX);
            if (merged == null) {
                log.warn(
                        "queue {}: annotations for message {} are not taken: a message may be given {} bytes of them",
                        queue.name(),
                        entry.sequence(),
                        BYTES_MAX);
            }
            return merged;
        } catch (IllegalArgumentException unwritable) {
            // Its text may repeat what the peer sent.
            log.warn(
                    "queue {}: annotations for message {} are not taken: they cannot be written",
                    queue.name(),
                    entry.sequence());
            return null;
        }
    }

    private void record(JournalRecord record, QueueEntry entry) {
        try {
            journal.appendLazily(record, Parked.NOTHING);
        } catch (JournalFullException full) {
            log.debug(
                    "queue {}: what became of message {} is known in memory only: {}",
                    queue.name(),
                    entry.index(),
                    full.getMessage());
        }
    }
}
