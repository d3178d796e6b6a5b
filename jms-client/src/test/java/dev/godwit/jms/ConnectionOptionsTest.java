package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.UnsignedShort;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** What the options of a URI do, with our broker, and on the wire. */
@Timeout(30)
class ConnectionOptionsTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    private static final long SOON_MILLIS = 10_000;

    /** The message as it comes back of a queue of its own, received as a factory without options would. */
    private static Message roundTrip(ConnectionFactory sending, String property) throws JMSException {
        String name = "options." + UUID.randomUUID();
        try (Connection out = sending.createConnection();
                Connection in = BROKER.factory().createConnection()) {
            in.start();
            Session session = out.createSession();
            Message message = session.createTextMessage("hello");
            if (!property.isEmpty()) {
                message.setStringProperty(property, "value");
            }
            session.createProducer(session.createQueue(name)).send(message);
            Session receiving = in.createSession();
            return receiving.createConsumer(receiving.createQueue(name)).receive(SOON_MILLIS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "DEFAULT, ID:[^:]*:1:1-1",
        "UUID, ID:AMQP_UUID:[0-9a-f-]{36}",
        "UUID_STRING, ID:AMQP_NO_PREFIX:[0-9a-f-]{36}",
        "PREFIXED_UUID_STRING, ID:[0-9a-f-]{36}"
    })
    void messageIdsAreOfTheWantedType(String type, String pattern) throws Exception {
        Message message = roundTrip(BROKER.factory("?jms.messageIDPolicy.messageIDType=" + type), "");
        assertThat(message.getJMSMessageID()).matches(pattern);
    }

    @Test
    void messagesSayWhoSentThemWhereThatIsWanted() throws Exception {
        GodwitConnectionFactory factory = BROKER.factory("?jms.username=ann&jms.password=x");
        assertThat(roundTrip(factory, "").getStringProperty("JMSXUserID")).isNull();
        factory.setPopulateJMSXUserID(true);
        assertThat(roundTrip(factory, "").getStringProperty("JMSXUserID")).isEqualTo("ann");
    }

    @Test
    void namesOfPropertiesMayBeAnythingWhereThatIsWanted() throws Exception {
        assertThatThrownBy(() -> roundTrip(BROKER.factory(), "no-identifier"))
                .isInstanceOf(IllegalArgumentException.class);
        Message message = roundTrip(BROKER.factory("?jms.validatePropertyNames=false"), "no-identifier");
        assertThat(message.getStringProperty("no-identifier")).isEqualTo("value");
    }

    @Test
    void prefixesAreForTheWireAlone() throws Exception {
        try (Connection plain = BROKER.factory().createConnection();
                Connection prefixed = BROKER.factory("?jms.queuePrefix=pre.&jms.topicPrefix=top.")
                        .createConnection()) {
            plain.start();
            prefixed.start();
            Session session = prefixed.createSession();
            Queue queue = session.createQueue("fixed");
            session.createProducer(queue).send(session.createMessage());
            Message received = session.createConsumer(queue).receive(SOON_MILLIS);
            assertThat(received.getJMSDestination()).isEqualTo(queue);
            session.createProducer(queue).send(session.createMessage());
            session.close();
            Session other = plain.createSession();
            assertThat(other.createConsumer(other.createQueue("pre.fixed")).receive(SOON_MILLIS))
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "presettleAll, true, true",
        "presettleProducers, true, false",
        "presettleConsumers, false, true",
        "presettleQueueProducers, true, false",
        "presettleTopicProducers, false, false",
        "presettleTransactedProducers, false, false",
        "presettleQueueConsumers, false, true",
        "presettleTopicConsumers, false, false"
    })
    void whatIsPresettledIsSentAndForgotten(String policy, boolean producer, boolean consumer) throws Exception {
        MemoryPeer peer = new MemoryPeer();
        try (Connection onTheWire = new GodwitConnectionFactory(peer.uri() + "?jms.presettlePolicy." + policy + "=true")
                .createConnection()) {
            Session session = onTheWire.createSession();
            session.createProducer(session.createQueue("q"));
            session.createConsumer(session.createQueue("q"));
        }
        assertThat(peer.attaches)
                .extracting(AttachParameters::senderSettleMode)
                .containsExactly(mode(producer), mode(consumer));
        peer.close();

        try (Connection connection =
                BROKER.factory("?jms.presettlePolicy." + policy + "=true").createConnection()) {
            connection.start();
            Session session = connection.createSession();
            Queue queue = session.createQueue("presettled." + policy);
            MessageProducer sending = session.createProducer(queue);
            MessageConsumer receiving = session.createConsumer(queue);
            for (int i = 0; i < 100; i++) {
                sending.send(session.createTextMessage("message " + i));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(receiving.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("message " + i);
            }
            assertThat(receiving.receiveNoWait()).isNull();
        }
    }

    private static SenderSettleMode mode(boolean presettled) {
        return presettled ? SenderSettleMode.SETTLED : SenderSettleMode.UNSETTLED;
    }

    @Test
    void transactedProducersMayBePresettledAndTheirCommitStillDecides() throws Exception {
        try (Connection connection = BROKER.factory("?jms.presettlePolicy.presettleTransactedProducers=true")
                .createConnection()) {
            connection.start();
            Session transacted = connection.createSession(true, 0);
            Queue queue = transacted.createQueue("presettled.transacted");
            MessageProducer producer = transacted.createProducer(queue);
            producer.send(transacted.createTextMessage("undone"));
            transacted.rollback();
            producer.send(transacted.createTextMessage("done"));
            transacted.commit();
            MessageConsumer consumer = connection.createSession().createConsumer(queue);
            assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("done");
            assertThat(consumer.receiveNoWait()).isNull();
        }
    }

    @Test
    void aMessageThatFailsTooOftenGoesToTheDeadLetters() throws Exception {
        try (Connection connection =
                BROKER.factory("?jms.redeliveryPolicy.maxRedeliveries=2").createConnection()) {
            connection.start();
            Session session = connection.createSession(true, 0);
            Queue queue = session.createQueue("redelivered");
            session.createProducer(queue).send(session.createTextMessage("poison"));
            session.commit();
            MessageConsumer consumer = session.createConsumer(queue);
            for (int delivery = 1; delivery <= 3; delivery++) {
                Message message = consumer.receive(SOON_MILLIS);
                assertThat(message.getIntProperty("JMSXDeliveryCount")).isEqualTo(delivery);
                session.rollback();
            }
            assertThat(consumer.receive(300)).isNull();
        }
    }

    @Test
    void theBrokerIsToldWhatTheUriSays() throws Exception {
        MemoryPeer peer = new MemoryPeer();
        new GodwitConnectionFactory(peer.uri()
                        + "?amqp.vhost=virtual&amqp.idleTimeout=8000&amqp.maxFrameSize=4096&jms.clientIDPrefix=me-")
                .createConnection()
                .close();
        new GodwitConnectionFactory(peer.uri() + "?amqp.saslLayer=false&jms.clientID=mine")
                .createConnection()
                .close();
        assertThat(peer.opens.get(0).hostname()).isEqualTo("virtual");
        assertThat(peer.opens.get(0).idleTimeoutMillis()).isEqualTo(4_000);
        assertThat(peer.opens.get(0).maxFrameSize()).isEqualTo(4_096);
        assertThat(peer.opens.get(0).containerId()).startsWith("me-");
        assertThat(peer.opens.get(1).hostname()).isEqualTo("127.0.0.1");
        assertThat(peer.opens.get(1).containerId()).isEqualTo("mine");
        peer.close();
    }

    @Test
    void aPrefixOfTheApplicationTakesThePlaceOfTheBrokers() throws Exception {
        MemoryPeer peer = new MemoryPeer();
        peer.openProperties = Map.of(Symbol.of("queue-prefix"), "theirs/");
        try (Connection connection =
                new GodwitConnectionFactory(peer.uri() + "?jms.queuePrefix=ours/").createConnection()) {
            Session session = connection.createSession();
            session.createProducer(session.createQueue("q"));
            session.createConsumer(session.createQueue("q"));
        }
        assertThat(Objects.requireNonNull((Target) peer.attaches.get(0).target())
                        .address())
                .isEqualTo("ours/q");
        assertThat(Objects.requireNonNull(peer.attaches.get(1).source()).address())
                .isEqualTo("ours/q");
        peer.close();
    }

    private static ErrorCondition redirect(int port, String scheme) {
        return new ErrorCondition(
                Symbol.of("amqp:connection:redirect"),
                "elsewhere",
                Map.of(
                        Symbol.of("network-host"),
                        "127.0.0.1",
                        Symbol.of("port"),
                        UnsignedShort.of(port),
                        Symbol.of("hostname"),
                        "virtual",
                        Symbol.of("scheme"),
                        scheme));
    }

    @Test
    void aBrokerMaySendUsElsewhereButNotInCircles() throws Exception {
        MemoryPeer first = new MemoryPeer();
        MemoryPeer second = new MemoryPeer();
        first.turnsAwayWith = redirect(second.port(), "amqp");
        new GodwitConnectionFactory(first.uri()).createConnection().close();
        assertThat(second.opens).hasSize(1);
        assertThat(second.opens.get(0).hostname()).isEqualTo("virtual");
        second.turnsAwayWith = redirect(first.port(), "amqp");
        assertThatThrownBy(() -> new GodwitConnectionFactory(first.uri()).createConnection())
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("amqp:connection:redirect");
        assertThat(first.opens).hasSize(4);
        first.close();
        second.close();
    }

    @Test
    void framesAreWrittenToTheLogWhereThatIsWanted() throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        Logger frames = (Logger) LoggerFactory.getLogger("dev.godwit.amqp.FRAMES");
        var appender = new AppenderBase<ILoggingEvent>() {
            @Override
            protected void append(ILoggingEvent event) {
                lines.add(event.getFormattedMessage());
            }
        };
        appender.start();
        frames.addAppender(appender);
        frames.setLevel(Level.TRACE);
        try {
            roundTrip(BROKER.factory(), "");
            assertThat(lines).isEmpty();
            roundTrip(BROKER.factory("?amqp.traceFrames=true&jms.username=ann&jms.password=secret"), "");
            assertThat(lines).anyMatch(line -> line.contains("-> [0] Open{"));
            assertThat(lines).anyMatch(line -> line.contains("<- [0] Attach{"));
            assertThat(lines).anyMatch(line -> line.contains("-> [0] Transfer{"));
            assertThat(lines).noneMatch(line -> line.contains("secret"));
        } finally {
            frames.detachAppender(appender);
            frames.setLevel(null);
        }
    }

    @Test
    void theFactorysListenerIsThatOfItsConnections() throws Exception {
        MemoryPeer peer = new MemoryPeer();
        List<JMSException> heard = new CopyOnWriteArrayList<>();
        GodwitConnectionFactory factory = new GodwitConnectionFactory(peer.uri());
        factory.setExceptionListener(heard::add);
        Connection connection = factory.createConnection();
        peer.close();
        await().until(() -> heard.size() == 1);
        connection.close();
    }

    @Test
    void propertiesAreTheOptionsOfTheUri() throws Exception {
        GodwitConnectionFactory factory = new GodwitConnectionFactory("amqp://nowhere?jms.sendTimeout=5");
        factory.setRemoteURI(BROKER.uri());
        factory.setUsername("ann");
        factory.setPassword("x");
        factory.setClientID("bean");
        factory.setForceSyncSend(true);
        factory.setConnectTimeout(9_000);
        factory.setOption("jms.prefetchPolicy.all", "3");
        assertThat(factory.getRemoteURI()).isEqualTo(BROKER.uri());
        assertThat(factory.getSendTimeout()).isEqualTo(60_000);
        assertThat(factory.getConnectTimeout()).isEqualTo(9_000);
        assertThat(factory.isForceSyncSend()).isTrue();
        assertThatThrownBy(() -> factory.setForceAsyncSend(true)).isInstanceOf(IllegalArgumentException.class);
        assertThat(factory.isForceAsyncSend()).isFalse();
        assertThatThrownBy(() -> factory.setRequestTimeout(0)).isInstanceOf(IllegalArgumentException.class);
        try (Connection connection = factory.createConnection()) {
            assertThat(connection.getClientID()).isEqualTo("bean");
        }
    }
}
