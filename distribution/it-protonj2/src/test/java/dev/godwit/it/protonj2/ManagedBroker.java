package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.UUID;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.jspecify.annotations.Nullable;

/** What an operator asks of a broker through its management node. Lives as long as the connection. */
final class ManagedBroker {
    /** The type of what most requests are about. */
    static final String QUEUE = "dev.godwit.queue";

    private final Sender requests;
    private final Receiver answers;

    ManagedBroker(Connection connection) throws ClientException {
        requests = connection.openSender("$management");
        answers = connection.openDynamicReceiver();
    }

    /** What a queue's attributes are now. */
    Map<String, Object> read(String queue) throws ClientException {
        return done("READ", queue, Map.of());
    }

    /** Does something with a queue, and fails when that is refused. */
    Map<String, Object> done(String operation, String queue, Map<String, Object> body) throws ClientException {
        var answer = ask(operation, QUEUE, queue, body);
        assertThat(status(answer)).as(why(answer)).isIn(200, 201);
        return body(answer);
    }

    /** What is answered to a request about something that has a type and a name. */
    Message<?> ask(String operation, String type, @Nullable String name, @Nullable Object body) throws ClientException {
        return ask(operation, type, name, body, Map.of());
    }

    /**
     * As {@link #ask(String, String, String, Object)}.
     *
     * @param properties further ones of the request's application properties
     */
    Message<?> ask(
            String operation, String type, @Nullable String name, @Nullable Object body, Map<String, Object> properties)
            throws ClientException {
        var request = request(operation, body).property("type", type);
        if (name != null) {
            request.property("name", name);
        }
        for (var property : properties.entrySet()) {
            request.property(property.getKey(), property.getValue());
        }
        return answer(request);
    }

    static Message<Object> request(String operation, @Nullable Object body) throws ClientException {
        return Message.create(body).property("operation", operation);
    }

    /** Sends a request as it is, but for its id and who is to be answered. */
    Message<?> answer(Message<?> request) throws ClientException {
        var id = UUID.randomUUID().toString();
        requests.send(request.messageId(id).replyTo(answers.address())).awaitAccepted();
        var answer = Arrivals.next(answers).message();
        assertThat(answer.correlationId()).isEqualTo(id);
        return answer;
    }

    static int status(Message<?> answer) throws ClientException {
        return (Integer) answer.property("statusCode");
    }

    /** What the status means. */
    static String why(Message<?> answer) throws ClientException {
        return (String) answer.property("statusDescription");
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> body(Message<?> answer) throws ClientException {
        return (Map<String, Object>) answer.body();
    }
}
