package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.sasl.SaslLogin;
import dev.godwit.amqp.transport.AmqpConnector;
import dev.godwit.amqp.transport.ConnectOptions;
import dev.godwit.amqp.transport.EndpointLimits;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.OpenProperty;
import dev.godwit.amqp.type.ReceiverSettleMode;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.Address;
import dev.godwit.jms.provider.ConnectRequest;
import dev.godwit.jms.provider.ConnectionFacts;
import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.PendingAnswer;
import dev.godwit.jms.provider.Provider;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderListener;
import dev.godwit.jms.provider.ProviderSession;
import dev.godwit.jms.provider.Succession;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection to an AMQP broker. Its methods may be called from any thread and go through the {@link LoopDoor}; its
 * state and its callbacks are owned by its loop. Lives from connect to the loss of the socket or to close.
 */
final class AmqpProvider implements Provider, ConnectionListener {
    private static final Logger LOG = LoggerFactory.getLogger(AmqpProvider.class);
    private static final long CONNECT_TIMEOUT_MAX_MILLIS = 3_600_000;
    private static final Symbol ESTABLISHMENT_FAILED = Symbol.of("amqp:connection-establishment-failed");

    private final AmqpSettings settings;
    private final ConnectRequest request;
    private final ProviderListener listener;
    private final SharedLoop.Share loop;
    private final LoopDoor door;
    private final PendingAnswers pending = new PendingAnswers();
    private final Set<AmqpProviderSession> sessions = new HashSet<>();
    private final CompletableFuture<Provider> connected = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();
    private final TemporaryNodes temporaryNodes;
    private final SubscriptionNames subscriptionNames = new SubscriptionNames();
    private volatile ConnectionFacts facts;
    private volatile AddressMapping addresses = AddressMapping.PLAIN;
    private @Nullable Connection connection;
    private @Nullable ErrorCondition closeError;
    private @Nullable ProviderException lost;
    private boolean closing;
    private long linkNumber;

    AmqpProvider(AmqpSettings settings, ConnectRequest request, ProviderListener listener, SharedLoop.Share loop) {
        this.settings = settings;
        this.request = request;
        this.listener = listener;
        this.loop = loop;
        this.door = new LoopDoor(loop.executor());
        this.facts = ConnectionFacts.unknown(settings.host() + ':' + settings.port());
        this.temporaryNodes = new TemporaryNodes(this);
    }

    CompletableFuture<Provider> connect() {
        door.execute(() -> {
            try {
                Connection opened = AmqpConnector.connect(loop.vertx(), loop.context(), connectOptions(), this);
                connection = opened;
                opened.open(openParameters());
            } catch (RuntimeException impossible) {
                connected.completeExceptionally(new ProviderException(
                        Reason.CONNECTION_LOST, "cannot connect: " + impossible.getMessage(), impossible));
                loop.release();
            }
        });
        return connected;
    }

    private ConnectOptions connectOptions() {
        AmqpSettings.Transport transport = settings.transport();
        long timeout = settings.connectTimeoutMillis();
        return new ConnectOptions(
                settings.host(),
                settings.port(),
                EndpointLimits.DEFAULTS.withMaxFrameSizeBytes(settings.maxFrameSizeBytes()),
                timeout < 0 ? CONNECT_TIMEOUT_MAX_MILLIS : Math.min(timeout, CONNECT_TIMEOUT_MAX_MILLIS),
                settings.virtualHost(),
                saslLogin(),
                !settings.login().saslLayer(),
                transport.tcp(),
                transport.encrypted() ? transport.tls() : null,
                transport.inWebSocket() ? transport.webSocket() : null,
                settings.tracesFrames());
    }

    private SaslLogin saslLogin() {
        AmqpSettings.Login login = settings.login();
        AmqpSettings.User own = login.own();
        return new SaslLogin(
                own == null ? request.user() : own.name(),
                own == null ? request.password() : own.password(),
                login.tokens(),
                login.mechanisms(),
                login.tokensInTheClear());
    }

