package dev.godwit.jms.provider;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a message carries, and with it which of the message types of Jakarta Messaging it is.
 *
 * <p>Values inside maps and lists are null, {@link Boolean}, {@link Byte}, {@link Short}, {@link Character}, {@link
 * Integer}, {@link Long}, {@link Float}, {@link Double}, {@link String} and {@code byte[]}; a provider may hand in others
 * that a foreign sender put there. Buffers go from position to limit, and nobody writes to them.
 */
public sealed interface MessageBody {
    /** A plain message: properties only. */
    record None() implements MessageBody {
        public static final None INSTANCE = new None();
    }

    /** A text message; its text may be null. */
    record Text(@Nullable String text) implements MessageBody {}

    /** A bytes message. */
    record Bytes(ByteBuffer bytes) implements MessageBody {}

    /** A map message, its entries in their order. */
    record Entries(Map<String, @Nullable Object> entries) implements MessageBody {}

    /** A stream message. */
    record Items(List<@Nullable Object> items) implements MessageBody {}

    /** An object message with Java's serialised form of its object. */
    record SerializedObject(ByteBuffer bytes) implements MessageBody {}

    /** An object message whose object travels as a value of the wire's own types. */
    record PlainObject(@Nullable Object value) implements MessageBody {}
}
