package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.LimitsConfiguration;
import dev.godwit.broker.intake.RateTerms;
import dev.godwit.broker.intake.SenderRule;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients that share what they may do, by the host that they ask for. */
@Timeout(120)
final class TenantsTest {
    private static final long PER_SECOND = 100;

    @RegisterExtension
    static final EmbeddedBroker BROKER =
            new EmbeddedBroker(configuration -> configuration.withLimits(new LimitsConfiguration(
                    List.of(new SenderRule(
                            "red",
                            List.of("red.example"),
                            List.of(),
                            List.of(),
                            2,
                            new RateTerms(PER_SECOND, 0, 100),
                            null)),
                    0,
                    0)));

    private static Connection connect(String host) throws JMSException {
        var connection = new JmsConnectionFactory(BROKER.uri() + "?amqp.vhost=" + host).createConnection();
        try {
            connection.start();
            return connection;
        } catch (JMSException refused) {
            connection.close();
            throw refused;
        }
    }

    /** How many messages it sends in so many milliseconds. */
    private static long send(Connection connection, String queue, long millis) throws JMSException {
        try (var session = connection.createSession()) {
            var producer = session.createProducer(session.createQueue(queue));
            producer.setDeliveryMode(DeliveryMode.PERSISTENT);
            long sent = 0;
            for (long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
                    System.nanoTime() - end < 0;
                    sent++) {
                producer.send(session.createTextMessage("body"));
            }
            return sent;
        }
    }

    @Test
    void aTenantsConnectionsShareWhatItMaySend() throws Exception {
        try (var red = connect("red.example");
                var alsoRed = connect("RED.example")) {
            long begin = System.nanoTime();
            long sent = send(red, "one", 2_000) + send(alsoRed, "two", 2_000);
            double seconds = (System.nanoTime() - begin) / 1e9;
            assertThat(sent).isLessThanOrEqualTo((long) ((seconds + 0.1) * PER_SECOND * 1.05) + 20);
            assertThat(sent).isGreaterThan(PER_SECOND);
        }
    }

    @Test
    void aTenantHasSoManyConnectionsAndOthersHaveMore() throws Exception {
        var open = new ArrayList<Connection>();
        try {
            open.add(connect("red.example"));
            open.add(connect("red.example"));
            assertThatThrownBy(() -> connect("red.example"))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("tenant 'red' has 2 connections");
            for (int i = 0; i < 5; i++) {
                open.add(connect("blue.example"));
            }
            open.remove(0).close();
            await().until(() -> {
                try {
                    return open.add(connect("red.example"));
                } catch (JMSException notYet) {
                    return false;
                }
            });
        } finally {
            for (var each : open) {
                each.close();
            }
        }
    }
}
