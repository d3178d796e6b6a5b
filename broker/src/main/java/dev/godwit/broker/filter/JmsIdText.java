package dev.godwit.broker.filter;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.UnsignedLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Message-ids and correlation-ids as JMS clients see them: strings that tell what AMQP type they were (AMQP-JMS mapping,
 * JMSMessageID and JMSCorrelationID).
 */
final class JmsIdText {
    private static final String ID = "ID:";
    private static final String TYPED = "ID:AMQP_";

    private JmsIdText() {}

    static @Nullable String ofMessageId(@Nullable Object id) {
        if (id instanceof String text) {
            return text.startsWith(ID) ? ofText(text) : TYPED + "NO_PREFIX:" + text;
        }
        return ofOther(id);
    }

    static @Nullable String ofCorrelationId(@Nullable Object id) {
        return id instanceof String text ? ofText(text) : ofOther(id);
    }

    private static String ofText(String text) {
        boolean looksTyped = text.startsWith(TYPED + "STRING:")
                || text.startsWith(TYPED + "NO_PREFIX:")
                || text.startsWith(TYPED + "UUID:")
                || text.startsWith(TYPED + "ULONG:")
                || text.startsWith(TYPED + "BINARY:");
        return looksTyped ? TYPED + "STRING:" + text : text;
    }

    private static @Nullable String ofOther(@Nullable Object id) {
        if (id instanceof UUID uuid) {
            return TYPED + "UUID:" + uuid;
        } else if (id instanceof UnsignedLong number) {
            return TYPED + "ULONG:" + number;
        } else if (id instanceof Binary binary) {
            var text = new StringBuilder(TYPED + "BINARY:");
            for (int i = 0; i < binary.length(); i++) {
                int value = binary.byteAt(i) & 0xff;
                text.append(Character.toUpperCase(Character.forDigit(value >> 4, 16)))
                        .append(Character.toUpperCase(Character.forDigit(value & 0xf, 16)));
            }
            return text.toString();
        }
        return null;
    }
}
