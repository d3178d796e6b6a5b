package dev.godwit.broker.admin;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.address.ProducerSurvey;
import dev.godwit.broker.address.RequestNode;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.cluster.ClusterControl;
import dev.godwit.broker.cluster.PolicyAdministration;
import dev.godwit.broker.cluster.QueueAdministration;
import dev.godwit.broker.cluster.QueueExplanations;
import dev.godwit.broker.cluster.QueueSweeps;
import dev.godwit.broker.cluster.RoutingAdministration;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.transaction.PreparedTransactions;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The node {@code $management} (docs/management.md). A request is answered in the form that it came in: that of the AMQP
 * management draft, or that of HTTP over AMQP. Holds no state of its own: any loop may ask.
 */
public final class ManagementNode implements RequestNode {
    private final EntityOperations operations;
    private final HttpOperations http;

    /** @param cluster the cluster of this node; gives null where there is none */
    public ManagementNode(
            QueueAdministration queues,
            PolicyAdministration policies,
            RoutingAdministration routing,
            QueueSweeps sweeps,
            QueueExplanations explanations,
            ProducerSurvey producers,
            PreparedTransactions transactions,
            Supplier<@Nullable ClusterControl> cluster) {
        this.operations = new EntityOperations(
                queues,
                policies,
                routing,
                sweeps,
                new Explanations(explanations, producers),
                transactions,
                new ClusterOperations(cluster));
        this.http = new HttpOperations(queues, routing);
    }

    @Override
    public void onRequest(Message encoded, Requester requester, EventLoop caller, Consumer<ByteBuffer> answer) {
        onRequest(encoded, null, requester, caller, answer);
    }

    @Override
    public RequestNode of(String entity) {
        return (encoded, requester, caller, answer) -> onRequest(encoded, entity, requester, caller, answer);
    }

    private void onRequest(
            Message encoded,
            @Nullable String entity,
            Requester requester,
            EventLoop caller,
            Consumer<ByteBuffer> answer) {
        AmqpMessage request;
        try {
            request = AmqpMessage.decode(encoded.encoded());
        } catch (AmqpDecodeException malformed) {
            answer.accept(new Answer.Draft(Answer.BAD_REQUEST, String.valueOf(malformed.getMessage()))
                    .to(AmqpMessage.of(MessageBody.Value.NULL)));
            return;
        }
        Consumer<Answer> encoding = each -> answer.accept(each.to(request));
        if (HttpOperations.isMeant(request)) {
            http.onRequest(request, requester, caller, encoding);
        } else {
            operations.onRequest(request, entity, requester, caller, encoding);
        }
    }
}
