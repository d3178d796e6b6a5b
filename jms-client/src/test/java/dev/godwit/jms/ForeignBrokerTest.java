package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.SenderSettleMode;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TerminusDurability;
import dev.godwit.amqp.type.UnsignedLong;
import jakarta.jms.Connection;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.TransactionRolledBackException;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The client on the wire with a peer that is not our broker, and can do other things, or refuses to. */
@Timeout(30)
class ForeignBrokerTest {
    private static final long SOON_MILLIS = 5_000;

    private MemoryPeer peer;
    private Connection connection;
    private Session session;
    private Queue queue;

    @BeforeEach
    void connect() throws Exception {
        peer = new MemoryPeer();
        connection = new GodwitConnectionFactory(peer.uri() + "?jms.sendTimeout=300").createConnection();
        connection.start();
        session = connection.createSession();
        queue = session.createQueue("q");
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        peer.close();
    }

    private static String text(Message message) throws JMSException {
        return message.getBody(String.class);
    }

    private AttachParameters lastAttach() {
        return peer.attaches.get(peer.attaches.size() - 1);
    }

    private Source lastSource() {
        return Objects.requireNonNull(lastAttach().source());
    }

    @Test
    void transactionTakesSendsAndReceiptsTogether() throws Exception {
        session.createProducer(queue).send(session.createTextMessage("in"));
        Session transacted = connection.createSession(true, 0);
        MessageConsumer consumer = transacted.createConsumer(queue);
        MessageProducer producer = transacted.createProducer(transacted.createQueue("out"));
        MessageConsumer observer = session.createConsumer(session.createQueue("out"));

        assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo("in");
        producer.send(transacted.createTextMessage("undone"));
        transacted.rollback();
        assertThat(observer.receiveNoWait()).isNull();

        assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo("in");
        producer.send(transacted.createTextMessage("done"));
        transacted.commit();
        assertThat(text(observer.receive(SOON_MILLIS))).isEqualTo("done");
        assertThat(consumer.receiveNoWait()).isNull();
        transacted.close();
        assertThat(session.createConsumer(queue).receiveNoWait()).isNull();
    }

