package dev.godwit.broker.message;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a message says under a name, as 128 bits: those of a SHA-256, for nobody may find another value that has the same.
 * Values of different types are different, also when they look alike (AMQP 1.0 §3.2.11 to §3.2.14). Owned by one loop: it
 * reads one after the other.
 */
public final class MessageKey {
    /** The name that stands for the message-id of the properties. */
    public static final String MESSAGE_ID = "message-id";

    private final String name;
    private final byte[] salt;
    private final MessageSections sections = new MessageSections();
    private final MessageDigest digest;
    private final ByteBuffer number = ByteBuffer.allocate(1 + 2 * Long.BYTES);

    /** 128 bits that stand for a value. */
    public record Hash(long high, long low) {}

    /** @param name {@link #MESSAGE_ID}, or the name of an application property or of a message annotation */
    public MessageKey(String name) {
        this.name = name;
        this.salt = (name + '\0').getBytes(UTF_8);
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }

    public String name() {
        return name;
    }

    /**
     * The value that a message has under the name: of its application properties or, if there is none, of its message
     * annotations.
     *
     * @param encoded the message, or its beginning with all that stands before the application properties; these are not
     *     looked at when they are cut off
     * @return null when it has none
     */
    @Nullable
    Object valueIn(ByteBuffer encoded) {
        if (name.equals(MESSAGE_ID)) {
            sections.scanHead(encoded);
            return sections.messageId();
        }
        try {
            sections.scanBeforeBody(encoded);
        } catch (AmqpDecodeException cutOff) {
            sections.scanHead(encoded);
            return sections.messageAnnotation(name);
        }
        var property = sections.applicationProperty(name);
        return property == null ? sections.messageAnnotation(name) : property;
    }

    /** Looks at a message, or at its beginning, as far as its properties. */
    void scanHead(ByteBuffer encoded) {
        sections.scanHead(encoded);
    }

    /** Of the message that {@link #valueIn} or {@link #scanHead} looked at last. */
    @Nullable
    Object annotation(String symbol) {
        return sections.messageAnnotation(symbol);
    }

    /** The hash of what the message has under the name; null when it has nothing there, or what cannot be a key. */
    public @Nullable Hash of(ByteBuffer encoded) {
        var value = valueIn(encoded);
        return value == null ? null : hash(value);
    }

    /** Null for what tells nothing apart: an empty text, an empty binary, and all that is neither text, bytes nor a number. */
    @Nullable
    Hash hash(Object value) {
        digest.reset();
        digest.update(salt);
        if (!update(value)) {
            return null;
        }
        var bytes = ByteBuffer.wrap(digest.digest());
        return new Hash(bytes.getLong(), bytes.getLong());
    }

    private boolean update(Object value) {
        if (value instanceof String text) {
            return update('s', ByteBuffer.wrap(text.getBytes(UTF_8)));
        } else if (value instanceof Binary binary) {
            return update('b', binary.asByteBuffer());
        } else if (value instanceof UUID uuid) {
            return update('u', uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
        } else if (value instanceof UnsignedLong ulong) {
            return update('L', ulong.bits());
        } else if (value instanceof Symbol symbol) {
            return update('y', ByteBuffer.wrap(symbol.value().getBytes(UTF_8)));
        } else if (value instanceof Long || value instanceof Instant) {
            return value instanceof Instant time ? update('t', time.toEpochMilli()) : update('l', (Long) value);
        }
        return updateShort(value);
    }

    private boolean updateShort(Object value) {
        if (value instanceof Integer number) {
            return update('i', number);
        } else if (value instanceof UnsignedInteger uint) {
            return update('I', uint.toLong());
        } else if (value instanceof Short number) {
            return update('h', number);
        } else if (value instanceof UnsignedShort ushort) {
            return update('H', ushort.bits());
        } else if (value instanceof Byte number) {
            return update('o', number);
        } else if (value instanceof UnsignedByte ubyte) {
            return update('O', ubyte.bits());
        }
        return false;
    }

    private boolean update(char type, ByteBuffer content) {
        if (!content.hasRemaining()) {
            return false;
        }
        digest.update((byte) type);
        digest.update(content);
        return true;
    }

    private boolean update(char type, long... content) {
        number.clear().put((byte) type);
        for (long each : content) {
            number.putLong(each);
        }
        digest.update(number.flip());
        return true;
    }
}
