package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.security.Action;
import java.util.Locale;

/** The AMQP word for each reason why an address was refused. */
final class Refusals {
    private Refusals() {}

    /** A user may not do that at an address. */
    static ErrorCondition unauthorized(String user, Action action, String address) {
        return AmqpError.UNAUTHORIZED_ACCESS.because(
                "user '" + user + "' may not " + action.name().toLowerCase(Locale.ROOT) + " at '" + address + "'");
    }

    static ErrorCondition toError(Refusal refusal, String description) {
        return switch (refusal) {
            case NOT_FOUND -> AmqpError.NOT_FOUND.because(description);
            case UNAUTHORIZED -> AmqpError.UNAUTHORIZED_ACCESS.because(description);
            case IN_USE -> AmqpError.RESOURCE_LOCKED.because(description);
            case CONTRADICTION -> AmqpError.ILLEGAL_STATE.because(description);
            case INVALID_NAME -> AmqpError.INVALID_FIELD.because(description);
            case UNAVAILABLE -> AmqpError.RESOURCE_LIMIT_EXCEEDED.because(description);
        };
    }
}
