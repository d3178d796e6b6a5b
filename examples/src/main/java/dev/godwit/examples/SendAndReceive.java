package dev.godwit.examples;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.TextMessage;

/** Sends a durable message to a queue and takes it out again: {@code SendAndReceive [URI [QUEUE]]}. */
public final class SendAndReceive {
    private static final long PATIENCE_MILLIS = 10_000;

    private SendAndReceive() {}

    public static void main(String[] arguments) throws JMSException {
        String uri = arguments.length > 0 ? arguments[0] : "amqp://127.0.0.1:5672";
        String queue = arguments.length > 1 ? arguments[1] : "greetings";
        System.out.println(run(new GodwitConnectionFactory(uri), queue));
    }

    /** Returns the text of the message that came back. */
    static String run(ConnectionFactory factory, String queueName) throws JMSException {
        try (JMSContext context = factory.createContext()) {
            Queue queue = context.createQueue(queueName);
            TextMessage greeting = context.createTextMessage("Hello from " + queueName);
            greeting.setStringProperty("language", "en");
            // Returns when the broker has the message on its disk.
            context.createProducer().setDeliveryMode(DeliveryMode.PERSISTENT).send(queue, greeting);

            JMSConsumer consumer = context.createConsumer(queue);
            Message received = consumer.receive(PATIENCE_MILLIS);
            if (received == null) {
                throw new IllegalStateException("nothing came back within " + PATIENCE_MILLIS + " ms");
            }
            return received.getBody(String.class) + " (" + received.getStringProperty("language") + ")";
        }
    }
}
