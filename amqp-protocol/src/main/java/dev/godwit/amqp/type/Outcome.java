package dev.godwit.amqp.type;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A terminal delivery state of a message (AMQP 1.0 §3.4.2 to §3.4.5). */
public sealed interface Outcome extends DeliveryState {
    /** The word for it: amqp:accepted:list and its kin, as a source's {@code outcomes} lists them. */
    Symbol descriptor();

    /** Processed; it will not be seen again. */
    record Accepted() implements Outcome {
        public static final Symbol DESCRIPTOR = Symbol.of("amqp:accepted:list");
        public static final Accepted INSTANCE = new Accepted();

        @Override
        public Symbol descriptor() {
            return DESCRIPTOR;
        }
    }

    /** Invalid and unprocessable. */
    record Rejected(@Nullable ErrorCondition error) implements Outcome {
        public static final Symbol DESCRIPTOR = Symbol.of("amqp:rejected:list");

        @Override
        public Symbol descriptor() {
            return DESCRIPTOR;
        }
    }

    /** Not processed and not going to be; nobody's fault: delivery-count stays. */
    record Released() implements Outcome {
        public static final Symbol DESCRIPTOR = Symbol.of("amqp:released:list");
        public static final Released INSTANCE = new Released();

        @Override
        public Symbol descriptor() {
            return DESCRIPTOR;
        }
    }

    /**
     * Not processed, and something about the message changed.
     *
     * @param deliveryFailed counts as an unsuccessful attempt: delivery-count grows by one
     * @param undeliverableHere never again on this link
     * @param messageAnnotations to merge into the message's own; empty when there are none
     */
    record Modified(boolean deliveryFailed, boolean undeliverableHere, Map<Symbol, Object> messageAnnotations)
            implements Outcome {
        public static final Symbol DESCRIPTOR = Symbol.of("amqp:modified:list");

        @Override
        public Symbol descriptor() {
            return DESCRIPTOR;
        }
    }
}
