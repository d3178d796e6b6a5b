package dev.godwit.jms.session;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverRequest;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The consumers of one session: opened by its thread, told and closed from any. */
final class SessionConsumers {
    private final ClientSession session;
    private final ProviderSession provider;
    private final List<SessionConsumer> consumers = new CopyOnWriteArrayList<>();

    SessionConsumers(ClientSession session, ProviderSession provider) {
        this.session = session;
        this.provider = provider;
    }

    SessionConsumer open(Address source, @Nullable String selector, boolean noLocal) throws JMSException {
        return open(ReceiverRequest.of(source)
                .withSelector(effective(selector))
                .withNoLocal(noLocal && source.kind().isTopic()));
    }

    SessionConsumer openSubscription(
            Address topic, String name, @Nullable String selector, boolean noLocal, boolean durable, boolean shared)
            throws JMSException {
        if (topic.kind() == Address.Kind.TEMPORARY_TOPIC && durable) {
            throw new InvalidDestinationException("a durable subscription to a temporary topic is not possible");
        }
        return open(ReceiverRequest.of(topic)
                .withSelector(effective(selector))
                .withNoLocal(noLocal)
                .asSubscription(name, durable, shared, session.connection().isNamed()));
    }

    private SessionConsumer open(ReceiverRequest request) throws JMSException {
        session.connection().checkConsumable(request.source());
        SessionConsumer consumer = new SessionConsumer(session, request);
        DurableConsumers durable = session.connection().durableConsumers();
        durable.enter(consumer);
        boolean opened = false;
        try {
            Receiver receiver = Answers.await(
                    provider.openReceiver(request, consumer),
                    session.settings().requestTimeoutMillis(),
                    "creating a " + consumer.describe());
            consumers.add(consumer);
            consumer.attach(receiver);
            if (session.isEnded()) {
                // Closed by another thread meanwhile, which has closed those that it saw.
                consumer.becomeClosed();
                throw new IllegalStateException("creating a " + consumer.describe() + ": the session is closed");
            }
            opened = true;
            return consumer;
        } finally {
            if (!opened) {
                durable.leave(consumer);
            }
        }
    }

    SessionBrowser browse(Address queue, @Nullable String selector) throws JMSException {
        session.connection().checkConsumable(queue);
        ReceiverRequest request =
                ReceiverRequest.of(queue).withSelector(effective(selector)).forBrowsing();
        // Opened once to learn now whether the broker agrees, not at the first look.
        SessionBrowser browser = new SessionBrowser(session, provider, request);
        browser.open();
        return browser;
    }

    void remove(SessionConsumer consumer) {
        consumers.remove(consumer);
    }

    boolean isConsuming(Address address) {
        return consumers.stream().anyMatch(consumer -> consumer.source().equals(address));
    }

    /** The connection was started or lost, or messages are to be delivered again. */
    void onChange() {
        consumers.forEach(SessionConsumer::onChange);
    }

    void giveBackArrived() throws JMSException {
        for (SessionConsumer consumer : consumers) {
            consumer.giveBackArrived();
        }
    }

    /** Ends all of them on our side; the session's end ends them at the broker's. */
    void becomeClosed() {
        consumers.forEach(SessionConsumer::becomeClosed);
    }

    /** Blank text selects everything, as none does (Jakarta Messaging §3.8.1.1). */
    private static @Nullable String effective(@Nullable String selector) {
        return selector == null || selector.isBlank() ? null : selector;
    }
}
