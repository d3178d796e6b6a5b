package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The AMQP session of a connection's own errands, which belong to no session of the application. Owned by its loop. */
final class NodeSession implements SessionListener {
    private final Consumer<@Nullable ErrorCondition> whenEnded;

    NodeSession(Consumer<@Nullable ErrorCondition> whenEnded) {
        this.whenEnded = whenEnded;
    }

    /** Begins one. Links may be attached at once: they are sent after the begin. */
    static Session begin(AmqpProvider provider, Consumer<@Nullable ErrorCondition> whenEnded) {
        return provider.begin(new NodeSession(whenEnded));
    }

    @Override
    public void onBegin(Session session) {}

    @Override
    public void onAttach(SendingLink link) {
        link.refuse(AmqpError.NOT_ALLOWED.because("a JMS client answers no links"));
    }

    @Override
    public void onAttach(ReceivingLink link) {
        link.refuse(AmqpError.NOT_ALLOWED.because("a JMS client answers no links"));
    }

    @Override
    public void onEnd(Session session, @Nullable ErrorCondition error) {
        whenEnded.accept(error);
    }
}
