package dev.godwit.jms.message;

import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.JMSException;
import jakarta.jms.TextMessage;
import org.jspecify.annotations.Nullable;

/** A message whose body is text, or null. */
public final class GodwitTextMessage extends GodwitMessage implements TextMessage {
    private @Nullable String text;

    GodwitTextMessage(MessageEnvelope envelope, @Nullable String text) {
        super(envelope);
        this.text = text;
    }

    @Override
    MessageBody body() {
        return new MessageBody.Text(text);
    }

    @Override
    public void setText(@Nullable String string) throws JMSException {
        checkBodyWriteable();
        text = string;
    }

    @Override
    public @Nullable String getText() {
        return text;
    }

    @Override
    public void clearBody() throws JMSException {
        super.clearBody();
        text = null;
    }

    @Override
    public boolean isBodyAssignableTo(@SuppressWarnings("rawtypes") Class type) {
        return text == null || type.isInstance(text);
    }

    @Override
    @Nullable
    Object bodyValue() {
        return text;
    }

    @Override
    String describe() {
        return "text message";
    }
}
