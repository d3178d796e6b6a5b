package dev.godwit.amqp.message;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The standard properties of a message; null where the sender gave none (AMQP 1.0 §3.2.4).
 *
 * @param messageId a String, an {@link UnsignedLong}, a {@link UUID} or a {@link Binary}
 * @param correlationId of the same four classes
 * @param absoluteExpiryTime milliseconds count
 * @param creationTime milliseconds count
 */
public record MessageProperties(
        @Nullable Object messageId,
        @Nullable Binary userId,
        @Nullable String to,
        @Nullable String subject,
        @Nullable String replyTo,
        @Nullable Object correlationId,
        @Nullable Symbol contentType,
        @Nullable Symbol contentEncoding,
        @Nullable Instant absoluteExpiryTime,
        @Nullable Instant creationTime,
        @Nullable String groupId,
        @Nullable UnsignedInteger groupSequence,
        @Nullable String replyToGroupId) {
    /** No property at all. */
    public static final MessageProperties NONE = builder().build();

    public MessageProperties {
        requireMessageId(messageId);
        requireMessageId(correlationId);
    }

    private static void requireMessageId(@Nullable Object id) {
        if (id == null || id instanceof String) {
            return;
        }
        if (!(id instanceof UUID || id instanceof UnsignedLong || id instanceof Binary)) {
            throw new IllegalArgumentException("a message-id is a String, UnsignedLong, UUID or Binary, not a "
                    + id.getClass().getName());
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    public Builder toBuilder() {
        var builder = new Builder();
        builder.messageId = messageId;
        builder.userId = userId;
        builder.to = to;
        builder.subject = subject;
        builder.replyTo = replyTo;
        builder.correlationId = correlationId;
        builder.contentType = contentType;
        builder.contentEncoding = contentEncoding;
        builder.absoluteExpiryTime = absoluteExpiryTime;
        builder.creationTime = creationTime;
        builder.groupId = groupId;
        builder.groupSequence = groupSequence;
        builder.replyToGroupId = replyToGroupId;
        return builder;
    }

    /** Appends a properties section, up to the last field that is there; nothing when there is none. */
    void write(AmqpEncoder encoder) {
        Object[] fields = {
            messageId,
            userId,
            to,
            subject,
            replyTo,
            correlationId,
            contentType,
            contentEncoding,
            absoluteExpiryTime,
            creationTime,
            groupId,
            groupSequence,
            replyToGroupId
        };
        int count = fields.length;
        while (count > 0 && fields[count - 1] == null) {
            count--;
        }
        if (count == 0) {
            return;
        }
        encoder.writeDescriptor(SectionCode.PROPERTIES);
        int mark = encoder.beginList();
        for (int i = 0; i < count; i++) {
            encoder.writeValue(fields[i]);
        }
        encoder.endList(mark, count);
    }

    /** Gathers properties, all absent at first. */
    public static final class Builder {
        private @Nullable Object messageId;
        private @Nullable Binary userId;
        private @Nullable String to;
        private @Nullable String subject;
        private @Nullable String replyTo;
        private @Nullable Object correlationId;
        private @Nullable Symbol contentType;
        private @Nullable Symbol contentEncoding;
        private @Nullable Instant absoluteExpiryTime;
        private @Nullable Instant creationTime;
        private @Nullable String groupId;
        private @Nullable UnsignedInteger groupSequence;
        private @Nullable String replyToGroupId;

        private Builder() {}

        /** A String, an UnsignedLong, a UUID or a Binary. */
        public Builder messageId(@Nullable Object newMessageId) {
            messageId = newMessageId;
            return this;
        }

        public Builder userId(@Nullable Binary newUserId) {
            userId = newUserId;
            return this;
        }

        public Builder to(@Nullable String newTo) {
            to = newTo;
            return this;
        }

        public Builder subject(@Nullable String newSubject) {
            subject = newSubject;
            return this;
        }

        public Builder replyTo(@Nullable String newReplyTo) {
            replyTo = newReplyTo;
            return this;
        }

        /** A String, an UnsignedLong, a UUID or a Binary. */
        public Builder correlationId(@Nullable Object newCorrelationId) {
            correlationId = newCorrelationId;
            return this;
        }

        public Builder contentType(@Nullable Symbol newContentType) {
            contentType = newContentType;
            return this;
        }

        public Builder contentEncoding(@Nullable Symbol newContentEncoding) {
            contentEncoding = newContentEncoding;
            return this;
        }

        public Builder absoluteExpiryTime(@Nullable Instant newAbsoluteExpiryTime) {
            absoluteExpiryTime = newAbsoluteExpiryTime;
            return this;
        }

        public Builder creationTime(@Nullable Instant newCreationTime) {
            creationTime = newCreationTime;
            return this;
        }

        public Builder groupId(@Nullable String newGroupId) {
            groupId = newGroupId;
            return this;
        }

        public Builder groupSequence(@Nullable UnsignedInteger newGroupSequence) {
            groupSequence = newGroupSequence;
            return this;
        }

        public Builder replyToGroupId(@Nullable String newReplyToGroupId) {
            replyToGroupId = newReplyToGroupId;
            return this;
        }

        public MessageProperties build() {
            return new MessageProperties(
                    messageId,
                    userId,
                    to,
                    subject,
                    replyTo,
                    correlationId,
                    contentType,
                    contentEncoding,
                    absoluteExpiryTime,
                    creationTime,
                    groupId,
                    groupSequence,
                    replyToGroupId);
        }
    }
}
