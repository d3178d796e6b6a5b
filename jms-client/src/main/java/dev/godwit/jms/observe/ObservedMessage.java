package dev.godwit.jms.observe;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.MessageEnvelope;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an observer may know of a message. Good for the call that it is shown in, on that thread.
 *
 * @param clientId of the connection
 * @param broker where it is, host and port; empty when there is no connection
 */
public record ObservedMessage(MessageEnvelope envelope, String clientId, String broker) {
    /** The name of its queue or topic; null when nobody says. */
    public @Nullable String destination() {
        Address address = envelope.destination();
        return address == null ? null : address.name();
    }

    /** Whether its queue or topic is gone with the connection that made it. */
    public boolean isTemporary() {
        Address address = envelope.destination();
        return address != null && address.kind().isTemporary();
    }

    public @Nullable String messageId() {
        return envelope.messageId();
    }

    public @Nullable String correlationId() {
        return envelope.correlationId() == null
                ? null
                : envelope.correlationId().toString();
    }

    /** Whether it was given out before, and came back. */
    public boolean isRedelivered() {
        return envelope.redeliveries() > 0;
    }

    /** The texts that whoever sent it put in; empty for none. */
    public Map<String, String> traceContext() {
        return envelope.traceContext();
    }

    /** Before it is sent: texts that go with it, by name. The program does not see them. */
    public void setTraceContext(Map<String, String> context) {
        envelope.setTraceContext(context);
    }
}
