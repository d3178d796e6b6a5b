package dev.godwit.jms.message;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.CorrelationId;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageNotWriteableException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message: headers and properties, and in the subclasses a body. Owned by one thread at a time, that of the session
 * which received it, or of the application which writes it. A received message is read-only until it is cleared.
 */
public class GodwitMessage implements Message {
    private final MessageEnvelope envelope;
    private Acknowledgement acknowledgement = Acknowledgement.NONE;
    private @Nullable Destination destination;
    private @Nullable Destination replyTo;
    private boolean propertiesReadOnly;
    private boolean bodyReadOnly;
    /** Whether there is a JMSXDeliveryCount: a message that was not delivered has none (Jakarta Messaging §3.5.9). */
    private boolean deliveryCounted;

    private boolean anyPropertyName;

    GodwitMessage(MessageEnvelope envelope) {
        this.envelope = envelope;
    }

    /** The message in the provider's form, with the body as it stands. */
    public final MessageEnvelope toEnvelope() throws JMSException {
        envelope.setBody(body());
        return envelope;
    }

    /** Makes this a message that came from a broker: read-only, and acknowledged through its session. */
    public final void becomeReceived(Acknowledgement receiver) {
        acknowledgement = receiver;
        deliveryCounted = true;
        propertiesReadOnly = true;
        bodyReadOnly = true;
    }

    /** Whether properties must have names that selectors can have (Jakarta Messaging §3.5.1); from the start they must. */
    final void validatePropertyNames(boolean validate) {
        anyPropertyName = !validate;
    }

    MessageBody body() throws JMSException {
        return MessageBody.None.INSTANCE;
    }

    final MessageEnvelope envelope() {
        return envelope;
    }

    final boolean isBodyReadOnly() {
        return bodyReadOnly;
    }

    final void setBodyReadOnly(boolean readOnly) {
        bodyReadOnly = readOnly;
    }

    final void checkBodyWriteable() throws MessageNotWriteableException {
        if (bodyReadOnly) {
            throw new MessageNotWriteableException("the message's body is read-only: call clearBody first");
        }
    }

    @Override
    public final @Nullable String getJMSMessageID() {
        return envelope.messageId();
    }

    @Override
    public final void setJMSMessageID(@Nullable String id) {
        envelope.setMessageId(id);
    }

    @Override
    public final long getJMSTimestamp() {
        return envelope.timestampMillis();
    }

    @Override
    public final void setJMSTimestamp(long timestamp) {
        envelope.setTimestampMillis(timestamp);
    }

    @Override
    public final byte @Nullable [] getJMSCorrelationIDAsBytes() throws JMSException {
        CorrelationId id = envelope.correlationId();
        if (id == null) {
            return null;
        }
        byte[] bytes = id.bytes();
        if (bytes == null) {
            throw new JMSException("the correlation id is text, not bytes: " + id);
        }
        return bytes;
    }

    @Override
    public final void setJMSCorrelationIDAsBytes(byte @Nullable [] correlationID) {
        envelope.setCorrelationId(correlationID == null ? null : CorrelationId.of(correlationID));
    }

    @Override
    public final void setJMSCorrelationID(@Nullable String correlationID) {
        envelope.setCorrelationId(correlationID == null ? null : CorrelationId.of(correlationID));
    }

    @Override
    public final @Nullable String getJMSCorrelationID() {
        CorrelationId id = envelope.correlationId();
        return id == null ? null : id.text();
    }

    @Override
    public final @Nullable Destination getJMSReplyTo() {
        Address address = envelope.replyTo();
        if (replyTo == null && address != null) {
            replyTo = GodwitDestination.of(address);
        }
        return replyTo;
    }

    @Override
    public final void setJMSReplyTo(@Nullable Destination replyTo) throws JMSException {
        envelope.setReplyTo(replyTo == null ? null : GodwitDestination.addressOf(replyTo));
        this.replyTo = replyTo;
    }

    @Override
    public final @Nullable Destination getJMSDestination() {
        Address address = envelope.destination();
        if (destination == null && address != null) {
            destination = GodwitDestination.of(address);
        }
        return destination;
    }

    @Override
    public final void setJMSDestination(@Nullable Destination destination) throws JMSException {
        envelope.setDestination(destination == null ? null : GodwitDestination.addressOf(destination));
        this.destination = destination;
    }

    @Override
    public final int getJMSDeliveryMode() {
        return envelope.isPersistent() ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT;
    }

    @Override
    public final void setJMSDeliveryMode(int deliveryMode) throws JMSException {
        if (deliveryMode != DeliveryMode.PERSISTENT && deliveryMode != DeliveryMode.NON_PERSISTENT) {
            throw new JMSException("no such delivery mode: " + deliveryMode);
        }
        envelope.setPersistent(deliveryMode == DeliveryMode.PERSISTENT);
    }

    @Override
    public final boolean getJMSRedelivered() {
        return envelope.redeliveries() > 0;
    }

    @Override
    public final void setJMSRedelivered(boolean redelivered) {
        if (redelivered != getJMSRedelivered()) {
            envelope.setRedeliveries(redelivered ? 1 : 0);
        }
    }

    @Override
    public final @Nullable String getJMSType() {
        return envelope.type();
    }

    @Override
    public final void setJMSType(@Nullable String type) {
        envelope.setType(type);
    }

    @Override
    public final long getJMSExpiration() {
        return envelope.expirationMillis();
    }

    @Override
    public final void setJMSExpiration(long expiration) {
        envelope.setExpirationMillis(expiration);
    }

