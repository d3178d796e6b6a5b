package dev.godwit.jms.provider;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message as a provider takes it and gives it: the headers and properties of Jakarta Messaging and a body.
 *
 * <p>Mutable, without a lock: it belongs to the one message, and so to the one thread, that holds it. A provider reads it
 * only during {@link Sender#encode}.
 */
public final class MessageEnvelope {
    public static final int DEFAULT_PRIORITY = 4;
    public static final int PRIORITY_MAX = 9;

    private @Nullable String messageId;
    private @Nullable CorrelationId correlationId;
    private @Nullable Address destination;
    private @Nullable Address replyTo;
    private @Nullable String type;
    private @Nullable String userId;
    private @Nullable String groupId;
    private @Nullable Integer groupSequence;
    private @Nullable String replyToGroupId;
    private @Nullable Long timeToLiveOverrideMillis;
    private boolean persistent = true;
    private int priority = DEFAULT_PRIORITY;
    private long timestampMillis;
    private long expirationMillis;
    private long timeToLiveMillis;
    private long deliveryTimeMillis;
    private boolean deliveryDelayed;
    private int redeliveries;
    private Map<String, @Nullable Object> properties = Map.of();
    private Map<String, String> traceContext = Map.of();
    private MessageBody body = MessageBody.None.INSTANCE;

    /** {@code ID:…}, or null. */
    public @Nullable String messageId() {
        return messageId;
    }

    public void setMessageId(@Nullable String messageId) {
        this.messageId = messageId;
    }

    public @Nullable CorrelationId correlationId() {
        return correlationId;
    }

    public void setCorrelationId(@Nullable CorrelationId correlationId) {
        this.correlationId = correlationId;
    }

    public @Nullable Address destination() {
        return destination;
    }

    public void setDestination(@Nullable Address destination) {
        this.destination = destination;
    }

    public @Nullable Address replyTo() {
        return replyTo;
    }

    public void setReplyTo(@Nullable Address replyTo) {
        this.replyTo = replyTo;
    }

    public @Nullable String type() {
        return type;
    }

    public void setType(@Nullable String type) {
        this.type = type;
    }

    public @Nullable String userId() {
        return userId;
    }

    public void setUserId(@Nullable String userId) {
        this.userId = userId;
    }

    public @Nullable String groupId() {
        return groupId;
    }

    public void setGroupId(@Nullable String groupId) {
        this.groupId = groupId;
    }

    public @Nullable Integer groupSequence() {
        return groupSequence;
    }

    public void setGroupSequence(@Nullable Integer groupSequence) {
        this.groupSequence = groupSequence;
    }

    public @Nullable String replyToGroupId() {
        return replyToGroupId;
    }

    public void setReplyToGroupId(@Nullable String replyToGroupId) {
        this.replyToGroupId = replyToGroupId;
    }

    /** What the application wants the broker to be told in place of the producer's time to live; 0 for nothing. */
    public @Nullable Long timeToLiveOverrideMillis() {
        return timeToLiveOverrideMillis;
    }

    public void setTimeToLiveOverrideMillis(@Nullable Long millis) {
        this.timeToLiveOverrideMillis = millis;
    }

    public boolean isPersistent() {
        return persistent;
    }

    public void setPersistent(boolean persistent) {
        this.persistent = persistent;
    }

    public int priority() {
        return priority;
    }

    public void setPriority(int priority) {
        this.priority = priority;
    }

    /** When it was sent, milliseconds since the epoch; 0 when the sender did not say. */
    public long timestampMillis() {
        return timestampMillis;
    }

    public void setTimestampMillis(long timestampMillis) {
        this.timestampMillis = timestampMillis;
    }

    /** When it expires, milliseconds since the epoch; 0 for never. */
    public long expirationMillis() {
        return expirationMillis;
    }

    public void setExpirationMillis(long expirationMillis) {
        this.expirationMillis = expirationMillis;
    }

    /** How long it lives from its sending; 0 for ever. Says the same as the expiration, for brokers that count. */
    public long timeToLiveMillis() {
        return timeToLiveMillis;
    }

    public void setTimeToLiveMillis(long timeToLiveMillis) {
        this.timeToLiveMillis = timeToLiveMillis;
    }

    /** When it may be delivered at the earliest, milliseconds since the epoch; 0 when unknown. */
    public long deliveryTimeMillis() {
        return deliveryTimeMillis;
    }

    /** True when the broker has to hold the message back until the delivery time. */
    public boolean isDeliveryDelayed() {
        return deliveryDelayed;
    }

    public void setDeliveryTime(long deliveryTimeMillis, boolean delayed) {
        this.deliveryTimeMillis = deliveryTimeMillis;
        this.deliveryDelayed = delayed;
    }

    /** Earlier attempts to deliver it. */
    public int redeliveries() {
        return redeliveries;
    }

    public void setRedeliveries(int redeliveries) {
        this.redeliveries = redeliveries;
    }

    /** The application's properties in their order; not to be changed through this view. */
    public Map<String, @Nullable Object> properties() {
        return properties;
    }

    public void putProperty(String name, @Nullable Object value) {
        if (properties.isEmpty()) {
            properties = new LinkedHashMap<>();
        }
        properties.put(name, value);
    }

    public void clearProperties() {
        properties = Map.of();
    }

    /** Of which trace it is a part, in texts by their names; empty for none. The application does not see it. */
    public Map<String, String> traceContext() {
        return traceContext;
    }

    public void setTraceContext(Map<String, String> context) {
        this.traceContext = Map.copyOf(context);
    }

    public MessageBody body() {
        return body;
    }

    public void setBody(MessageBody body) {
        this.body = body;
    }
}
