package dev.godwit.jms;

import dev.godwit.jms.failover.FailoverProviderFactory;
import dev.godwit.jms.observe.ClientObserver;
import dev.godwit.jms.observe.ObservedProviderFactory;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.amqp.AmqpProviderFactory;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.session.ClientConnection;
import dev.godwit.jms.session.ClientContext;
import dev.godwit.jms.session.Opening;
import dev.godwit.jms.session.XaConnection;
import dev.godwit.jms.session.XaContext;
import dev.godwit.jms.uri.ConnectionOption;
import dev.godwit.jms.uri.ConnectionUri;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.ExceptionListener;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.QueueConnection;
import jakarta.jms.TopicConnection;
import jakarta.jms.XAJMSContext;
import jakarta.jms.XAQueueConnection;
import jakarta.jms.XAQueueConnectionFactory;
import jakarta.jms.XATopicConnection;
import jakarta.jms.XATopicConnectionFactory;
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.naming.Reference;
import javax.naming.Referenceable;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes connections to a broker that speaks AMQP 1.0. For any thread; what is set holds for connections that are made
 * afterwards.
 *
 * <p>The broker is named by a URI, {@code amqp://[user[:password]@]host[:port][?option=value&…]}, or {@code amqps},
 * {@code amqpws}, {@code amqpwss}; several brokers by {@code failover:(amqp://a,amqp://b)?option=value&…}. What options there
 * are, and how addresses of other clients are understood, stands in {@code docs/jms-client.md}; an option that does not exist
 * is an {@link IllegalArgumentException}. The setters are the same options for those who set properties; they come before
 * what the URI says, and throw an {@link IllegalArgumentException} for a value that cannot be.
 *
 * <p>Can be serialised and bound in JNDI, with its passwords, without an {@link SSLContext}, token supplier, listener or observer.
 */
public final class GodwitConnectionFactory extends FactoryProperties
        implements ConnectionFactory, XAQueueConnectionFactory, XATopicConnectionFactory, Referenceable, Serializable {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(GodwitConnectionFactory.class);

    /** A broker on this machine. */
    public static final String DEFAULT_URI = "amqp://127.0.0.1:5672";

    private final transient AtomicReference<ConnectionUri> uri;
    private final transient List<ClientObserver> observers = new CopyOnWriteArrayList<>();
    private transient volatile @Nullable SSLContext sslContext;
    private transient volatile @Nullable Supplier<String> tokenSupplier;
    private transient volatile @Nullable ExceptionListener exceptionListener;

    public GodwitConnectionFactory() {
        this(DEFAULT_URI);
    }

    /**
     * A factory for the broker at a URI.
     *
     * @throws IllegalArgumentException saying what is wrong with the URI
     */
    public GodwitConnectionFactory(String uri) {
        this(null, null, uri);
    }

    /**
     * A factory for the broker at a URI, and the user to come in as.
     *
     * @param user null for the user of the URI, if it names one
     * @throws IllegalArgumentException saying what is wrong with the URI
     */
    public GodwitConnectionFactory(@Nullable String user, @Nullable String password, String uri) {
        ConnectionUri parsed = logged(ConnectionUri.parse(uri));
        this.uri = new AtomicReference<>(
                user == null
                        ? parsed
                        : parsed.with(ConnectionOption.USERNAME, user)
                                .with(ConnectionOption.PASSWORD, password == null ? "" : password));
    }

    private static ConnectionUri logged(ConnectionUri parsed) {
        if (!parsed.ignored().isEmpty()) {
            LOG.info("Ignored: {}", String.join(", ", parsed.ignored()));
        }
        return parsed;
    }

    /** The URI that the factory was made with, or that was set. */
    public String getUri() {
        return settings().text();
    }

    /** The same, under the name that it has in Qpid JMS. */
    public String getRemoteURI() {
        return getUri();
    }

    /** Another URI; what was set by other setters stays. */
    public void setRemoteURI(String newUri) {
        ConnectionUri parsed = logged(ConnectionUri.parse(newUri));
        uri.updateAndGet(before -> parsed.withOverridesOf(before));
    }

    /** Sets any option by its name in a URI. */
    public void setOption(String name, String value) {
        setOptions(Map.of(name, value));
    }

    /** Sets options by their names in a URI, all at once: their order does not matter, and when one is wrong none is set. */
    public void setOptions(Map<String, String> options) {
        uri.updateAndGet(before -> before.with(options));
    }

    @Override
    ConnectionUri settings() {
        return Objects.requireNonNull(uri.get());
    }

    @Override
    void set(ConnectionOption option, @Nullable String value) {
        uri.updateAndGet(before -> before.with(option, value));
    }

    /** What TLS uses in place of the key and trust stores of the options; null for these. */
    public void setSslContext(@Nullable SSLContext context) {
        sslContext = context;
    }

    public @Nullable SSLContext getSslContext() {
        return sslContext;
    }

    /** Who is asked for a token at each login, on a thread that may block; null to log in otherwise. */
    public void setTokenSupplier(@Nullable Supplier<String> supplier) {
        tokenSupplier = supplier;
    }

    public @Nullable Supplier<String> getTokenSupplier() {
        return tokenSupplier;
    }

    /** The listener that new connections have from the start; null for none. */
    public void setExceptionListener(@Nullable ExceptionListener listener) {
        exceptionListener = listener;
    }

    public @Nullable ExceptionListener getExceptionListener() {
        return exceptionListener;
    }

    /**
     * Has somebody watch the messages of new connections, such as {@code ClientTracing} with an OpenTelemetry other than the
     * program's, or {@code ClientMetrics}.
     */
    public void addObserver(ClientObserver observer) {
        observers.add(observer);
    }

    /** As whom the URI says, at each broker. */
    private Opening opening() {
        ConnectionUri now = settings();
        return opening(now, brokers(now), now.user(), now.password());
    }

    /** As somebody, at any broker. */
    private Opening opening(@Nullable String user, @Nullable String password) {
        ConnectionUri now = settings();
        List<AmqpSettings> brokers =
                brokers(now).stream().map(AmqpSettings::withoutOwnLogin).toList();
        return opening(now, brokers, user, password);
    }

    private Opening opening(
            ConnectionUri now, List<AmqpSettings> brokers, @Nullable String user, @Nullable String password) {
        return new Opening(
                providers(now, brokers), now.connectionSettings(), now.clientId(), user, password, exceptionListener);
    }

    private List<AmqpSettings> brokers(ConnectionUri now) {
        return now.brokers(sslContext, tokenSupplier);
    }

    private ProviderFactory providers(ConnectionUri now, List<AmqpSettings> brokers) {
        List<AmqpProviderFactory> factories =
                brokers.stream().map(AmqpProviderFactory::new).toList();
        ProviderFactory providers =
                now.isFailover() ? new FailoverProviderFactory(factories, now.failoverSettings()) : factories.get(0);
        for (ClientObserver observer : observers) {
            providers = new ObservedProviderFactory(providers, observer);
        }
        ClientObserver tracing = now.isTraced() ? ProgramTracing.INSTANCE.besides(observers) : null;
        return tracing == null ? providers : new ObservedProviderFactory(providers, tracing);
    }

    @Override
    public ClientConnection createConnection() throws JMSException {
        return opening().connect();
    }

    @Override
    public ClientConnection createConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return opening(userName, newPassword).connect();
    }

    @Override
    public QueueConnection createQueueConnection() throws JMSException {
        return opening().connectForQueues();
    }

    @Override
    public QueueConnection createQueueConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return opening(userName, newPassword).connectForQueues();
    }

    @Override
    public TopicConnection createTopicConnection() throws JMSException {
        return createConnection();
    }

    @Override
    public TopicConnection createTopicConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return createConnection(userName, newPassword);
    }

    @Override
    public JMSContext createContext() {
        return createContext(JMSContext.AUTO_ACKNOWLEDGE);
    }

    @Override
    public JMSContext createContext(int sessionMode) {
        return ClientContext.open(opening(), sessionMode);
    }

    @Override
    public JMSContext createContext(@Nullable String userName, @Nullable String newPassword) {
        return createContext(userName, newPassword, JMSContext.AUTO_ACKNOWLEDGE);
    }

    @Override
    public JMSContext createContext(@Nullable String userName, @Nullable String newPassword, int sessionMode) {
        return ClientContext.open(opening(userName, newPassword), sessionMode);
    }

    // For transaction managers.

    @Override
    public XaConnection createXAConnection() throws JMSException {
        return opening().connectXa();
    }

    @Override
    public XaConnection createXAConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return opening(userName, newPassword).connectXa();
    }

    @Override
    public XAQueueConnection createXAQueueConnection() throws JMSException {
        return opening().connectXaForQueues();
    }

    @Override
    public XAQueueConnection createXAQueueConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return opening(userName, newPassword).connectXaForQueues();
    }

    @Override
    public XATopicConnection createXATopicConnection() throws JMSException {
        return createXAConnection();
    }

    @Override
    public XATopicConnection createXATopicConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return createXAConnection(userName, newPassword);
    }

    @Override
    public XAJMSContext createXAContext() {
        return XaContext.openXa(opening());
    }

    @Override
    public XAJMSContext createXAContext(@Nullable String userName, @Nullable String newPassword) {
        return XaContext.openXa(opening(userName, newPassword));
    }

    // How it is stored.

    /** As its URI, and what was set beside it. */
    @Override
    public Reference getReference() {
        ConnectionUri now = settings();
        return StoredFactory.reference(new StoredFactory(now.text(), Map.copyOf(now.overrides())));
    }

    private Object writeReplace() {
        ConnectionUri now = settings();
        return new StoredFactory(now.text(), Map.copyOf(now.overrides()));
    }

    private void readObject(ObjectInputStream in) throws InvalidObjectException {
        throw new InvalidObjectException("a factory is stored by its URI");
    }
}
