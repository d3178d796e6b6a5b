package dev.godwit.storage.segment;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;

/** Records to test with. */
public final class Records {
    public static final long QUEUE = 7;

    private Records() {}

    public static JournalRecord.MessageEnqueued message(String body) {
        return new JournalRecord.MessageEnqueued(QUEUE, 1_000, bytes(body));
    }

    /** A message of that many bytes, other ones for another seed. */
    public static JournalRecord.MessageEnqueued message(int bytes, int seed) {
        var body = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            body[i] = (byte) (seed * 31 + i * 7 + (i >> 8));
        }
        return new JournalRecord.MessageEnqueued(QUEUE, 1_000 + seed, ByteBuffer.wrap(body));
    }

    /** A body of that many bytes for several messages, another one for another seed. */
    public static JournalRecord.BodyStored body(int bytes, int seed) {
        return new JournalRecord.BodyStored(1_000 + seed, message(bytes, seed).body());
    }

    /** A message of a queue that has its body from another record. */
    public static JournalRecord.CopyEnqueued copy(long queueId, long bodyIndex) {
        return new JournalRecord.CopyEnqueued(
                queueId, JournalRecord.MessageEnqueued.NO_EXPIRY, 4, JournalRecord.MessageEnqueued.AT_ONCE, bodyIndex);
    }

    public static JournalRecord.MessagesRemoved removed(long... indices) {
        return new JournalRecord.MessagesRemoved(QUEUE, LongRanges.covering(indices.clone(), indices.length));
    }

    public static JournalRecord.MessageReturned returned(long messageIndex, int deliveryCount) {
        return new JournalRecord.MessageReturned(QUEUE, messageIndex, deliveryCount);
    }

    public static JournalRecord.MessageAnnotated annotated(long messageIndex, String annotations) {
        return new JournalRecord.MessageAnnotated(QUEUE, messageIndex, bytes(annotations));
    }

    public static JournalRecord.QueueNoted noted(String note) {
        return new JournalRecord.QueueNoted(QUEUE, bytes(note));
    }

    public static JournalRecord.DefinitionStored stored(String key, String body) {
        return new JournalRecord.DefinitionStored("queue", key, bytes(body));
    }

    public static JournalRecord.DefinitionRemoved dropped(String key) {
        return new JournalRecord.DefinitionRemoved("queue", key);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
