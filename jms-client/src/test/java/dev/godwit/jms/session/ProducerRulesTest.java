package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import jakarta.jms.CompletionListener;
import jakarta.jms.DeliveryMode;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.ResourceAllocationException;
import jakarta.jms.Session;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What producers promise, over a broker that does as the test says. */
@Timeout(20)
class ProducerRulesTest extends FakeBrokerSession {
    /** Writes down what it hears. */
    private static final class Recorded implements CompletionListener {
        final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();

        @Override
        public void onCompletion(Message message) {
            calls.add("done " + body(message));
        }

        @Override
        public void onException(Message message, Exception exception) {
            calls.add("failed " + body(message));
        }

        private static String body(Message message) {
            try {
                return message.getBody(String.class);
            } catch (JMSException unreadable) {
                return unreadable.toString();
            }
        }
    }

    @Test
    @JmsSpec("7.2/safe")
    void persistentSendWaitsForTheBroker() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        broker.holdsSends = true;
        CompletableFuture<Boolean> sent = CompletableFuture.supplyAsync(() -> {
            try {
                producer.send(session.createTextMessage("a"));
                return true;
            } catch (JMSException failed) {
                return false;
            }
        });
        await().until(() -> broker.heldReplies.size() == 1);
        assertThat(sent).isNotDone();
        broker.heldReplies.get(0).onAccepted();
        assertThat(sent.get()).isTrue();
    }

    @Test
    void endBeyondAllTimeIsNever() throws Exception {
        Message message = session.createTextMessage("a");
        session.createProducer(queue).send(message, DeliveryMode.PERSISTENT, 4, Long.MAX_VALUE);
        assertThat(message.getJMSExpiration()).isZero();
    }

    @Test
    @JmsSpec("3.5.9")
    void userIdentityIsNotTheApplicationsToSay() throws Exception {
        Message message = session.createTextMessage("a");
        message.setStringProperty("JMSXUserID", "somebody else");
        session.createProducer(queue).send(message);
        assertThat(broker.encoded.get(0).userId()).isNull();
    }

    @Test
    void anonymousSenderThatTheBrokerClosedIsOpenedAgain() throws Exception {
        MessageProducer producer = session.createProducer(null);
        broker.closesSenders = true;
        producer.send(queue, session.createTextMessage("a"));
        assertThat(broker.log).containsSubsequence("sender anywhere", "sender anywhere", "send a");
    }

    @Test
    void refusedPersistentSendThrowsTheBrokersReason() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        broker.refusal = new ProviderException(Reason.RESOURCE_LIMIT, "disk full");
        assertThatThrownBy(() -> producer.send(session.createTextMessage("a")))
                .isInstanceOf(ResourceAllocationException.class)
                .hasMessage("sending to queue \"q\": disk full");
        broker.refusal = null;
    }

    @Test
    void refusedNonPersistentSendIsToldToTheExceptionListener() throws Exception {
        AtomicReference<JMSException> told = new AtomicReference<>();
        connection.setExceptionListener(told::set);
        MessageProducer producer = session.createProducer(queue);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        broker.refusal = new ProviderException(Reason.MESSAGE_REFUSED, "no");
        producer.send(session.createTextMessage("a"));
        broker.refusal = null;
        await().untilAtomic(told, org.hamcrest.Matchers.notNullValue());
        assertThat(told.get()).hasMessage("sending to queue \"q\": no");
    }

    @Test
    void sendsThatNobodyWaitsForAreBounded() throws Exception {
        try (ClientConnection quick = broker.connect(FakeBroker.settings(10, 200))) {
            Session fast = quick.createSession();
            MessageProducer producer = fast.createProducer(queue);
            producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
            broker.holdsSends = true;
            for (int i = 0; i < 52; i++) {
                producer.send(fast.createTextMessage("a"));
            }
            assertThatThrownBy(() -> producer.send(fast.createTextMessage("one too many")))
                    .isInstanceOf(ResourceAllocationException.class)
                    .hasMessageContaining("200 ms");
            broker.heldReplies.forEach(reply -> reply.onAccepted());
            broker.heldReplies.clear();
            broker.holdsSends = false;
            producer.send(fast.createTextMessage("room again"));
        }
    }

    @Test
    @JmsSpec({"7.3.1/confirmed", "7.3.2/told", "7.3.7/goes-on", "7.3.8/order"})
    void completionListenersAreCalledInTheOrderOfTheSends() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        Recorded listener = new Recorded();
        broker.holdsSends = true;
        for (String each : new String[] {"a", "b", "c"}) {
            producer.send(session.createTextMessage(each), listener);
        }
        broker.heldReplies.get(2).onAccepted();
        broker.heldReplies.get(1).onFailed(new ProviderException(Reason.MESSAGE_REFUSED, "no"));
        assertThat(listener.calls).isEmpty();
        broker.heldReplies.get(0).onAccepted();
        broker.heldReplies.clear();
        await().until(() -> listener.calls.size() == 3);
        assertThat(listener.calls).containsExactly("done a", "failed b", "done c");
    }

    @Test
    @JmsSpec("7.3.4/waits")
    void closeWaitsForTheCompletionListeners() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        Recorded listener = new Recorded();
        broker.holdsSends = true;
        producer.send(session.createTextMessage("a"), listener);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> {
            try {
                session.close();
            } catch (JMSException failed) {
                throw new AssertionError(failed);
            }
        });
        assertThat(broker.log).doesNotContain("close session");
        broker.heldReplies.get(0).onAccepted();
        broker.heldReplies.clear();
        closing.get();
        assertThat(listener.calls).containsExactly("done a");
    }

    @Test
    @JmsSpec("7.3.4/refused")
    void completionListenerMayNotCloseItsSession() throws Exception {
        Session transacted = connection.createSession(true, 0);
        MessageProducer producer = transacted.createProducer(queue);
        ConcurrentLinkedQueue<String> outcomes = new ConcurrentLinkedQueue<>();
        producer.send(transacted.createTextMessage("a"), new CompletionListener() {
            @Override
            public void onCompletion(Message message) {
                outcomes.add(thrown(transacted::close));
                outcomes.add(thrown(transacted::commit));
                outcomes.add(thrown(transacted::rollback));
                outcomes.add(thrown(connection::close));
                outcomes.add(thrown(producer::close));
            }

            @Override
            public void onException(Message message, Exception exception) {
                outcomes.add(exception.toString());
            }
        });
        await().until(() -> outcomes.size() == 5);
        assertThat(outcomes).containsOnly("IllegalStateException");
        transacted.commit();
    }

    private interface Action {
        void run() throws JMSException;
    }

    private static String thrown(Action action) {
        try {
            action.run();
            return "nothing";
        } catch (JMSException failure) {
            return failure.getClass().getSimpleName();
        }
    }

    @Test
    @JmsSpec("3.4.11/overwritten")
    void sendFillsInTheHeaders() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        Message message = session.createTextMessage("a");
        message.setJMSPriority(1);
        message.setJMSExpiration(5);
        long before = System.currentTimeMillis();
        producer.send(message, DeliveryMode.NON_PERSISTENT, 8, 1_000);
        assertThat(message.getJMSDestination()).isEqualTo(queue);
        assertThat(message.getJMSDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);
        assertThat(message.getJMSPriority()).isEqualTo(8);
        assertThat(message.getJMSTimestamp()).isBetween(before, System.currentTimeMillis());
        assertThat(message.getJMSExpiration()).isEqualTo(message.getJMSTimestamp() + 1_000);
        String first = message.getJMSMessageID();
        assertThat(first).startsWith("ID:");

        producer.setDisableMessageID(true);
        producer.setDisableMessageTimestamp(true);
        producer.send(message);
        assertThat(message.getJMSMessageID()).isNull();
        assertThat(message.getJMSTimestamp()).isZero();
        assertThat(message.getJMSExpiration()).isZero();
        assertThat(message.getJMSDeliveryMode()).isEqualTo(DeliveryMode.PERSISTENT);
        producer.setDisableMessageID(false);
        producer.send(message);
        assertThat(message.getJMSMessageID()).isNotEqualTo(first);
    }

    @Test
    @JmsSpec("7.4")
    void refusesWhatMakesNoSense() throws Exception {
        MessageProducer producer = session.createProducer(queue);
        Message message = session.createMessage();
        assertThatThrownBy(() -> producer.send(null)).isInstanceOf(MessageFormatException.class);
        assertThatThrownBy(() -> producer.send(queue, message)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> producer.send(message, 7, 4, 0)).isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> producer.send(message, 2, 10, 0)).isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> producer.send(message, 2, 4, -1)).isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> producer.send(message, null)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> producer.setPriority(-1)).isInstanceOf(JMSException.class);
        producer.setDeliveryDelay(10);
        assertThatThrownBy(() -> producer.send(message)).hasMessageContaining("delayed delivery");
        MessageProducer anonymous = session.createProducer(null);
        assertThatThrownBy(() -> anonymous.send(message)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> anonymous.send((Queue) null, message)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> session.createConsumer(null)).isInstanceOf(InvalidDestinationException.class);
        producer.close();
        assertThatThrownBy(() -> producer.send(message)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anonymousProducerWithoutARelayOpensALinkForEachDestination() throws Exception {
        session.createProducer(null).send(queue, session.createMessage());
        assertThat(broker.log).endsWith("sender anywhere", "send ?");
        broker.anonymousRelay = false;
        MessageProducer producer = session.createProducer(null);
        broker.log.clear();
        for (int i = 0; i < 40; i++) {
            producer.send(session.createQueue("q" + i), session.createMessage());
            producer.send(session.createQueue("q0"), session.createMessage());
        }
        assertThat(broker.log.stream().filter(entry -> entry.equals("sender q0")))
                .hasSize(1);
        assertThat(broker.log.stream().filter(entry -> entry.equals("close sender")))
                .hasSize(8);
        producer.close();
        assertThat(broker.log.stream().filter(entry -> entry.equals("close sender")))
                .hasSize(40);
    }
}
