package dev.godwit.jms;

import static dev.godwit.jms.Clients.next;
import static dev.godwit.jms.Clients.nextText;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.CompletionListener;
import jakarta.jms.DeliveryMode;
import jakarta.jms.IllegalStateException;
import jakarta.jms.IllegalStateRuntimeException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.InvalidDestinationRuntimeException;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSProducer;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageFormatRuntimeException;
import jakarta.jms.MessageNotWriteableRuntimeException;
import jakarta.jms.Session;
import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sends, those that wait and those that tell a listener, and what can be set for them. */
@Timeout(60)
class SendingTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private Session session;
    private MessageConsumer consumer;

    @BeforeEach
    void connect() throws JMSException {
        session = clients.session();
        consumer = clients.session().createConsumer(clients.queue());
    }

    /** Writes down what it hears, and on which thread. */
    private static final class Heard implements CompletionListener {
        final ConcurrentLinkedQueue<String> calls = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
        final AtomicInteger inside = new AtomicInteger();
        volatile boolean overlapped;

        @Override
        public void onCompletion(Message message) {
            overlapped |= inside.incrementAndGet() > 1;
            threads.add(Thread.currentThread());
            try {
                calls.add(
                        message.getBody(String.class) + (message.getJMSMessageID() != null ? "" : " without headers"));
            } catch (JMSException unreadable) {
                calls.add(unreadable.toString());
            }
            inside.decrementAndGet();
        }

        @Override
        public void onException(Message message, Exception exception) {
            calls.add(exception.toString());
        }
    }

    @Test
    @JmsSpec("7.1/destination")
    void producerHasADestinationOrIsToldOne() throws JMSException {
        var fixed = session.createProducer(clients.queue());
        var anonymous = session.createProducer(null);
        assertThat(fixed.getDestination()).isEqualTo(clients.queue());
        assertThat(anonymous.getDestination()).isNull();
        var message = session.createTextMessage("a");
        fixed.send(message);
        anonymous.send(clients.queue(), message);
        nextText(consumer);
        nextText(consumer);
        assertThatThrownBy(() -> fixed.send(clients.queue(), message))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fixed.send(clients.queue(), message, DeliveryMode.PERSISTENT, 4, 0))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> fixed.send(clients.queue(), message, new Heard()))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> anonymous.send(message)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> anonymous.send(message, new Heard()))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> anonymous.send(null, message)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> anonymous.send(null, message, new Heard()))
                .isInstanceOf(InvalidDestinationException.class);
        var producer = clients.context().createProducer();
        assertThatThrownBy(() -> producer.send(null, "a")).isInstanceOf(InvalidDestinationRuntimeException.class);
    }

    @Test
    @JmsSpec("7.2/bodies")
    void producerOfAContextMakesMessages() throws JMSException {
        var producer = clients.context().createProducer();
        producer.send(clients.queue(), "text");
        assertThat(next(consumer).getBody(String.class)).isEqualTo("text");
        producer.send(clients.queue(), Map.<String, Object>of("a", 1));
        assertThat((Object) next(consumer).getBody(Map.class)).isEqualTo(Map.of("a", 1));
        producer.send(clients.queue(), new byte[] {1, 2});
        assertThat(next(consumer).getBody(byte[].class)).containsExactly(1, 2);
        producer.send(clients.queue(), (Serializable) 42);
        assertThat(next(consumer).getBody(Integer.class)).isEqualTo(42);
        producer.send(clients.queue(), (String) null);
        assertThat(next(consumer).getBody(String.class)).isNull();
        assertThatThrownBy(() -> producer.send(clients.queue(), (Message) null))
                .isInstanceOf(MessageFormatRuntimeException.class);
        assertThatThrownBy(() -> producer.send(clients.queue(), Map.<String, Object>of("a", new Object())))
                .isInstanceOf(MessageFormatRuntimeException.class);
    }

    @Test
    @JmsSpec({"7.3.1/confirmed", "7.3.6/headers", "7.3.7/goes-on", "7.3.8/order", "7.3.8/thread", "7.3.3/mixed"})
    void listenerHearsOfEachSendInOrderOnAnotherThread() throws JMSException {
        var heard = new Heard();
        var producer = session.createProducer(clients.queue());
        for (int i = 0; i < 60; i++) {
            if (i % 3 == 0) {
                producer.send(session.createTextMessage("" + i));
            } else {
                producer.send(
                        session.createTextMessage("" + i),
                        i % 3 == 1 ? DeliveryMode.PERSISTENT : DeliveryMode.NON_PERSISTENT,
                        Message.DEFAULT_PRIORITY,
                        0,
                        heard);
            }
        }
        Awaitility.await().until(() -> heard.calls.size() == 40);
        int last = -1;
        for (String call : heard.calls) {
            assertThat(Integer.parseInt(call)).isGreaterThan(last);
            last = Integer.parseInt(call);
        }
        assertThat(heard.threads).doesNotContain(Thread.currentThread());
        assertThat(heard.overlapped).isFalse();
        for (int i = 0; i < 60; i++) {
            assertThat(nextText(consumer)).isEqualTo("" + i);
        }
    }

    @Test
    @JmsSpec("7.3.2/thrown")
    void listenerDoesNotHearWhatTheSendThrows() throws JMSException {
        var heard = new Heard();
        var producer = session.createProducer(clients.queue());
        assertThatThrownBy(() -> producer.send(null, heard)).isInstanceOf(MessageFormatException.class);
        assertThatThrownBy(() -> producer.send(session.createMessage(), 7, 4, 0, heard))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> producer.send(session.createMessage(), DeliveryMode.PERSISTENT, 10, 0, heard))
                .isInstanceOf(JMSException.class);
        assertThatThrownBy(() -> producer.send(session.createMessage(), null))
                .isInstanceOf(IllegalArgumentException.class);
        producer.send(session.createTextMessage("fine"), heard);
        session.close();
        assertThat(heard.calls).containsExactly("fine");
    }

    @Test
    @JmsSpec("7.3.4/waits")
    void closeCommitAndRollbackWaitForTheListeners() throws JMSException {
        var heard = new Heard();
        var transacted = clients.session(Session.SESSION_TRANSACTED);
        var producer = transacted.createProducer(clients.queue());
        for (int i = 0; i < 20; i++) {
            producer.send(transacted.createTextMessage("" + i), heard);
        }
        transacted.commit();
        assertThat(heard.calls).hasSize(20);
        for (int i = 0; i < 20; i++) {
            producer.send(transacted.createTextMessage("" + i), heard);
        }
        transacted.rollback();
        assertThat(heard.calls).hasSize(40);
        producer.send(transacted.createTextMessage("last"), heard);
        producer.close();
        assertThat(heard.calls).hasSize(41);
    }

    @Test
    @JmsSpec("7.3.4/refused")
    void completionListenerMayStopButNotEndWhatItBelongsTo() throws Exception {
        var context = clients.context(JMSContext.SESSION_TRANSACTED);
        var outcomes = new ConcurrentLinkedQueue<String>();
        var called = new CountDownLatch(1);
        var producer = context.createProducer().setAsync(new CompletionListener() {
            @Override
            public void onCompletion(Message message) {
                outcomes.add(Clients.thrown(context::close));
                outcomes.add(Clients.thrown(context::commit));
                outcomes.add(Clients.thrown(context::rollback));
                outcomes.add(Clients.thrown(context::stop));
                called.countDown();
            }

            @Override
            public void onException(Message message, Exception exception) {
                outcomes.add(exception.toString());
                called.countDown();
            }
        });
        assertThat(producer.getAsync()).isNotNull();
        producer.send(clients.queue(), "a");
        assertThat(called.await(10, TimeUnit.SECONDS)).isTrue();
        var refused = IllegalStateRuntimeException.class.getSimpleName();
        assertThat(outcomes).containsExactly(refused, refused, refused, "nothing");
        context.commit();
        assertThat(nextText(consumer)).isEqualTo("a");
    }

    @Test
    @JmsSpec("7.4/levels")
    void optionsOfASendGoBeforeThoseOfItsProducer() throws JMSException {
        var producer = session.createProducer(clients.queue());
        assertThat(producer.getDeliveryMode()).isEqualTo(Message.DEFAULT_DELIVERY_MODE);
        assertThat(producer.getPriority()).isEqualTo(Message.DEFAULT_PRIORITY);
        assertThat(producer.getTimeToLive()).isEqualTo(Message.DEFAULT_TIME_TO_LIVE);
        assertThat(producer.getDeliveryDelay()).isEqualTo(Message.DEFAULT_DELIVERY_DELAY);
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.setPriority(2);
        producer.setTimeToLive(60_000);
        var message = session.createMessage();
        producer.send(message);
        var first = next(consumer);
        assertThat(first.getJMSDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);
        assertThat(first.getJMSPriority()).isEqualTo(2);
        assertThat(first.getJMSExpiration()).isEqualTo(first.getJMSTimestamp() + 60_000);
        producer.send(message, DeliveryMode.PERSISTENT, 9, 0);
        var second = next(consumer);
        assertThat(second.getJMSDeliveryMode()).isEqualTo(DeliveryMode.PERSISTENT);
        assertThat(second.getJMSPriority()).isEqualTo(9);
        assertThat(second.getJMSExpiration()).isZero();
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> producer.setDeliveryMode(0),
            () -> producer.setPriority(-1),
            () -> producer.setPriority(10),
            () -> producer.setTimeToLive(-1),
            () -> producer.setDeliveryDelay(-1)
        }) {
            assertThatThrownBy(call).isInstanceOf(JMSException.class);
        }
        producer.close();
        producer.close();
        assertThatThrownBy(() -> producer.send(message)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @JmsSpec({"7.5/override", "7.6/override", "7.10/chain"})
    void producerOfAContextOverridesItsMessages() throws JMSException {
        var context = clients.context();
        JMSProducer producer = context.createProducer();
        var replyTo = context.createTopic("answers");
        assertThat(producer.setProperty("aBoolean", true)
                        .setProperty("aByte", (byte) 1)
                        .setProperty("aShort", (short) 2)
                        .setProperty("anInt", 3)
                        .setProperty("aLong", 4L)
                        .setProperty("aFloat", 5f)
                        .setProperty("aDouble", 6d)
                        .setProperty("aString", "7")
                        .setProperty("anObject", (Object) 8)
                        .setJMSCorrelationID("c")
                        .setJMSReplyTo(replyTo)
                        .setJMSType("t")
                        .setPriority(7)
                        .setTimeToLive(60_000)
                        .setDeliveryMode(DeliveryMode.NON_PERSISTENT)
                        .setDeliveryDelay(0)
                        .setDisableMessageID(false)
                        .setDisableMessageTimestamp(false)
                        .setAsync(null))
                .isSameAs(producer);
        assertThat(producer.getBooleanProperty("aBoolean")).isTrue();
        assertThat(producer.getByteProperty("aByte")).isEqualTo((byte) 1);
        assertThat(producer.getShortProperty("aShort")).isEqualTo((short) 2);
        assertThat(producer.getIntProperty("anInt")).isEqualTo(3);
        assertThat(producer.getLongProperty("aLong")).isEqualTo(4);
        assertThat(producer.getFloatProperty("aFloat")).isEqualTo(5);
        assertThat(producer.getDoubleProperty("aDouble")).isEqualTo(6);
        assertThat(producer.getStringProperty("aString")).isEqualTo("7");
        assertThat(producer.getObjectProperty("anObject")).isEqualTo(8);
        assertThat(producer.getPropertyNames()).hasSize(9).doesNotContain("JMSXDeliveryCount");
        assertThat(producer.propertyExists("JMSXDeliveryCount")).isFalse();
        assertThat(producer.getJMSReplyTo()).isEqualTo(replyTo);
        assertThat(producer.getJMSType()).isEqualTo("t");
        assertThat(producer.getJMSCorrelationID()).isEqualTo("c");
        assertThat(producer.getPriority()).isEqualTo(7);
        assertThat(producer.getTimeToLive()).isEqualTo(60_000);
        assertThat(producer.getDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);

        var message = context.createTextMessage("body");
        message.setIntProperty("anInt", -1);
        message.setIntProperty("own", 9);
        message.setJMSType("own");
        message.setJMSCorrelationID("own");
        assertThat(producer.send(clients.queue(), message)).isSameAs(producer);
        var received = next(consumer);
        assertThat(received.getIntProperty("anInt")).isEqualTo(3);
        assertThat(received.getIntProperty("own")).isEqualTo(9);
        assertThat(received.getJMSType()).isEqualTo("t");
        assertThat(received.getJMSCorrelationID()).isEqualTo("c");
        assertThat(received.getJMSReplyTo()).isEqualTo(replyTo);
        assertThat(received.getJMSPriority()).isEqualTo(7);

        producer.clearProperties();
        assertThat(producer.getPropertyNames()).isEmpty();
        producer.setJMSCorrelationIDAsBytes(new byte[] {1}).send(clients.queue(), "x");
        assertThat(producer.getJMSCorrelationIDAsBytes()).containsExactly(1);
        var plain = next(consumer);
        assertThat(plain.propertyExists("anInt")).isFalse();
        assertThat(plain.getJMSCorrelationIDAsBytes()).containsExactly(1);
        producer.setProperty("late", 1);
        assertThatThrownBy(() -> producer.send(clients.queue(), plain))
                .isInstanceOf(MessageNotWriteableRuntimeException.class);
        assertThatThrownBy(() -> producer.setProperty("", 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> producer.setProperty("o", new Object()))
                .isInstanceOf(MessageFormatRuntimeException.class);
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> producer.setDeliveryMode(0),
            () -> producer.setPriority(10),
            () -> producer.setTimeToLive(-1),
            () -> producer.setDeliveryDelay(-1)
        }) {
            assertThatThrownBy(call).isInstanceOf(JMSRuntimeException.class);
        }
    }
}
