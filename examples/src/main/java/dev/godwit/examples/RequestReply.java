package dev.godwit.examples;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TextMessage;
import java.util.Locale;

/**
 * Asks a service over a queue and waits for its answer on a temporary one: {@code RequestReply [URI [QUEUE]]}. The service, which
 * answers in capitals, runs in the same program here.
 */
public final class RequestReply {
    private static final long PATIENCE_MILLIS = 10_000;

    private RequestReply() {}

    public static void main(String[] arguments) throws JMSException {
        String uri = arguments.length > 0 ? arguments[0] : "amqp://127.0.0.1:5672";
        String queue = arguments.length > 1 ? arguments[1] : "capitals";
        System.out.println(run(new GodwitConnectionFactory(uri), queue, "which way do godwits fly?"));
    }

    /** Returns the answer. */
    static String run(ConnectionFactory factory, String queueName, String question) throws JMSException {
        try (JMSContext service = factory.createContext();
                JMSContext client = factory.createContext()) {
            serve(service, queueName);

            // A queue of this client's own, which goes with it.
            TemporaryQueue answers = client.createTemporaryQueue();
            TextMessage request = client.createTextMessage(question);
            request.setJMSReplyTo(answers);
            JMSConsumer consumer = client.createConsumer(answers);
            client.createProducer().send(client.createQueue(queueName), request);

            Message answer = consumer.receive(PATIENCE_MILLIS);
            if (answer == null || !request.getJMSMessageID().equals(answer.getJMSCorrelationID())) {
                throw new IllegalStateException("no answer within " + PATIENCE_MILLIS + " ms");
            }
            return answer.getBody(String.class);
        }
    }

    private static void serve(JMSContext service, String queueName) {
        service.createConsumer(service.createQueue(queueName)).setMessageListener(request -> {
            try {
                String answer = request.getBody(String.class).toUpperCase(Locale.ROOT);
                service.createProducer()
                        .setJMSCorrelationID(request.getJMSMessageID())
                        .send(request.getJMSReplyTo(), answer);
            } catch (JMSException unreadable) {
                throw new JMSRuntimeException(unreadable.getMessage(), unreadable.getErrorCode(), unreadable);
            }
        });
    }
}
