package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.ErrorCondition;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The AMQP session of a connection's own errands, which belong to no session of the application. Owned by its loop. */
final class NodeSession implements ClientSessionListener {
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
    public void onEnd(Session session, @Nullable ErrorCondition error) {
        whenEnded.accept(error);
    }
}
