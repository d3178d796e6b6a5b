package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Target;
import dev.godwit.jms.provider.Answered;
import dev.godwit.jms.provider.ProviderException.Reason;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Ends a durable subscription: takes up its link by name, without saying what it is, and closes it when the broker has
 * answered with the source that it had kept. Owned by the connection's loop.
 */
final class Unsubscription implements ReceivingLinkListener {
    private final AmqpProvider provider;
    private final String linkName;
    private final CompletableFuture<Void> answer;
    private @Nullable Session session;

    Unsubscription(AmqpProvider provider, String linkName, CompletableFuture<Void> answer) {
        this.provider = provider;
        this.linkName = linkName;
        this.answer = answer;
    }

    void begin() {
        Session open = NodeSession.begin(
                provider,
                error -> answer.completeExceptionally(
                        AmqpFailures.of(error, "the broker ended the session", Reason.BROKER_ERROR)));
        session = open;
        open.attachReceiver(AmqpProvider.unsettled(AttachParameters.of(linkName, null, Target.at(linkName))), this);
    }

    @Override
    public void onAttached(ReceivingLink link) {
        AttachParameters remote = link.remoteAttach();
        if (remote != null && remote.source() != null) {
            link.close(null);
        }
    }

    @Override
    public void onDetachAnswered(ReceivingLink link, @Nullable ErrorCondition error) {
        endSession();
        if (error == null) {
            Answered.done(answer);
        } else {
            answer.completeExceptionally(
                    AmqpFailures.of(error, "the subscription " + linkName + " stays", Reason.BROKER_ERROR));
        }
    }

    @Override
    public void onDelivery(IncomingDelivery delivery) {
        delivery.settle(Outcome.Released.INSTANCE);
    }

    @Override
    public void onSettled(IncomingDelivery delivery) {}

    @Override
    public void onDrained(ReceivingLink link) {}

    @Override
    public void onDetached(ReceivingLink link, boolean closed, @Nullable ErrorCondition error) {
        endSession();
        answer.completeExceptionally(
                AmqpFailures.of(error, "there is no subscription " + linkName, Reason.INVALID_DESTINATION));
    }

    private void endSession() {
        if (session != null) {
            session.end(null);
        }
    }
}
