package dev.godwit.storage.format;

import static dev.godwit.storage.format.DamagedFormatException.damaged;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.BodyStored;
import dev.godwit.storage.record.JournalRecord.CopyEnqueued;
import dev.godwit.storage.record.JournalRecord.DefinitionRemoved;
import dev.godwit.storage.record.JournalRecord.DefinitionStored;
import dev.godwit.storage.record.JournalRecord.EpochBegun;
import dev.godwit.storage.record.JournalRecord.LargeMessageEnqueued;
import dev.godwit.storage.record.JournalRecord.LargeMessagePosted;
import dev.godwit.storage.record.JournalRecord.MessageAnnotated;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import dev.godwit.storage.record.JournalRecord.MessagePosted;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import dev.godwit.storage.record.JournalRecord.TransactionPrepared;
import dev.godwit.storage.record.JournalRecord.VotersNamed;
import dev.godwit.storage.record.LongRanges;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Turns a record's body back into a fact. The bytes have been verified, so what fails here was written wrong. */
public final class RecordDecoder {
    private RecordDecoder() {}

    /**
     * Decodes the whole of {@code body}, from position to limit.
     *
     * @param body its bytes are shared with the record: they may not change afterwards
     */
    public static JournalRecord decode(byte typeId, ByteBuffer body) throws DamagedFormatException {
        try {
            JournalRecord record = decodeFields(typeId, body);
            if (body.hasRemaining()) {
                throw damaged(body.remaining() + " bytes too many in a record of type " + typeId);
            }
            return record;
        } catch (BufferUnderflowException | IndexOutOfBoundsException | IllegalArgumentException e) {
            throw damaged("a record of type " + typeId + " makes no sense: " + e.getMessage());
        }
    }

    /** Decodes the body of a {@link RecordType#LOSS_ACCEPTED} record: sequences of batches. */
    public static LongRanges decodeLossAccepted(ByteBuffer body) throws DamagedFormatException {
        try {
            return ranges(body);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw damaged("a record of an accepted loss makes no sense: " + e.getMessage());
        }
    }

    private static JournalRecord decodeFields(byte typeId, ByteBuffer body) throws DamagedFormatException {
        return switch (typeId) {
            case 1 -> new MessageEnqueued(body.getLong(), body.getLong(), rest(body));
            case 2 -> new MessagesRemoved(body.getLong(), ranges(body));
            case 3 -> new MessageReturned(body.getLong(), body.getLong(), body.getInt());
            case 4 -> new DefinitionStored(name(body), name(body), rest(body));
            case 5 -> new DefinitionRemoved(name(body), name(body));
            case 6 -> new EpochBegun();
            case 7 -> message(body);
            case 8 -> new MessagePart(body.getLong(), rest(body));
            case 9 -> largeMessage(body);
            case 10 -> new MessagePosted(message(body));
            case 11 -> new LargeMessagePosted(largeMessage(body));
            case 12 ->
                new TransactionPrepared(transactionId(body), body.getInt(), rangesOrNone(body), rangesOrNone(body));
            case 13 ->
                new TransactionCommitted(transactionId(body), shards(body), rangesOrNone(body), rangesOrNone(body));
            case 14 -> new TransactionForgotten(transactionId(body));
            case 15 -> messageNotBefore(body);
            case 16 -> largeMessageNotBefore(body);
            case 17 -> new MessagePosted(messageNotBefore(body));
            case 18 -> new LargeMessagePosted(largeMessageNotBefore(body));
            case 19 -> new MessageReturned(body.getLong(), body.getLong(), body.getInt(), notBefore(body));
            case 20 -> new MessageAnnotated(body.getLong(), body.getLong(), rest(body));
            case 21 -> new QueueNoted(body.getLong(), rest(body));
            case 22 -> new BodyStored(body.getLong(), rest(body));
            case 23 -> copy(body, false);
            case 24 -> copy(body, true);
            case 25 -> new VotersNamed(rest(body));
            default -> throw DamagedFormatException.foreign("a record has the unknown type " + typeId);
        };
    }

    private static MessageEnqueued message(ByteBuffer body) {
        return new MessageEnqueued(
                body.getLong(), body.getLong(), body.getLong(), Short.toUnsignedInt(body.getShort()), rest(body));
    }

    private static CopyEnqueued copy(ByteBuffer body, boolean waits) {
        long queueId = body.getLong();
        long bodyIndex = body.getLong();
        long expiryTimeMillis = body.getLong();
        int attributes = Short.toUnsignedInt(body.getShort());
        long notBeforeMillis = waits ? notBefore(body) : MessageEnqueued.AT_ONCE;
        return new CopyEnqueued(queueId, expiryTimeMillis, attributes, notBeforeMillis, bodyIndex);
    }

    private static LargeMessageEnqueued largeMessage(ByteBuffer body) throws DamagedFormatException {
        return new LargeMessageEnqueued(
                body.getLong(),
                body.getLong(),
                body.getLong(),
                Short.toUnsignedInt(body.getShort()),
                body.getLong(),
                ranges(body));
    }

    private static MessageEnqueued messageNotBefore(ByteBuffer body) {
        return new MessageEnqueued(
                body.getLong(),
                body.getLong(),
                body.getLong(),
                Short.toUnsignedInt(body.getShort()),
                notBefore(body),
                rest(body));
    }

    private static LargeMessageEnqueued largeMessageNotBefore(ByteBuffer body) throws DamagedFormatException {
        return new LargeMessageEnqueued(
                body.getLong(),
                body.getLong(),
                body.getLong(),
                Short.toUnsignedInt(body.getShort()),
                notBefore(body),
                body.getLong(),
                ranges(body));
    }

    /** These types are for messages that have such a time. */
    private static long notBefore(ByteBuffer body) {
        long notBeforeMillis = body.getLong();
        if (notBeforeMillis == MessageEnqueued.AT_ONCE) {
            throw new IllegalArgumentException("it waits for no time");
        }
        return notBeforeMillis;
    }

    private static UUID transactionId(ByteBuffer body) {
        return new UUID(body.getLong(), body.getLong());
    }

    private static List<Integer> shards(ByteBuffer body) throws DamagedFormatException {
        int count = body.getInt();
        if (count < 0 || count > body.remaining() / Integer.BYTES) {
            throw damaged("a transaction claims " + count + " participants");
        }
        var shards = new ArrayList<Integer>(count);
        for (int i = 0; i < count; i++) {
            shards.add(body.getInt());
        }
        return shards;
    }

    private static LongRanges rangesOrNone(ByteBuffer body) throws DamagedFormatException {
        if (body.getInt(body.position()) == 0) {
            body.getInt();
            return LongRanges.NONE;
        }
        return ranges(body);
    }

    private static LongRanges ranges(ByteBuffer body) throws DamagedFormatException {
        int count = body.getInt();
        if (count < 1 || count > body.remaining() / (2 * Long.BYTES)) {
            throw damaged("a record claims " + count + " ranges");
        }
        var bounds = new long[2 * count];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = body.getLong();
        }
        return LongRanges.ofBounds(bounds);
    }

    private static String name(ByteBuffer body) throws DamagedFormatException {
        int length = body.getInt();
        if (length < 0 || length > body.remaining()) {
            throw damaged("a definition claims a name of " + length + " bytes");
        }
        var bytes = new byte[length];
        body.get(bytes);
        return new String(bytes, UTF_8);
    }

    private static ByteBuffer rest(ByteBuffer body) {
        ByteBuffer rest = body.slice();
        body.position(body.limit());
        return rest;
    }
}
