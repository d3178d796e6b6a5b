package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitDestination;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ProviderSession;
import jakarta.jms.Destination;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.QueueReceiver;
import jakarta.jms.QueueSender;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.Topic;
import jakarta.jms.TopicPublisher;
import jakarta.jms.TopicSubscriber;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A session: one line of work, used by one thread at a time (Jakarta Messaging §6.2.5), that of the application or, once
 * a listener is set, of the dispatcher. {@link #close} may come from any thread.
 *
 * <p>The one lock is held while a listener runs, so that whoever stops or closes something can wait for the listener to
 * return, and can tell when it is itself called from there.
 */
sealed class ClientSession extends LocalSession permits XaSession {
    /** For a step of a close, when those before it have taken all the time. */
    private static final long STEP_MILLIS = 1_000;

    private final ClientConnection connection;
    private final ProviderSession provider;
    private final int acknowledgeMode;
    private final ConsumptionMode consumption;
    private final SessionSends sends;
    private final LocalTransaction transaction;
    private final SessionDispatcher dispatcher;
    private final ReentrantLock listenerLock = new ReentrantLock();
    private final SessionConsumers consumers;
    private final SessionProducers producers;
    private final AtomicBoolean closeCalled = new AtomicBoolean();
    private volatile boolean closing;
    private volatile boolean ended;

    ClientSession(
            ClientConnection connection,
            ProviderSession provider,
            String sessionId,
            Domain domain,
            int acknowledgeMode) {
        super(domain, connection.settings());
        ConnectionSettings settings = connection.settings();
        this.connection = connection;
        this.provider = provider;
        this.acknowledgeMode = acknowledgeMode;
        this.consumption = ConsumptionMode.of(
                acknowledgeMode, settings.receiving().prefetch().queue());
        this.consumers = new SessionConsumers(this, provider);
        this.producers = new SessionProducers(this, provider, sessionId);
        this.sends = new SessionSends(connection, sessionId, this::isInTransaction);
        this.transaction = new LocalTransaction(this, provider, sends, consumers);
        this.dispatcher = new SessionDispatcher(
                "godwit-jms-listener " + sessionId, settings.daemonThreads(), consumption::onIdle);
    }

    @Override
    public TemporaryQueue createTemporaryQueue() throws JMSException {
        checkNot(Domain.TOPIC, "createTemporaryQueue");
        return connection.createTemporaryQueue();
    }

    @Override
    public TemporaryTopic createTemporaryTopic() throws JMSException {
        checkNot(Domain.QUEUE, "createTemporaryTopic");
        return connection.createTemporaryTopic();
    }

    // Producers.

    @Override
    public MessageProducer createProducer(@Nullable Destination destination) throws JMSException {
        checkUsable();
        return producers.open(destination);
    }

    @Override
    public QueueSender createSender(@Nullable Queue queue) throws JMSException {
        checkUsable();
        return producers.open(queue);
    }

    @Override
    public TopicPublisher createPublisher(@Nullable Topic topic) throws JMSException {
        checkUsable();
        return producers.open(topic);
    }

    // Consumers.

    @Override
    public MessageConsumer createConsumer(Destination destination) throws JMSException {
        return createConsumer(destination, null, false);
    }

    @Override
    public MessageConsumer createConsumer(Destination destination, @Nullable String messageSelector)
            throws JMSException {
        return createConsumer(destination, messageSelector, false);
    }

    @Override
    public MessageConsumer createConsumer(Destination destination, @Nullable String messageSelector, boolean noLocal)
            throws JMSException {
        checkUsable();
        return consumers.open(GodwitDestination.addressOf(destination), messageSelector, noLocal);
    }

    @Override
    public QueueReceiver createReceiver(Queue queue) throws JMSException {
        return createReceiver(queue, null);
    }

    @Override
    public QueueReceiver createReceiver(Queue queue, @Nullable String messageSelector) throws JMSException {
        checkUsable();
        return consumers.open(GodwitDestination.addressOf(queue), messageSelector, false);
    }

    @Override
    public TopicSubscriber createSubscriber(Topic topic) throws JMSException {
        return createSubscriber(topic, null, false);
    }

    @Override
    public TopicSubscriber createSubscriber(Topic topic, @Nullable String messageSelector, boolean noLocal)
            throws JMSException {
        checkUsable();
        return consumers.open(GodwitDestination.addressOf(topic), messageSelector, noLocal);
    }

    @Override
    public MessageConsumer createSharedConsumer(Topic topic, String sharedSubscriptionName) throws JMSException {
        return createSharedConsumer(topic, sharedSubscriptionName, null);
    }

    @Override
    public MessageConsumer createSharedConsumer(
            Topic topic, String sharedSubscriptionName, @Nullable String messageSelector) throws JMSException {
        return newSubscription(topic, sharedSubscriptionName, messageSelector, false, false, true);
    }

    @Override
    public TopicSubscriber createDurableSubscriber(Topic topic, String name) throws JMSException {
        return createDurableSubscriber(topic, name, null, false);
    }

    @Override
    public TopicSubscriber createDurableSubscriber(
            Topic topic, String name, @Nullable String messageSelector, boolean noLocal) throws JMSException {
        checkNamedConnection();
        return newSubscription(topic, name, messageSelector, noLocal, true, false);
    }

    @Override
    public MessageConsumer createDurableConsumer(Topic topic, String name) throws JMSException {
        return createDurableConsumer(topic, name, null, false);
    }

    @Override
    public MessageConsumer createDurableConsumer(
            Topic topic, String name, @Nullable String messageSelector, boolean noLocal) throws JMSException {
        checkNamedConnection();
        return newSubscription(topic, name, messageSelector, noLocal, true, false);
    }

    @Override
    public MessageConsumer createSharedDurableConsumer(Topic topic, String name) throws JMSException {
        return createSharedDurableConsumer(topic, name, null);
    }

    @Override
    public MessageConsumer createSharedDurableConsumer(Topic topic, String name, @Nullable String messageSelector)
            throws JMSException {
        return newSubscription(topic, name, messageSelector, false, true, true);
    }

    private SessionConsumer newSubscription(
            Topic topic,
            String name,
            @Nullable String messageSelector,
            boolean noLocal,
            boolean durable,
            boolean shared)
            throws JMSException {
        checkNot(Domain.QUEUE, "a subscription");
        checkUsable();
        return consumers.openSubscription(
                GodwitDestination.addressOf(topic),
                checkedName(name, "subscription"),
                messageSelector,
                noLocal,
                durable,
                shared);
    }

    @Override
    public QueueBrowser createBrowser(Queue queue) throws JMSException {
        return createBrowser(queue, null);
    }

    @Override
    public QueueBrowser createBrowser(Queue queue, @Nullable String messageSelector) throws JMSException {
        checkNot(Domain.TOPIC, "createBrowser");
        checkUsable();
        return consumers.browse(GodwitDestination.addressOf(queue), messageSelector);
    }

    @Override
    public void unsubscribe(String name) throws JMSException {
        checkNot(Domain.QUEUE, "unsubscribe");
        checkUsable();
        connection.unsubscribe(checkedName(name, "subscription"));
    }

    // Acknowledgement and transactions.

    @Override
    public boolean getTransacted() throws JMSException {
        checkOpen();
        return isTransacted();
    }

    @Override
    public int getAcknowledgeMode() throws JMSException {
        checkOpen();
        return acknowledgeMode;
    }

    @Override
    public void recover() throws JMSException {
        checkUsable();
        consumption.recover();
        onChange();
    }

    /** What {@link jakarta.jms.JMSContext#acknowledge} does. */
    void acknowledge() throws JMSException {
        checkUsable();
        consumption.acknowledge();
    }

    /** What {@link Message#acknowledge} does to a message that this session received. */
    void acknowledge(ReceivedDelivery delivery) throws JMSException {
        checkUsable();
        consumption.acknowledge(delivery);
    }

    @Override
    public void commit() throws JMSException {
        checkTransacted("commit");
        transaction.commit();
    }

    @Override
    public void rollback() throws JMSException {
        checkTransacted("rollback");
        transaction.rollback();
    }

    private void checkTransacted(String what) throws JMSException {
        checkUsable();
        if (!isTransacted()) {
            throw new IllegalStateException(what + ": the session is not transacted");
        }
        if (sends.isCompleting()) {
            throw new IllegalStateException(what + " cannot be called from the session's completion listener");
        }
    }

    private boolean isTransacted() {
        return acknowledgeMode == Session.SESSION_TRANSACTED;
    }

    /** Whether what is sent now belongs to a transaction. */
    boolean isInTransaction() {
        return isTransacted();
    }

    // The end.

    @Override
    public void close() throws JMSException {
        close(Deadline.in(settings().closeTimeoutMillis()));
    }

    /** @param deadline for all that waits for the broker */
    void close(Deadline deadline) throws JMSException {
        checkNotFromCallback("a session cannot be closed");
        if (!closeCalled.compareAndSet(false, true)) {
            return;
        }
        startClosing();
        awaitListener();
        try {
            closeAtBroker(deadline);
        } finally {
            becomeClosed();
        }
    }

    /** Nothing is received or delivered any more, and whoever waits for a message goes home without. Waits for nobody. */
    void startClosing() {
        closing = true;
        onChange();
    }

    /** Closing has begun, of this session or of the whole connection. */
    boolean isClosing() {
        return closing || connection.isClosing();
    }

    boolean isEnded() {
        return ended;
    }

    private void closeAtBroker(Deadline deadline) throws JMSException {
        if (!connection.isConnected()) {
            return;
        }
        ClosingSteps steps = new ClosingSteps();
        steps.make(() -> sends.awaitForClose(deadline));
        steps.make(consumers::becomeClosed);
        steps.make(consumption::onClose);
        steps.make(() -> endWorkAtClose(deadline));
        steps.make(() -> await(provider.close(), deadline, "closing a session"));
        steps.end();
    }

    /** What was not committed is not to be. */
    void endWorkAtClose(Deadline deadline) throws JMSException {
        if (isTransacted()) {
            await(provider.rollback(), deadline, "rolling back");
        }
    }

    /** When all the time is up, the end of the connection will do for an answer, if it comes next. */
    private void await(CompletableFuture<Void> answer, Deadline deadline, String what) throws JMSException {
        if (!connection.isClosing() || !deadline.isOver()) {
            Answers.await(answer, deadline.leftMillis(STEP_MILLIS), what);
        }
    }

    private void becomeClosed() {
        ended = true;
        consumers.becomeClosed();
        connection.durableConsumers().leave(this);
        producers.onSessionClosed();
        dispatcher.end();
        sends.close();
        connection.remove(this);
    }

    /** @throws IllegalStateException when called by a listener of this session, which would wait for itself for ever */
    void checkNotFromCallback(String what) throws JMSException {
        checkNotFromListener(what);
        if (sends.isCompleting()) {
            throw new IllegalStateException(what + " from its own completion listener");
        }
    }

    void checkNotFromListener(String what) throws JMSException {
        if (isInListener()) {
            throw new IllegalStateException(what + " from its own message listener");
        }
    }

    // For the session's producers and consumers.

    ConnectionSettings settings() {
        return connection.settings();
    }

    ClientConnection connection() {
        return connection;
    }

    ConsumptionMode consumption() {
        return consumption;
    }

    SessionSends sends() {
        return sends;
    }

    SessionDispatcher dispatcher() {
        return dispatcher;
    }

    boolean isAutomatic() {
        return consumption instanceof ConsumptionMode.Automatic;
    }

    boolean isDelivering() {
        return connection.isStarted() && !closing;
    }

    void enterListener() {
        listenerLock.lock();
    }

    void leaveListener() {
        listenerLock.unlock();
    }

    /** Returns when no listener of this session is running, save one that is the caller. */
    void awaitListener() {
        enterListener();
        leaveListener();
    }

    /** The connection was started or lost, or messages are to be delivered again. */
    void onChange() {
        consumers.onChange();
        dispatcher.signal();
    }

    /** Nothing can be delivered any more: whoever waits is woken, and the dispatcher keeps no program alive. */
    void onConnectionLost() {
        dispatcher.end();
        consumers.onChange();
    }

    boolean isConsuming(Address address) {
        return consumers.isConsuming(address);
    }

    void remove(SessionConsumer consumer) {
        consumers.remove(consumer);
    }

    void remove(SessionProducer producer) {
        producers.remove(producer);
    }

    /** True on the thread that runs a listener of this session, while it does. */
    boolean isInListener() {
        return listenerLock.isHeldByCurrentThread();
    }

    /** A listener that is still running when a close begins has everything at its service (Jakarta Messaging §6.1.8). */
    @Override
    void checkOpen() throws JMSException {
        if (closing && (ended || !connection.isInListener())) {
            throw new IllegalStateException("the session is closed");
        }
    }

    void checkUsable() throws JMSException {
        checkOpen();
        connection.checkConnected();
    }

    void checkReceivable() throws JMSException {
        if (dispatcher.isListening()) {
            throw new IllegalStateException("the session delivers to message listeners, so it cannot receive");
        }
    }

    private void checkNamedConnection() throws JMSException {
        checkOpen();
        if (!connection.isNamed()) {
            throw new IllegalStateException("a durable subscription needs a connection with a client identifier");
        }
    }
}
