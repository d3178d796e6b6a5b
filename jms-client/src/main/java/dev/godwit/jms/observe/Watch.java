package dev.godwit.jms.observe;

import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.MessageEnvelope;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The observer of one connection, behind a wall: nothing that it throws reaches the client. For any thread. */
final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    private final ClientObserver observer;
    private final String clientId;
    private final Supplier<ConnectionFacts> facts;

    /** @param facts of the connection that is there */
    Watch(ClientObserver observer, String clientId, Supplier<ConnectionFacts> facts) {
        this.observer = observer;
        this.clientId = clientId;
        this.facts = facts;
    }

    ObservedMessage message(MessageEnvelope envelope) {
        return new ObservedMessage(envelope, clientId, facts.get().broker());
    }

    void tell(Consumer<ClientObserver> what) {
        guarded(() -> what.accept(observer));
    }

    <T> T ask(Function<ClientObserver, T> what, T otherwise) {
        try {
            return what.apply(observer);
        } catch (RuntimeException | LinkageError broken) {
            LOG.warn("An observer of messages threw an exception", broken);
            return otherwise;
        }
    }

    static void guarded(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException | LinkageError broken) {
            LOG.warn("An observer of messages threw an exception", broken);
        }
    }
}
