package dev.godwit.examples;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSProducer;
import jakarta.jms.Queue;

/** Sends numbered durable messages and says when each is safe: {@code SendOrders URI QUEUE FIRST LAST}. */
public final class SendOrders {
    private SendOrders() {}

    public static void main(String[] arguments) {
        if (arguments.length != 4) {
            throw new IllegalArgumentException("usage: SendOrders URI QUEUE FIRST LAST");
        }
        try (JMSContext context = new GodwitConnectionFactory(arguments[0]).createContext()) {
            Queue queue = context.createQueue(arguments[1]);
            JMSProducer producer = context.createProducer();
            for (int order = Integer.parseInt(arguments[2]); order <= Integer.parseInt(arguments[3]); order++) {
                producer.send(queue, "order " + order);
                System.out.println("sent and confirmed: order " + order);
            }
        }
    }
}
