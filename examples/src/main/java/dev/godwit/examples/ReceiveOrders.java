package dev.godwit.examples;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;

/** Takes a number of messages out of a queue, and fails when they do not come: {@code ReceiveOrders URI QUEUE COUNT}. */
public final class ReceiveOrders {
    private static final long PATIENCE_MILLIS = 10_000;

    private ReceiveOrders() {}

    public static void main(String[] arguments) {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("usage: ReceiveOrders URI QUEUE COUNT");
        }
        try (JMSContext context = new GodwitConnectionFactory(arguments[0]).createContext()) {
            JMSConsumer consumer = context.createConsumer(context.createQueue(arguments[1]));
            for (int left = Integer.parseInt(arguments[2]); left > 0; left--) {
                String order = consumer.receiveBody(String.class, PATIENCE_MILLIS);
                if (order == null) {
                    throw new IllegalStateException(left + " messages are missing");
                }
                System.out.println("received: " + order);
            }
        }
    }
}
