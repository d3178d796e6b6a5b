package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitDestination;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Sender;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The producers of one session: opened by its thread, told and closed from any. */
final class SessionProducers {
    private final ClientSession session;
    private final ProviderSession provider;

    /** The beginning of the ids of all messages that are sent here. */
    private final String messageIdPrefix;

    private final List<SessionProducer> producers = new CopyOnWriteArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();

    SessionProducers(ClientSession session, ProviderSession provider, String sessionId) {
        this.session = session;
        this.provider = provider;
        this.messageIdPrefix = session.connection().messageIdPrefix() + sessionId.substring(sessionId.lastIndexOf(':'));
    }

    /** @param destination null for a producer that is told where with each message */
    SessionProducer open(@Nullable Destination destination) throws JMSException {
        Sender only = null;
        if (destination != null) {
            Address address = GodwitDestination.addressOf(destination);
            session.connection().checkSendable(destination);
            only = openSender(address);
        } else if (session.connection().hasAnonymousRelay()) {
            only = openSender(null);
        }
        MessageIds ids = new MessageIds(
                messageIdPrefix + ':' + numbers.incrementAndGet(),
                session.settings().sending().messageIdType());
        SessionProducer producer = new SessionProducer(
                session, destination, new SenderCache(session, this, only, destination == null), ids);
        producers.add(producer);
        return producer;
    }

    Sender openSender(@Nullable Address address) throws JMSException {
        return Answers.await(
                provider.openSender(address),
                session.settings().requestTimeoutMillis(),
                "creating a producer" + (address == null ? "" : " for " + address));
    }

    void remove(SessionProducer producer) {
        producers.remove(producer);
    }

    void onSessionClosed() {
        producers.forEach(SessionProducer::onSessionClosed);
    }
}
