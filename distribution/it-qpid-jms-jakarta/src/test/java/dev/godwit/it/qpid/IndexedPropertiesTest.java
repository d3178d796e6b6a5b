package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Selectors that ask for indexed properties, at a backlog, before and after a restart of the broker. */
@Timeout(120)
final class IndexedPropertiesTest {
    private static final long SOON_MILLIS = 10_000;
    private static final long NEVER_MILLIS = 200;
    private static final int MESSAGES = 10_000;

    @RegisterExtension
    static final EmbeddedBroker BROKER = EmbeddedBroker.withPolicies(new AddressPolicy(
            "indexed.*",
            AddressSettings.NONE.with(
                    AddressSetting.INDEXED_PROPERTIES, List.of("n", "region", "JMSType", "JMSCorrelationID"))));

    private static void fill(Session session, Queue queue) throws JMSException {
        try (var producer = session.createProducer(queue)) {
            for (int n = 0; n < MESSAGES; n++) {
                var message = session.createTextMessage("message " + n);
                message.setIntProperty("n", n);
                message.setStringProperty("region", "region " + n % 100);
                message.setJMSType(n % 1_000 == 0 ? "audit" : "order");
                message.setJMSCorrelationID("c-" + n);
                producer.send(message);
            }
            session.commit();
        }
    }

    private static List<Integer> receive(Session session, Queue queue, String selector) throws JMSException {
        var received = new ArrayList<Integer>();
        try (var consumer = session.createConsumer(queue, selector)) {
            for (var message = consumer.receive(SOON_MILLIS);
                    message != null;
                    message = consumer.receive(NEVER_MILLIS)) {
                received.add(message.getIntProperty("n"));
            }
        }
        return received;
    }

    private static List<Integer> numbers(int from, int to, int step) {
        return IntStream.range(from, to)
                .filter(n -> (n - from) % step == 0)
                .boxed()
                .toList();
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void findsWhatIsWantedInABacklogAlsoAfterARestart(JmsClient client) throws Exception {
        var name = "indexed." + client;
        try (var connection = client.connect(BROKER.uri())) {
            var transacted = connection.createSession(Session.SESSION_TRANSACTED);
            var queue = transacted.createQueue(name);
            fill(transacted, queue);
            var session = connection.createSession();
            assertThat(receive(session, queue, "n = 9999")).containsExactly(9_999);
            assertThat(receive(session, queue, "region IN ('region 7', 'no region') AND n < 1000"))
                    .isEqualTo(numbers(7, 1_000, 100));
            assertThat(receive(session, queue, "JMSCorrelationID = 'c-5000'")).containsExactly(5_000);
        }
        BROKER.restart();
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            var queue = session.createQueue(name);
            assertThat(receive(session, queue, "n BETWEEN 9990 AND 9998.5")).isEqualTo(numbers(9_990, 9_999, 1));
            assertThat(receive(session, queue, "JMSType = 'audit' AND n > 0 AND region LIKE 'reg%'"))
                    .isEqualTo(IntStream.of(1_000, 2_000, 3_000, 4_000, 6_000, 7_000, 8_000, 9_000)
                            .boxed()
                            .toList());
            assertThat(receive(session, queue, "region = 'region 8'")).isEqualTo(numbers(8, 9_990, 100));
        }
    }
}
