package dev.godwit.storage.record;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;

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
    /** The number on disk. What is seldom said has a number of its own, so that others need no room for it. */
    byte typeId();

    /** Double dispatch: a replay that forgets a kind of record does not compile. */
    void replayTo(JournalReplay replay, long index);

    /**
     * A message came to rest in a queue. The record's index is the message's identity within its shard.
     *
     * @param queueId the queue's number, given by its definition, at least 1
     * @param arrivalTimeMillis wall clock of arrival, milliseconds since the epoch
     * @param expiryTimeMillis when its time to live ends, wall clock; {@link #NO_EXPIRY} when it has none
     * @param attributes 16 bits that storage keeps at hand without reading the message, and gives back at a start; what
     *     they mean is the queue's business
     * @param notBeforeMillis nobody is to be given it earlier, wall clock; {@link #AT_ONCE} for a message that may go at once
     * @param body the encoded AMQP message, from position to limit
     */
    record MessageEnqueued(
            long queueId,
            long arrivalTimeMillis,
            long expiryTimeMillis,
            int attributes,
            long notBeforeMillis,
            ByteBuffer body)
            implements JournalRecord {
        /** The {@code expiryTimeMillis} of a message that lives until it is consumed. */
        public static final long NO_EXPIRY = Long.MAX_VALUE;

        /** The {@code notBeforeMillis} of a message that waits for no time. */
        public static final long AT_ONCE = 0;

        public MessageEnqueued {
            if ((attributes & ~0xFFFF) != 0) {
                throw new IllegalArgumentException("attributes are more than 16 bits: " + attributes);
            }
        }

        /** A message that waits for no time. */
        public MessageEnqueued(
                long queueId, long arrivalTimeMillis, long expiryTimeMillis, int attributes, ByteBuffer body) {
            this(queueId, arrivalTimeMillis, expiryTimeMillis, attributes, AT_ONCE, body);
        }

        /** A message without a time to live and without attributes. */
        public MessageEnqueued(long queueId, long arrivalTimeMillis, ByteBuffer body) {
            this(queueId, arrivalTimeMillis, NO_EXPIRY, 0, body);
        }

        @Override
        public byte typeId() {
            return (byte) (notBeforeMillis == AT_ONCE ? 7 : 15);
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessageEnqueued(index, this);
        }
    }

    /**
     * What several messages of a shard have in common, written once: a {@link CopyEnqueued} of each follows. Needed as long
     * as one of them is, or until whoever wrote it releases it, whichever is later.
     *
     * @param arrivalTimeMillis wall clock of arrival of all of them, milliseconds since the epoch
     * @param body the encoded AMQP message, from position to limit
     */
    record BodyStored(long arrivalTimeMillis, ByteBuffer body) implements JournalRecord {
        @Override
        public byte typeId() {
            return 22;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onBodyStored(index, this);
        }
    }

    /**
     * A message came to rest in a queue whose arrival and body are those of a {@link BodyStored}. It is a message like any
     * other: this record's index is its identity, and whoever reads it back is given a {@link MessageEnqueued}.
     *
     * @param queueId as in {@link MessageEnqueued}
     * @param expiryTimeMillis as there
     * @param attributes as there
     * @param notBeforeMillis as there
     * @param bodyIndex of the body in the same shard, a lower one
     */
    record CopyEnqueued(long queueId, long expiryTimeMillis, int attributes, long notBeforeMillis, long bodyIndex)
            implements JournalRecord {
        public CopyEnqueued {
            if ((attributes & ~0xFFFF) != 0) {
                throw new IllegalArgumentException("attributes are more than 16 bits: " + attributes);
            }
        }

        /** The whole of it, with what {@code shared} says. */
        public MessageEnqueued with(BodyStored shared) {
            return new MessageEnqueued(
                    queueId, shared.arrivalTimeMillis(), expiryTimeMillis, attributes, notBeforeMillis, shared.body());
        }

        @Override
        public byte typeId() {
            return (byte) (notBeforeMillis == MessageEnqueued.AT_ONCE ? 23 : 24);
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onCopyEnqueued(index, this);
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

    /**
     * A delivery failed and the message went back to its queue with {@code deliveryCount} (AMQP 1.0 §3.2.1).
     *
     * @param notBeforeMillis nobody is to be given it again earlier, wall clock; {@link MessageEnqueued#AT_ONCE} for none
     */
    record MessageReturned(long queueId, long messageIndex, int deliveryCount, long notBeforeMillis)
            implements JournalRecord {
        /** It may be given out again at once. */
        public MessageReturned(long queueId, long messageIndex, int deliveryCount) {
            this(queueId, messageIndex, deliveryCount, MessageEnqueued.AT_ONCE);
        }

        @Override
        public byte typeId() {
            return (byte) (notBeforeMillis == MessageEnqueued.AT_ONCE ? 3 : 19);
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessageReturned(index, this);
        }
    }

    /**
     * A message went back to its queue with annotations that whoever had it gave it (AMQP 1.0 §3.4.5). They stand for
     * all that were given so far: of several such records of a message the last one counts.
     *
     * @param annotations in the queue's own encoding, from position to limit
     */
    record MessageAnnotated(long queueId, long messageIndex, ByteBuffer annotations) implements JournalRecord {
        @Override
        public byte typeId() {
            return 20;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessageAnnotated(index, this);
        }
    }

    /**
     * A queue wrote down what it has to know beside its messages. It lives until a {@link MessagesRemoved} names it, as if it
     * were a message.
     *
     * @param note in the queue's own encoding, from position to limit
     */
    record QueueNoted(long queueId, ByteBuffer note) implements JournalRecord {
        @Override
        public byte typeId() {
            return 21;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onQueueNoted(index, this);
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

    /**
     * A part of a message too large to be held whole. Parts come before the {@link LargeMessageEnqueued} that joins them;
     * until then, and for ever when it never comes, they mean nothing.
     *
     * @param queueId of the queue that the message is meant for
     * @param body the next bytes of the encoded AMQP message, from position to limit
     */
    record MessagePart(long queueId, ByteBuffer body) implements JournalRecord {
        @Override
        public byte typeId() {
            return 8;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessagePart(index, this);
        }
    }

    /**
     * A message whose bytes are in {@link MessagePart}s came to rest in a queue. This record's index is the message's
     * identity; when that is removed, its parts go with it.
     *
     * @param encodedBytes length of the encoded AMQP message: of all parts together
     * @param partIndices the indices of its parts, in order
     */
    record LargeMessageEnqueued(
            long queueId,
            long arrivalTimeMillis,
            long expiryTimeMillis,
            int attributes,
            long notBeforeMillis,
            long encodedBytes,
            LongRanges partIndices)
            implements JournalRecord {
        public LargeMessageEnqueued {
            if ((attributes & ~0xFFFF) != 0) {
                throw new IllegalArgumentException("attributes are more than 16 bits: " + attributes);
            }
        }

        /** A message that waits for no time. */
        public LargeMessageEnqueued(
                long queueId,
                long arrivalTimeMillis,
                long expiryTimeMillis,
                int attributes,
                long encodedBytes,
                LongRanges partIndices) {
            this(
                    queueId,
                    arrivalTimeMillis,
                    expiryTimeMillis,
                    attributes,
                    MessageEnqueued.AT_ONCE,
                    encodedBytes,
                    partIndices);
        }

        @Override
        public byte typeId() {
            return (byte) (notBeforeMillis == MessageEnqueued.AT_ONCE ? 9 : 16);
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onLargeMessageEnqueued(index, this);
        }
    }

    /**
     * A message was posted to a queue within a transaction (AMQP 1.0 §4.4.1). It means nothing until a
     * {@link TransactionCommitted} names it, and for ever when none does; then it is a message like any other, whose
     * identity is this record's index.
     */
    record MessagePosted(MessageEnqueued message) implements JournalRecord {
        @Override
        public byte typeId() {
            return (byte) (message.notBeforeMillis() == MessageEnqueued.AT_ONCE ? 10 : 17);
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onMessagePosted(index, this);
        }
    }

    /** The same for a message whose bytes are in {@link MessagePart}s: they go with this record when it means nothing. */
    record LargeMessagePosted(LargeMessageEnqueued message) implements JournalRecord {
        @Override
        public byte typeId() {
            return (byte) (message.notBeforeMillis() == MessageEnqueued.AT_ONCE ? 11 : 18);
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onLargeMessagePosted(index, this);
        }
    }

    /**
     * A transaction may be committed, as far as this shard is concerned: what it would do here. It is decided in another
     * shard, by a {@link TransactionCommitted} that names this one, or here. Needed until a TransactionCommitted or a
     * {@link TransactionForgotten} of this shard ends it.
     *
     * @param decidingShard the lowest that the transaction touches. One that stays prepared is decided in the lowest that has
     *     anything of it on record, which may be a higher one: so whoever looks for the decision looks for the transaction, in
     *     all shards
     * @param posted indices of the MessagePosted and LargeMessagePosted that would become messages
     * @param removed indices of the messages that would leave
     */
    record TransactionPrepared(UUID transactionId, int decidingShard, LongRanges posted, LongRanges removed)
            implements JournalRecord {
        @Override
        public byte typeId() {
            return 12;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onTransactionPrepared(index, this);
        }
    }

    /**
     * A transaction was committed: all of this happened at once.
     *
     * @param participants shards that have prepared the transaction and hang on this record; or this shard alone, when its
     *     client may yet ask what became of it. It is needed until a {@link TransactionForgotten} says that all of them know.
     *     Empty when nobody hangs on it
     * @param posted indices of the MessagePosted and LargeMessagePosted that are messages from now on
     * @param removed indices of the messages that left their queues
     */
    record TransactionCommitted(UUID transactionId, List<Integer> participants, LongRanges posted, LongRanges removed)
            implements JournalRecord {
        public TransactionCommitted {
            participants = List.copyOf(participants);
        }

        @Override
        public byte typeId() {
            return 13;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onTransactionCommitted(index, this);
        }
    }

    /**
     * Nothing hangs on the transaction any more. Where it was prepared it was rolled back, and what it posted here is
     * gone; where it was decided, every participant has recorded the end.
     */
    record TransactionForgotten(UUID transactionId) implements JournalRecord {
        @Override
        public byte typeId() {
            return 14;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onTransactionForgotten(index, this);
        }
    }

    /**
     * From here on these are the replicas of the shard, committed or not. Written by replication for itself: nothing that is
     * served hangs on it.
     *
     * @param voters who votes and who learns, from position to limit (docs/journal-format.md)
     */
    record VotersNamed(ByteBuffer voters) implements JournalRecord {
        @Override
        public byte typeId() {
            return 25;
        }

        @Override
        public void replayTo(JournalReplay replay, long index) {
            replay.onVotersNamed(index, this);
        }
    }
}
