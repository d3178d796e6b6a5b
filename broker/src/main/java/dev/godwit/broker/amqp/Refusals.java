package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.address.AddressReply.Refusal;

/** The AMQP word for each reason why an address was refused. */
final class Refusals {
    private Refusals() {}

    static ErrorCondition toError(Refusal refusal, String description) {
        return switch (refusal) {
            case NOT_FOUND -> AmqpError.NOT_FOUND.because(description);
            case INVALID_NAME -> AmqpError.INVALID_FIELD.because(description);
            case UNAVAILABLE -> AmqpError.RESOURCE_LIMIT_EXCEEDED.because(description);
        };
    }
}