    private OpenParameters openParameters() {
        String virtualHost = settings.virtualHost();
        return new OpenParameters(
                request.clientId(),
                virtualHost == null ? settings.host() : virtualHost,
                settings.maxFrameSizeBytes(),
                OpenParameters.DEFAULT_CHANNEL_MAX,
                settings.idleTimeoutMillis() / 2,
                List.of(),
                request.exclusive()
                        ? List.of(
                                Capability.SOLE_CONNECTION,
                                Capability.DELAYED_DELIVERY,
                                Capability.ANONYMOUS_RELAY,
                                Capability.SHARED_SUBSCRIPTIONS)
                        : List.of(
                                Capability.DELAYED_DELIVERY,
                                Capability.ANONYMOUS_RELAY,
                                Capability.SHARED_SUBSCRIPTIONS),
                openProperties());
    }

    private Map<Symbol, Object> openProperties() {
        Map<Symbol, Object> properties = new LinkedHashMap<>();
        properties.put(Symbol.of("product"), "Godwit JMS");
        properties.put(Symbol.of("version"), "0.1");
        properties.put(Symbol.of("platform"), "Java " + System.getProperty("java.version"));
        Succession succession = request.succession();
        if (succession != null) {
            properties.put(OpenProperty.SUCCESSION, succession.id());
            properties.put(OpenProperty.SUCCESSION_NUMBER, succession.number());
        }
        return properties;
    }

    @Override
    public void onOpen(Connection opened) {
        OpenParameters remote = opened.remoteOpen();
        if (remote == null || "true".equals(String.valueOf(remote.properties().get(ESTABLISHMENT_FAILED)))) {
            // The close that follows says why (AMQP extension "enforcing connection uniqueness"). Artemis writes a
            // text.
            return;
        }
        addresses = AddressMapping.of(remote, settings.queuePrefix(), settings.topicPrefix());
        facts = new ConnectionFacts(
                opened.remoteAddress(),
                saslLogin().user(),
                remote.properties().get(OpenProperty.JOURNAL) instanceof UUID journal ? journal : null,
                remote.offeredCapabilities().contains(Capability.ANONYMOUS_RELAY),
                ServerList.of(remote));
        if (!connected.complete(this)) {
            opened.close(null);
        }
    }

    /** Brokers do not begin sessions. */
    @Override
    public SessionListener onSession(Session session) {
        session.end(AmqpError.NOT_ALLOWED.because("a JMS client answers no sessions"));
        return new NodeSession(error -> {});
    }

    @Override
    public void onClose(Connection ended, @Nullable ErrorCondition error) {
        closeError = error;
    }

    @Override
    public void onDisconnected(Connection ended, @Nullable DisconnectCause cause) {
        String peer = facts.broker();
        ProviderException failure = closeError != null
                ? AmqpFailures.of(closeError, peer + " closed the connection", Reason.CONNECTION_LOST)
                : AmqpFailures.of(cause, peer);
        lost = failure;
        LOG.debug("Connection {} ended: {}", request.clientId(), failure.getMessage());
        boolean wasConnected = connected.isDone() && !connected.isCompletedExceptionally();
        if (wasConnected && !closing) {
            // First, so that whoever is failed by what follows finds the connection lost already.
            listener.onConnectionLost(failure);
        }
        for (AmqpProviderSession session : List.copyOf(sessions)) {
            session.onConnectionLost(failure);
        }
        sessions.clear();
        pending.failAll(failure);
        if (closing) {
            closed.complete(null);
        }
        connected.completeExceptionally(failure);
        loop.release();
    }

    /** Where the broker sends us that has not let us in; null for nowhere. Known when connecting has failed. */
    @Nullable
    AmqpSettings redirectedTo() {
        return Redirect.target(settings, closeError);
    }

    @Override
    public ConnectionFacts facts() {
        return facts;
    }

