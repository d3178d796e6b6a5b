package dev.godwit.jms.message;

import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.JMSException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.ObjectMessage;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A message whose body is an object: written down when it is set, so that later changes of the object do not show, and
 * brought to life at each reading.
 */
public final class GodwitObjectMessage extends GodwitMessage implements ObjectMessage {
    private final DeserializationPolicy policy;
    private MessageBody body;
    private boolean ownBody;

    /** @param body {@link MessageBody.SerializedObject} or {@link MessageBody.PlainObject}, or null for no object */
    GodwitObjectMessage(MessageEnvelope envelope, @Nullable MessageBody body, DeserializationPolicy policy)
            throws JMSException {
        super(envelope);
        this.policy = policy;
        this.ownBody = body == null;
        this.body = body == null ? new MessageBody.SerializedObject(SerializedForm.of(null)) : body;
    }

    @Override
    MessageBody body() {
        return body;
    }

    @Override
    public void setObject(@Nullable Serializable object) throws JMSException {
        checkBodyWriteable();
        body = new MessageBody.SerializedObject(SerializedForm.of(object));
        ownBody = true;
    }

    @Override
    public @Nullable Serializable getObject() throws JMSException {
        if (body instanceof MessageBody.SerializedObject serialized) {
            return SerializedForm.read(serialized.bytes(), ownBody ? null : policy);
        }
        Object value = ((MessageBody.PlainObject) body).value();
        if (value == null || value instanceof Serializable) {
            return (Serializable) value;
        }
        throw new MessageFormatException("the body is a " + value.getClass().getName() + ", which is not serialisable");
    }

    @Override
    public void clearBody() throws JMSException {
        super.clearBody();
        body = new MessageBody.SerializedObject(SerializedForm.of(null));
        ownBody = true;
    }

    @Override
    public boolean isBodyAssignableTo(@SuppressWarnings("rawtypes") Class type) throws JMSException {
        Serializable object = getObject();
        return object == null || type == Serializable.class || type.isInstance(object);
    }

    @Override
    @Nullable
    Object bodyValue() throws JMSException {
        return getObject();
    }

    @Override
    String describe() {
        return "object message";
    }
}
