package dev.godwit.jms;

import static dev.godwit.jms.Clients.inBackground;
import static dev.godwit.jms.Clients.next;
import static dev.godwit.jms.Clients.nextText;
import static dev.godwit.jms.Clients.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.Connection;
import jakarta.jms.ExceptionListener;
import jakarta.jms.IllegalStateException;
import jakarta.jms.IllegalStateRuntimeException;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.InvalidClientIDRuntimeException;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The life of a connection, and of the contexts that share one: named, started, stopped, closed. */
@Timeout(60)
class ConnectionLifeTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    @Test
    @JmsSpec({"6.1.2/configured", "6.1.2/in-use", "10.3/client-id", "10.3/unchecked"})
    void clientIdentifierHasOneOwnerAndIsNotChanged() throws JMSException {
        var configured = BROKER.factory("?jms.clientID=" + clients.name());
        Connection owner = clients.opened(configured.createConnection());
        assertThat(owner.getClientID()).isEqualTo(clients.name());
        assertThatThrownBy(() -> owner.setClientID("another")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(configured::createConnection).isInstanceOf(InvalidClientIDException.class);
        Connection second = clients.stopped();
        assertThatThrownBy(() -> second.setClientID(clients.name())).isInstanceOf(InvalidClientIDException.class);
        assertThatThrownBy(() -> second.setClientID(null)).isInstanceOf(InvalidClientIDException.class);
        var context = clients.context();
        assertThatThrownBy(() -> context.setClientID(clients.name()))
                .isInstanceOf(InvalidClientIDRuntimeException.class);
        owner.close();
        second.setClientID(clients.name());
        assertThat(second.getClientID()).isEqualTo(clients.name());
    }

    @Test
    @JmsSpec("6.1.2/first")
    void clientIdentifierComesFirst() throws JMSException {
        var withASession = clients.stopped();
        withASession.createSession();
        assertThatThrownBy(() -> withASession.setClientID("late")).isInstanceOf(IllegalStateException.class);
        var started = clients.started();
        assertThatThrownBy(() -> started.setClientID("late")).isInstanceOf(IllegalStateException.class);
        var context = clients.context();
        context.createConsumer(clients.queue());
        assertThatThrownBy(() -> context.setClientID("late")).isInstanceOf(IllegalStateRuntimeException.class);
    }

    @Test
    @JmsSpec({"6.1.3/many", "6.2.1/many", "6.2.4/any", "6.2.3/names"})
    void sessionsWorkBesideEachOther() throws JMSException {
        var connection = clients.started();
        var one = connection.createSession();
        var two = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        var first = one.createQueue(clients.name());
        var second = two.createQueue(clients.name() + "-2");
        var message = one.createTextMessage("made by the other");
        two.createProducer(first).send(message);
        two.createProducer(second).send(message);
        assertThat(nextText(one.createConsumer(first))).isEqualTo("made by the other");
        assertThat(nextText(one.createConsumer(second))).isEqualTo("made by the other");
    }

    @Test
    @JmsSpec({"2.14/concurrent", "5.2/value"})
    void factoryConnectionAndDestinationsAreForManyThreads() throws Exception {
        var factory = BROKER.factory();
        var connection = clients.started();
        var queue = clients.queue();
        var together = new CountDownLatch(8);
        var threads = new ArrayList<CompletableFuture<Integer>>();
        for (int i = 0; i < 8; i++) {
            threads.add(inBackground(() -> {
                together.countDown();
                together.await();
                int received = 0;
                for (int round = 0; round < 5; round++) {
                    try (var session = connection.createSession(Session.SESSION_TRANSACTED)) {
                        session.createProducer(queue).send(session.createTextMessage("a"));
                        session.commit();
                        nextText(session.createConsumer(queue));
                        session.commit();
                        received++;
                    }
                }
                try (var own = factory.createContext()) {
                    own.createProducer().send(queue, "b");
                    own.createConsumer(queue).receive(Clients.SOON_MILLIS);
                }
                return received;
            }));
        }
        for (var thread : threads) {
            assertThat(thread.get()).isEqualTo(5);
        }
        assertThat(nothing(connection.createSession().createConsumer(queue))).isNull();
    }

    @Test
    @JmsSpec("6.1.4/stopped")
    void newConnectionSendsAndDoesNotReceive() throws JMSException {
        var connection = clients.stopped();
        var session = connection.createSession();
        session.createProducer(clients.queue()).send(session.createTextMessage("sent while stopped"));
        var consumer = session.createConsumer(clients.queue());
        assertThat(nothing(consumer)).isNull();
        assertThat(consumer.receiveNoWait()).isNull();
        connection.start();
        assertThat(nextText(consumer)).isEqualTo("sent while stopped");
    }

    @Test
    @JmsSpec({"6.1.4/automatic", "8.4/start"})
    void contextStartsByItselfUnlessToldNotTo() throws JMSException {
        clients.send("a", "b");
        var context = clients.context();
        assertThat(context.getAutoStart()).isTrue();
        assertThat(context.createConsumer(clients.queue()).receiveBody(String.class, Clients.SOON_MILLIS))
                .isEqualTo("a");
        context.close();
        var patient = clients.context();
        patient.setAutoStart(false);
        assertThat(patient.getAutoStart()).isFalse();
        var consumer = patient.createConsumer(clients.queue());
        assertThat(consumer.receive(Clients.NOTHING_MILLIS)).isNull();
        patient.start();
        assertThat(consumer.receiveBody(String.class, Clients.SOON_MILLIS)).isEqualTo("b");
        patient.stop();
        clients.send("c");
        assertThat(consumer.receive(Clients.NOTHING_MILLIS)).isNull();
        patient.start();
        assertThat(consumer.receiveBody(String.class, Clients.SOON_MILLIS)).isEqualTo("c");
    }

    @Test
    @JmsSpec({"6.1.5/nothing", "6.1.5/twice"})
    void stoppedConnectionDeliversNothing() throws Exception {
        var connection = clients.started();
        var session = connection.createSession();
        var consumer = session.createConsumer(clients.queue());
        var heard = new CountDownLatch(1);
        connection
                .createSession()
                .createConsumer(connection.createSession().createQueue(clients.name() + "-2"))
                .setMessageListener(message -> heard.countDown());
        connection.start();
        connection.stop();
        connection.stop();
        clients.send("a");
        session.createProducer(session.createQueue(clients.name() + "-2")).send(session.createMessage());
        assertThat(nothing(consumer)).isNull();
        assertThat(consumer.receiveNoWait()).isNull();
        assertThat(heard.getCount()).isEqualTo(1);
        var waiting = inBackground(() -> nextText(consumer));
        connection.start();
        connection.start();
        assertThat(waiting.get()).isEqualTo("a");
        assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @JmsSpec({"6.1.6/facts", "3.5.9/names"})
    void metadataTellsWhoWeAre() throws JMSException {
        var facts = clients.stopped().getMetaData();
        assertThat(facts.getJMSMajorVersion()).isEqualTo(3);
        assertThat(facts.getJMSMinorVersion()).isEqualTo(1);
        assertThat(facts.getJMSVersion()).isEqualTo("3.1");
        assertThat(facts.getJMSProviderName()).isEqualTo("Godwit");
        assertThat(facts.getProviderVersion())
                .startsWith(facts.getProviderMajorVersion() + "." + facts.getProviderMinorVersion());
        Enumeration<?> names = facts.getJMSXPropertyNames();
        assertThat(Collections.list(names))
                .map(String::valueOf)
                .contains("JMSXGroupID", "JMSXGroupSeq", "JMSXDeliveryCount");
    }

    @Test
    void exceptionListenerIsWhoWasSet() throws JMSException {
        var connection = clients.stopped();
        assertThat(connection.getExceptionListener()).isNull();
        ExceptionListener listener = failure -> {};
        connection.setExceptionListener(listener);
        assertThat(connection.getExceptionListener()).isSameAs(listener);
    }

    @Test
    @JmsSpec({"6.1.8/listeners", "6.2.15/shutdown"})
    void closeWaitsForAListenerThatGoesOnWorking() throws Exception {
        for (boolean wholeConnection : new boolean[] {true, false}) {
            var connection = clients.started();
            var session = connection.createSession(Session.SESSION_TRANSACTED);
            var inside = new CountDownLatch(1);
            var goOn = new CountDownLatch(1);
            var worked = new AtomicReference<String>();
            var producer = session.createProducer(session.createQueue(clients.name() + "-out"));
            session.createConsumer(clients.queue()).setMessageListener(message -> {
                inside.countDown();
                try {
                    goOn.await();
                    producer.send(message);
                    session.commit();
                    worked.set("done");
                } catch (JMSException | InterruptedException failed) {
                    worked.set(failed.toString());
                }
            });
            clients.send("a");
            inside.await();
            var close = inBackground(() -> {
                if (wholeConnection) {
                    connection.close();
                } else {
                    session.close();
                }
                return worked.get();
            });
            await().until(() -> refuses(wholeConnection ? connection::getClientID : session::getTransacted));
            goOn.countDown();
            assertThat(close.get()).isEqualTo("done");
            var checking = clients.session();
            assertThat(nextText(checking.createConsumer(checking.createQueue(clients.name() + "-out"))))
                    .isEqualTo("a");
            checking.close();
        }
    }

    /** What is closed refuses everything, from the moment that its close begins. */
    private static boolean refuses(ThrowingCallable call) {
        try {
            call.call();
            return false;
        } catch (Throwable refused) {
            return refused instanceof IllegalStateException;
        }
    }

    @Test
    @JmsSpec({"6.1.8/receives", "6.2.15/shutdown", "8.8/receive"})
    void closeReturnsAfterTheReceives() throws Exception {
        for (int what = 0; what < 3; what++) {
            var connection = clients.started();
            var session = connection.createSession();
            var consumer = session.createConsumer(clients.queue());
            var receiving = new AtomicReference<Thread>();
            var received = inBackground(() -> {
                receiving.set(Thread.currentThread());
                return "" + consumer.receive();
            });
            await().until(() -> {
                Thread thread = receiving.get();
                return thread != null
                        && (thread.getState() == Thread.State.WAITING
                                || thread.getState() == Thread.State.TIMED_WAITING);
            });
            switch (what) {
                case 0 -> consumer.close();
                case 1 -> session.close();
                default -> connection.close();
            }
            assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo("null");
        }
    }

    @Test
    @JmsSpec({"6.1.8/rollback", "6.2.15/rollback"})
    void closeRollsBackAndAcknowledgesNothing() throws JMSException {
        for (boolean wholeConnection : new boolean[] {true, false}) {
            for (int mode : new int[] {Session.SESSION_TRANSACTED, Session.CLIENT_ACKNOWLEDGE}) {
                var name = clients.name() + '-' + mode + wholeConnection;
                var connection = clients.started();
                var session = connection.createSession(mode);
                var checking = clients.session();
                var queue = checking.createQueue(name);
                checking.createProducer(queue).send(checking.createTextMessage("a"));
                assertThat(nextText(session.createConsumer(queue))).isEqualTo("a");
                if (mode == Session.SESSION_TRANSACTED) {
                    session.createProducer(queue).send(session.createTextMessage("rolled back"));
                }
                if (wholeConnection) {
                    connection.close();
                } else {
                    session.close();
                }
                var consumer = checking.createConsumer(queue);
                var again = next(consumer);
                assertThat(again.getBody(String.class)).isEqualTo("a");
                assertThat(again.getJMSRedelivered()).isTrue();
                assertThat(nothing(consumer)).isNull();
            }
        }
    }

    @Test
    @JmsSpec({"6.1.8/used", "6.1.8/twice", "6.2.15/used"})
    void closedObjectsRefuseAllButClose() throws JMSException {
        for (boolean wholeConnection : new boolean[] {true, false}) {
            Connection connection = clients.started();
            var session = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
            var queue = session.createQueue(clients.name());
            var producer = session.createProducer(queue);
            var consumer = session.createConsumer(queue);
            var browser = session.createBrowser(queue);
            var looked = session.createBrowser(queue);
            looked.getEnumeration();
            producer.send(session.createTextMessage("a"));
            Message received = next(consumer);
            if (wholeConnection) {
                connection.close();
            } else {
                session.close();
            }
            for (ThrowingCallable call : new ThrowingCallable[] {
                received::acknowledge,
                () -> producer.send(received),
                () -> producer.setPriority(3),
                producer::getDestination,
                producer::getTimeToLive,
                consumer::receive,
                () -> consumer.receive(1),
                consumer::receiveNoWait,
                consumer::getMessageSelector,
                consumer::getMessageListener,
                () -> consumer.setMessageListener(message -> {}),
                browser::getEnumeration,
                browser::getQueue,
                browser::getMessageSelector,
                session::createMessage,
                session::createTemporaryQueue,
                session::getTransacted,
                session::getAcknowledgeMode,
                session::recover,
                session::commit,
                session::rollback,
                session::getMessageListener,
                () -> session.createQueue("q"),
                () -> session.createTopic("t"),
                () -> session.createProducer(queue),
                () -> session.createConsumer(queue),
                () -> session.createBrowser(queue),
                () -> session.unsubscribe("s")
            }) {
                assertThatThrownBy(call).isInstanceOf(IllegalStateException.class);
            }
            if (wholeConnection) {
                for (ThrowingCallable call : new ThrowingCallable[] {
                    connection::start,
                    connection::stop,
                    connection::getClientID,
                    () -> connection.setClientID("late"),
                    connection::getMetaData,
                    connection::getExceptionListener,
                    () -> connection.setExceptionListener(null),
                    connection::createSession,
                    () -> connection.createSession(false, Session.AUTO_ACKNOWLEDGE),
                    () -> connection.createConnectionConsumer(queue, null, null, 1)
                }) {
                    assertThatThrownBy(call).isInstanceOf(IllegalStateException.class);
                }
            }
            assertThat(received.getBody(String.class)).isEqualTo("a");
            producer.close();
            consumer.close();
            browser.close();
            looked.close();
            session.close();
            connection.close();
            connection.close();
            try (var emptying = clients.session()) {
                assertThat(nextText(emptying.createConsumer(clients.queue()))).isEqualTo("a");
            }
        }
    }

    @Test
    @JmsSpec({"2.8/more-contexts", "2.8/unchecked", "6.2.6/create-context", "10.3/unchecked"})
    void contextsShareAConnectionAndTheLastOneClosesIt() throws Exception {
        var first = clients.context();
        var consumer = first.createConsumer(clients.queue());
        var second = inBackground(() -> first.createContext(JMSContext.SESSION_TRANSACTED))
                .get();
        assertThat(second.getSessionMode()).isEqualTo(JMSContext.SESSION_TRANSACTED);
        assertThat(second.getTransacted()).isTrue();
        second.createProducer().send(clients.queue(), "in a transaction of its own");
        assertThat(consumer.receive(Clients.NOTHING_MILLIS)).isNull();
        second.commit();
        assertThat(consumer.receiveBody(String.class, Clients.SOON_MILLIS)).isEqualTo("in a transaction of its own");
        first.close();
        first.close();
        for (ThrowingCallable call : new ThrowingCallable[] {
            first::start,
            first::stop,
            first::getClientID,
            () -> first.setClientID("late"),
            first::getMetaData,
            first::getExceptionListener,
            () -> first.setExceptionListener(null),
            first::createProducer,
            first::createTextMessage,
            first::commit,
            first::recover,
            first::acknowledge,
            () -> first.createContext(JMSContext.AUTO_ACKNOWLEDGE),
            () -> first.createConsumer(clients.queue()),
            consumer::receive
        }) {
            assertThatThrownBy(call).isInstanceOf(IllegalStateRuntimeException.class);
        }
        second.createProducer().send(clients.queue(), "still open");
        second.commit();
        second.close();
        assertThat(nextText(clients.session().createConsumer(clients.queue()))).isEqualTo("still open");
        assertThatThrownBy(() -> clients.context(4)).isInstanceOf(JMSRuntimeException.class);
    }

    @Test
    @JmsSpec({"6.1.5/listener", "6.1.8/listener", "10.3/unchecked"})
    void listenerOfAContextMayNotEndIt() throws Exception {
        var context = clients.context();
        var outcomes = new java.util.concurrent.LinkedBlockingQueue<String>();
        context.createConsumer(clients.queue()).setMessageListener(message -> {
            outcomes.add(Clients.thrown(context::stop));
            outcomes.add(Clients.thrown(context::close));
        });
        clients.send("a");
        assertThat(outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo("IllegalStateRuntimeException");
        assertThat(outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo("IllegalStateRuntimeException");
    }

    @Test
    @JmsSpec("10.2/parts")
    void exceptionTellsWhatAndWhy() throws JMSException {
        var session = clients.session();
        assertThatThrownBy(() -> session.createConsumer(clients.queue(), "no selector"))
                .isInstanceOfSatisfying(JMSException.class, failure -> {
                    assertThat(failure.getMessage()).contains(clients.name());
                    assertThat(failure.getErrorCode()).isEqualTo("INVALID_SELECTOR");
                    assertThat(failure.getLinkedException()).isNotNull();
                    assertThat(failure.getCause()).isSameAs(failure.getLinkedException());
                });
    }
}