    @Override
    public CompletableFuture<ProviderSession> openSession(boolean transacted) {
        return ask(answer -> AmqpProviderSession.of(this, transacted, answer).begin());
    }

    @Override
    public CompletableFuture<GlobalSession> openGlobalSession() {
        CompletableFuture<ProviderSession> opened =
                ask(answer -> AmqpProviderSession.global(this, answer).begin());
        return opened.thenApply(GlobalSession.class::cast);
    }

    @Override
    public CompletableFuture<Address> createTemporary(Address.Kind kind) {
        return ask(answer -> temporaryNodes.create(kind, answer));
    }

    @Override
    public CompletableFuture<Void> deleteTemporary(Address address) {
        return ask(answer -> temporaryNodes.delete(address, answer));
    }

    @Override
    public CompletableFuture<Void> unsubscribe(String subscriptionName) {
        return ask(answer -> new Unsubscription(
                        this, subscriptionNames.toEnd(subscriptionName, request.exclusive()), answer)
                .begin());
    }

    @Override
    @SuppressWarnings("NullAway")
    public CompletableFuture<Void> close() {
        boolean runs = door.execute(() -> {
            Connection current = connection;
            if (lost != null || current == null) {
                closed.complete(null);
            } else if (!closing) {
                closing = true;
                current.close(null);
            }
        });
        if (!runs) {
            closed.complete(null);
        }
        return closed;
    }

    // For the sessions of this connection.

    /** Has a question put on the loop, whose answer fails if the connection is lost first. */
    <T> CompletableFuture<T> ask(Consumer<CompletableFuture<T>> question) {
        CompletableFuture<T> answer = new PendingAnswer<>(this::status);
        boolean runs = door.execute(() -> {
            if (lost != null) {
                answer.completeExceptionally(lost);
            } else {
                pending.add(answer);
                try {
                    question.accept(answer);
                } catch (RuntimeException impossible) {
                    // Whoever asked would wait for an answer that nobody is going to give.
                    answer.completeExceptionally(
                            new ProviderException(Reason.NOT_SUPPORTED, "not possible: " + impossible, impossible));
                }
            }
        });
        if (!runs) {
            answer.completeExceptionally(new ProviderException(Reason.CLOSED, "the connection is closed"));
        }
        return answer;
    }

    boolean execute(Runnable task) {
        return door.execute(task);
    }

    AddressMapping addresses() {
        return addresses;
    }

    SubscriptionNames subscriptionNames() {
        return subscriptionNames;
    }

    boolean offers(Symbol capability) {
        OpenParameters remote = connection == null ? null : connection.remoteOpen();
        return remote != null && remote.offeredCapabilities().contains(capability);
    }

    Session begin(SessionListener sessionListener) {
        if (connection == null) {
            throw new IllegalStateException("begin before connect");
        }
        return connection.begin(sessionListener);
    }

    void add(AmqpProviderSession session) {
        sessions.add(session);
    }

    void remove(AmqpProviderSession session) {
        sessions.remove(session);
    }

    /** Whether the broker is to be asked for what helps who comes again after a loss. */
    boolean reconnects() {
        return request.reconnects();
    }

    /** A name for a link that no other link of this connection has. */
    String newLinkName(String role, String node) {
        return request.clientId() + ':' + role + ':' + ++linkNumber + ':' + node;
    }

    PresettlePolicy presettle() {
        return settings.presettle();
    }

    /** A link as JMS wants it: unsettled deliveries, and settlement that needs no second word. */
    static AttachParameters unsettled(AttachParameters parameters) {
        return parameters.withSettleModes(SenderSettleMode.UNSETTLED, ReceiverSettleMode.FIRST);
    }

    /** A link on which nobody says what became of a message. */
    static AttachParameters settled(AttachParameters parameters) {
        return parameters.withSettleModes(SenderSettleMode.SETTLED, ReceiverSettleMode.FIRST);
    }
}
