package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Error conditions of AMQP, as reasons that a session understands. Stateless. */
final class AmqpFailures {
    private static final Symbol INVALID_FIELD = Symbol.of("invalid-field");
    private static final Symbol CONTAINER_ID = Symbol.of("container-id");

    private static final List<Map.Entry<AmqpError, Reason>> REASONS = List.of(
            Map.entry(AmqpError.NOT_FOUND, Reason.INVALID_DESTINATION),
            Map.entry(AmqpError.RESOURCE_DELETED, Reason.INVALID_DESTINATION),
            Map.entry(AmqpError.UNAUTHORIZED_ACCESS, Reason.SECURITY),
            Map.entry(AmqpError.RESOURCE_LIMIT_EXCEEDED, Reason.RESOURCE_LIMIT),
            Map.entry(AmqpError.NOT_IMPLEMENTED, Reason.NOT_SUPPORTED),
            Map.entry(AmqpError.MESSAGE_SIZE_EXCEEDED, Reason.MESSAGE_REFUSED),
            Map.entry(AmqpError.CONNECTION_FORCED, Reason.CONNECTION_LOST),
            Map.entry(AmqpError.TRANSACTION_ROLLBACK, Reason.TRANSACTION_ROLLED_BACK),
            Map.entry(AmqpError.TRANSACTION_TIMEOUT, Reason.TRANSACTION_ROLLED_BACK),
            Map.entry(AmqpError.UNKNOWN_TRANSACTION, Reason.TRANSACTION_ROLLED_BACK));

    private AmqpFailures() {}

    /**
     * The failure behind an error condition.
     *
     * @param what that was refused or ended, for a human
     * @param otherwise the reason when the condition is unknown, or there is none
     */
    static ProviderException of(@Nullable ErrorCondition error, String what, Reason otherwise) {
        if (error == null) {
            return new ProviderException(otherwise, what + ", without a word why");
        }
        return new ProviderException(reason(error, otherwise), what + ": " + words(error));
    }

    private static Reason reason(ErrorCondition error, Reason otherwise) {
        if (AmqpError.INVALID_FIELD.is(error)
                && CONTAINER_ID.equals(error.info().get(INVALID_FIELD))) {
            return Reason.CLIENT_ID_IN_USE;
        }
        for (Map.Entry<AmqpError, Reason> known : REASONS) {
            if (known.getKey().is(error)) {
                return known.getValue();
            }
        }
        return otherwise;
    }

    static String words(ErrorCondition error) {
        return error.description() == null
                ? error.condition().toString()
                : error.description() + " (" + error.condition() + ')';
    }

    /** The failure behind a lost connection. */
    static ProviderException of(@Nullable DisconnectCause cause, String peer) {
        if (cause == null) {
            return new ProviderException(Reason.CONNECTION_LOST, peer + " closed the connection");
        }
        Reason reason =
                switch (cause.kind()) {
                    case AUTHENTICATION -> Reason.SECURITY;
                    case MECHANISM -> Reason.NO_MECHANISM;
                    case TLS -> Reason.UNTRUSTED;
                    case NETWORK, PROTOCOL, IDLE -> Reason.CONNECTION_LOST;
                };
        return new ProviderException(reason, peer + ": " + cause.message(), cause.exception());
    }
}
