package dev.godwit.amqp.message;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.UnsignedLong;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages that a client sends to a transaction coordinator (AMQP 1.0 §4.2, §4.3). */
public final class TransactionRequests {
    private static final int DECLARE = 0x31;
    private static final int DISCHARGE = 0x32;
    private static final Symbol DECLARE_NAME = Symbol.of("amqp:declare:list");
    private static final Symbol DISCHARGE_NAME = Symbol.of("amqp:discharge:list");

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
     * @throws AmqpDecodeException when it is neither of the two
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
        }
        throw new AmqpDecodeException(message.position(), "a coordinator understands declare and discharge only");
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
