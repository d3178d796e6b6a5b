package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import java.io.Serial;

/** The peer broke the protocol so badly that its connection must end. Caught at the top of the connection's read. */
final class ProtocolViolation extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final AmqpError error;
    private final DisconnectCause.Kind kind;

    ProtocolViolation(AmqpError error, String description) {
        this(error, description, DisconnectCause.Kind.PROTOCOL);
    }

    ProtocolViolation(AmqpError error, String description, DisconnectCause.Kind kind) {
        // No stack trace: it says nothing about the peer, and costs what an attacker would like it to cost.
        super(description, null, false, false);
        this.error = error;
        this.kind = kind;
    }

    ErrorCondition condition() {
        return error.because(String.valueOf(getMessage()));
    }

    DisconnectCause.Kind kind() {
        return kind;
    }
}
