package dev.godwit.it.protonj2;

import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.it.EmbeddedBroker;
import java.util.Objects;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.ClientOptions;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A broker, and for each test a client that is connected to it. Registered in a static field it is one broker for all tests
 * of the class, in a field of the instance one for each. Owned by the test's thread; clients may be connected by others.
 */
final class ConnectedBroker implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private final EmbeddedBroker broker;
    private final @Nullable String containerId;
    private @Nullable Client client;
    private @Nullable Connection connection;
    private @Nullable ManagedBroker management;
    private @Nullable String name;

    private ConnectedBroker(EmbeddedBroker broker, @Nullable String containerId) {
        this.broker = broker;
        this.containerId = containerId;
    }

    /** With the defaults. */
    ConnectedBroker() {
        this(new EmbeddedBroker(), null);
    }

    /**
     * With other than the defaults.
     *
     * @param settings applied to them at each start
     */
    ConnectedBroker(UnaryOperator<BrokerConfiguration> settings) {
        this(new EmbeddedBroker(settings), null);
    }

    /** With the defaults but for what holds at some addresses. */
    static ConnectedBroker withPolicies(AddressPolicy... policies) {
        return new ConnectedBroker(EmbeddedBroker.withPolicies(policies), null);
    }

    /** Its clients have this container id. */
    ConnectedBroker forContainer(String id) {
        return new ConnectedBroker(broker, id);
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        broker.beforeAll(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        broker.beforeEach(context);
        name = context.getRequiredTestMethod().getName()
                + context.getDisplayName().hashCode();
        connect();
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        disconnect();
        broker.afterEach(context);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        broker.afterAll(context);
    }

    private void connect() throws ClientException {
        client = newClient();
        connection = connect(new ConnectionOptions());
    }

    private void disconnect() {
        if (client != null) {
            client.close();
        }
        client = null;
        connection = null;
        management = null;
    }

    /** Another client, of the same container. */
    Client newClient() {
        return containerId == null ? Client.create() : Client.create(new ClientOptions().id(containerId));
    }

    /** Ends the client, and has another one of the same container connect. */
    void reconnect() throws ClientException {
        disconnect();
        connect();
    }

    /** Stops the broker and starts it again on what it kept; a new client is connected then. */
    void restart() throws Exception {
        disconnect();
        broker.restart();
        connect();
    }

    /** As {@link #restart()}, with other settings from then on. */
    void restart(UnaryOperator<BrokerConfiguration> settings) throws Exception {
        disconnect();
        broker.restart(settings);
        connect();
    }

    Connection connection() {
        return Objects.requireNonNull(connection, "no test runs");
    }

    /** Another connection of the client. */
    Connection connect(ConnectionOptions options) throws ClientException {
        return connect(Objects.requireNonNull(client, "no test runs"), options);
    }

    Connection connect(Client by, ConnectionOptions options) throws ClientException {
        return by.connect("127.0.0.1", broker.port(), options);
    }

    /** Asked over {@link #connection}. */
    ManagedBroker management() throws ClientException {
        var known = management;
        if (known == null) {
            known = new ManagedBroker(connection());
            management = known;
        }
        return known;
    }

    /** A name that no other test of the class has, for what it sends to. */
    String name() {
        return Objects.requireNonNull(name, "no test runs");
    }

    /** Sends durable messages, and waits until each is accepted. */
    void send(String address, Object... bodies) throws ClientException {
        try (var sender = connection().openSender(address)) {
            for (var body : bodies) {
                sender.send(Message.create(body).durable(true)).awaitAccepted();
            }
        }
    }

    boolean hasQueue(String queue) {
        return broker.hasQueue(queue);
    }

    /** A figure of a queue; 0 if there is none of this name. */
    long count(String queue, ToLongFunction<QueueStatistics> figure) {
        return broker.count(queue, figure);
    }

    int queues() {
        return broker.statistics().size();
    }
}
