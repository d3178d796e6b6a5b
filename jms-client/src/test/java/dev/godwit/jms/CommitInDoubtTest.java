package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.CuttableWire;
import jakarta.jms.Connection;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TransactionRolledBackException;
import jakarta.jms.TransactionRolledBackRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections that are cut while a transaction is being committed: whoever commits hears what became of it. */
@Timeout(300)
final class CommitInDoubtTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    /** With a journal of its own. */
    @RegisterExtension
    static final BrokerExtension OTHER = new BrokerExtension();

    /** More than a commit, and the sends before it, take in either direction. */
    private static final int BYTES_MAX = 5_000;

    /** What comes before a commit may be cut with it, as a flow of the broker's: then it is made again, so often. */
    private static final int ATTEMPTS_MAX = 20;

    private static String uri(CuttableWire wire) {
        return "failover:(amqp://127.0.0.1:" + wire.port() + ")?failover.maxReconnectDelay=100";
    }

    /** When a commit begins, all that was sent has its answer. */
    private static String waitingUri(CuttableWire wire) {
        return uri(wire) + "&jms.forceSyncSend=true";
    }

    /** In whichever frame the connection is cut, and whether the broker knows that it was: the transaction is in both queues or in none. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, false", "true, true", "false, true"})
    void knowsWhatBecameOfACommitInWhicheverFrameItIsCut(boolean toBroker, boolean brokerKeeps) throws Exception {
        List<String> committed = new ArrayList<>();
        List<String> rolledBack = new ArrayList<>();
        String name = "cut-" + toBroker + "-" + brokerKeeps;
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                Connection connection = new GodwitConnectionFactory(uri(wire)).createConnection()) {
            Session session = connection.createSession(Session.SESSION_TRANSACTED);
            List<MessageProducer> producers = List.of(
                    session.createProducer(session.createQueue(name + "-1")),
                    session.createProducer(session.createQueue(name + "-2")));
            boolean wasCut = true;
            for (int bytes = Cuts.FIRST_BYTES; wasCut && bytes < BYTES_MAX; bytes += Cuts.STEP_BYTES) {
                String text = Integer.toString(bytes);
                for (MessageProducer producer : producers) {
                    producer.send(session.createTextMessage(text));
                }
                wire.cutAfter(bytes, toBroker, brokerKeeps);
                try {
                    session.commit();
                    committed.add(text);
                } catch (TransactionRolledBackException known) {
                    rolledBack.add(text);
                }
                wasCut = !wire.isYetToCut();
            }
            assertThat(wasCut).as("more bytes than a commit takes").isFalse();
        }
        assertThat(committed).as(Cuts.again()).hasSizeGreaterThan(1);
        assertThat(rolledBack).as(Cuts.again()).isNotEmpty();
        assertThat(BROKER.contents(name + "-1")).as(Cuts.again()).isEqualTo(committed);
        assertThat(BROKER.contents(name + "-2")).as(Cuts.again()).isEqualTo(committed);
    }

    @Test
    void commitsAContextWhoseAnswerIsLost() throws Exception {
        List<String> committed = new ArrayList<>();
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                JMSContext context =
                        new GodwitConnectionFactory(waitingUri(wire)).createContext(JMSContext.SESSION_TRANSACTED)) {
            Queue queue = context.createQueue("context");
            for (int attempt = 0; committed.isEmpty() && attempt < ATTEMPTS_MAX; attempt++) {
                String text = Integer.toString(attempt);
                context.createProducer().send(queue, text);
                wire.cutAfter(0, false, false);
                try {
                    context.commit();
                    committed.add(text);
                } catch (TransactionRolledBackRuntimeException known) {
                    // Its connection was cut before the commit was sent.
                }
                assertThat(wire.isYetToCut()).isFalse();
            }
        }
        assertThat(committed).hasSize(1);
        assertThat(BROKER.contents("context")).isEqualTo(committed);
    }

    @Test
    void commitsWithinAListenerWhoseAnswerIsLost() throws Exception {
        List<String> failures = new CopyOnWriteArrayList<>();
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                Connection connection = new GodwitConnectionFactory(waitingUri(wire)).createConnection()) {
            Session session = connection.createSession(Session.SESSION_TRANSACTED);
            Queue from = session.createQueue("listened-from");
            MessageProducer producer = session.createProducer(session.createQueue("listened-to"));
            MessageConsumer consumer = session.createConsumer(from);
            consumer.setMessageListener(message -> {
                try {
                    producer.send(message);
                    wire.cutAfter(0, false, false);
                    session.commit();
                } catch (JMSException failed) {
                    failures.add(failed.toString());
                    rollBack(session, failures);
                }
            });
            connection.start();
            try (JMSContext context = BROKER.factory().createContext()) {
                for (int i = 0; i < 5; i++) {
                    context.createProducer().send(context.createQueue("listened-from"), Integer.toString(i));
                }
            }
            await().until(() -> ready("listened-to") == 5);
            wire.cutAfter(Integer.MAX_VALUE, false, false);
        }
        // What is cut before its commit was sent comes again; whose commit was sent does not.
        assertThat(failures).allMatch(each -> each.contains("TransactionRolledBackException"));
        assertThat(BROKER.contents("listened-to")).containsExactly("0", "1", "2", "3", "4");
        assertThat(BROKER.contents("listened-from")).isEmpty();
    }

    private static void rollBack(Session session, List<String> failures) {
        try {
            session.rollback();
        } catch (JMSException failed) {
            failures.add(failed.toString());
        }
    }

    private static long ready(String queue) {
        return BROKER.broker().queueStatistics().join().stream()
                .filter(each -> each.queue().equals(queue))
                .mapToLong(each -> each.ready())
                .sum();
    }

    /** A broker with another journal knows nothing of what the first one has done. */
    @Test
    void staysInDoubtWhenAnotherBrokerIsAsked() throws Exception {
        int attempt = 0;
        while (!isInDoubtElsewhere() && attempt < ATTEMPTS_MAX) {
            attempt++;
        }
        assertThat(attempt).isLessThan(ATTEMPTS_MAX);
        assertThat(BROKER.contents("elsewhere")).containsExactly("1");
    }

    /** Commits on one broker, and is cut, and fails over to the other one. False when it was cut before it committed. */
    private static boolean isInDoubtElsewhere() throws Exception {
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                Connection connection = new GodwitConnectionFactory("failover:(amqp://127.0.0.1:" + wire.port() + ","
                                + OTHER.uri() + ")?jms.forceSyncSend=true")
                        .createConnection()) {
            Session session = connection.createSession(Session.SESSION_TRANSACTED);
            session.createProducer(session.createQueue("elsewhere")).send(session.createTextMessage("1"));
            wire.cutAfter(0, false, false);
            JMSException doubt = catchThrowableOfType(JMSException.class, session::commit);
            if (doubt instanceof TransactionRolledBackException) {
                return false;
            }
            assertThat(doubt).extracting(JMSException::getErrorCode).isEqualTo("TRANSACTION_IN_DOUBT");
            return true;
        }
    }
}
