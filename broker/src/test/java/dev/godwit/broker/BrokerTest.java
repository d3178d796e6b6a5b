package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.broker.BrokerConfiguration.DeadLetters;
import dev.godwit.broker.BrokerConfiguration.Predeclared;
import dev.godwit.broker.BrokerStartException.Kind;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.security.PasswordHash;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starting and stopping a whole broker, embedded. */
class BrokerTest {
    private final List<String> journalFailures = new CopyOnWriteArrayList<>();

    @TempDir
    Path directory;

    @Test
    void comesUpWithItsPredeclaredQueuesAndAgainAfterAStop() throws Exception {
        var configuration = configuration()
                .withQueues(new BrokerConfiguration.Queues(
                        new AutoCreation(false, List.of()),
                        new Predeclared(List.of("orders", "bills"), List.of()),
                        new DeadLetters(null, 0),
                        1 << 20,
                        List.of()));
        for (int start = 0; start < 3; start++) {
            try (var broker = start(configuration)) {
                assertThat(broker.queueStatistics().join())
                        .extracting(QueueStatistics::queue)
                        .containsExactlyInAnyOrder("orders", "bills");
                assertThat(broker.uri()).isEqualTo("amqp://127.0.0.1:" + broker.port());
            }
        }
    }

    @Test
    void saysWhichPortIsInUseAndLeavesNothingBehind() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertRefused(configuration().withPort(taken.getLocalPort()), Kind.PORT_IN_USE, "" + taken.getLocalPort());
        }
        start(configuration()).close();
    }

    @Test
    void saysWhoHoldsTheDataDirectory() throws Exception {
        try (var first = start(configuration())) {
            assertRefused(
                    configuration(),
                    Kind.DATA_LOCKED,
                    "" + ProcessHandle.current().pid());
            assertThat(first.port()).isPositive();
        }
    }

    @Test
    void demandsUsersBeyondLoopback() {
        var open = configuration().listen().withFirst(Listener.of(Scheme.AMQP, "0.0.0.0", 0));
        assertRefused(configuration().withListen(open), Kind.CONFIGURATION, "security.users");
    }

    @Test
    void demandsUsersWhereProxiesBringWhoeverReachesThem() {
        var listen = configuration().listen();
        var proxied = listen.withFirst(listen.first().withProxies(List.of(IpNetwork.parse("127.0.0.1"))));
        assertRefused(configuration().withListen(proxied), Kind.CONFIGURATION, "by way of proxies");
    }

    @Test
    void refusesAUserWithoutAProperHash() throws Exception {
        assertRefused(configuration().withUsers(Map.of("ann", "secret")), Kind.CONFIGURATION, "hash-password");
        start(configuration().withUsers(Map.of("ann", PasswordHash.hash("secret"))))
                .close();
    }

    @Test
    void saysThatClientsMayComeAsLongAsTheyMay() throws Exception {
        var address = new NodeAddress("127.0.0.1", 0);
        int port;
        try (var broker =
                start(configuration().withListen(configuration().listen().withHealth(address)))) {
            port = broker.healthPort();
            assertThat(status(port, "live")).isEqualTo(200);
            assertThat(status(port, "ready")).isEqualTo(200);
            assertThat(status(port, "active")).isEqualTo(200);
            assertRefused(
                    BrokerConfiguration.defaults(directory.resolve("another"))
                            .withListen(configuration().listen().withHealth(address.withPort(port))),
                    Kind.PORT_IN_USE,
                    "health.listen");
        }
        assertThatThrownBy(() -> status(port, "live")).isInstanceOf(ConnectException.class);
    }

    private static int status(int port, String question) throws Exception {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/" + question))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void endsItsThreads() throws Exception {
        start(configuration()).close();
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .noneMatch(name -> name.startsWith("godwit-") || name.startsWith("journal-")));
    }

    @AfterEach
    void journalDidNotFail() {
        assertThat(journalFailures).isEmpty();
    }

    private Broker start(BrokerConfiguration configuration) throws BrokerStartException {
        return Broker.start(configuration, journalFailures::add);
    }

    private BrokerConfiguration configuration() {
        return BrokerConfiguration.defaults(directory).withPort(0);
    }

    private void assertRefused(BrokerConfiguration configuration, Kind kind, String said) {
        assertThatThrownBy(() -> start(configuration).close())
                .hasMessageContaining(said)
                .asInstanceOf(InstanceOfAssertFactories.type(BrokerStartException.class))
                .extracting(BrokerStartException::kind)
                .isEqualTo(kind);
    }
}
