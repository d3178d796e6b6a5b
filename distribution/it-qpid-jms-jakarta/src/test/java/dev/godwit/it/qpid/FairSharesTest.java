package dev.godwit.it.qpid;

import static dev.godwit.it.qpid.Arrivals.next;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A tenant that sends very many messages keeps the others waiting for no longer than one message each. */
@Timeout(120)
final class FairSharesTest {
    private static final int NOISY = 10_000;
    private static final int QUIET = 10;

    @RegisterExtension
    static final EmbeddedBroker BROKER = EmbeddedBroker.withPolicies(
            new AddressPolicy("shared.*", AddressSettings.NONE.with(AddressSetting.FAIR_SHARE_KEY, "tenant")));

    private static void send(Session session, Queue queue, String tenant, int count) throws JMSException {
        try (var producer = session.createProducer(queue)) {
            for (int n = 0; n < count; n++) {
                var message = session.createTextMessage("message " + n);
                message.setStringProperty("tenant", tenant);
                producer.send(message);
            }
            session.commit();
        }
    }

    private static List<String> tenants(Session session, Queue queue, int count) throws JMSException {
        var tenants = new ArrayList<String>();
        try (var consumer = session.createConsumer(queue)) {
            for (int i = 0; i < count; i++) {
                tenants.add(next(consumer).getStringProperty("tenant"));
            }
        }
        return tenants;
    }

    @ParameterizedTest
    @EnumSource(JmsClient.class)
    void theFewMessagesOfOneTenantComeAmongTheFirstOfAnother(JmsClient client) throws Exception {
        var name = "shared." + client;
        try (var connection = client.connect(BROKER.uri())) {
            var transacted = connection.createSession(Session.SESSION_TRANSACTED);
            var queue = transacted.createQueue(name);
            send(transacted, queue, "noisy", NOISY);
            send(transacted, queue, "quiet", QUIET);
            var first = tenants(connection.createSession(), queue, 2 * QUIET + 2);
            assertThat(first).filteredOn("quiet"::equals).hasSize(QUIET);
            send(transacted, queue, "quiet", QUIET);
        }
        BROKER.restart();
        try (var connection = client.connect(BROKER.uri())) {
            var session = connection.createSession();
            assertThat(takenUntilQuietOnesCame(session, session.createQueue(name)))
                    .as("what was given out before the broker had read the keys again")
                    .isLessThan(NOISY / 2);
        }
    }

    private static int takenUntilQuietOnesCame(Session session, Queue queue) throws JMSException {
        int quiet = 0;
        int taken = 0;
        try (var consumer = session.createConsumer(queue)) {
            while (quiet < QUIET) {
                var message = next(consumer);
                quiet += message.getStringProperty("tenant").equals("quiet") ? 1 : 0;
                taken++;
            }
        }
        return taken;
    }
}
