package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.session.ClientConnection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client of three brokers, of which the first names another in its open ({@code failover-server-list}), on the wire. */
@Timeout(60)
class NamedNodesTest {
    private MemoryPeer first;
    private MemoryPeer given;
    private MemoryPeer named;

    @BeforeEach
    void start() throws Exception {
        first = new MemoryPeer();
        given = new MemoryPeer();
        named = new MemoryPeer();
    }

    @AfterEach
    void close() throws Exception {
        for (MemoryPeer each : List.of(first, given, named)) {
            each.close();
        }
    }

    private void name(Object host, Object port) {
        first.openProperties = Map.of(
                Symbol.of("failover-server-list"),
                List.of(Map.of(Symbol.of("network-host"), host, Symbol.of("port"), port)));
    }

    private ClientConnection connect(String action) throws Exception {
        var connection = new GodwitConnectionFactory("failover:(" + first.uri() + "," + given.uri()
                        + ")?failover.amqpOpenServerListAction=" + action)
                .createConnection();
        assertThat(first.opens).hasSize(1);
        return connection;
    }

    private int opens() {
        return first.opens.size() + given.opens.size() + named.opens.size();
    }

    /** Done when the client is on another one. */
    private void lose(MemoryPeer lost, ClientConnection client) throws Exception {
        int before = opens();
        lost.breakConnections();
        await().until(() -> opens() > before);
        client.createSession().close();
    }

    @ParameterizedTest
    @CsvSource({"REPLACE,0,1", "ADD,1,0", "IGNORE,1,0"})
    void theNodeThatIsNamedTakesThePlaceOfThoseThatWereGivenOrComesBehindThem(
            String action, int opensOfGiven, int opensOfNamed) throws Exception {
        name("127.0.0.1", named.port());
        try (var client = connect(action)) {
            lose(first, client);
            assertThat(given.opens).hasSize(opensOfGiven);
            assertThat(named.opens).hasSize(opensOfNamed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ADD", "IGNORE"})
    void aNodeThatIsAddedHasItsTurnInARound(String action) throws Exception {
        name("127.0.0.1", named.port());
        try (var client = connect(action)) {
            lose(first, client);
            lose(given, client);
            boolean added = action.equals("ADD");
            assertThat(named.opens).hasSize(added ? 1 : 0);
            assertThat(first.opens).hasSize(added ? 1 : 2);
        }
    }

    @Test
    void aListThatIsNoneChangesNothing() throws Exception {
        name("", "a port");
        try (var client = connect("REPLACE")) {
            lose(first, client);
            assertThat(given.opens).hasSize(1);
        }
    }
}
