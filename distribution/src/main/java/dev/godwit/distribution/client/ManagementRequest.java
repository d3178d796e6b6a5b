package dev.godwit.distribution.client;

import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Asks a broker one thing that it answers at once. Stateless. */
public final class ManagementRequest {
    private ManagementRequest() {}

    /**
     * Asks.
     *
     * @param properties the request's application properties
     * @param answered gets the map in the answer's body, or a {@link ClientFailedException}
     */
    public static void start(Session session, Map<String, Object> properties, CompletableFuture<Map<?, ?>> answered) {
        ManagementLinks.attach(session, answer -> complete(answer, answered), answered::completeExceptionally)
                .ask(properties);
    }

    private static void complete(AmqpMessage answer, CompletableFuture<Map<?, ?>> answered) {
        if (answer.body() instanceof MessageBody.Value body && body.value() instanceof Map<?, ?> map) {
            answered.complete(map);
        } else {
            answered.completeExceptionally(
                    new ClientFailedException(ClientFailedException.Kind.REFUSED, "the broker's answer is not one"));
        }
    }
}
