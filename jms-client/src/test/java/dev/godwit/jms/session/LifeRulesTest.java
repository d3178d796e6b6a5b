package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Start, stop, close, and calls from listeners, over a broker that does as the test says. */
@Timeout(20)
class LifeRulesTest extends FakeBrokerSession {
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
}
