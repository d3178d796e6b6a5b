package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.message.GodwitTemporaryQueue;
import dev.godwit.jms.message.TemporaryDestinationOwner;
import dev.godwit.jms.provider.MessageEnvelope;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What connections, sessions and consumers promise, over a broker that does as the test says. */
@Timeout(20)
class SessionRulesTest {
    private final FakeBroker broker = new FakeBroker();
    private ClientConnection connection;
    private Session session;
    private Queue queue;

    @BeforeEach
    void connect() throws Exception {
        connection = broker.connect();
        session = connection.createSession();
        queue = session.createQueue("q");
    }

    @AfterEach
    void close() throws Exception {
        broker.silent = false;
        broker.refusal = null;
        connection.close();
    }

    private interface Call {
        void make() throws Exception;
    }

    private static CompletableFuture<String> inBackground(java.util.concurrent.Callable<String> call) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return String.valueOf(call.call());
            } catch (Exception thrown) {
                return thrown.getClass().getSimpleName();
            }
        });
    }

    private static String outcome(Call call) {
        try {
            call.make();
            return "fine";
        } catch (Exception thrown) {
            return thrown.getClass().getSimpleName();
        }
    }

    private static String text(Message message) throws JMSException {
        return message.getBody(String.class);
    }

    // Credit.

    @Test
    @JmsSpec("6.1.4/stopped")
    void grantsNothingBeforeTheConnectionIsStarted() throws Exception {
        session.createConsumer(queue);
        assertThat(broker.receiver().grants).isEmpty();
        connection.start();
        assertThat(broker.receiver().grants).containsExactly(1_000);
        session.createConsumer(queue);
        assertThat(broker.receiver().grants).containsExactly(1_000);
    }

    @Test
    @JmsSpec("6.2.10/over-run")
    void grantsAgainWhenHalfIsUsed() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        for (int i = 0; i < 499; i++) {
            broker.receiver().deliver("m" + i);
            consumer.receive();
        }
        assertThat(broker.receiver().grants).containsExactly(1_000);
        broker.receiver().deliver("m499");
        consumer.receive();
        assertThat(broker.receiver().grants).containsExactly(1_000, 500);
        assertThat(broker.receiver().credit()).isEqualTo(1_000);
    }

    @Test
    void withoutPrefetchAsksOnlyWhenAsked() throws Exception {
        try (ClientConnection eager = broker.connect(FakeBroker.settings(0))) {
            eager.start();
            MessageConsumer consumer = eager.createSession().createConsumer(queue);
            assertThat(broker.receiver().grants).isEmpty();
            assertThat(consumer.receive(1)).isNull();
            assertThat(broker.receiver().credit()).isZero();
            assertThat(broker.log).contains("drain");
        }
    }

    @Test
    void receiveThatHasWaitedAsksNobody() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        assertThat(consumer.receive(1)).isNull();
        assertThat(broker.log).doesNotContain("drain");
    }

    @Test
    void silenceOfTheBrokerIsNoMessage() throws Exception {
        try (ClientConnection quick = broker.connect(FakeBroker.settings(10, 50))) {
            quick.start();
            MessageConsumer consumer = quick.createSession().createConsumer(queue);
            broker.silent = true;
            assertThat(consumer.receiveNoWait()).isNull();
            broker.silent = false;
            broker.receiver().deliver("late");
            assertThat(text(consumer.receiveNoWait())).isEqualTo("late");
        }
    }

    // Acknowledgement.

    @Test
    @JmsSpec("6.2.10/auto")
    void automaticAcknowledgesEachMessage() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        broker.receiver().deliver("a");
        assertThat(text(consumer.receive())).isEqualTo("a");
        assertThat(broker.log).endsWith("ACCEPTED a");
    }

    @Test
    @JmsSpec("6.2.10/dups-ok")
    void dupsOkAcknowledgesWhenItHasNothingElseToDo() throws Exception {
        connection.start();
        MessageConsumer consumer =
                connection.createSession(Session.DUPS_OK_ACKNOWLEDGE).createConsumer(queue);
        broker.receiver().deliver("a");
        broker.receiver().deliver("b");
        consumer.receive();
        consumer.receive();
        assertThat(broker.log).doesNotContain("ACCEPTED a");
        consumer.receiveNoWait();
        assertThat(broker.log).containsSubsequence("ACCEPTED a", "ACCEPTED b", "drain");
    }

    @Test
    @JmsSpec("6.2.10/client")
    void clientAcknowledgesAllThatTheSessionHasDelivered() throws Exception {
        connection.start();
        Session client = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer first = client.createConsumer(queue);
        broker.receiver().deliver("a");
        MessageConsumer second = client.createConsumer(queue);
        broker.receiver().deliver("b");
        Message a = first.receive();
        second.receive();
        assertThat(broker.log).doesNotContain("ACCEPTED a", "ACCEPTED b");
        a.acknowledge();
        assertThat(broker.log).endsWith("ACCEPTED a", "ACCEPTED b");
    }

    @Test
    void closedClientSessionGivesBackWhatWasNotAcknowledged() throws Exception {
        connection.start();
        Session client = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = client.createConsumer(queue);
        broker.receiver().deliver("seen");
        broker.receiver().deliver("unseen");
        Message seen = consumer.receive();
        client.close();
        assertThat(broker.log).containsSubsequence("RELEASED unseen", "FAILED seen", "close session");
        assertThatThrownBy(seen::acknowledge).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @JmsSpec("6.2.10/recover")
    void recoverGivesTheMessagesAgainInTheirOrder() throws Exception {
        connection.start();
        Session client = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = client.createConsumer(queue);
        for (String each : new String[] {"a", "b", "c"}) {
            broker.receiver().deliver(each);
        }
        consumer.receive();
        consumer.receive();
        client.recover();
        Message again = consumer.receive();
        assertThat(text(again)).isEqualTo("a");
        assertThat(again.getJMSRedelivered()).isTrue();
        assertThat(again.getIntProperty("JMSXDeliveryCount")).isEqualTo(2);
        assertThat(text(consumer.receive())).isEqualTo("b");
        Message fresh = consumer.receive();
        assertThat(text(fresh)).isEqualTo("c");
        assertThat(fresh.getJMSRedelivered()).isFalse();
    }

    @Test
    void recoveredMessageOfAClosedConsumerGoesBackToTheBroker() throws Exception {
        connection.start();
        Session client = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = client.createConsumer(queue);
        broker.receiver().deliver("a");
        consumer.receive();
        consumer.close();
        client.recover();
        assertThat(broker.log).endsWith("FAILED a");
    }

    @Test
    void recoverWithinAListenerGivesTheMessageAgain() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        consumer.setMessageListener(message -> {
            seen.add(outcome(() -> {
                if (!message.getJMSRedelivered()) {
                    session.recover();
                }
            }));
        });
        broker.receiver().deliver("a");
        await().until(() -> broker.log.contains("ACCEPTED a"));
        assertThat(seen).containsExactly("fine", "fine");
        assertThat(broker.log.stream().filter(entry -> entry.endsWith(" a"))).containsExactly("ACCEPTED a");
    }

    @Test
    @JmsSpec("8.7/throws-auto")
    void listenersExceptionCountsAsAFailedAttempt() throws Exception {
        connection.start();
        session.createConsumer(queue).setMessageListener(message -> {
            throw new java.lang.IllegalStateException("no");
        });
        broker.receiver().deliver("a");
        await().until(() -> broker.log.contains("FAILED a"));
        broker.receiver().deliver("b");
        await().until(() -> broker.log.contains("FAILED b"));
    }

    @Test
    void failureAfterFailureSendsLittleBackAndForth() throws Exception {
        connection.start();
        session.createConsumer(queue).setMessageListener(message -> {
            if (!textOf(message).startsWith("good")) {
                throw new java.lang.IllegalStateException("no");
            }
        });
        FakeBroker.FakeReceiver receiver = broker.receiver();
        for (int i = 0; i < 5; i++) {
            String failed = "FAILED bad" + i;
            receiver.deliver("bad" + i);
            await().until(() -> broker.log.contains(failed) && receiver.credit() > 0);
            assertThat(receiver.credit()).isEqualTo(1);
        }
        assertThat(receiver.grants).containsExactly(1_000, 1, 1, 1, 1, 1);
        for (int i = 0; receiver.credit() < 900; i++) {
            String accepted = "ACCEPTED good" + i;
            receiver.deliver("good" + i);
            await().until(() -> broker.log.contains(accepted));
            assertThat(i).as("messages until all is as before").isLessThan(100);
        }
        receiver.deliver("bad");
        await().until(() -> broker.log.contains("FAILED bad") && receiver.credit() == 1);
    }

    private static String textOf(Message message) {
        try {
            return text(message);
        } catch (JMSException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    @Test
    void closeDoesNotWaitForABrokerThatGivesNothingBack() throws Exception {
        try (ClientConnection patient = broker.connect(FakeBroker.settings(10, ConnectionSettings.NO_LIMIT))) {
            patient.start();
            MessageConsumer consumer = patient.createSession().createConsumer(queue);
            broker.holdsDrains = true;
            consumer.setMessageListener(message -> {
                throw new java.lang.IllegalStateException("no");
            });
            broker.receiver().deliver("a");
            await().until(() -> broker.log.contains("drain"));
            broker.receiver().deliver("b");
            consumer.close();
            // Had it waited as long as a failure may, b would have been left for the close to release.
            assertThat(broker.log).endsWith("RELEASED b", "FAILED a", "close receiver");
        }
    }

    @Test
    void listenerGoesOnWithABrokerThatGivesNothingBack() throws Exception {
        try (ClientConnection patient = broker.connect(FakeBroker.settings(10, ConnectionSettings.NO_LIMIT))) {
            patient.start();
            MessageConsumer consumer = patient.createSession().createConsumer(queue);
            broker.holdsDrains = true;
            consumer.setMessageListener(message -> {
                throw new java.lang.IllegalStateException("no");
            });
            FakeBroker.FakeReceiver receiver = broker.receiver();
            receiver.deliver("a");
            await().until(() -> broker.log.contains("FAILED a"));
            receiver.deliver("b");
            await().until(() -> broker.log.contains("FAILED b"));
            receiver.drained();
            assertThat(receiver.credit())
                    .as("what it gave back late is asked for again")
                    .isEqualTo(1);
        }
    }

    @Test
    @SuppressWarnings("TypeParameterUnusedInFormals")
    void checkedExceptionOfAListenerIsAFailureToo() throws Exception {
        connection.start();
        session.createConsumer(queue).setMessageListener(message -> {
            throw SessionRulesTest.<RuntimeException>unasked(new java.io.IOException("disk"));
        });
        broker.receiver().deliver("a");
        await().until(() -> broker.log.contains("FAILED a"));
        broker.receiver().deliver("b");
        await().until(() -> broker.log.contains("FAILED b"));
    }

    /** As languages without checked exceptions throw them. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Exception> T unasked(Exception thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void durableSubscriptionIsFreeWhenItsConsumerIsDetached() throws Exception {
        try (ClientConnection named = broker.connect()) {
            named.setClientID("me");
            Session client = named.createSession(Session.CLIENT_ACKNOWLEDGE);
            var topic = client.createTopic("t");
            broker.holdsCloses = true;
            client.createDurableConsumer(topic, "s").close();
            for (Session each : new Session[] {client, named.createSession()}) {
                assertThatThrownBy(() -> each.createDurableConsumer(topic, "s"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("not acknowledged");
            }
            broker.receiver().detached();
            client.createDurableConsumer(topic, "s");
            client.close();
            named.createSession().createDurableConsumer(topic, "s");
        }
    }

    @Test
    void consumerOfASessionThatIsClosedMeanwhileIsNone() throws Exception {
        try (ClientConnection named = broker.connect()) {
            named.setClientID("me");
            Session closing = named.createSession();
            var topic = closing.createTopic("t");
            CompletableFuture<Void> opening = new CompletableFuture<>();
            broker.opening = opening;
            CompletableFuture<String> creating = inBackground(() -> "" + closing.createDurableConsumer(topic, "s"));
            await().until(() -> broker.receivers.size() == 1);
            closing.close();
            broker.opening = null;
            opening.complete(null);
            assertThat(creating.get()).isEqualTo("IllegalStateException");
            named.createSession().createDurableConsumer(topic, "s");
        }
    }

    @Test
    void dispatcherGoesOnAfterAFault() {
        AtomicReference<SessionDispatcher> running = new AtomicReference<>();
        ConcurrentLinkedQueue<String> idle = new ConcurrentLinkedQueue<>();
        SessionDispatcher dispatcher = new SessionDispatcher("dispatcher", false, () -> {
            idle.add("idle");
            if (idle.size() == 1) {
                throw new java.lang.IllegalStateException("fault");
            }
            java.util.Objects.requireNonNull(running.get()).end();
        });
        running.set(dispatcher);
        dispatcher.run();
        assertThat(idle).hasSize(2);
    }

    @Test
    void dropsExpiredAndUnreadableMessages() throws Exception {
        AtomicReference<JMSException> told = new AtomicReference<>();
        connection.setExceptionListener(told::set);
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        MessageEnvelope expired = new MessageEnvelope();
        expired.setExpirationMillis(1);
        broker.receiver().deliver("late", expired);
        broker.receiver().deliver("unreadable");
        broker.receiver().deliver("broken");
        broker.receiver().deliver("good");
        assertThat(text(consumer.receive())).isEqualTo("good");
        assertThat(broker.log)
                .containsSubsequence("UNDELIVERABLE late", "REJECTED unreadable", "REJECTED broken", "ACCEPTED good");
        connection.close();
        assertThat(told).hasNullValue();
    }

    @Test
    @JmsSpec("8.6/again")
    void bodyOfAnotherTypeStaysToBeReceived() throws Exception {
        connection.start();
        SessionConsumer consumer = (SessionConsumer) session.createConsumer(queue);
        broker.receiver().deliver("a");
        assertThatThrownBy(() -> consumer.receiveBody(byte[].class, 0)).isInstanceOf(MessageFormatException.class);
        assertThat(consumer.receiveBody(String.class, 0)).isEqualTo("a");
    }

    @Test
    void closedConsumerReleasesWhatItHeld() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        FakeBroker.FakeReceiver receiver = broker.receiver();
        receiver.deliver("a");
        consumer.close();
        receiver.deliver("late");
        assertThat(broker.log).containsSubsequence("RELEASED a", "close receiver", "RELEASED late");
    }

    // Transactions.

    @Test
    @JmsSpec("6.2.7")
    void transactedSessionAcceptsWithinTheTransaction() throws Exception {
        connection.start();
        Session transacted = connection.createSession(true, 0);
        MessageConsumer consumer = transacted.createConsumer(queue);
        broker.receiver().deliver("a");
        broker.receiver().deliver("b");
        consumer.receive();
        transacted.rollback();
        assertThat(broker.log).containsSubsequence("ACCEPTED a", "drain", "RELEASED b", "rollback");
        assertThat(broker.receiver().credit()).isEqualTo(1_000);
        transacted.commit();
        assertThat(broker.log).endsWith("commit");
    }

    @Test
    @JmsSpec("10.3/rolled-back")
    void failedSendTurnsTheCommitIntoARollback() throws Exception {
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        broker.refusal = new ProviderException(Reason.MESSAGE_REFUSED, "full");
        producer.send(transacted.createTextMessage("a"));
        broker.refusal = null;
        assertThatThrownBy(transacted::commit)
                .isInstanceOf(jakarta.jms.TransactionRolledBackException.class)
                .hasMessageContaining("full");
        assertThat(broker.log).contains("rollback").doesNotContain("commit");
        transacted.commit();
        assertThat(broker.log).contains("commit");
    }

    @Test
    void transactionWithAFailedSendIsNotCommittedUntilItIsRolledBack() throws Exception {
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        broker.refusal = new ProviderException(Reason.MESSAGE_REFUSED, "full");
        producer.send(transacted.createTextMessage("a"));
        assertThatThrownBy(transacted::rollback).hasMessageContaining("rolling back");
        broker.refusal = null;
        assertThatThrownBy(transacted::commit).isInstanceOf(jakarta.jms.TransactionRolledBackException.class);
        assertThat(broker.log).doesNotContain("commit");
        transacted.commit();
        assertThat(broker.log).endsWith("commit");
    }

    @Test
    void rollbackGoesOutEvenWhenSendsHaveNoAnswer() throws Exception {
        try (ClientConnection quick = broker.connect(FakeBroker.settings(10, 50))) {
            Session transacted = quick.createSession(true, 0);
            broker.holdsSends = true;
            transacted.createProducer(queue).send(transacted.createTextMessage("a"));
            assertThatThrownBy(transacted::rollback).hasMessageContaining("has not answered all sends");
            assertThat(broker.log).endsWith("rollback");
            broker.heldReplies.get(0).onAccepted();
            assertThatThrownBy(transacted::commit).isInstanceOf(jakarta.jms.TransactionRolledBackException.class);
            assertThat(broker.log).doesNotContain("commit");
        }
    }

    @Test
    @JmsSpec("10.3/illegal-state")
    void onlyTransactedSessionsCommitAndOnlyOthersRecover() throws Exception {
        assertThatThrownBy(session::commit).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::rollback).isInstanceOf(IllegalStateException.class);
        Session transacted = connection.createSession(true, 0);
        assertThatThrownBy(transacted::recover).isInstanceOf(IllegalStateException.class);
    }

    // Start, stop, close, and calls from listeners.

    @Test
    @JmsSpec("6.1.5/waits")
    void stopWaitsForTheListener() throws Exception {
        connection.start();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        session.createConsumer(queue)
                .setMessageListener(message -> outcome(() -> {
                    inside.countDown();
                    leave.await();
                }));
        broker.receiver().deliver("a");
        broker.receiver().deliver("b");
        inside.await();
        CompletableFuture<String> stop = inBackground(() -> outcome(connection::stop));
        await().until(() -> !connection.isStarted());
        assertThat(stop).isNotDone();
        leave.countDown();
        assertThat(stop.get()).isEqualTo("fine");
        assertThat(broker.log).contains("ACCEPTED a").doesNotContain("ACCEPTED b");
        connection.start();
        await().until(() -> broker.log.contains("ACCEPTED b"));
    }

    @Test
    @JmsSpec({"6.1.5/listener", "6.1.8/listener", "6.2.15/shutdown"})
    void listenerMayNotStopOrCloseWhatItRunsIn() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        ConcurrentLinkedQueue<String> outcomes = new ConcurrentLinkedQueue<>();
        consumer.setMessageListener(message -> {
            outcomes.add(outcome(connection::stop));
            outcomes.add(outcome(connection::close));
            outcomes.add(outcome(session::close));
            outcomes.add(outcome(consumer::close));
        });
        broker.receiver().deliver("a");
        await().until(() -> broker.log.contains("ACCEPTED a"));
        assertThat(outcomes)
                .containsExactly("IllegalStateException", "IllegalStateException", "IllegalStateException", "fine");
        assertThatThrownBy(consumer::receive).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @JmsSpec("6.2.5/receive")
    void sessionWithAListenerDoesNotReceive() throws Exception {
        MessageConsumer other = session.createConsumer(queue);
        MessageConsumer consumer = session.createConsumer(queue);
        consumer.setMessageListener(message -> {});
        assertThatThrownBy(other::receiveNoWait).isInstanceOf(IllegalStateException.class);
        consumer.setMessageListener(null);
        assertThat(other.receiveNoWait()).isNull();
    }

    @ParameterizedTest
    @JmsSpec({"6.1.8/receives", "6.2.15/shutdown", "8.8/receive"})
    @ValueSource(strings = {"consumer", "session", "connection"})
    void closeWaitsForTheReceive(String what) throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        broker.receiver().deliver("slow");
        CompletableFuture<String> receiving = inBackground(() -> text(consumer.receive()));
        await().until(() -> broker.log.contains("read slow"));
        CompletableFuture<String> close = inBackground(() -> outcome(
                switch (what) {
                    case "consumer" -> consumer::close;
                    case "session" -> session::close;
                    default -> connection::close;
                }));
        await().until(() -> !outcome(
                        switch (what) {
                            case "consumer" -> () -> consumer.getMessageListener();
                            case "session" -> session::getTransacted;
                            default -> () -> connection.getClientID();
                        })
                .equals("fine"));
        // Nothing tells that a close is waiting, so it is given the time in which it would have been done.
        await().during(Duration.ofMillis(100)).until(() -> !close.isDone());
        broker.reading.complete("now");
        assertThat(close.get(5, TimeUnit.SECONDS)).isEqualTo("fine");
        assertThat(receiving.get(5, TimeUnit.SECONDS)).isEqualTo("slow");
    }

    @Test
    @JmsSpec("8.8/receive")
    void closeWakesWhoeverReceives() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        CompletableFuture<String> receiving = inBackground(() -> "" + consumer.receive());
        await().until(() -> broker.receiver().credit() == 1_000);
        consumer.close();
        assertThat(receiving.get(5, TimeUnit.SECONDS)).isEqualTo("null");
    }

    @Test
    @JmsSpec("6.1.7/lost")
    void exceptionListenerIsCalledForOneFailureAfterTheOther() throws Exception {
        CountDownLatch leave = new CountDownLatch(1);
        ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
        connection.setExceptionListener(failure -> {
            calls.add("in");
            outcome(leave::await);
            calls.add("out");
        });
        session.createConsumer(queue);
        broker.receiver().closeByBroker(new ProviderException(Reason.INVALID_DESTINATION, "queue deleted"));
        await().until(() -> !calls.isEmpty());
        broker.listeners.get(0).onConnectionLost(new ProviderException(Reason.CONNECTION_LOST, "cable cut"));
        await().during(Duration.ofMillis(100)).until(() -> calls.size() == 1);
        leave.countDown();
        await().until(() -> calls.size() == 4);
        assertThat(calls).containsExactly("in", "out", "in", "out");
    }

    @Test
    void stopFromACompletionListenerDoesNotWaitForACommitThatWaitsForIt() throws Exception {
        connection.start();
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        CompletableFuture<String> stopped = new CompletableFuture<>();
        CompletableFuture<String> committed = new CompletableFuture<>();
        broker.holdsSends = true;
        transacted.createConsumer(queue).setMessageListener(message -> {
            try {
                producer.send(transacted.createTextMessage("out"), new jakarta.jms.CompletionListener() {
                    @Override
                    public void onCompletion(Message sent) {
                        stopped.complete(outcome(connection::stop));
                    }

                    @Override
                    public void onException(Message sent, Exception failure) {
                        stopped.complete("failed");
                    }
                });
                broker.heldReplies.get(0).onAccepted();
                committed.complete(outcome(transacted::commit));
            } catch (JMSException failed) {
                committed.completeExceptionally(failed);
            }
        });
        broker.receiver().deliver("in");
        assertThat(stopped.get(3, TimeUnit.SECONDS)).isEqualTo("fine");
        assertThat(committed.get(3, TimeUnit.SECONDS)).isEqualTo("fine");
    }

    @Test
    @JmsSpec("6.1.8/listeners")
    void listenerMakesASessionDuringTheClose() throws Exception {
        connection.start();
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<String> made = new CompletableFuture<>();
        session.createConsumer(queue).setMessageListener(message -> {
            inside.countDown();
            made.complete(outcome(() -> {
                goOn.await();
                Session late = connection.createSession();
                late.createProducer(queue).send(late.createTextMessage("late"));
            }));
        });
        broker.receiver().deliver("a");
        inside.await();
        CompletableFuture<String> close = inBackground(() -> outcome(connection::close));
        await().until(connection::isClosing);
        goOn.countDown();
        assertThat(made.get(5, TimeUnit.SECONDS)).isEqualTo("fine");
        assertThat(close.get(5, TimeUnit.SECONDS)).isEqualTo("fine");
        assertThat(broker.log).containsSubsequence("send late", "close session", "close session", "close connection");
    }

    @Test
    @JmsSpec("6.1.8/receives")
    void closeOfTheConnectionEndsAReceiveWithinAListener() throws Exception {
        connection.start();
        Session other = connection.createSession();
        MessageConsumer blocking = other.createConsumer(queue);
        CompletableFuture<String> received = new CompletableFuture<>();
        CountDownLatch inside = new CountDownLatch(1);
        session.createConsumer(queue).setMessageListener(message -> {
            inside.countDown();
            try {
                received.complete("" + blocking.receive());
            } catch (JMSException thrown) {
                received.completeExceptionally(thrown);
            }
        });
        broker.receiver().deliver("a");
        inside.await();
        CompletableFuture<String> close = inBackground(() -> outcome(connection::close));
        assertThat(received.get(5, TimeUnit.SECONDS)).isEqualTo("null");
        assertThat(close.get(5, TimeUnit.SECONDS)).isEqualTo("fine");
    }

    @Test
    void interruptedCloseEndsTheSessionAllTheSame() throws Exception {
        connection.start();
        Session client = connection.createSession(Session.CLIENT_ACKNOWLEDGE);
        MessageConsumer consumer = client.createConsumer(queue);
        broker.receiver().deliver("seen");
        broker.receiver().deliver("unseen");
        consumer.receive();
        MessageProducer producer = client.createProducer(queue);
        producer.setDeliveryMode(jakarta.jms.DeliveryMode.NON_PERSISTENT);
        broker.holdsSends = true;
        producer.send(client.createTextMessage("unanswered"));
        CompletableFuture<String> close = inBackground(() -> {
            Thread.currentThread().interrupt();
            String outcome = outcome(client::close);
            return outcome + Thread.interrupted();
        });
        assertThat(close.get(5, TimeUnit.SECONDS)).isEqualTo("JMSExceptiontrue");
        assertThat(broker.log).containsSubsequence("RELEASED unseen", "FAILED seen", "close session");
    }

    @Test
    @JmsSpec("6.1.7/lost")
    void lostConnectionWakesWhoeverReceivesAndTellsTheListener() throws Exception {
        AtomicReference<JMSException> told = new AtomicReference<>();
        connection.setExceptionListener(told::set);
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        CompletableFuture<String> receiving = inBackground(() -> "" + consumer.receive());
        broker.listeners.get(0).onConnectionLost(new ProviderException(Reason.CONNECTION_LOST, "cable cut"));
        assertThat(receiving.get()).isEqualTo("JMSException");
        await().untilAtomic(told, org.hamcrest.Matchers.notNullValue());
        assertThat(told.get()).hasMessageContaining("cable cut");
        assertThatThrownBy(() -> session.createProducer(queue)).hasMessageContaining("cable cut");
        connection.close();
        assertThatThrownBy(connection::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void consumerClosedByTheBrokerSaysSo() throws Exception {
        AtomicReference<JMSException> told = new AtomicReference<>();
        connection.setExceptionListener(told::set);
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        broker.receiver().closeByBroker(new ProviderException(Reason.INVALID_DESTINATION, "queue deleted"));
        assertThatThrownBy(consumer::receive)
                .isInstanceOf(InvalidDestinationException.class)
                .hasMessageContaining("queue deleted");
        await().untilAtomic(told, org.hamcrest.Matchers.instanceOf(InvalidDestinationException.class));
    }

    @Test
    @JmsSpec({"6.2.15/used", "6.1.8/twice"})
    void closedObjectsThrow() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        MessageConsumer consumer = session.createConsumer(queue);
        session.close();
        session.close();
        assertThatThrownBy(() -> producer.send(session.createMessage())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(producer::getPriority).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(consumer::receive).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(consumer::getMessageListener).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(session::createTextMessage).isInstanceOf(IllegalStateException.class);
        producer.close();
        consumer.close();
        connection.close();
        connection.close();
        assertThatThrownBy(connection::createSession).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(connection::getClientID).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(connection::getMetaData).isInstanceOf(IllegalStateException.class);
    }

    // Client identifiers, errors, timeouts.

    @Test
    @JmsSpec({"6.1.2/first", "10.3/client-id"})
    void clientIdentifierIsSetFirstOrNever() throws Exception {
        assertThatThrownBy(() -> connection.setClientID("late")).isInstanceOf(IllegalStateException.class);
        try (ClientConnection named = broker.connect()) {
            assertThatThrownBy(() -> named.setClientID("")).isInstanceOf(InvalidClientIDException.class);
            broker.log.clear();
            named.setClientID("me");
            assertThat(broker.log).containsExactly("connect as me", "close connection");
            assertThat(named.getClientID()).isEqualTo("me");
            assertThatThrownBy(() -> named.setClientID("you")).isInstanceOf(IllegalStateException.class);
        }
        try (ClientConnection refused = broker.connect()) {
            broker.refusal = new ProviderException(Reason.CLIENT_ID_IN_USE, "taken");
            assertThatThrownBy(() -> refused.setClientID("me")).isInstanceOf(InvalidClientIDException.class);
            broker.refusal = null;
            assertThat(refused.getClientID()).isNull();
            refused.createSession();
        }
    }

    @Test
    @JmsSpec("10.3/security")
    void refusalIsAnExceptionOfItsKind() {
        broker.refusal = new ProviderException(Reason.SECURITY, "not you");
        assertThatThrownBy(broker::connect)
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("connecting to fake")
                .hasMessageContaining("not you");
        assertThatThrownBy(() -> session.createConsumer(queue)).isInstanceOf(JMSSecurityException.class);
    }

    @Test
    void silenceEndsInAnExceptionThatSaysHowLong() throws Exception {
        try (ClientConnection quick = broker.connect(FakeBroker.settings(10, 50))) {
            Session impatient = quick.createSession();
            broker.silent = true;
            assertThatThrownBy(() -> impatient.createConsumer(queue))
                    .isInstanceOf(JMSException.class)
                    .hasMessage("creating a consumer of queue \"q\": no answer within 50 ms");
            broker.silent = false;
            MessageProducer producer = impatient.createProducer(queue);
            broker.holdsSends = true;
            assertThatThrownBy(() -> producer.send(session.createTextMessage("a")))
                    .hasMessage("sending to queue \"q\": no answer within 50 ms; connected to fake");
            broker.canWithdraw = true;
            assertThatThrownBy(() -> producer.send(session.createTextMessage("a")))
                    .hasMessageContaining("it was never sent, for want of credit or of a connection");
        }
    }

    // Destinations.

    @Test
    @JmsSpec({"6.2.2/delete", "4.1.5/own"})
    void temporaryQueueBelongsToItsConnection() throws Exception {
        TemporaryQueue temporary = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(temporary);
        assertThatThrownBy(temporary::delete).isInstanceOf(JMSException.class).hasMessageContaining("has consumers");
        consumer.close();
        temporary.delete();
        assertThat(broker.log).endsWith("delete temp-1");
        assertThatThrownBy(() -> session.createProducer(temporary)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> session.createConsumer(temporary)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() ->
                        session.createConsumer(new GodwitTemporaryQueue("theirs", TemporaryDestinationOwner.ELSEWHERE)))
                .isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    @JmsSpec("9.2/refused")
    void sessionsOfOldKeepToTheirDomain() throws Exception {
        var queues = connection.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        assertThatThrownBy(() -> queues.createTopic("t")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(queues::createTemporaryTopic).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> queues.unsubscribe("s")).isInstanceOf(IllegalStateException.class);
        var topics = connection.createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
        assertThatThrownBy(() -> topics.createQueue("q")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(topics::createTemporaryQueue).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> topics.createBrowser(queue)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @JmsSpec("8.3.3/client-id")
    void durableSubscriptionNeedsANamedConnection() throws Exception {
        var topic = session.createTopic("t");
        assertThatThrownBy(() -> session.createDurableConsumer(topic, "s")).isInstanceOf(IllegalStateException.class);
        session.createSharedDurableConsumer(topic, "s");
        assertThat(broker.receiver().request.shared()).isTrue();
        assertThat(broker.receiver().request.clientIdGiven()).isFalse();
    }
}
