package dev.godwit.storage.record;

import java.nio.ByteBuffer;

/**
 * What a journal holds: facts, in the past tense, in the order they happened in their shard.
 *
 * <p>A new kind of record is a new {@code typeId} and a new {@link JournalReplay} method. An old {@code typeId} is never
 * given a new meaning: journals outlive releases (docs/journal-format.md). The records that storage writes for itself
 * (parts of a large body, moved records, cut ends) have type ids of their own in {@code storage.format} and never reach
 * a {@link JournalReplay}.
 *
 * <p>Bodies are opaque here. A body given to a record may not be changed afterwards: the writer thread reads it later.
 */
public sealed interface JournalRecord {
    /** The number on disk. */
    byte typeId();

    /** Double dispatch: a replay that forgets a kind of record does not compile. */
    void replayTo(JournalReplay replay, long index);

    /**
     * A message came to rest in a queue. The record's index is the message's identity within its shard.
     *
     * @param queueId the queue's number, given by its definition
     * @param arrivalTimeMillis wall clock of arrival, milliseconds since the epoch
     * @param body the encoded AMQP message, from position to limit
     */
    record MessageEnqueued(long queueId, long arrivalTimeMillis, ByteBuffer body) implements JournalRecord {
        @Override
        public byte typeId() {
            return 1;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessageEnqueued(index, this);
        }
    }

    /**
     * Messages left a queue for good: consumed, expired, purged or dead-lettered.
     *
     * @param indexRanges the indices of the messages that left, and no other: storage forgets each of them
     */
    record MessagesRemoved(long queueId, LongRanges indexRanges) implements JournalRecord {
        @Override
        public byte typeId() {
            return 2;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessagesRemoved(index, this);
        }
    }

    /** A delivery failed and the message went back to its queue with {@code deliveryCount} (AMQP 1.0 §3.2.1). */
    record MessageReturned(long queueId, long messageIndex, int deliveryCount) implements JournalRecord {
        @Override
        public byte typeId() {
            return 3;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessageReturned(index, this);
        }
    }

    /**
     * A definition (queue, user, permission …) was made or changed; it replaces the one of the same kind and key.
     *
     * @param kind what is defined, a word known to the catalog
     * @param key which one, unique within its kind
     * @param body the definition, in the catalog's own encoding
     */
    record DefinitionStored(String kind, String key, ByteBuffer body) implements JournalRecord {
        @Override
        public byte typeId() {
            return 4;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onDefinitionStored(index, this);
        }
    }

    /** A definition was removed. */
    record DefinitionRemoved(String kind, String key) implements JournalRecord {
        @Override
        public byte typeId() {
            return 5;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onDefinitionRemoved(index, this);
        }
    }

    /** A leader began to serve the shard: the first record of each epoch. */
    record EpochBegun() implements JournalRecord {
        @Override
        public byte typeId() {
            return 6;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onEpochBegun(index, this);
        }
    }
}
