package dev.godwit.jms.session;

import static dev.godwit.jms.session.JmsErrors.unchecked;
import static dev.godwit.jms.session.JmsErrors.uncheckedDo;
import static dev.godwit.jms.session.JmsErrors.uncheckedOrNull;

import dev.godwit.jms.message.GodwitMessage;
import jakarta.jms.BytesMessage;
import jakarta.jms.CompletionListener;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.InvalidDestinationRuntimeException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSProducer;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageFormatRuntimeException;
import jakarta.jms.MessageProducer;
import java.io.Serializable;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A producer of the simplified API: a set of headers, properties and options to put on each message that it sends, over
 * the producer that its context keeps for all of them. Used as its context is.
 */
final class ContextProducer implements JMSProducer {
    private final ClientSession session;
    private final MessageProducer producer;
    /** Holds the headers and properties to be set, under the rules of a message. */
    private final GodwitMessage template;

    private int deliveryMode = Message.DEFAULT_DELIVERY_MODE;
    private int priority = Message.DEFAULT_PRIORITY;
    private long timeToLive = Message.DEFAULT_TIME_TO_LIVE;
    private long deliveryDelay = Message.DEFAULT_DELIVERY_DELAY;
    private boolean messageIdDisabled;
    private boolean timestampDisabled;
    private @Nullable CompletionListener async;

    ContextProducer(ClientSession session, MessageProducer producer) {
        this.session = session;
        this.producer = producer;
        this.template = session.messages().newMessage();
    }

    @Override
    public JMSProducer send(Destination destination, Message message) {
        if (message == null) {
            throw new MessageFormatRuntimeException("the message is null");
        }
        return send(destination, () -> message);
    }

    @Override
    public JMSProducer send(Destination destination, @Nullable String body) {
        return send(destination, () -> session.createTextMessage(body));
    }

    @Override
    public JMSProducer send(Destination destination, @Nullable Map<String, Object> body) {
        return send(destination, () -> {
            MapMessage message = session.createMapMessage();
            if (body != null) {
                for (Map.Entry<String, Object> entry : body.entrySet()) {
                    message.setObject(entry.getKey(), entry.getValue());
                }
            }
            return message;
        });
    }

    @Override
    public JMSProducer send(Destination destination, byte @Nullable [] body) {
        return send(destination, () -> {
            BytesMessage message = session.createBytesMessage();
            if (body != null) {
                message.writeBytes(body);
            }
            return message;
        });
    }

    @Override
    public JMSProducer send(Destination destination, @Nullable Serializable body) {
        return send(destination, () -> session.createObjectMessage(body));
    }

    private JMSProducer send(Destination destination, JmsErrors.Call<Message> creation) {
        if (destination == null) {
            throw new InvalidDestinationRuntimeException("the destination is null");
        }
        uncheckedDo(() -> {
            Message message = creation.make();
            apply(message);
            producer.setDisableMessageID(messageIdDisabled);
            producer.setDisableMessageTimestamp(timestampDisabled);
            producer.setDeliveryDelay(deliveryDelay);
            if (async == null) {
                producer.send(destination, message, deliveryMode, priority, timeToLive);
            } else {
                producer.send(destination, message, deliveryMode, priority, timeToLive, async);
            }
        });
        return this;
    }

    private void apply(Message message) throws JMSException {
        for (Enumeration<String> names = template.getPropertyNames(); names.hasMoreElements(); ) {
            String name = names.nextElement();
            message.setObjectProperty(name, template.getObjectProperty(name));
        }
        if (template.getJMSReplyTo() != null) {
            message.setJMSReplyTo(template.getJMSReplyTo());
        }
        if (template.getJMSType() != null) {
            message.setJMSType(template.getJMSType());
        }
        String correlationId = template.getJMSCorrelationID();
        if (correlationId != null) {
            message.setJMSCorrelationID(correlationId);
        }
    }

    @Override
    public JMSProducer setDisableMessageID(boolean value) {
        messageIdDisabled = value;
        return this;
    }

    @Override
    public boolean getDisableMessageID() {
        return messageIdDisabled;
    }

    @Override
    public JMSProducer setDisableMessageTimestamp(boolean value) {
        timestampDisabled = value;
        return this;
    }

    @Override
    public boolean getDisableMessageTimestamp() {
        return timestampDisabled;
    }

    @Override
    public JMSProducer setDeliveryMode(int deliveryMode) {
        if (deliveryMode != DeliveryMode.PERSISTENT && deliveryMode != DeliveryMode.NON_PERSISTENT) {
            throw new JMSRuntimeException("no such delivery mode: " + deliveryMode);
        }
        this.deliveryMode = deliveryMode;
        return this;
    }

