package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitDestination;
import dev.godwit.jms.message.GodwitMessage;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.Delivery;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.Receiver;
import dev.godwit.jms.provider.ReceiverListener;
import dev.godwit.jms.provider.ReceiverRequest;
import dev.godwit.jms.provider.Settlement;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageListener;
import jakarta.jms.Queue;
import jakarta.jms.QueueReceiver;
import jakarta.jms.Topic;
import jakarta.jms.TopicSubscriber;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A consumer: holds the messages that the broker sent ahead, and gives them to {@code receive} or to the listener.
 *
 * <p>Used by its session's thread (the application's, or the dispatcher). The provider's thread only adds messages and
 * wakes whoever waits; {@link #close} may come from any thread. Nothing is asked of the broker before the connection is
 * started, so that an idle consumer cannot take messages away from others.
 */
final class SessionConsumer implements QueueReceiver, TopicSubscriber, ReceiverListener {
    private static final Logger LOG = LoggerFactory.getLogger(SessionConsumer.class);
    private static final long FOREVER = Long.MAX_VALUE;

    /** How long a message that failed waits for those behind it to be given back. */
    private static final long FAILURE_WAIT_MILLIS = 1_000;

    private final ClientSession session;
    private final ReceiverRequest request;
    private final int prefetch;
    private final ConnectionSettings.Receiving settings;
    private final Inflow inflow;
    private final DeliveryReader reader;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ReceiveGate gate = new ReceiveGate();

    private volatile @Nullable MessageListener listener;
    private volatile @Nullable Thread waiting;
    private volatile @Nullable ProviderException endedByBroker;

    SessionConsumer(ClientSession session, ReceiverRequest request) {
        this.session = session;
        this.request = request;
        this.settings = session.settings().receiving();
        this.prefetch = settings.prefetch().of(request);
        this.inflow = new Inflow(prefetch, new ArrivedDeliveries(settings.localPriority()), this::isAsking);
        this.reader = new DeliveryReader(session, request.source());
    }

    void attach(Receiver attached) {
        inflow.attach(attached);
    }

    private boolean isAsking() {
        return session.isDelivering() && !closed.get() && endedByBroker == null;
    }

    ReceiverRequest request() {
        return request;
    }

    Address source() {
        return request.source();
    }

    String describe() {
        return "consumer of " + request.source();
    }

    @Override
    public @Nullable String getMessageSelector() throws JMSException {
        checkOpen();
        return request.selector();
    }

    @Override
    public Queue getQueue() throws JMSException {
        checkOpen();
        return (Queue) GodwitDestination.of(request.source());
    }

    @Override
    public Topic getTopic() throws JMSException {
        checkOpen();
        return (Topic) GodwitDestination.of(request.source());
    }

    @Override
    public boolean getNoLocal() throws JMSException {
        checkOpen();
        return request.noLocal();
    }

    @Override
    public @Nullable MessageListener getMessageListener() throws JMSException {
        checkOpen();
        return listener;
    }

    @Override
    public void setMessageListener(@Nullable MessageListener newListener) throws JMSException {
        checkOpen();
        listener = newListener;
        inflow.onNewListener();
        if (newListener == null) {
            session.dispatcher().remove(this);
            session.awaitListener();
        } else {
            session.dispatcher().add(this);
        }
    }

    @Override
    public @Nullable Message receive() throws JMSException {
        return receive(FOREVER, message -> true);
    }

    @Override
    public @Nullable Message receive(long timeout) throws JMSException {
        if (timeout < 0) {
            throw new JMSException("a timeout is 0 for no limit, or positive: " + timeout);
        }
        return receive(timeout == 0 ? FOREVER : timeout, message -> true);
    }

    @Override
    public @Nullable Message receiveNoWait() throws JMSException {
        return receive(0, message -> true);
    }

    /**
     * Receives the body alone. A message whose body is of another type has not been received, unless the application
     * acknowledges by itself.
     *
     * @param timeoutMillis {@link Long#MAX_VALUE} for no limit, 0 not to wait
     */
    <T> @Nullable T receiveBody(Class<T> type, long timeoutMillis) throws JMSException {
        GodwitMessage message = receive(timeoutMillis, received -> {
            try {
                return received.hasBodyOf(type);
            } catch (JMSException unreadable) {
                return false;
            }
        });
        return message == null ? null : message.getBody(type);
    }

    private @Nullable GodwitMessage receive(long timeoutMillis, Predicate<GodwitMessage> wanted) throws JMSException {
        gate.enter();
        try {
            return receiveWithinGate(timeoutMillis, wanted);
        } finally {
            gate.leave();
        }
    }

    private @Nullable GodwitMessage receiveWithinGate(long timeoutMillis, Predicate<GodwitMessage> wanted)
            throws JMSException {
        checkOpen();
        session.checkReceivable();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.min(timeoutMillis, FOREVER / 2_000_000));
        while (true) {
            ReceivedDelivery delivery = await(timeoutMillis, deadline);
            if (delivery == null) {
                return null;
            }
            GodwitMessage message = reader.read(delivery);
            if (message == null) {
                inflow.topUp();
                continue;
            }
            boolean fits = wanted.test(message);
            if (fits || !session.isAutomatic()) {
                delivery.give(false).end(null);
                session.consumption().onReceived(delivery);
                inflow.topUp();
            } else if (!takeBack(delivery)) {
                delivery.settle(Settlement.RELEASED);
            }
            if (!fits) {
                throw new MessageFormatException(
                        "the message's body is not of the type that was asked for: " + message);
            }
            return message;
        }
    }

    /** The next delivery; null when there was none in time, or the consumer has been closed. */
    private @Nullable ReceivedDelivery await(long timeoutMillis, long deadline) throws JMSException {
        ReceivedDelivery delivery = session.isDelivering() ? inflow.poll() : null;
        if (delivery != null) {
            return delivery;
        }
        session.consumption().onIdle();
        if (timeoutMillis > 0) {
            delivery = park(timeoutMillis, deadline);
        }
        boolean mayAsk = prefetch == 0 || (timeoutMillis > 0 ? !settings.localOnly() : !settings.noWaitLocalOnly());
        if (delivery == null && mayAsk && !isEnding() && session.isDelivering()) {
            // Nothing here is no proof that there is nothing there: the broker says so by giving the credit back.
            try {
                pull();
            } catch (JMSException failed) {
                if (isEnding()) {
                    return null;
                }
                throw failed;
            }
            delivery = inflow.poll();
        }
        return delivery;
    }

    private @Nullable ReceivedDelivery park(long timeoutMillis, long deadline) throws JMSException {
        waiting = Thread.currentThread();
        try {
            while (true) {
                if (session.isDelivering()) {
                    ReceivedDelivery delivery = inflow.poll();
                    if (delivery != null) {
                        return delivery;
                    }
                    inflow.askForOne();
                }
                if (isEnding()) {
                    return null;
                }
                checkConnected();
                if (Thread.interrupted()) {
                    Thread.currentThread().interrupt();
                    throw new JMSException("interrupted in receive from " + request.source(), "INTERRUPTED");
                }
                if (timeoutMillis == FOREVER) {
                    LockSupport.park(this);
                } else {
                    long remaining = deadline - System.nanoTime();
                    if (remaining <= 0) {
                        return null;
                    }
                    LockSupport.parkNanos(this, remaining);
                }
            }
        } finally {
            waiting = null;
        }
    }

    /**
     * Gives one message to the listener. On the dispatcher's thread.
     *
     * @return false when there was nothing to do
     */
    boolean deliverToListener() {
        session.enterListener();
        try {
            MessageListener current = listener;
            if (current == null || closed.get() || !session.isDelivering()) {
                return false;
            }
            ReceivedDelivery delivery = inflow.poll();
            if (delivery == null) {
                inflow.askForOne();
                return false;
            }
            GodwitMessage message = reader.read(delivery);
            if (message != null) {
                call(current, delivery, message);
            }
            inflow.topUp();
            return true;
        } finally {
            session.leaveListener();
        }
    }

    private void call(MessageListener current, ReceivedDelivery delivery, GodwitMessage message) {
        session.consumption().onListenerCalled(delivery);
        Delivery.Giving giving = delivery.give(true);
        try {
            current.onMessage(message);
        } catch (Throwable thrown) {
            // Of whatever kind, checked ones too: languages other than Java throw them unasked.
            giving.end(thrown);
            LOG.warn("The listener of {} threw an exception over {}", request.source(), message, thrown);
            session.consumption().onListenerFailed(delivery);
            return;
        }
        giving.end(null);
        session.consumption().onListenerReturned(delivery);
        inflow.onSucceeded();
    }

    boolean isReadyToDeliver() {
        return listener != null && !closed.get() && session.isDelivering() && !inflow.isEmpty();
    }

    boolean isClosed() {
        return closed.get();
    }

    boolean isOf(ClientSession owner) {
        return session == owner;
    }

    @Override
    public void onDelivery(Delivery delivery) {
        if (closed.get()) {
            delivery.settle(Settlement.RELEASED);
            return;
        }
        inflow.add(new ReceivedDelivery(this, delivery));
        if (closed.get()) {
            inflow.release();
        }
        wake();
    }

    @Override
    public void onClosed(ProviderException cause) {
        endedByBroker = cause;
        leave();
        session.connection().onAsynchronousFailure(JmsErrors.of(cause, "the broker closed the " + describe()));
        wake();
    }

    /** What is here comes again on the next connection. */
    @Override
    public void onInterrupted() {
        inflow.forget();
        inflow.topUp();
    }

    /** The connection was started, or something else changed that a waiting thread may care about. */
    void onChange() {
        if (isEnding()) {
            inflow.onEnding();
        }
        inflow.topUp();
        wake();
    }

    private void wake() {
        Thread thread = waiting;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
        if (listener != null) {
            session.dispatcher().signal();
        }
    }

    /** Puts a delivery in front again. False when the consumer is closed. */
    boolean takeBack(ReceivedDelivery delivery) {
        if (closed.get()) {
            return false;
        }
        inflow.putBack(delivery);
        if (closed.get()) {
            // Whoever closed it may have looked before this one was back.
            inflow.release();
        }
        return true;
    }

    private void pull() throws JMSException {
        checkConnected();
        inflow.pull(settings.drainTimeoutMillis(), "asking for the next message of " + request.source());
    }

    /** Gives back everything that came ahead, so that the broker can put a rolled back message before it. */
    void giveBackArrived() throws JMSException {
        giveBackArrived(session.settings().requestTimeoutMillis());
    }

    private void giveBackArrived(long limitMillis) throws JMSException {
        if (endedByBroker == null) {
            inflow.drain(limitMillis, "stopping the messages of " + request.source());
            inflow.release();
        }
    }

    /**
     * As {@link #giveBackArrived}, for a message that failed. When the broker does not agree, it comes later. So that one
     * failure after the other does not send everything back and forth, little comes ahead until a message succeeds.
     */
    void giveBackBefore(ReceivedDelivery failed) {
        inflow.onFailed();
        try {
            if (!isEnding()) {
                giveBackArrived(FAILURE_WAIT_MILLIS);
            }
        } catch (JMSException refused) {
            LOG.warn("{} will come again after others: {}", failed, refused.getMessage());
        }
    }

    /** May be called from any thread, and from this consumer's own listener. */
    @Override
    public void close() throws JMSException {
        Receiver current = becomeClosed();
        if (current != null) {
            session.remove(this);
            if (session.connection().isConnected() && endedByBroker == null) {
                Answers.await(current.close(), session.settings().closeTimeoutMillis(), "closing the " + describe());
            } else {
                leave();
            }
        }
    }

    /** Its subscription is free for another consumer. */
    @Override
    public void onDetached() {
        leave();
    }

    private void leave() {
        session.connection().durableConsumers().leave(this);
    }

    /**
     * After {@link #close}, which does not wait for the application to acknowledge: waits for the broker to let it go, if
     * everything has been acknowledged by now.
     */
    void awaitDetached() throws JMSException {
        Receiver current = inflow.receiver();
        if (closed.get() && current != null) {
            Answers.await(current.close(), session.settings().closeTimeoutMillis(), "closing the " + describe());
        }
    }

    /** Ends it on our side. Returns what is to be closed at the broker's; null when that has been done. */
    @Nullable
    Receiver becomeClosed() {
        if (!closed.compareAndSet(false, true)) {
            return null;
        }
        session.dispatcher().remove(this);
        inflow.onEnding();
        wake();
        gate.awaitEmpty();
        session.awaitListener();
        session.consumption().onIdle();
        inflow.release();
        return inflow.receiver();
    }

    /** From now on a receive that waits gives null (Jakarta Messaging §8.2). */
    private boolean isEnding() {
        return closed.get() || session.isClosing();
    }

    private void checkOpen() throws JMSException {
        if (closed.get()) {
            throw new IllegalStateException("the " + describe() + " is closed");
        }
        session.checkOpen();
    }

    private void checkConnected() throws JMSException {
        ProviderException ended = endedByBroker;
        if (ended != null) {
            throw JmsErrors.of(ended, "the broker closed the " + describe());
        }
        session.connection().checkConnected();
    }
}
