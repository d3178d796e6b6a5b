package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.CuttableWire;
import dev.godwit.jms.observe.metrics.ClientMetrics;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import jakarta.jms.CompletionListener;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.ResourceAllocationException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of messages, as meters of Micrometer, over the real broker. */
@Timeout(60)
class MetricsTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private static final Duration SOON = Duration.ofSeconds(10);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ClientMetrics metrics = new ClientMetrics(Tags.of("factory", "orders"));

    private double count(String name) {
        return registry.get("godwit.jms." + name)
                .tag("factory", "orders")
                .functionCounter()
                .count();
    }

    private GodwitConnectionFactory metered(String uri) {
        metrics.bindTo(registry);
        var factory = new GodwitConnectionFactory(uri);
        factory.addObserver(metrics);
        return factory;
    }

    @Test
    void countsWhatBecomesOfMessages() throws Exception {
        var connection = clients.opened(metered(BROKER.uri()).createConnection());
        connection.start();
        var session = connection.createSession();
        var producer = session.createProducer(clients.queue());
        for (int i = 0; i < 3; i++) {
            producer.send(session.createTextMessage("message " + i));
        }
        var calls = new AtomicInteger();
        session.createConsumer(clients.queue()).setMessageListener(message -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("the first time fails");
            }
        });

        await().atMost(SOON).until(() -> count("acknowledged") == 3);
        assertThat(count("sent")).isEqualTo(3);
        assertThat(count("confirmed")).isEqualTo(3);
        assertThat(count("failed")).isZero();
        assertThat(count("given")).isEqualTo(4);
        assertThat(count("redelivered")).isEqualTo(1);
        assertThat(count("arrived")).isGreaterThanOrEqualTo(4);
        assertThat(count("interruptions")).isZero();
        assertThat(registry.get("godwit.jms.confirmation").timer().count()).isEqualTo(3);
    }

    @Test
    void countsWhatBelongsToBranchesOfGlobalTransactions() throws Exception {
        var connection = clients.opened(metered(BROKER.uri()).createXAConnection());
        connection.start();
        var session = connection.createXASession();
        Xid xid = new BranchName();
        session.getXAResource().start(xid, XAResource.TMNOFLAGS);
        session.createProducer(clients.queue()).send(session.createTextMessage("hello"));
        session.getXAResource().end(xid, XAResource.TMSUCCESS);
        assertThat(session.getXAResource().prepare(xid)).isEqualTo(XAResource.XA_OK);
        session.getXAResource().commit(xid, false);

        assertThat(Clients.nextText(session.createConsumer(clients.queue()))).isEqualTo("hello");
        assertThat(count("confirmed")).isEqualTo(1);
        assertThat(count("given")).isEqualTo(1);
        assertThat(count("acknowledged")).isEqualTo(1);
    }

    /** As Spring Boot does with beans that a program has bound by itself, too. */
    @Test
    void countsOnceHoweverOftenItIsBound() throws Exception {
        var other = new SimpleMeterRegistry();
        metrics.bindTo(registry);
        metrics.bindTo(other);
        var session = clients.opened(metered(BROKER.uri()).createConnection()).createSession();
        session.createProducer(clients.queue()).send(session.createTextMessage("hello"));
        assertThat(count("confirmed")).isEqualTo(1);
        assertThat(registry.get("godwit.jms.confirmation").timer().count()).isEqualTo(1);
        assertThat(other.get("godwit.jms.confirmation").timer().count()).isEqualTo(1);
    }

    @Test
    void countsInterruptions() throws Exception {
        var wire = new CuttableWire(BROKER.broker().port());
        try (var connection =
                metered("failover:(amqp://127.0.0.1:" + wire.port() + ")").createConnection()) {
            connection.start();
            var session = connection.createSession();
            var producer = session.createProducer(clients.queue());
            producer.send(session.createTextMessage("before"));
            wire.cut();
            producer.send(session.createTextMessage("after"));

            assertThat(count("interruptions")).isEqualTo(1);
            assertThat(count("confirmed")).isEqualTo(2);
        } finally {
            wire.close();
        }
    }

    @Test
    void countsFailures() throws Exception {
        var peer = new MemoryPeer();
        try (var connection = metered(peer.uri() + "?jms.sendTimeout=200").createConnection()) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue("full-queue"));
            assertThatThrownBy(() -> producer.send(session.createTextMessage("hello")))
                    .isInstanceOf(JMSException.class);
        } finally {
            peer.close();
        }
        assertThat(count("failed")).isEqualTo(1);
        assertThat(count("confirmed")).isZero();
    }

    /** Of what is on its way without anybody waiting there may be so much; what does not fit is not sent, and that is its end. */
    @Test
    void countsWhatFindsNoRoomInTheWindowOfSends() throws Exception {
        var peer = new MemoryPeer();
        try (var connection = metered(peer.uri()
                        + "?jms.sendTimeout=200&jms.sendWindowBytes=1024&jms.forceAsyncSend=true&jms.closeTimeout=200")
                .createConnection()) {
            var session = connection.createSession();
            var producer = session.createProducer(session.createQueue("full-queue"));
            var message = session.createTextMessage("x".repeat(2_000));
            producer.send(message);
            assertThatThrownBy(() -> producer.send(message)).isInstanceOf(ResourceAllocationException.class);
            assertThatThrownBy(() -> producer.send(message, new Ignoring()))
                    .isInstanceOf(ResourceAllocationException.class);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> producer.send(message)).hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(count("sent")).isEqualTo(4);
            assertThat(count("failed")).isEqualTo(3);
        } finally {
            peer.close();
        }
    }

    private static final class Ignoring implements CompletionListener {
        @Override
        public void onCompletion(Message sent) {}

        @Override
        public void onException(Message unsent, Exception why) {}
    }
}
