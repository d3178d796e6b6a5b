package dev.godwit.broker.message;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Binary;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Reads message-ids (AMQP 1.0 §3.2.11 to §3.2.14) as texts. Owned by one loop: it reads one after the other. */
public final class MessageIdReader {
    /** Before an id of another type than string, or that does not look like one of theirs, clients of Jakarta Messaging write this. */
    private static final String TYPED = "ID:AMQP_";

    /** The one type of which case matters. */
    private static final String TYPED_STRING = TYPED + "STRING:";

    private final MessageSections sections = new MessageSections();

    /** The message-id of a message, or of one of which only the beginning is here; null when it has none that can be read. */
    public @Nullable String messageId(Message message) {
        try {
            sections.scanHead(message.encoded());
        } catch (AmqpDecodeException malformed) {
            return null;
        }
        var id = sections.messageId();
        if (id == null) {
            return null;
        }
        return id instanceof Binary binary ? HexFormat.of().formatHex(binary.toByteArray()) : id.toString();
    }

    /** Whether an id is the one that is meant, as AMQP or as clients of Jakarta Messaging write it. */
    public static boolean isMeant(String wanted, @Nullable String id) {
        if (id == null || wanted.equals(id)) {
            return id != null;
        }
        int type = wanted.startsWith(TYPED) ? wanted.indexOf(':', TYPED.length()) : -1;
        if (type < 0) {
            return false;
        }
        var plain = wanted.substring(type + 1);
        return wanted.startsWith(TYPED_STRING) ? plain.equals(id) : plain.equalsIgnoreCase(id);
    }
}
