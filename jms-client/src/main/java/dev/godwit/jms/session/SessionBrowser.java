package dev.godwit.jms.session;

import dev.godwit.jms.message.Acknowledgement;
import dev.godwit.jms.message.GodwitDestination;
import dev.godwit.jms.message.GodwitMessage;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Settlement;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import java.util.Enumeration;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Looks at the messages of a queue without taking them. Each enumeration looks anew. Used by its session's thread. */
final class SessionBrowser implements QueueBrowser {
    private final ClientSession session;
    private final ProviderSession provider;
    private final ReceiverRequest request;
    private final int page;
    private @Nullable Look fresh;
    private @Nullable Look current;
    private boolean closed;

    SessionBrowser(ClientSession session, ProviderSession provider, ReceiverRequest request) {
        this.session = session;
        this.provider = provider;
        this.request = request;
        this.page = Math.max(1, session.settings().receiving().prefetch().browser());
    }

    /** Asks the broker for the first look. */
    void open() throws JMSException {
        Look look = new Look();
        look.receiver = Answers.await(
                provider.openReceiver(request, look),
                session.settings().requestTimeoutMillis(),
                "browsing " + request.source());
        fresh = look;
    }

    @Override
    public Queue getQueue() throws JMSException {
        checkOpen();
        return (Queue) GodwitDestination.of(request.source());
    }

    @Override
    public @Nullable String getMessageSelector() throws JMSException {
        checkOpen();
        return request.selector();
    }

    @Override
    public Enumeration<GodwitMessage> getEnumeration() throws JMSException {
        checkOpen();
        if (current != null) {
            current.close();
        }
        if (fresh == null) {
            open();
        }
        Look look = fresh;
        if (look == null) {
            throw new IllegalStateException("the browser is closed");
        }
        fresh = null;
        current = look;
        return look;
    }

    @Override
    public void close() throws JMSException {
        if (!closed) {
            closed = true;
            if (fresh != null) {
                fresh.close();
            }
            if (current != null) {
                current.close();
            }
        }
    }

    private void checkOpen() throws JMSException {
        if (closed) {
            throw new IllegalStateException("the browser is closed");
        }
        session.checkUsable();
    }

    /** One look over the queue: asks for a page, until a page comes back empty. */
    @SuppressWarnings("JdkObsolete")
    private final class Look implements Enumeration<GodwitMessage>, ReceiverListener {
        private final ConcurrentLinkedQueue<Delivery> arrived = new ConcurrentLinkedQueue<>();
        private @Nullable Receiver receiver;
        private volatile @Nullable ProviderException endedByBroker;
        private @Nullable GodwitMessage next;

        @Override
        public void onDelivery(Delivery delivery) {
            arrived.add(delivery);
        }

        @Override
        public void onClosed(ProviderException cause) {
            endedByBroker = cause;
        }

        @Override
        public boolean hasMoreElements() {
            if (next == null) {
                next = JmsErrors.uncheckedOrNull(this::look);
            }
            return next != null;
        }

        @Override
        public GodwitMessage nextElement() {
            GodwitMessage found = hasMoreElements() ? next : null;
            if (found == null) {
                throw new NoSuchElementException("no more messages in " + request.source());
            }
            next = null;
            return found;
        }

        private @Nullable GodwitMessage look() throws JMSException {
            Delivery delivery = arrived.poll();
            if (delivery == null && receiver != null) {
                receiver.grant(page);
                Answers.await(
                        receiver.drain(), session.settings().requestTimeoutMillis(), "browsing " + request.source());
                delivery = arrived.poll();
            }
            if (endedByBroker != null) {
                throw JmsErrors.of(endedByBroker, "browsing " + request.source());
            }
            if (delivery == null) {
                close();
                return null;
            }
            GodwitMessage message = session.messages().received(delivery.read(), Acknowledgement.NONE);
            delivery.settle(Settlement.ACCEPTED);
            return message;
        }

        private void close() throws JMSException {
            Receiver open = receiver;
            receiver = null;
            if (open != null && endedByBroker == null && session.connection().isConnected() && !session.isClosing()) {
                for (Delivery left = arrived.poll(); left != null; left = arrived.poll()) {
                    left.settle(Settlement.RELEASED);
                }
                Answers.await(
                        open.close(), session.settings().closeTimeoutMillis(), "ending a look at " + request.source());
            }
        }
    }
}
