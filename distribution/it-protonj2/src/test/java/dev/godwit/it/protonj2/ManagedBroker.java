package dev.godwit.it.protonj2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.exceptions.ClientException;

/** What an operator asks of a broker through its management node. Lives as long as the connection. */
final class ManagedBroker {
    private static final long SOON_SECONDS = 20;

    private final Sender requests;
    private final Receiver answers;

    ManagedBroker(Connection connection) throws ClientException {
        requests = connection.openSender("$management");
        answers = connection.openDynamicReceiver();
    }

    /** What a queue's attributes are now. */
    Map<String, Object> read(String queue) throws ClientException {
        return ask("READ", queue, Map.of());
    }

    /** Does something with a queue, and fails when that is refused. */
    @SuppressWarnings("unchecked")
    Map<String, Object> ask(String operation, String queue, Map<String, Object> body) throws ClientException {
        var request = Message.create((Object) body)
                .messageId(UUID.randomUUID().toString())
                .replyTo(answers.address())
                .property("operation", operation)
                .property("type", "dev.godwit.queue")
                .property("name", queue);
        requests.send(request).awaitAccepted();
        var answer = Objects.requireNonNull(answers.receive(SOON_SECONDS, TimeUnit.SECONDS))
                .message();
        assertThat((Integer) answer.property("statusCode")).isIn(200, 201);
        return (Map<String, Object>) answer.body();
    }
}