    @Test
    void rollbackKeepsTheOrder() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        for (String each : new String[] {"a", "b", "c", "d"}) {
            producer.send(session.createTextMessage(each));
        }
        Session transacted = connection.createSession(true, 0);
        MessageConsumer consumer = transacted.createConsumer(queue);
        consumer.receive(SOON_MILLIS);
        consumer.receive(SOON_MILLIS);
        transacted.rollback();
        for (String each : new String[] {"a", "b", "c", "d"}) {
            assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo(each);
        }
    }

    @Test
    void closingATransactedSessionRollsBack() throws Exception {
        Session transacted = connection.createSession(true, 0);
        transacted.createProducer(queue).send(transacted.createTextMessage("undone"));
        transacted.close();
        assertThat(session.createConsumer(queue).receiveNoWait()).isNull();
    }

    @Test
    void refusedCommitIsARollback() throws Exception {
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        producer.send(transacted.createTextMessage("undone"));
        peer.rollsBackEveryCommit = true;
        assertThatThrownBy(transacted::commit)
                .isInstanceOf(TransactionRolledBackException.class)
                .hasMessageContaining("as the test wants");
        peer.rollsBackEveryCommit = false;
        producer.send(transacted.createTextMessage("done"));
        transacted.commit();
        assertThat(text(session.createConsumer(queue).receive(SOON_MILLIS))).isEqualTo("done");
    }

    /** Whoever has committed must not do it again because there is no room for what comes next. */
    @Test
    void commitIsDoneAlsoWhenTheNextTransactionIsRefused() throws Exception {
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        producer.send(transacted.createTextMessage("first"));
        peer.beginsNoTransactions = true;
        transacted.commit();
        transacted.commit();
        producer.send(transacted.createTextMessage("undone"));
        assertThatThrownBy(transacted::commit)
                .isInstanceOf(TransactionRolledBackException.class)
                .hasMessageContaining("as the test wants");
        peer.beginsNoTransactions = false;
        transacted.rollback();
        producer.send(transacted.createTextMessage("second"));
        transacted.commit();
        MessageConsumer consumer = session.createConsumer(queue);
        assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo("first");
        assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo("second");
    }

    /** A message must not be taken for consumed that was acknowledged in no transaction. */
    @Test
    void whatIsReceivedWhileTransactionsAreRefusedComesAgain() throws Exception {
        session.createProducer(queue).send(session.createTextMessage("once"));
        Session transacted = connection.createSession(true, 0);
        peer.beginsNoTransactions = true;
        transacted.commit();
        MessageConsumer consumer = transacted.createConsumer(queue);
        assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo("once");
        assertThatThrownBy(transacted::commit).isInstanceOf(TransactionRolledBackException.class);
        peer.beginsNoTransactions = false;
        transacted.rollback();
        assertThat(text(consumer.receive(SOON_MILLIS))).isEqualTo("once");
        transacted.commit();
        transacted.close();
        assertThat(session.createConsumer(queue).receiveNoWait()).isNull();
    }

    @Test
    void brokerWithoutTransactionsIsSaidSoWhenTheSessionIsMade() throws Exception {
        peer.refusesTransactions = true;
        assertThatThrownBy(() -> connection.createSession(true, 0))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("creating a session")
                .hasMessageContaining("no transactions here");
        session.createProducer(queue).send(session.createTextMessage("fine"));
    }

    @Test
    void browserLooksAndTakesNothing() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        for (int i = 0; i < 250; i++) {
            producer.send(session.createTextMessage("" + i));
        }
        QueueBrowser browser = session.createBrowser(queue);
        for (int round = 0; round < 2; round++) {
            List<String> seen = new ArrayList<>();
            for (Enumeration<?> messages = browser.getEnumeration(); messages.hasMoreElements(); ) {
                seen.add(text((Message) messages.nextElement()));
            }
            assertThat(seen).hasSize(250).startsWith("0", "1").endsWith("249");
        }
        assertThat(lastSource().distributionMode()).isEqualTo(DistributionMode.COPY);
        browser.close();
        assertThat(text(session.createConsumer(queue).receive(SOON_MILLIS))).isEqualTo("0");
    }

    @Test
    void temporaryQueueCarriesAnswers() throws Exception {
        Queue answers = session.createTemporaryQueue();
        Target target = (Target) Objects.requireNonNull(lastAttach().target());
        assertThat(target.dynamic()).isTrue();
        assertThat(target.capabilities()).containsExactly(Capability.TEMPORARY_QUEUE);
        assertThat(target.expiryPolicy()).isEqualTo(ExpiryPolicy.LINK_DETACH);

        Message request = session.createTextMessage("question");
        request.setJMSReplyTo(answers);
        session.createProducer(queue).send(request);
        Message received = session.createConsumer(queue).receive(SOON_MILLIS);
        assertThat(received.getJMSReplyTo()).isEqualTo(answers);
        Message answer = session.createTextMessage("answer");
        answer.setJMSCorrelationID(received.getJMSMessageID());
        session.createProducer(received.getJMSReplyTo()).send(answer);
        Message back = session.createConsumer(answers).receive(SOON_MILLIS);
        assertThat(back.getJMSCorrelationID()).isEqualTo(request.getJMSMessageID());
    }

    @Test
    void sourceOfAConsumerSaysWhatItWants() throws Exception {
        session.createConsumer(queue, "a = 1");
        AttachParameters attach = lastAttach();
        Source source = lastSource();
        assertThat(source.address()).isEqualTo("q");
        assertThat(source.capabilities()).containsExactly(Capability.QUEUE);
        assertThat(source.filters())
                .isEqualTo(Map.of(
                        Symbol.of("jms-selector"), new DescribedValue(new UnsignedLong(0x0000468C00000004L), "a = 1")));
        assertThat(source.defaultOutcome()).isEqualTo(new Outcome.Modified(true, false, Map.of()));
        assertThat(source.expiryPolicy()).isEqualTo(ExpiryPolicy.LINK_DETACH);
        assertThat(attach.senderSettleMode()).isEqualTo(SenderSettleMode.UNSETTLED);
    }

    @Test
    void subscriptionsHaveTheirNames() throws Exception {
        var topic = session.createTopic("t");
        session.createSharedConsumer(topic, "s");
        assertThat(lastAttach().name()).isEqualTo("s|global-volatile1");
        session.createSharedConsumer(topic, "s");
        assertThat(lastAttach().name()).isEqualTo("s|global-volatile2");
        session.createSharedDurableConsumer(topic, "s");
        assertThat(lastAttach().name()).isEqualTo("s|global");
        assertThat(lastSource().capabilities()).containsExactly(Capability.TOPIC, Capability.SHARED, Capability.GLOBAL);
        try (Connection named = new GodwitConnectionFactory(peer.uri() + "?jms.clientID=me").createConnection()) {
            named.createSession().createDurableConsumer(topic, "d");
            assertThat(lastAttach().name()).isEqualTo("d");
            assertThat(lastSource().durability()).isEqualTo(TerminusDurability.UNSETTLED_STATE);
            assertThat(lastSource().expiryPolicy()).isEqualTo(ExpiryPolicy.NEVER);
            assertThatThrownBy(() -> named.createSession().unsubscribe("none"))
                    .isInstanceOf(InvalidDestinationException.class);
        }
    }

    @Test
    void secondConsumerOfADurableSubscriptionFailsAtOnce() throws Exception {
        try (Connection named = new GodwitConnectionFactory(peer.uri() + "?jms.clientID=me").createConnection()) {
            Session durable = named.createSession();
            durable.createDurableConsumer(durable.createTopic("t"), "d");
            assertThatThrownBy(() -> durable.createDurableConsumer(durable.createTopic("t"), "d"))
                    .isInstanceOf(JMSException.class)
                    .hasMessageContaining("creating a consumer")
                    .hasMessageNotContaining("no answer within");
        }
    }

    @Test
    void sessionThatTheBrokerEndsWakesItsReceivers() throws Exception {
        MessageConsumer consumer = session.createConsumer(queue);
        peer.endConsumingSessions();
        assertThatThrownBy(consumer::receive)
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("the broker ended the session");
    }

    @Test
    void selectorThatTheBrokerLeavesOutIsAnError() {
        peer.appliesNoFilters = true;
        assertThatThrownBy(() -> session.createConsumer(queue, "a = 1"))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("does not offer selectors");
    }

    @Test
    void refusedDestinationLeavesTheSessionUsable() throws Exception {
        assertThatThrownBy(() -> session.createProducer(session.createQueue("refuse-1")))
                .isInstanceOf(InvalidDestinationException.class)
                .hasMessageContaining("no queue refuse-1");
        assertThatThrownBy(() -> session.createConsumer(session.createQueue("refuse-2")))
                .isInstanceOf(InvalidDestinationException.class);
        session.createProducer(queue).send(session.createTextMessage("fine"));
    }

    @Test
    void rejectedMessageThrowsTheReason() throws Exception {
        MessageProducer producer = session.createProducer(session.createQueue("reject-1"));
        assertThatThrownBy(() -> producer.send(session.createTextMessage("x")))
                .isInstanceOf(JMSException.class)
                .hasMessage(
                        "sending to queue \"reject-1\": the broker rejected the message: not here (amqp:not-allowed)");
    }

    @Test
    void sendWithoutCreditEndsAndWasNeverSent() throws Exception {
        MessageProducer producer = session.createProducer(session.createQueue("full-1"));
        assertThatThrownBy(() -> producer.send(session.createTextMessage("x")))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("no answer within 300 ms")
                .hasMessageContaining("never sent");
    }

    @Test
    void clientIdentifierInUseIsSaidSo() {
        assertThatThrownBy(() -> new GodwitConnectionFactory(peer.uri() + "?jms.clientID=taken").createConnection())
                .isInstanceOf(InvalidClientIDException.class)
                .hasMessageContaining("in use");
    }

    @Test
    void clientIdentifierSetLaterIsTheContainersName() throws Exception {
        try (Connection named = new GodwitConnectionFactory(peer.uri()).createConnection()) {
            named.setClientID("late");
            named.start();
            assertThat(peer.opens.get(peer.opens.size() - 1).containerId()).isEqualTo("late");
            assertThat(peer.opens.get(peer.opens.size() - 1).desiredCapabilities())
                    .contains(Capability.SOLE_CONNECTION);
            await().until(() -> peer.connections.size() == 2);
        }
    }

    @Test
    void prefixesOfTheBrokerAreTakenAndGivenBack() throws Exception {
        peer.openProperties = Map.of(Symbol.of("queue-prefix"), "queue://");
        try (Connection prefixed = new GodwitConnectionFactory(peer.uri()).createConnection()) {
            prefixed.start();
            Session other = prefixed.createSession();
            MessageConsumer consumer = other.createConsumer(queue);
            assertThat(lastSource().address()).isEqualTo("queue://q");
            other.createProducer(queue).send(other.createTextMessage("x"));
            assertThat(consumer.receive(SOON_MILLIS).getJMSDestination()).isEqualTo(queue);
        }
    }

    @Test
    void forcedCloseTellsTheExceptionListenerAndWakesReceivers() throws Exception {
        ConcurrentLinkedQueue<JMSException> told = new ConcurrentLinkedQueue<>();
        connection.setExceptionListener(told::add);
        MessageConsumer consumer = session.createConsumer(queue);
        session.createConsumer(queue);
        var server = peer.connections.get(0);
        server.loop().execute(() -> server.close(AmqpError.CONNECTION_FORCED.because("going down")));
        assertThatThrownBy(consumer::receive).isInstanceOf(JMSException.class).hasMessageContaining("going down");
        await().until(() -> !told.isEmpty());
        connection.close();
        assertThat(told)
                .hasSize(1)
                .first()
                .extracting(Throwable::getMessage)
                .asString()
                .contains("going down");
    }

    @Test
    void lostSocketLeavesASendInDoubt() throws Exception {
        MessageProducer producer = session.createProducer(session.createQueue("full-2"));
        var server = peer.connections.get(0);
        server.loop().execute(server::abort);
        assertThatThrownBy(() -> producer.send(session.createTextMessage("x"))).isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> session.createConsumer(queue))
                .isInstanceOf(JMSException.class)
                .hasMessageContaining("lost");
    }
}