    @Override
    public final long getJMSDeliveryTime() {
        return envelope.deliveryTimeMillis();
    }

    @Override
    public final void setJMSDeliveryTime(long deliveryTime) {
        envelope.setDeliveryTime(deliveryTime, envelope.isDeliveryDelayed());
    }

    @Override
    public final int getJMSPriority() {
        return envelope.priority();
    }

    @Override
    public final void setJMSPriority(int priority) throws JMSException {
        if (priority < 0 || priority > 9) {
            throw new JMSException("a priority is 0 to 9, not " + priority);
        }
        envelope.setPriority(priority);
    }

    @Override
    public final void clearProperties() throws JMSException {
        envelope.clearProperties();
        for (StandardProperty standard : StandardProperty.values()) {
            if (standard != StandardProperty.DELIVERY_COUNT) {
                standard.set(envelope, null);
            }
        }
        deliveryCounted = false;
        propertiesReadOnly = false;
    }

    @Override
    public final boolean propertyExists(String name) {
        StandardProperty standard = StandardProperty.named(name);
        return standard == null ? envelope.properties().containsKey(name) : valueOf(standard) != null;
    }

    @Override
    public final boolean getBooleanProperty(String name) throws JMSException {
        return Conversion.toBoolean(getObjectProperty(name));
    }

    @Override
    public final byte getByteProperty(String name) throws JMSException {
        return Conversion.toByte(getObjectProperty(name));
    }

    @Override
    public final short getShortProperty(String name) throws JMSException {
        return Conversion.toShort(getObjectProperty(name));
    }

    @Override
    public final int getIntProperty(String name) throws JMSException {
        return Conversion.toInt(getObjectProperty(name));
    }

    @Override
    public final long getLongProperty(String name) throws JMSException {
        return Conversion.toLong(getObjectProperty(name));
    }

    @Override
    public final float getFloatProperty(String name) throws JMSException {
        return Conversion.toFloat(getObjectProperty(name));
    }

    @Override
    public final double getDoubleProperty(String name) throws JMSException {
        return Conversion.toDouble(getObjectProperty(name));
    }

    @Override
    public final @Nullable String getStringProperty(String name) throws JMSException {
        return Conversion.toText(getObjectProperty(name));
    }

    @Override
    public final @Nullable Object getObjectProperty(String name) {
        if (name == null || name.isEmpty()) {
            throw new IllegalArgumentException("a property has a name: it is null or empty");
        }
        StandardProperty standard = StandardProperty.named(name);
        return standard == null ? envelope.properties().get(name) : valueOf(standard);
    }

    private @Nullable Object valueOf(StandardProperty standard) {
        return standard == StandardProperty.DELIVERY_COUNT && !deliveryCounted ? null : standard.get(envelope);
    }

    @Override
    public final Enumeration<String> getPropertyNames() {
        List<String> names = new ArrayList<>(envelope.properties().keySet());
        for (StandardProperty standard : StandardProperty.values()) {
            if (valueOf(standard) != null) {
                names.add(standard.property());
            }
        }
        return Collections.enumeration(names);
    }

    @Override
    public final void setBooleanProperty(String name, boolean value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setByteProperty(String name, byte value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setShortProperty(String name, short value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setIntProperty(String name, int value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setLongProperty(String name, long value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setFloatProperty(String name, float value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setDoubleProperty(String name, double value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setStringProperty(String name, @Nullable String value) throws JMSException {
        setObjectProperty(name, value);
    }

    @Override
    public final void setObjectProperty(String name, @Nullable Object value) throws JMSException {
        String checked = anyPropertyName ? PropertyName.present(name) : PropertyName.checked(name);
        if (propertiesReadOnly) {
            throw new MessageNotWriteableException(
                    "the message's properties are read-only: call clearProperties first");
        }
        if (!Conversion.isPropertyValue(value)) {
            throw new MessageFormatException("a property holds a boxed primitive or a String, not "
                    + (value == null ? "null" : value.getClass().getName()));
        }
        StandardProperty standard = StandardProperty.named(checked);
        if (standard == null) {
            envelope.putProperty(checked, value);
        } else {
            standard.set(envelope, value);
            deliveryCounted |= standard == StandardProperty.DELIVERY_COUNT;
        }
    }

    @Override
    public final void acknowledge() throws JMSException {
        acknowledgement.acknowledge();
    }

    @Override
    public void clearBody() throws JMSException {
        bodyReadOnly = false;
    }

    @Override
    @SuppressWarnings("unchecked")
    public final <T> @Nullable T getBody(Class<T> type) throws JMSException {
        if (!isBodyAssignableTo(type)) {
            throw new MessageFormatException("the body of a " + describe() + " cannot be read as " + type.getName());
        }
        return (T) bodyValue();
    }

    /** A plain message has no body, and nothing is every type of thing. */
    @Override
    public boolean isBodyAssignableTo(@SuppressWarnings("rawtypes") Class type) throws JMSException {
        return true;
    }

    /** Whether there is a body, and {@link #getBody} would give it. */
    public final boolean hasBodyOf(Class<?> type) throws JMSException {
        return isBodyAssignableTo(type) && bodyValue() != null;
    }

    /** The body as {@link #getBody} gives it; null when there is none. */
    @Nullable
    Object bodyValue() throws JMSException {
        return null;
    }

    String describe() {
        return "message";
    }

    @Override
    public final String toString() {
        return describe() + " " + envelope.messageId() + " at " + envelope.destination();
    }
}
