package dev.godwit.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that know only nodes that are not active are served all the same, also when the active one is killed. */
final class AnyNodeTest {
    /** What the broker tells of other nodes is not to lead clients to the active one. */
    private static final String ONLY_THESE = "&failover.amqpOpenServerListAction=IGNORE";

    private static final String QPID =
            "?failover.maxReconnectDelay=50&failover.nested.transport.connectTimeout=2000" + ONLY_THESE;

    @RegisterExtension
    static final ThreeNodes THREE = new ThreeNodes();

    private final NodeProcesses nodes = THREE.nodes();

    @Test
    @Timeout(value = 600, unit = TimeUnit.SECONDS)
    void servesClientsOfNodesThatAreNotActiveAndLosesNothingWhenTheActiveOneIsKilled() throws Exception {
        int active = nodes.awaitActive();
        int[] others = IntStream.range(0, 3).filter(node -> node != active).toArray();
        String ourUri = nodes.uriOf(others) + ONLY_THESE;
        String theirUri = nodes.failover(others) + QPID;
        try (Connection ours = ConfirmedLoad.connect(ourUri);
                Connection theirs = connectQpid(theirUri);
                var oneWay = new ConfirmedLoad(ours, theirs, "to-them", 0);
                var otherWay = new ConfirmedLoad(theirs, ours, "to-us", 0)) {
            oneWay.awaitProgress();
            otherWay.awaitProgress();
            assertThat(nodes.awaitActive()).as("nothing else has happened").isEqualTo(active);

            long killedNanos = System.nanoTime();
            nodes.kill(active);
            long ourPause = oneWay.awaitConfirmed(killedNanos, 50);
            long theirPause = otherWay.awaitConfirmed(killedNanos, 50);
            oneWay.awaitProgress();
            otherWay.awaitProgress();
            nodes.restart(active);
            nodes.awaitCopies(3);
            oneWay.finish();
            otherWay.finish();
            System.out.println("any node test: " + oneWay + ", " + otherWay
                    + "; from kill to the next confirmed send: " + ourPause + " ms by our client, " + theirPause
                    + " ms by Qpid JMS");
        }
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void servesAClientOfEachNode() throws Exception {
        for (int node = 0; node < 3; node++) {
            try (Connection connection = ConfirmedLoad.connect(nodes.uriOf(node) + ONLY_THESE);
                    Session session = connection.createSession();
                    MessageProducer producer = session.createProducer(session.createQueue("orders"));
                    MessageConsumer consumer = session.createConsumer(session.createQueue("orders"))) {
                producer.send(session.createTextMessage("by n" + node));
                assertThat(consumer.receive(10_000).getBody(String.class)).isEqualTo("by n" + node);
            }
        }
    }

    private static Connection connectQpid(String uri) throws JMSException {
        Connection connection = new JmsConnectionFactory(uri).createConnection();
        connection.start();
        return connection;
    }
}
