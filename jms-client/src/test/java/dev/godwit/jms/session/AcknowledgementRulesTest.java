package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.IllegalStateException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageListener;
import jakarta.jms.Session;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of messages that were received, over a broker that does as the test says. */
@Timeout(20)
class AcknowledgementRulesTest extends FakeBrokerSession {
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
        assertEachFails(message -> {
            throw new java.lang.IllegalStateException("no");
        });
    }

    private void assertEachFails(MessageListener listener) throws JMSException {
        connection.start();
        session.createConsumer(queue).setMessageListener(listener);
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
        assertEachFails(message -> {
            throw SessionRulesTest.<RuntimeException>unasked(new java.io.IOException("disk"));
        });
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
}
