package dev.godwit.jms.message;

import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageEOFException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.ObjectMessage;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes messages: new ones, those that came, and ours out of another provider's. Immutable, for any thread. */
public final class MessageFactory {
    private final DeserializationPolicy policy;
    private final boolean validatesPropertyNames;

    /**
     * @param policy which classes object messages may hold
     * @param validatesPropertyNames whether properties must have names that selectors can have
     */
    public MessageFactory(DeserializationPolicy policy, boolean validatesPropertyNames) {
        this.policy = policy;
        this.validatesPropertyNames = validatesPropertyNames;
    }

    private <M extends GodwitMessage> M withRules(M message) {
        message.validatePropertyNames(validatesPropertyNames);
        return message;
    }

    public GodwitMessage newMessage() {
        return withRules(new GodwitMessage(new MessageEnvelope()));
    }

    public GodwitTextMessage newTextMessage(@Nullable String text) {
        return withRules(new GodwitTextMessage(new MessageEnvelope(), text));
    }

    public GodwitBytesMessage newBytesMessage() {
        return withRules(new GodwitBytesMessage(new MessageEnvelope(), ByteBuffer.allocate(0)));
    }

    public GodwitMapMessage newMapMessage() {
        return withRules(new GodwitMapMessage(new MessageEnvelope(), Map.of()));
    }

    public GodwitStreamMessage newStreamMessage() {
        return withRules(new GodwitStreamMessage(new MessageEnvelope(), List.of()));
    }

    public GodwitObjectMessage newObjectMessage(@Nullable Serializable object) throws JMSException {
        GodwitObjectMessage message = withRules(new GodwitObjectMessage(new MessageEnvelope(), null, policy));
        if (object != null) {
            message.setObject(object);
        }
        return message;
    }

    /** The message in an envelope that a provider gave. */
    public GodwitMessage received(MessageEnvelope envelope, Acknowledgement acknowledgement) throws JMSException {
        GodwitMessage message = withRules(ofBody(envelope));
        message.becomeReceived(acknowledgement);
        return message;
    }

    private GodwitMessage ofBody(MessageEnvelope envelope) throws JMSException {
        MessageBody body = envelope.body();
        if (body instanceof MessageBody.Text text) {
            return new GodwitTextMessage(envelope, text.text());
        }
        if (body instanceof MessageBody.Bytes bytes) {
            return new GodwitBytesMessage(envelope, bytes.bytes());
        }
        if (body instanceof MessageBody.Entries entries) {
            return new GodwitMapMessage(envelope, entries.entries());
        }
        if (body instanceof MessageBody.Items items) {
            return new GodwitStreamMessage(envelope, items.items());
        }
        if (body instanceof MessageBody.SerializedObject || body instanceof MessageBody.PlainObject) {
            return new GodwitObjectMessage(envelope, body, policy);
        }
        return new GodwitMessage(envelope);
    }

    /** The message itself when it is ours, or a copy of what another provider's message holds (§7.7). */
    public GodwitMessage ours(Message message) throws JMSException {
        if (message instanceof GodwitMessage already) {
            return already;
        }
        GodwitMessage copy = copyOfBody(message);
        copy.setJMSCorrelationID(message.getJMSCorrelationID());
        copy.setJMSReplyTo(message.getJMSReplyTo());
        copy.setJMSType(message.getJMSType());
        for (Enumeration<?> names = message.getPropertyNames(); names.hasMoreElements(); ) {
            String name = (String) names.nextElement();
            if (StandardProperty.named(name) != StandardProperty.DELIVERY_COUNT) {
                copy.setObjectProperty(name, message.getObjectProperty(name));
            }
        }
        return copy;
    }

    private GodwitMessage copyOfBody(Message message) throws JMSException {
        if (message instanceof TextMessage text) {
            return newTextMessage(text.getText());
        }
        if (message instanceof BytesMessage bytes) {
            return copyOf(bytes);
        }
        if (message instanceof MapMessage map) {
            GodwitMapMessage copy = newMapMessage();
            for (Enumeration<?> names = map.getMapNames(); names.hasMoreElements(); ) {
                String name = (String) names.nextElement();
                copy.setObject(name, map.getObject(name));
            }
            return copy;
        }
        if (message instanceof StreamMessage stream) {
            return copyOf(stream);
        }
        if (message instanceof ObjectMessage object) {
            return newObjectMessage(object.getObject());
        }
        return newMessage();
    }

    private GodwitMessage copyOf(BytesMessage bytes) throws JMSException {
        bytes.reset();
        if (bytes.getBodyLength() > Integer.MAX_VALUE - 8) {
            throw new MessageFormatException("a bytes message of " + bytes.getBodyLength() + " bytes is too long");
        }
        byte[] content = new byte[(int) bytes.getBodyLength()];
        bytes.readBytes(content);
        bytes.reset();
        GodwitBytesMessage copy = newBytesMessage();
        copy.writeBytes(content);
        return copy;
    }

    private GodwitMessage copyOf(StreamMessage stream) throws JMSException {
        stream.reset();
        GodwitStreamMessage copy = newStreamMessage();
        try {
            while (true) {
                copy.writeObject(stream.readObject());
            }
        } catch (MessageEOFException end) {
            stream.reset();
            return copy;
        }
    }
}
