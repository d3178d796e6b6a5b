package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.jms.provider.CorrelationId;
import dev.godwit.jms.provider.ProviderException;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Message ids and correlation ids as text, there and back (AMQP-JMS mapping, "JMSMessageID and JMSCorrelationID handling").
 * The four types of AMQP survive in the text, so that an id that is copied means the same at the other end. Stateless.
 */
final class MessageIdText {
    private static final String ID = "ID:";
    private static final String UUID_PREFIX = ID + "AMQP_UUID:";
    private static final String ULONG_PREFIX = ID + "AMQP_ULONG:";
    private static final String BINARY_PREFIX = CorrelationId.BINARY_PREFIX;
    private static final String STRING_PREFIX = ID + "AMQP_STRING:";
    private static final String NO_PREFIX = ID + "AMQP_NO_PREFIX:";

    private MessageIdText() {}

    static @Nullable String toMessageId(@Nullable Object wire) {
        return wire instanceof String text && !text.startsWith(ID) ? NO_PREFIX + text : toText(wire);
    }

    static @Nullable CorrelationId toCorrelationId(@Nullable Object wire) {
        if (wire instanceof Binary bytes) {
            return CorrelationId.of(bytes.toByteArray());
        }
        String text = toText(wire);
        return text == null ? null : CorrelationId.of(text);
    }

    private static @Nullable String toText(@Nullable Object wire) {
        if (wire == null) {
            return null;
        }
        if (wire instanceof String text) {
            return isTyped(text) ? STRING_PREFIX + text : text;
        }
        if (wire instanceof UUID uuid) {
            return UUID_PREFIX + uuid;
        }
        if (wire instanceof UnsignedLong number) {
            return ULONG_PREFIX + number;
        }
        if (wire instanceof Binary bytes) {
            return BINARY_PREFIX + HexFormat.of().withUpperCase().formatHex(bytes.toByteArray());
        }
        throw new ProviderException(
                ProviderException.Reason.MESSAGE_FORMAT,
                "a message id cannot be a " + wire.getClass().getSimpleName());
    }

    private static boolean isTyped(String text) {
        return text.startsWith(UUID_PREFIX)
                || text.startsWith(ULONG_PREFIX)
                || text.startsWith(BINARY_PREFIX)
                || text.startsWith(STRING_PREFIX)
                || text.startsWith(NO_PREFIX);
    }

    /**
     * The id of the type that its text claims.
     *
     * @throws ProviderException when the text claims a type and is none
     */
    static @Nullable Object toWire(@Nullable String text) {
        if (text == null || !text.startsWith(ID)) {
            return text;
        }
        try {
            if (text.startsWith(UUID_PREFIX)) {
                return UUID.fromString(text.substring(UUID_PREFIX.length()));
            }
            if (text.startsWith(ULONG_PREFIX)) {
                return new UnsignedLong(Long.parseUnsignedLong(text.substring(ULONG_PREFIX.length())));
            }
            if (text.startsWith(BINARY_PREFIX)) {
                return Binary.copyOf(HexFormat.of().parseHex(text.substring(BINARY_PREFIX.length())));
            }
        } catch (IllegalArgumentException malformed) {
            throw new ProviderException(
                    ProviderException.Reason.MESSAGE_FORMAT,
                    "not an id of the type that it claims: " + text,
                    malformed);
        }
        if (text.startsWith(STRING_PREFIX)) {
            return text.substring(STRING_PREFIX.length());
        }
        if (text.startsWith(NO_PREFIX)) {
            return text.substring(NO_PREFIX.length());
        }
        return text;
    }
}
