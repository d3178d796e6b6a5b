package dev.godwit.jms.message;

import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.JMSException;
import jakarta.jms.MessageFormatException;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Properties whose names begin with JMSX or JMS_ and which are fields of the envelope, not entries of its map (Jakarta
 * Messaging §3.5.9).
 */
enum StandardProperty {
    USER_ID("JMSXUserID") {
        @Override
        @Nullable
        Object get(MessageEnvelope envelope) {
            return envelope.userId();
        }

        @Override
        void set(MessageEnvelope envelope, @Nullable Object value) throws JMSException {
            envelope.setUserId(textOrNull(value));
        }
    },
    GROUP_ID("JMSXGroupID") {
        @Override
        @Nullable
        Object get(MessageEnvelope envelope) {
            return envelope.groupId();
        }

        @Override
        void set(MessageEnvelope envelope, @Nullable Object value) throws JMSException {
            envelope.setGroupId(textOrNull(value));
        }
    },
    GROUP_SEQUENCE("JMSXGroupSeq") {
        @Override
        @Nullable
        Object get(MessageEnvelope envelope) {
            return envelope.groupSequence();
        }

        @Override
        void set(MessageEnvelope envelope, @Nullable Object value) throws JMSException {
            envelope.setGroupSequence(value == null ? null : (Integer) Conversion.toInt(value));
        }
    },
    DELIVERY_COUNT("JMSXDeliveryCount") {
        @Override
        Object get(MessageEnvelope envelope) {
            return envelope.redeliveries() + 1;
        }

        /** Whatever an application sets here, the broker counts deliveries itself and the consumer sees that count. */
        @Override
        void set(MessageEnvelope envelope, @Nullable Object value) throws JMSException {
            envelope.setRedeliveries(value == null ? 0 : Conversion.toInt(value) - 1);
        }
    },
    TTL_OVERRIDE("JMS_AMQP_TTL") {
        @Override
        @Nullable
        Object get(MessageEnvelope envelope) {
            return envelope.timeToLiveOverrideMillis();
        }

        @Override
        void set(MessageEnvelope envelope, @Nullable Object value) throws JMSException {
            Long millis = value == null ? null : (Long) Conversion.toLong(value);
            if (millis != null && (millis < 0 || millis > 0xFFFF_FFFFL)) {
                throw new MessageFormatException("JMS_AMQP_TTL must be 0 to 4294967295 milliseconds, not " + millis);
            }
            envelope.setTimeToLiveOverrideMillis(millis);
        }
    },
    REPLY_TO_GROUP_ID("JMS_AMQP_REPLY_TO_GROUP_ID") {
        @Override
        @Nullable
        Object get(MessageEnvelope envelope) {
            return envelope.replyToGroupId();
        }

        @Override
        void set(MessageEnvelope envelope, @Nullable Object value) throws JMSException {
            envelope.setReplyToGroupId(textOrNull(value));
        }
    };

    private static final Map<String, StandardProperty> BY_NAME =
            Stream.of(values()).collect(Collectors.toUnmodifiableMap(each -> each.property, Function.identity()));

    private final String property;

    StandardProperty(String property) {
        this.property = property;
    }

    abstract @Nullable Object get(MessageEnvelope envelope);

    abstract void set(MessageEnvelope envelope, @Nullable Object value) throws JMSException;

    String property() {
        return property;
    }

    /** Null when the name is an application's own. */
    static @Nullable StandardProperty named(String name) {
        return name.startsWith("JMS") ? BY_NAME.get(name) : null;
    }

    private static @Nullable String textOrNull(@Nullable Object value) throws MessageFormatException {
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new MessageFormatException(
                "the property holds text, not " + value.getClass().getSimpleName());
    }
}
