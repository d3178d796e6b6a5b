package dev.godwit.jms;

import jakarta.jms.JMSContext;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Sends a message to a broker and receives it again: by the URI the text. Loaded by class loaders that hide something. */
public final class Exchange implements UnaryOperator<String> {
    @Override
    public String apply(String uri) {
        try (JMSContext context = new GodwitConnectionFactory(uri).createContext()) {
            var queue = context.createTemporaryQueue();
            context.createProducer().send(queue, "hello");
            return Objects.requireNonNull(
                    context.createConsumer(queue).receiveBody(String.class, 10_000), "nothing came");
        }
    }
}
