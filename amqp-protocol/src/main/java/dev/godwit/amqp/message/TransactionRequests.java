package dev.godwit.amqp.message;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.UnsignedLong;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages that a client sends to a transaction coordinator (AMQP 1.0 §4.2, §4.3), and those that one understands which
 * offers {@link dev.godwit.amqp.type.Capability#PREPARED_TRANSACTIONS} or
 * {@link dev.godwit.amqp.type.Capability#TRANSACTION_OUTCOMES}.
 */
public final class TransactionRequests {
    private static final int DECLARE = 0x31;
    private static final int DISCHARGE = 0x32;
    private static final Symbol DECLARE_NAME = Symbol.of("amqp:declare:list");
    private static final Symbol DISCHARGE_NAME = Symbol.of("amqp:discharge:list");

    private static final Symbol PREPARE_NAME = Symbol.of("godwit:prepare:list");
    private static final Symbol DECIDE_NAME = Symbol.of("godwit:decide:list");
    private static final Symbol RECOVER_NAME = Symbol.of("godwit:recover:list");
    private static final Symbol INQUIRE_NAME = Symbol.of("godwit:inquire:list");

    /** In the annotations of the modified outcome that answers {@link Recover}: a global id. */
    public static final Symbol RECOVERED = Symbol.of("godwit:global-id");

    private TransactionRequests() {}

    /** What a client asks of a coordinator. */
    public sealed interface TransactionRequest {}

    /**
     * Begin a transaction (§4.5.2).
     *
     * @param globalId of a transaction that spans several coordinators, as the client encodes it; null for a local one
     */
    public record Declare(@Nullable Object globalId) implements TransactionRequest {}

    /**
     * End a transaction (§4.5.3).
     *
     * @param fail roll back instead of committing
     */
    public record Discharge(TransactionId transactionId, boolean fail) implements TransactionRequest {}

    /**
     * Keep a transaction that was declared with a global id as it is, whatever happens, until it is decided. Accepted when
     * that is so; released when nothing was done in it, so that it is over; else it was rolled back.
     */
    public record Prepare(TransactionId transactionId) implements TransactionRequest {}

    /**
     * Commit a prepared transaction, or roll it back, whoever has declared it.
     *
     * @param fail roll back instead of committing
     */
    public record Decide(GlobalTransactionId globalId, boolean fail) implements TransactionRequest {}

    /**
     * Which prepared transaction comes next? The answer is a modified outcome with {@link #RECOVERED} in its annotations, or
     * accepted when there are no more.
     *
     * @param after the last one that is known, by the order of their bytes; null to begin
     */
    public record Recover(@Nullable GlobalTransactionId after) implements TransactionRequest {}

    /**
     * What became of a transaction whose discharge was not answered? Accepted when it was committed; rejected with
     * {@code amqp:transaction:rollback} when it was not and never will be, and with {@code amqp:transaction:unknown-id} when
     * nobody knows any more. One that is open ends by the question.
     *
     * @param ageMillis how long ago the discharge was sent; what is below zero is longer than anybody remembers
     */
    public record Inquire(TransactionId transactionId, long ageMillis) implements TransactionRequest {}

    /** An encoded message that prepares a transaction. */
    public static ByteBuffer prepare(TransactionId transactionId) {
        return described(PREPARE_NAME, List.of(Binary.copyOf(transactionId.toBytes())));
    }

    /** An encoded message that commits a prepared transaction, or rolls it back when {@code fail} is set. */
    public static ByteBuffer decide(GlobalTransactionId globalId, boolean fail) {
        return described(DECIDE_NAME, List.of(globalId.bytes(), fail));
    }

    /** An encoded message that asks for the next prepared transaction. */
    public static ByteBuffer recover(@Nullable GlobalTransactionId after) {
        return described(RECOVER_NAME, after == null ? List.of() : List.of(after.bytes()));
    }

    /** An encoded message that asks what became of a transaction, whose discharge was sent so long ago. */
    public static ByteBuffer inquire(TransactionId transactionId, long ageMillis) {
        return described(INQUIRE_NAME, List.of(Binary.copyOf(transactionId.toBytes()), new UnsignedLong(ageMillis)));
    }

    private static ByteBuffer described(Symbol name, List<?> fields) {
        var encoder = new AmqpEncoder(64);
        encoder.writeDescriptor(SectionCode.VALUE);
        encoder.writeDescribed(new DescribedValue(name, fields));
        return encoder.take();
    }

    /** An encoded message that begins a local transaction. */
    public static ByteBuffer declare() {
        return declare(null);
    }

    /** An encoded message that begins a transaction with a global id, which may be null. */
    public static ByteBuffer declare(@Nullable Object globalId) {
        var encoder = begin(DECLARE);
        int mark = encoder.beginList();
        if (globalId != null) {
            encoder.writeValue(globalId);
        }
        encoder.endList(mark, globalId == null ? 0 : 1);
        return encoder.take();
    }

    /** An encoded message that commits a transaction, or rolls it back when {@code fail} is set. */
    public static ByteBuffer discharge(TransactionId transactionId, boolean fail) {
        var encoder = begin(DISCHARGE);
        int mark = encoder.beginList();
        encoder.writeBinary(transactionId.toBytes());
        encoder.writeBoolean(fail);
        encoder.endList(mark, 2);
        return encoder.take();
    }

    private static AmqpEncoder begin(int descriptor) {
        var encoder = new AmqpEncoder(64);
        encoder.writeDescriptor(SectionCode.VALUE);
        encoder.writeDescriptor(descriptor);
        return encoder;
    }

    /**
     * What a message to a coordinator asks for.
     *
     * @throws AmqpDecodeException when it is none of these requests
     */
    public static TransactionRequest decode(ByteBuffer message) {
        if (AmqpMessage.decode(message).body() instanceof MessageBody.Value body
                && body.value() instanceof DescribedValue request
                && request.value() instanceof List<?> fields) {
            if (is(request.descriptor(), DECLARE, DECLARE_NAME) && fields.size() <= 1) {
                return new Declare(field(fields, 0));
            }
            if (is(request.descriptor(), DISCHARGE, DISCHARGE_NAME)
                    && fields.size() <= 2
                    && field(fields, 0) instanceof Binary id
                    && isBooleanOrNull(field(fields, 1))) {
                return new Discharge(new TransactionId(id.toByteArray()), Boolean.TRUE.equals(field(fields, 1)));
            }
            if (request.descriptor().equals(INQUIRE_NAME)
                    && fields.size() == 2
                    && field(fields, 0) instanceof Binary id
                    && field(fields, 1) instanceof UnsignedLong age) {
                return new Inquire(new TransactionId(id.toByteArray()), age.bits());
            }
            var ofPrepared = decodeOfPrepared(request.descriptor(), fields);
            if (ofPrepared != null) {
                return ofPrepared;
            }
        }
        throw new AmqpDecodeException(message.position(), "this is no request that a coordinator understands");
    }

    private static @Nullable TransactionRequest decodeOfPrepared(Object descriptor, List<?> fields) {
        var first = field(fields, 0);
        if (descriptor.equals(PREPARE_NAME)) {
            return fields.size() == 1 && first instanceof Binary id
                    ? new Prepare(new TransactionId(id.toByteArray()))
                    : null;
        }
        if (descriptor.equals(DECIDE_NAME)) {
            var globalId = GlobalTransactionId.ofWire(first);
            return globalId != null && fields.size() <= 2 && isBooleanOrNull(field(fields, 1))
                    ? new Decide(globalId, Boolean.TRUE.equals(field(fields, 1)))
                    : null;
        }
        if (descriptor.equals(RECOVER_NAME) && fields.size() <= 1) {
            var after = GlobalTransactionId.ofWire(first);
            return first == null || after != null ? new Recover(after) : null;
        }
        return null;
    }

    private static boolean is(Object descriptor, int code, Symbol name) {
        return descriptor.equals(new UnsignedLong(code)) || descriptor.equals(name);
    }

    private static @Nullable Object field(List<?> fields, int index) {
        return index < fields.size() ? fields.get(index) : null;
    }

    private static boolean isBooleanOrNull(@Nullable Object value) {
        return value == null || value instanceof Boolean;
    }
}
