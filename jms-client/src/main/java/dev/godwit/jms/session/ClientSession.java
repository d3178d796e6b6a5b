package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitDestination;
import dev.godwit.jms.message.GodwitQueue;
import dev.godwit.jms.message.GodwitTopic;
import dev.godwit.jms.message.MessageFactory;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Sender;
import jakarta.jms.BytesMessage;
import jakarta.jms.Destination;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageListener;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.QueueReceiver;
import jakarta.jms.QueueSender;
import jakarta.jms.QueueSession;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import jakarta.jms.TopicPublisher;
import jakarta.jms.TopicSession;
import jakarta.jms.TopicSubscriber;
import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session: one line of work, used by one thread at a time (Jakarta Messaging §6.2.5), that of the application or, once
 * a listener is set, of the dispatcher. {@link #close} may come from any thread.
 *
 * <p>The one lock is held while a listener runs, so that whoever stops or closes something can wait for the listener to
 * return, and can tell when it is itself called from there.
 */
class ClientSession implements QueueSession, TopicSession {
    private static final Logger LOG = LoggerFactory.getLogger(ClientSession.class);

    /** For a step of a close, when those before it have taken all the time. */
    private static final long STEP_MILLIS = 100;

    private final ClientConnection connection;
    private final ProviderSession provider;
    private final String sessionId;
    private final Domain domain;
    private final int acknowledgeMode;
    private final ConsumptionMode consumption;
    private final MessageFactory messages;
    private final SessionSends sends;
    private final SessionDispatcher dispatcher;
    private final ReentrantLock listenerLock = new ReentrantLock();
    private final SessionConsumers consumers;
    private final List<SessionProducer> producers = new CopyOnWriteArrayList<>();
    private final AtomicInteger producerNumbers = new AtomicInteger();
    private final AtomicBoolean closeCalled = new AtomicBoolean();
    private volatile boolean closing;
    private volatile boolean ended;

    ClientSession(
            ClientConnection connection,
            ProviderSession provider,
            String sessionId,
            Domain domain,
            int acknowledgeMode) {
        ConnectionSettings settings = connection.settings();
        this.connection = connection;
        this.provider = provider;
        this.sessionId = sessionId;
        this.domain = domain;
        this.acknowledgeMode = acknowledgeMode;
        this.consumption = ConsumptionMode.of(
                acknowledgeMode, settings.receiving().prefetch().queue());
        this.consumers = new SessionConsumers(this, provider);
        this.messages = new MessageFactory(settings.deserializationPolicy(), settings.validatesPropertyNames());
        this.sends = new SessionSends(connection, sessionId, this::isInTransaction);
        this.dispatcher = new SessionDispatcher(
                "godwit-jms-listener " + sessionId, settings.daemonThreads(), consumption::onIdle);
    }

    // Messages.

    @Override
    public BytesMessage createBytesMessage() throws JMSException {
        checkOpen();
        return messages.newBytesMessage();
    }

    @Override
    public MapMessage createMapMessage() throws JMSException {
        checkOpen();
        return messages.newMapMessage();
    }

    @Override
    public Message createMessage() throws JMSException {
        checkOpen();
        return messages.newMessage();
    }

    @Override
    public ObjectMessage createObjectMessage() throws JMSException {
        return createObjectMessage(null);
    }

    @Override
    public ObjectMessage createObjectMessage(@Nullable Serializable object) throws JMSException {
        checkOpen();
        return messages.newObjectMessage(object);
    }

    @Override
    public StreamMessage createStreamMessage() throws JMSException {
        checkOpen();
        return messages.newStreamMessage();
    }

    @Override
    public TextMessage createTextMessage() throws JMSException {
        return createTextMessage(null);
    }

    @Override
    public TextMessage createTextMessage(@Nullable String text) throws JMSException {
        checkOpen();
        return messages.newTextMessage(text);
    }

    // Destinations.

    @Override
    public Queue createQueue(String queueName) throws JMSException {
        checkNot(Domain.TOPIC, "createQueue");
        return new GodwitQueue(checkedName(queueName, "queue"));
    }

    @Override
    public Topic createTopic(String topicName) throws JMSException {
        checkNot(Domain.QUEUE, "createTopic");
        return new GodwitTopic(checkedName(topicName, "topic"));
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
        return newProducer(destination);
    }

    @Override
    public QueueSender createSender(@Nullable Queue queue) throws JMSException {
        return newProducer(queue);
    }

    @Override
    public TopicPublisher createPublisher(@Nullable Topic topic) throws JMSException {
        return newProducer(topic);
    }

    private SessionProducer newProducer(@Nullable Destination destination) throws JMSException {
        checkUsable();
        Sender only = null;
        if (destination != null) {
            Address address = GodwitDestination.addressOf(destination);
            connection.checkSendable(destination);
            only = openSender(address);
        } else if (connection.hasAnonymousRelay()) {
            only = openSender(null);
        }
        MessageIds ids = new MessageIds(
                connection.messageIdPrefix()
                        + sessionId.substring(sessionId.lastIndexOf(':'))
                        + ':'
                        + producerNumbers.incrementAndGet(),
                settings().sending().messageIdType());
        SessionProducer producer =
                new SessionProducer(this, destination, new SenderCache(this, only, destination == null), ids);
        producers.add(producer);
        return producer;
    }

    Sender openSender(@Nullable Address address) throws JMSException {
        return Answers.await(
                provider.openSender(address),
                settings().requestTimeoutMillis(),
                "creating a producer" + (address == null ? "" : " for " + address));
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
        sends.await();
        JMSException failure = sends.transactionFailure();
        if (failure == null && provider.isTransactionLost()) {
            undo();
            throw new jakarta.jms.TransactionRolledBackException(
                    "rolled back, because the connection was lost during the transaction");
        }
        if (failure != null) {
            undo();
            throw JmsErrors.withCause(
                    new jakarta.jms.TransactionRolledBackException(
                            "rolled back, because a send of the transaction failed: " + failure.getMessage()),
                    failure);
        }
        Answers.await(provider.commit(), settings().requestTimeoutMillis(), "committing");
    }

    @Override
    public void rollback() throws JMSException {
        checkTransacted("rollback");
        try {
            sends.await();
        } catch (JMSException unanswered) {
            try {
                undo();
            } catch (JMSException failed) {
                failed.addSuppressed(unanswered);
                throw failed;
            }
            // What has no answer yet may still go out, and would be in the transaction that has just begun.
            sends.failTransaction(unanswered);
            throw unanswered;
        }
        undo();
    }

    /** Until the broker says that it has rolled back, the transaction stays one that cannot be committed. */
    private void undo() throws JMSException {
        try {
            consumers.giveBackArrived();
        } catch (JMSException failed) {
            LOG.warn("Before a rollback, whose messages may come in another order: {}", failed.getMessage());
        }
        Answers.await(provider.rollback(), settings().requestTimeoutMillis(), "rolling back");
        sends.forgetTransactionFailure();
        onChange();
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

    // The listeners of application servers, which this client leaves to them (§13).

    @Override
    public @Nullable MessageListener getMessageListener() throws JMSException {
        checkOpen();
        return null;
    }

    @Override
    public void setMessageListener(@Nullable MessageListener listener) throws JMSException {
        checkOpen();
        // Pools take it away from each session that they get back.
        if (listener != null) {
            throw new JMSException("listeners of a whole session, an application server's facility, are not supported");
        }
    }

    @Override
    public void run() {
        throw new UnsupportedOperationException(
                "running a session, an application server's facility, is not supported");
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
        steps.make(() -> Answers.await(provider.close(), deadline.leftMillis(STEP_MILLIS), "closing a session"));
        steps.end();
    }

    /** What was not committed is not to be. */
    void endWorkAtClose(Deadline deadline) throws JMSException {
        if (isTransacted()) {
            Answers.await(provider.rollback(), deadline.leftMillis(STEP_MILLIS), "rolling back");
        }
    }

    private void becomeClosed() {
        ended = true;
        consumers.becomeClosed();
        connection.durableConsumers().leave(this);
        producers.forEach(SessionProducer::onSessionClosed);
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

    MessageFactory messages() {
        return messages;
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

    void checkNot(Domain forbidden, String what) throws JMSException {
        checkOpen();
        if (domain == forbidden) {
            throw new IllegalStateException(
                    what + " is not for a " + forbidden.name().toLowerCase(Locale.ROOT) + " session");
        }
    }

    private void checkNamedConnection() throws JMSException {
        checkOpen();
        if (!connection.isNamed()) {
            throw new IllegalStateException("a durable subscription needs a connection with a client identifier");
        }
    }

    private static String checkedName(@Nullable String name, String what) throws JMSException {
        if (name == null || name.isEmpty()) {
            throw new InvalidDestinationException("a " + what + " needs a name");
        }
        return name;
    }
}
