package dev.godwit.jms.session;

import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderSession;
import jakarta.jms.ConnectionConsumer;
import jakarta.jms.ConnectionMetaData;
import jakarta.jms.Destination;
import jakarta.jms.ExceptionListener;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.QueueConnection;
import jakarta.jms.QueueSession;
import jakarta.jms.ServerSessionPool;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.Topic;
import jakarta.jms.TopicConnection;
import jakarta.jms.TopicSession;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A connection, for use by any thread. It is connected from the moment it exists, so that a wrong address or password is
 * known at once; a client identifier that is given later makes it connect anew under that name.
 *
 * <p>Ends by {@link #close}, or is lost: from then on everything throws with the cause, and whoever waits is woken.
 */
public sealed class ClientConnection implements QueueConnection, TopicConnection permits XaConnection {
    /**
     * A session mode beyond those of the standard: {@link jakarta.jms.Message#acknowledge} acknowledges that one message and
     * no other of its session.
     */
    public static final int INDIVIDUAL_ACKNOWLEDGE = ConsumptionMode.INDIVIDUAL_ACKNOWLEDGE;

    /** For the goodbye, when the sessions have taken all the time of a close. */
    private static final long GOODBYE_MILLIS = 1_000;

    private final ProviderFactory factory;
    private final ConnectionSettings settings;
    private final Domain domain;
    private final @Nullable String user;
    private final @Nullable String password;
    private final UUID uuid = UUID.randomUUID();
    private final String connectionId;
    private final List<ClientSession> sessions = new CopyOnWriteArrayList<>();
    private final DurableConsumers durableConsumers = new DurableConsumers();
    private final TemporaryDestinations temporary = new TemporaryDestinations(this);
    private final AtomicInteger sessionNumbers = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicReference<@Nullable JMSException> failure = new AtomicReference<>();
    private final ConnectionListeners listeners;
    private volatile Provider provider;
    private volatile @Nullable String clientId;
    private volatile boolean started;
    private volatile boolean inUse;

    /** Connects. */
    ClientConnection(Opening opening, Domain domain) throws JMSException {
        this.domain = domain;
        this.factory = opening.factory();
        this.settings = opening.settings();
        this.connectionId = settings.naming().connectionIdPrefix() + uuid;
        this.clientId = opening.clientId();
        this.user = opening.user();
        this.password = opening.password();
        this.listeners = new ConnectionListeners(connectionId, opening.exceptionListener());
        this.provider = connect(clientId);
    }

    private Provider connect(@Nullable String name) throws JMSException {
        Incarnation incarnation = new Incarnation();
        ConnectRequest request = new ConnectRequest(
                name == null ? settings.naming().clientIdPrefix() + uuid : name, name != null, user, password);
        CompletableFuture<Provider> connecting = factory.connect(request, incarnation);
        try {
            Provider connected = Answers.await(
                    connecting,
                    factory.connectMillis(settings.connectTimeoutMillis()),
                    "connecting to " + factory.describe());
            incarnation.provider = connected;
            return connected;
        } catch (JMSException failed) {
            // Whoever comes too late finds nobody waiting, and leaves.
            connecting.cancel(false);
            throw failed;
        }
    }

    @Override
    public Session createSession() throws JMSException {
        return createSession(Session.AUTO_ACKNOWLEDGE);
    }

    @Override
    public Session createSession(int sessionMode) throws JMSException {
        return newSession(sessionMode, Domain.COMMON);
    }

    @Override
    public Session createSession(boolean transacted, int acknowledgeMode) throws JMSException {
        return newSession(mode(transacted, acknowledgeMode), Domain.COMMON);
    }

    @Override
    public QueueSession createQueueSession(boolean transacted, int acknowledgeMode) throws JMSException {
        return newSession(mode(transacted, acknowledgeMode), Domain.QUEUE);
    }

    @Override
    public TopicSession createTopicSession(boolean transacted, int acknowledgeMode) throws JMSException {
        return newSession(mode(transacted, acknowledgeMode), Domain.TOPIC);
    }

    private static int mode(boolean transacted, int acknowledgeMode) throws JMSException {
        if (!transacted && acknowledgeMode == Session.SESSION_TRANSACTED) {
            throw new JMSException("a session that is not transacted cannot have the mode SESSION_TRANSACTED");
        }
        return transacted ? Session.SESSION_TRANSACTED : acknowledgeMode;
    }

    private ClientSession newSession(int sessionMode, Domain domain) throws JMSException {
        if (!ConsumptionMode.isKnown(sessionMode)) {
            throw new JMSException("no such session mode: " + sessionMode);
        }
        return add(
                at -> at.openSession(sessionMode == Session.SESSION_TRANSACTED),
                (opened, sessionId) -> new ClientSession(this, opened, sessionId, domain, sessionMode));
    }

    /** Opens a session at the broker, and makes one of ours of it. */
    <P extends ProviderSession, S extends ClientSession> S add(
            Function<Provider, CompletableFuture<P>> opening, BiFunction<P, String, S> making) throws JMSException {
        checkConnected();
        inUse = true;
        P opened = Answers.await(opening.apply(provider), settings.requestTimeoutMillis(), "creating a session");
        S session = making.apply(opened, connectionId + ':' + sessionNumbers.incrementAndGet());
        sessions.add(session);
        if (closed.get() && !isInListener()) {
            session.close();
            checkConnected();
        }
        // One that a listener makes during a close is for its use, and is closed with the others when it has returned.
        return session;
    }

    @Override
    public @Nullable String getClientID() throws JMSException {
        checkOpen();
        return clientId;
    }

    @Override
    public void setClientID(String newClientId) throws JMSException {
        checkConnected();
        if (newClientId == null || newClientId.isEmpty()) {
            throw new InvalidClientIDException("a client identifier is not empty");
        }
        if (clientId != null) {
            throw new IllegalStateException("the client identifier is already " + clientId);
        }
        if (!settings.naming().awaitsClientId()) {
            throw new IllegalStateException(
                    "the connection does not wait for a client identifier (jms.awaitClientID=false)");
        }
        if (inUse) {
            throw new IllegalStateException("the client identifier must be set before the connection is used");
        }
        Provider named = connect(newClientId);
        Provider before = provider;
        provider = named;
        clientId = newClientId;
        Answers.await(before.close(), settings.closeTimeoutMillis(), "connecting as " + newClientId);
    }

    @Override
    public ConnectionMetaData getMetaData() throws JMSException {
        checkOpen();
        return MetaData.INSTANCE;
    }

    @Override
    public @Nullable ExceptionListener getExceptionListener() throws JMSException {
        checkOpen();
        return listeners.exceptionListener();
    }

    @Override
    public void setExceptionListener(@Nullable ExceptionListener listener) throws JMSException {
        checkOpen();
        listeners.setExceptionListener(listener);
    }

    @Override
    public void start() throws JMSException {
        checkConnected();
        inUse = true;
        started = true;
        sessions.forEach(ClientSession::onChange);
    }

    /**
     * Returns when no listener is running any more; from a completion listener, save that of the same session, which may be
     * waiting for it. A receive that had its message before may return it afterwards.
     */
    @Override
    public void stop() throws JMSException {
        checkConnected();
        for (ClientSession session : sessions) {
            session.checkNotFromListener("a connection cannot be stopped");
        }
        started = false;
        for (ClientSession session : sessions) {
            if (!session.sends().isCompleting()) {
                session.awaitListener();
            }
        }
    }

    @Override
    public void close() throws JMSException {
        checkNotFromCallback("a connection cannot be closed");
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        started = false;
        // All at once first: the listener of one session may be waiting for a message in another one.
        sessions.forEach(ClientSession::startClosing);
        sessions.forEach(ClientSession::awaitListener);
        Deadline deadline = Deadline.in(settings.closeTimeoutMillis());
        ClosingSteps steps = new ClosingSteps();
        for (ClientSession session : sessions) {
            steps.make(() -> session.close(deadline));
        }
        listeners.close();
        Answers.await(provider.close(), deadline.leftMillis(GOODBYE_MILLIS), "closing the connection");
        if (failure.get() == null) {
            steps.end();
        }
    }

    @Override
    public ConnectionConsumer createConnectionConsumer(
            Destination destination, String messageSelector, ServerSessionPool sessionPool, int maxMessages)
            throws JMSException {
        throw noConnectionConsumer();
    }

    @Override
    public ConnectionConsumer createConnectionConsumer(
            Queue queue, String messageSelector, ServerSessionPool sessionPool, int maxMessages) throws JMSException {
        throw noConnectionConsumer();
    }

    @Override
    public ConnectionConsumer createConnectionConsumer(
            Topic topic, String messageSelector, ServerSessionPool sessionPool, int maxMessages) throws JMSException {
        throw noConnectionConsumer();
    }

    @Override
    public ConnectionConsumer createDurableConnectionConsumer(
            Topic topic, String name, String messageSelector, ServerSessionPool sessionPool, int maxMessages)
            throws JMSException {
        checkNotForQueues("createDurableConnectionConsumer");
        throw noConnectionConsumer();
    }

    @Override
    public ConnectionConsumer createSharedConnectionConsumer(
            Topic topic, String name, String messageSelector, ServerSessionPool sessionPool, int maxMessages)
            throws JMSException {
        checkNotForQueues("createSharedConnectionConsumer");
        throw noConnectionConsumer();
    }

    @Override
    public ConnectionConsumer createSharedDurableConnectionConsumer(
            Topic topic, String name, String messageSelector, ServerSessionPool sessionPool, int maxMessages)
            throws JMSException {
        checkNotForQueues("createSharedDurableConnectionConsumer");
        throw noConnectionConsumer();
    }

    private void checkNotForQueues(String what) throws JMSException {
        checkOpen();
        if (domain == Domain.QUEUE) {
            throw new IllegalStateException(what + " is not for a queue connection");
        }
    }

    private JMSException noConnectionConsumer() throws JMSException {
        checkOpen();
        return new JMSException("connection consumers, an application server's facility, are not supported");
    }

    // For the connection's sessions.

    /** Unique everywhere, and the beginning of all message ids. */
    String messageIdPrefix() {
        return "ID:" + uuid;
    }

    /** As whom the connection came in; null as nobody. */
    @Nullable
    String user() {
        return provider.facts().user();
    }

    ConnectionSettings settings() {
        return settings;
    }

    DurableConsumers durableConsumers() {
        return durableConsumers;
    }

    Provider provider() {
        return provider;
    }

    boolean isStarted() {
        return started;
    }

    /** Whether the application gave the connection a client identifier. */
    boolean isNamed() {
        return clientId != null;
    }

    /** False once the connection is lost; closing may go on until then. */
    boolean isConnected() {
        return failure.get() == null;
    }

    boolean isClosing() {
        return closed.get();
    }

    boolean hasAnonymousRelay() {
        return provider.facts().anonymousRelay();
    }

    TemporaryQueue createTemporaryQueue() throws JMSException {
        checkConnected();
        return temporary.createQueue();
    }

    TemporaryTopic createTemporaryTopic() throws JMSException {
        checkConnected();
        return temporary.createTopic();
    }

    void checkConsumable(Address address) throws JMSException {
        temporary.checkConsumable(address);
    }

    void checkSendable(Destination destination) throws JMSException {
        temporary.checkSendable(destination);
    }

    boolean isConsuming(Address address) {
        return sessions.stream().anyMatch(session -> session.isConsuming(address));
    }

    void unsubscribe(String name) throws JMSException {
        Answers.await(provider.unsubscribe(name), settings.requestTimeoutMillis(), "ending the subscription " + name);
    }

    void remove(ClientSession session) {
        sessions.remove(session);
    }

    /** Something failed that no caller waits for: the exception listener hears of it, or the log. From any thread. */
    void onAsynchronousFailure(JMSException cause) {
        listeners.onFailure(cause);
    }

    /** True on a thread that runs a listener of one of the sessions, while it does. */
    boolean isInListener() {
        return sessions.stream().anyMatch(ClientSession::isInListener);
    }

    void checkOpen() throws JMSException {
        if (closed.get() && !isInListener()) {
            throw new IllegalStateException("the connection is closed");
        }
    }

    void checkConnected() throws JMSException {
        checkOpen();
        JMSException cause = failure.get();
        if (cause != null) {
            throw JmsErrors.withCause(new JMSException(cause.getMessage(), cause.getErrorCode()), cause);
        }
    }

    private void checkNotFromCallback(String what) throws JMSException {
        for (ClientSession session : sessions) {
            session.checkNotFromCallback(what);
        }
    }

    private void onLost(ProviderException cause) {
        JMSException lost = JmsErrors.of(cause, "the connection to " + factory.describe() + " was lost");
        if (!closed.get() && failure.compareAndSet(null, lost)) {
            onAsynchronousFailure(lost);
            sessions.forEach(ClientSession::onConnectionLost);
        }
    }

    /**
     * Has a listener told of each interruption of the connection and of its end, on the thread that calls the exception
     * listener. Only a connection that is made anew when it is lost has such.
     */
    public void addConnectionStateListener(ConnectionStateListener listener) {
        listeners.add(listener);
    }

    /** It is told no more. */
    public void removeConnectionStateListener(ConnectionStateListener listener) {
        listeners.remove(listener);
    }

    /** One connection to the broker. What an earlier one has to say does not matter any more. */
    private final class Incarnation implements ProviderListener {
        private volatile @Nullable Provider provider;

        @Override
        public void onConnectionLost(ProviderException cause) {
            if (isCurrent()) {
                onLost(cause);
            }
        }

        private boolean isCurrent() {
            Provider mine = provider;
            return mine == null || mine == ClientConnection.this.provider;
        }

        @Override
        public void onInterrupted(ProviderException cause) {
            if (isCurrent() && !closed.get()) {
                JMSException interruption = JmsErrors.of(cause, "the connection was lost and is made anew");
                listeners.tell(listener -> listener.onInterrupted(interruption));
            }
        }

        @Override
        public void onRestored(ConnectionFacts facts) {
            if (isCurrent() && !closed.get()) {
                listeners.tell(listener -> listener.onRestored(facts.broker()));
            }
        }
    }
}
