package dev.godwit.jms.session;

import java.util.UUID;

/** The message ids of one producer, as its settings want them. Used by its session's thread. */
final class MessageIds {
    private final String prefix;
    private final MessageIdType type;
    private long sequence;

    /** @param producerId unique everywhere; begins with {@code ID:} */
    MessageIds(String producerId, MessageIdType type) {
        this.prefix = producerId + '-';
        this.type = type;
    }

    /** In the text form that says of what type it is on the wire (AMQP-JMS mapping, "JMSMessageID"). */
    String next() {
        return switch (type) {
            case DEFAULT -> prefix + ++sequence;
            case UUID -> "ID:AMQP_UUID:" + UUID.randomUUID();
            case UUID_STRING -> "ID:AMQP_NO_PREFIX:" + UUID.randomUUID();
            case PREFIXED_UUID_STRING -> "ID:" + UUID.randomUUID();
        };
    }
}