    @Override
    public int getDeliveryMode() {
        return deliveryMode;
    }

    @Override
    public JMSProducer setPriority(int priority) {
        if (priority < 0 || priority > 9) {
            throw new JMSRuntimeException("a priority is 0 to 9, not " + priority);
        }
        this.priority = priority;
        return this;
    }

    @Override
    public int getPriority() {
        return priority;
    }

    @Override
    public JMSProducer setTimeToLive(long timeToLive) {
        if (timeToLive < 0) {
            throw new JMSRuntimeException("a time to live is 0 for ever, or positive: " + timeToLive);
        }
        this.timeToLive = timeToLive;
        return this;
    }

    @Override
    public long getTimeToLive() {
        return timeToLive;
    }

    @Override
    public JMSProducer setDeliveryDelay(long deliveryDelay) {
        if (deliveryDelay < 0) {
            throw new JMSRuntimeException("a delivery delay is 0 or positive: " + deliveryDelay);
        }
        this.deliveryDelay = deliveryDelay;
        return this;
    }

    @Override
    public long getDeliveryDelay() {
        return deliveryDelay;
    }

    @Override
    public JMSProducer setAsync(@Nullable CompletionListener completionListener) {
        async = completionListener;
        return this;
    }

    @Override
    public @Nullable CompletionListener getAsync() {
        return async;
    }

    @Override
    public JMSProducer setProperty(String name, boolean value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, byte value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, short value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, int value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, long value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, float value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, double value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, @Nullable String value) {
        return property(name, value);
    }

    @Override
    public JMSProducer setProperty(String name, @Nullable Object value) {
        return property(name, value);
    }

    private JMSProducer property(String name, @Nullable Object value) {
        uncheckedDo(() -> template.setObjectProperty(name, value));
        return this;
    }

    @Override
    public JMSProducer clearProperties() {
        uncheckedDo(template::clearProperties);
        return this;
    }

    @Override
    public boolean propertyExists(String name) {
        return template.propertyExists(name);
    }

    @Override
    public boolean getBooleanProperty(String name) {
        return unchecked(() -> template.getBooleanProperty(name));
    }

    @Override
    public byte getByteProperty(String name) {
        return unchecked(() -> template.getByteProperty(name));
    }

    @Override
    public short getShortProperty(String name) {
        return unchecked(() -> template.getShortProperty(name));
    }

    @Override
    public int getIntProperty(String name) {
        return unchecked(() -> template.getIntProperty(name));
    }

    @Override
    public long getLongProperty(String name) {
        return unchecked(() -> template.getLongProperty(name));
    }

    @Override
    public float getFloatProperty(String name) {
        return unchecked(() -> template.getFloatProperty(name));
    }

    @Override
    public double getDoubleProperty(String name) {
        return unchecked(() -> template.getDoubleProperty(name));
    }

    @Override
    public @Nullable String getStringProperty(String name) {
        return uncheckedOrNull(() -> template.getStringProperty(name));
    }

    @Override
    public @Nullable Object getObjectProperty(String name) {
        return template.getObjectProperty(name);
    }

    /** The names of what was set; not to be changed through this. */
    @Override
    public Set<String> getPropertyNames() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(Collections.list(template.getPropertyNames())));
    }

    @Override
    public JMSProducer setJMSCorrelationIDAsBytes(byte @Nullable [] correlationID) {
        template.setJMSCorrelationIDAsBytes(correlationID);
        return this;
    }

    @Override
    public byte @Nullable [] getJMSCorrelationIDAsBytes() {
        try {
            return template.getJMSCorrelationIDAsBytes();
        } catch (JMSException text) {
            throw unchecked(text);
        }
    }

    @Override
    public JMSProducer setJMSCorrelationID(@Nullable String correlationID) {
        template.setJMSCorrelationID(correlationID);
        return this;
    }

    @Override
    public @Nullable String getJMSCorrelationID() {
        return template.getJMSCorrelationID();
    }

    @Override
    public JMSProducer setJMSType(@Nullable String type) {
        template.setJMSType(type);
        return this;
    }

    @Override
    public @Nullable String getJMSType() {
        return template.getJMSType();
    }

    @Override
    public JMSProducer setJMSReplyTo(@Nullable Destination replyTo) {
        uncheckedDo(() -> template.setJMSReplyTo(replyTo));
        return this;
    }

    @Override
    public @Nullable Destination getJMSReplyTo() {
        return template.getJMSReplyTo();
    }
}
