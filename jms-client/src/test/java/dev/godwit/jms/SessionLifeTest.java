package dev.godwit.jms;

import static dev.godwit.jms.Clients.next;
import static dev.godwit.jms.Clients.nextText;
import static dev.godwit.jms.Clients.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.session.ClientConnection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions: their order, transactions, acknowledgements and threads. */
@Timeout(60)
class SessionLifeTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private List<String> left() throws JMSException {
        var consumer = clients.session().createConsumer(clients.queue());
        var texts = new ArrayList<String>();
        for (Message message = nothing(consumer); message != null; message = nothing(consumer)) {
            texts.add(message.getBody(String.class));
        }
        return texts;
    }

    @Test
    void sessionTellsItsMode() throws JMSException {
        var connection = clients.stopped();
        for (int mode : new int[] {
            Session.SESSION_TRANSACTED,
            Session.AUTO_ACKNOWLEDGE,
            Session.CLIENT_ACKNOWLEDGE,
            Session.DUPS_OK_ACKNOWLEDGE,
            ClientConnection.INDIVIDUAL_ACKNOWLEDGE
        }) {
            var session = connection.createSession(mode);
            assertThat(session.getAcknowledgeMode()).isEqualTo(mode);
            assertThat(session.getTransacted()).isEqualTo(mode == Session.SESSION_TRANSACTED);
        }
        assertThat(connection.createSession(true, 77).getAcknowledgeMode()).isEqualTo(Session.SESSION_TRANSACTED);
        assertThat(connection.createSession(false, Session.CLIENT_ACKNOWLEDGE).getAcknowledgeMode())
                .isEqualTo(Session.CLIENT_ACKNOWLEDGE);
        assertThatThrownBy(() -> connection.createSession(false, Session.SESSION_TRANSACTED))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> connection.createSession(4)).isInstanceOf(JMSException.class);
    }

    @Test
    @JmsSpec("6.2.7/commit")
    void commitMakesReceiptsAndSendsReal() throws JMSException {
        clients.send("in");
        var session = clients.session(Session.SESSION_TRANSACTED);
        var out = session.createQueue(clients.name() + "-out");
        assertThat(nextText(session.createConsumer(clients.queue()))).isEqualTo("in");
        session.createProducer(out).send(session.createTextMessage("out"));
        var outside = clients.session().createConsumer(out);
        assertThat(nothing(outside)).isNull();
        session.commit();
        assertThat(nextText(outside)).isEqualTo("out");
        session.createProducer(out).send(session.createTextMessage("next"));
        assertThat(nothing(outside)).isNull();
        session.commit();
        assertThat(nextText(outside)).isEqualTo("next");
        session.close();
        assertThat(left()).isEmpty();
    }

    @Test
    @JmsSpec("6.2.7/rollback")
    void rollbackUndoesReceiptsAndSends() throws JMSException {
        clients.send("a", "b", "c");
        var session = clients.session(Session.SESSION_TRANSACTED);
        var consumer = session.createConsumer(clients.queue());
        assertThat(nextText(consumer)).isEqualTo("a");
        assertThat(nextText(consumer)).isEqualTo("b");
        session.createProducer(clients.queue()).send(session.createTextMessage("undone"));
        session.rollback();
        for (String text : new String[] {"a", "b"}) {
            var again = next(consumer);
            assertThat(again.getBody(String.class)).isEqualTo(text);
            assertThat(again.getJMSRedelivered()).isTrue();
        }
        var fresh = next(consumer);
        assertThat(fresh.getBody(String.class)).isEqualTo("c");
        assertThat(fresh.getJMSRedelivered()).isFalse();
        session.commit();
        assertThat(nothing(consumer)).isNull();
    }

    @Test
    @JmsSpec("10.3/illegal-state")
    void onlyTransactedSessionsCommit() throws JMSException {
        var plain = clients.session();
        assertThatThrownBy(plain::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(plain::rollback).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(clients.session(Session.SESSION_TRANSACTED)::recover)
                .isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @JmsSpec("6.2.9/order")
    @ValueSource(ints = {DeliveryMode.PERSISTENT, DeliveryMode.NON_PERSISTENT})
    void messagesComeInTheOrderOfSending(int mode) throws JMSException {
        var session = clients.session();
        var one = session.createProducer(clients.queue());
        var two = session.createProducer(null);
        for (int i = 0; i < 100; i++) {
            var message = session.createTextMessage("" + i);
            if (i % 2 == 0) {
                one.send(message, mode, Message.DEFAULT_PRIORITY, 0);
            } else {
                two.send(clients.queue(), message, mode, Message.DEFAULT_PRIORITY, 0);
            }
        }
        var consumer = clients.session().createConsumer(clients.queue());
        var evens = new ArrayList<Integer>();
        var odds = new ArrayList<Integer>();
        for (int i = 0; i < 100; i++) {
            int number = Integer.parseInt(nextText(consumer));
            (number % 2 == 0 ? evens : odds).add(number);
        }
        assertThat(evens).hasSize(50).isSorted();
        assertThat(odds).hasSize(50).isSorted();
    }

    @ParameterizedTest
    @JmsSpec({"6.2.10/auto", "6.2.10/dups-ok", "6.2.11/acknowledged", "3.6/ignored"})
    @ValueSource(ints = {Session.AUTO_ACKNOWLEDGE, Session.DUPS_OK_ACKNOWLEDGE})
    void automaticModesForgetWhatWasReceived(int mode) throws JMSException {
        clients.send("a", "b");
        var session = clients.session(mode);
        var consumer = session.createConsumer(clients.queue());
        var received = next(consumer);
        received.acknowledge();
        session.close();
        assertThat(left()).containsExactly("b");
    }

    @Test
    @JmsSpec({"6.2.10/client", "6.2.10/recover"})
    void clientAcknowledgesTheWholeSession() throws JMSException {
        clients.send("a", "b", "c", "d");
        var session = clients.session(Session.CLIENT_ACKNOWLEDGE);
        var one = session.createConsumer(clients.queue());
        nextText(one);
        next(one).acknowledge();
        assertThat(nextText(one)).isEqualTo("c");
        session.recover();
        var again = next(one);
        assertThat(again.getBody(String.class)).isEqualTo("c");
        assertThat(again.getJMSRedelivered()).isTrue();
        assertThat(again.getIntProperty("JMSXDeliveryCount")).isEqualTo(2);
        session.close();
        assertThat(left()).containsExactly("c", "d");
    }

    @Test
    @JmsSpec("6.2.10/client")
    void contextAcknowledges() throws JMSException {
        clients.send("a", "b");
        try (var context = clients.context(JMSContext.CLIENT_ACKNOWLEDGE)) {
            var consumer = context.createConsumer(clients.queue());
            assertThat(consumer.receiveBody(String.class, Clients.SOON_MILLIS)).isEqualTo("a");
            context.acknowledge();
            assertThat(consumer.receiveBody(String.class, Clients.SOON_MILLIS)).isEqualTo("b");
        }
        assertThat(left()).containsExactly("b");
        clients.context().acknowledge();
        clients.context(JMSContext.SESSION_TRANSACTED).acknowledge();
    }

    @Test
    void individualAcknowledgementIsForOneMessage() throws JMSException {
        clients.send("a", "b", "c", "d");
        var session = clients.session(ClientConnection.INDIVIDUAL_ACKNOWLEDGE);
        var consumer = session.createConsumer(clients.queue());
        var a = next(consumer);
        var b = next(consumer);
        next(consumer);
        b.acknowledge();
        b.acknowledge();
        session.recover();
        var again = next(consumer);
        assertThat(again.getBody(String.class)).isEqualTo("a");
        assertThat(again.getJMSRedelivered()).isTrue();
        assertThat(nextText(consumer)).isEqualTo("c");
        // What was recovered is acknowledged as it came again, not as it came before.
        a.acknowledge();
        session.close();
        assertThat(left()).containsExactly("a", "c", "d");
    }

    @Test
    void individualAcknowledgementOfARecoveredMessageIsForItsNewDelivery() throws JMSException {
        clients.send("a", "b");
        var session = clients.session(ClientConnection.INDIVIDUAL_ACKNOWLEDGE);
        var consumer = session.createConsumer(clients.queue());
        next(consumer);
        next(consumer);
        session.recover();
        next(consumer).acknowledge();
        session.close();
        assertThat(left()).containsExactly("b");
    }

    @Test
    void individualAcknowledgementWorksInListenersAndContexts() throws Exception {
        clients.send("keep", "take", "keep too");
        try (var context = clients.context(ClientConnection.INDIVIDUAL_ACKNOWLEDGE)) {
            assertThat(context.getSessionMode()).isEqualTo(ClientConnection.INDIVIDUAL_ACKNOWLEDGE);
            var seen = new CountDownLatch(3);
            var failures = new ConcurrentLinkedQueue<JMSException>();
            context.createConsumer(clients.queue()).setMessageListener(message -> {
                try {
                    if (message.getBody(String.class).equals("take")) {
                        message.acknowledge();
                    }
                } catch (JMSException failed) {
                    failures.add(failed);
                }
                seen.countDown();
            });
            assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(failures).isEmpty();
        }
        assertThat(left()).containsExactly("keep", "keep too");
    }

    @Test
    @JmsSpec("6.2.13/one")
    void listenersOfASessionRunOneAtATime() throws Exception {
        var connection = clients.stopped();
        var session = connection.createSession();
        var inside = new AtomicInteger();
        var together = new AtomicInteger();
        var threads = new ConcurrentLinkedQueue<Thread>();
        for (var destination : List.of(clients.queue(), clients.queue(), session.createQueue(clients.name() + "-2"))) {
            session.createConsumer(destination).setMessageListener(message -> {
                together.accumulateAndGet(inside.incrementAndGet(), Math::max);
                threads.add(Thread.currentThread());
                inside.decrementAndGet();
            });
        }
        var sending = clients.session();
        for (int i = 0; i < 50; i++) {
            sending.createProducer(null).send(clients.queue(), sending.createMessage());
            sending.createProducer(null).send(sending.createQueue(clients.name() + "-2"), sending.createMessage());
        }
        connection.start();
        await().until(() -> threads.size() == 100);
        assertThat(together).hasValue(1);
        assertThat(threads.stream().distinct()).hasSize(1);
    }

    @Test
    @JmsSpec("6.2.14/two")
    void listenersOfTwoSessionsRunBesideEachOther() throws Exception {
        var connection = clients.started();
        var meeting = new CyclicBarrier(2);
        var met = new CountDownLatch(2);
        for (String name : new String[] {clients.name(), clients.name() + "-2"}) {
            var session = connection.createSession();
            session.createConsumer(session.createQueue(name)).setMessageListener(message -> {
                try {
                    meeting.await(10, TimeUnit.SECONDS);
                    met.countDown();
                } catch (Exception alone) {
                    throw new AssertionError(alone);
                }
            });
            session.createProducer(null).send(session.createQueue(name), session.createMessage());
        }
        assertThat(met.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @JmsSpec("6.2.6/second-listener")
    void secondListenerOfAContextIsSetWhileMessagesCome() throws Exception {
        var context = clients.context();
        var first = new CountDownLatch(50);
        var second = new CountDownLatch(50);
        var other = context.createQueue(clients.name() + "-2");
        var inside = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        context.createConsumer(clients.queue()).setMessageListener(message -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
            first.countDown();
        });
        var sending = clients.context();
        for (int i = 0; i < 50; i++) {
            sending.createProducer().send(clients.queue(), "a").send(other, "b");
        }
        inside.await();
        context.createConsumer(other).setMessageListener(message -> second.countDown());
        goOn.countDown();
        assertThat(first.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();
    }
}
