package dev.godwit.jms;

import static dev.godwit.jms.Clients.SOON_MILLIS;
import static dev.godwit.jms.Clients.inBackground;
import static dev.godwit.jms.Clients.next;
import static dev.godwit.jms.Clients.nextText;
import static dev.godwit.jms.Clients.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.observe.ClientObserver;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageFormatRuntimeException;
import jakarta.jms.Session;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Receipts: those that are asked for, those that a listener is given, and the end of a consumer. */
@Timeout(60)
class ReceivingTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private Session sending;

    @BeforeEach
    void connect() throws JMSException {
        sending = clients.session();
    }

    private void send(String... texts) throws JMSException {
        try (var producer = sending.createProducer(clients.queue())) {
            for (String text : texts) {
                producer.send(sending.createTextMessage(text));
            }
        }
    }

    @Test
    @JmsSpec("8.5/receive")
    void receivesWaitForTheirTime() throws Exception {
        var consumer = clients.session().createConsumer(clients.queue());
        assertThat(consumer.receiveNoWait()).isNull();
        long before = System.nanoTime();
        assertThat(consumer.receive(50)).isNull();
        assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before)).isGreaterThanOrEqualTo(50);
        var waiting = inBackground(() -> consumer.receive().getBody(String.class));
        send("a");
        assertThat(waiting.get()).isEqualTo("a");
        var zero = inBackground(() -> consumer.receive(0).getBody(String.class));
        send("b");
        assertThat(zero.get()).isEqualTo("b");
        send("c");
        assertThat(consumer.receiveNoWait()).isNotNull();
    }

    @Test
    @JmsSpec("8.6/body")
    void bodiesAreReceivedAlone() throws JMSException {
        var context = clients.context();
        var consumer = context.createConsumer(clients.queue());
        var producer = context.createProducer();
        producer.send(clients.queue(), "text")
                .send(clients.queue(), "text")
                .send(clients.queue(), Map.<String, Object>of("a", 1))
                .send(clients.queue(), new byte[] {1})
                .send(clients.queue(), (Serializable) 7);
        assertThat(consumer.receiveBody(String.class)).isEqualTo("text");
        assertThat(consumer.receiveBody(CharSequence.class, SOON_MILLIS)).isEqualTo("text");
        assertThat((Object) consumer.receiveBody(Map.class, SOON_MILLIS)).isEqualTo(Map.of("a", 1));
        assertThat(consumer.receiveBody(byte[].class, SOON_MILLIS)).containsExactly(1);
        assertThat(consumer.receiveBody(Number.class, SOON_MILLIS)).isEqualTo(7);
        assertThat(consumer.receiveBodyNoWait(String.class)).isNull();
        assertThat(consumer.receiveBody(String.class, 20)).isNull();
        for (Message without :
                new Message[] {context.createMessage(), context.createStreamMessage(), context.createTextMessage()}) {
            producer.send(clients.queue(), without);
            assertThatThrownBy(() -> consumer.receiveBody(Object.class, SOON_MILLIS))
                    .isInstanceOf(MessageFormatRuntimeException.class);
            assertThat(consumer.receive(SOON_MILLIS)).isNotNull();
        }
    }

    @ParameterizedTest
    @JmsSpec("8.6/again")
    @ValueSource(ints = {JMSContext.AUTO_ACKNOWLEDGE, JMSContext.DUPS_OK_ACKNOWLEDGE})
    void bodyOfTheWrongTypeStays(int mode) throws JMSException {
        var consumer = clients.context(mode).createConsumer(clients.queue());
        send("a", "b");
        assertThatThrownBy(() -> consumer.receiveBody(Map.class, SOON_MILLIS))
                .isInstanceOf(MessageFormatRuntimeException.class);
        var again = consumer.receive(SOON_MILLIS);
        assertThat(again.getBody(String.class)).isEqualTo("a");
        assertThat(again.getJMSRedelivered()).isFalse();
        assertThat(again.getIntProperty("JMSXDeliveryCount")).isEqualTo(1);
        assertThat(consumer.receiveBody(String.class, SOON_MILLIS)).isEqualTo("b");
    }

    @ParameterizedTest
    @JmsSpec("8.6/received")
    @ValueSource(ints = {JMSContext.CLIENT_ACKNOWLEDGE, JMSContext.SESSION_TRANSACTED})
    void bodyOfTheWrongTypeHasBeenReceived(int mode) throws JMSException {
        var context = clients.context(mode);
        var consumer = context.createConsumer(clients.queue());
        send("a", "b");
        assertThatThrownBy(() -> consumer.receiveBody(Map.class, SOON_MILLIS))
                .isInstanceOf(MessageFormatRuntimeException.class);
        assertThat(consumer.receiveBody(String.class, SOON_MILLIS)).isEqualTo("b");
        if (mode == JMSContext.SESSION_TRANSACTED) {
            context.rollback();
        } else {
            context.recover();
        }
        var again = consumer.receive(SOON_MILLIS);
        assertThat(again.getBody(String.class)).isEqualTo("a");
        assertThat(again.getJMSRedelivered()).isTrue();
        assertThat(again.getIntProperty("JMSXDeliveryCount")).isEqualTo(2);
    }

    @Test
    void messagesInHandComeByPriorityWhereThatIsWanted() throws JMSException {
        var arrived = new AtomicInteger();
        var factory = BROKER.factory("?jms.localMessagePriority=true");
        factory.addObserver(new ClientObserver() {
            @Override
            public void onArrived() {
                arrived.incrementAndGet();
            }
        });
        var connection = clients.opened(factory.createConnection());
        connection.start();
        var consumer = connection.createSession().createConsumer(clients.queue());
        try (var producer = sending.createProducer(clients.queue())) {
            for (int priority : new int[] {2, 7, 7, 9, 0}) {
                producer.setPriority(priority);
                int before = arrived.get();
                producer.send(sending.createTextMessage(priority + "-" + before));
                // Told just before it is in hand: of the last one nobody knows, and it comes last anyway.
                await().until(() -> arrived.get() > before);
            }
        }
        for (String text : List.of("9-3", "7-1", "7-2", "2-0", "0-4")) {
            assertThat(nextText(consumer)).isEqualTo(text);
        }
    }

    @Test
    @JmsSpec("8.7/listener")
    void listenerIsGivenMessagesAsTheyCome() throws JMSException {
        var heard = new ConcurrentLinkedQueue<String>();
        var consumer = clients.session().createConsumer(clients.queue());
        assertThat(consumer.getMessageListener()).isNull();
        send("a");
        consumer.setMessageListener(message -> heard.add(text(message)));
        assertThat(consumer.getMessageListener()).isNotNull();
        send("b", "c");
        await().until(() -> heard.size() == 3);
        assertThat(heard).containsExactly("a", "b", "c");
        consumer.setMessageListener(null);
        send("d");
        assertThat(nextText(consumer)).isEqualTo("d");
    }

    private static String text(Message message) {
        try {
            return message.getBody(String.class);
        } catch (JMSException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    @ParameterizedTest
    @JmsSpec("8.7/throws-auto")
    @ValueSource(ints = {Session.AUTO_ACKNOWLEDGE, Session.DUPS_OK_ACKNOWLEDGE})
    void messageThatTheListenerThrewOverComesAgainAtOnce(int mode) throws JMSException {
        send("a", "b", "c");
        var heard = new ConcurrentLinkedQueue<String>();
        clients.session(mode).createConsumer(clients.queue()).setMessageListener(message -> {
            heard.add(text(message));
            try {
                if (text(message).equals("b") && !message.getJMSRedelivered()) {
                    throw new IllegalArgumentException("not this one, yet");
                }
                if (text(message).equals("b")) {
                    heard.add("count " + message.getIntProperty("JMSXDeliveryCount"));
                }
            } catch (JMSException unreadable) {
                heard.add(unreadable.toString());
            }
        });
        await().until(() -> heard.contains("c"));
        assertThat(heard).containsExactly("a", "b", "b", "count 2", "c");
    }

    @ParameterizedTest
    @JmsSpec("8.7/throws-other")
    @ValueSource(ints = {Session.CLIENT_ACKNOWLEDGE, Session.SESSION_TRANSACTED})
    void nextMessageComesAfterTheListenerThrew(int mode) throws JMSException {
        send("a", "b");
        var heard = new ConcurrentLinkedQueue<String>();
        var session = clients.session(mode);
        session.createConsumer(clients.queue()).setMessageListener(message -> {
            heard.add(text(message));
            if (text(message).equals("a")) {
                throw new IllegalArgumentException("not this one");
            }
        });
        await().until(() -> heard.contains("b"));
        assertThat(heard).containsExactly("a", "b");
        session.close();
        assertThat(next(clients.session().createConsumer(clients.queue())).getJMSRedelivered())
                .isTrue();
    }

    @Test
    @JmsSpec("8.8/listener")
    void closeWaitsForTheListenerOrComesFromIt() throws Exception {
        var session = clients.session();
        var consumer = session.createConsumer(clients.queue());
        var inside = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var done = new AtomicReference<String>();
        consumer.setMessageListener(message -> {
            inside.countDown();
            try {
                goOn.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            done.set("done");
        });
        send("a");
        inside.await();
        var closing = inBackground(() -> {
            consumer.close();
            return done.get();
        });
        await().until(() -> {
            try {
                return consumer.getMessageListener() == null;
            } catch (JMSException begun) {
                return true;
            }
        });
        goOn.countDown();
        assertThat(closing.get()).isEqualTo("done");

        var own = session.createConsumer(clients.queue());
        var closed = new CountDownLatch(1);
        own.setMessageListener(message -> {
            try {
                own.close();
                sending.createProducer(null)
                        .send(sending.createQueue(clients.name() + "-out"), sending.createTextMessage("went on"));
            } catch (JMSException failed) {
                throw new AssertionError(failed);
            }
            closed.countDown();
        });
        send("b");
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
        var out = clients.session();
        assertThat(nextText(out.createConsumer(out.createQueue(clients.name() + "-out"))))
                .isEqualTo("went on");
        assertThat(nothing(out.createConsumer(clients.queue()))).isNull();
    }

    @Test
    @JmsSpec("8.8/acknowledge")
    void whatWasDeliveredIsAcknowledgedAfterTheClose() throws JMSException {
        for (int mode : new int[] {Session.CLIENT_ACKNOWLEDGE, Session.SESSION_TRANSACTED}) {
            for (boolean taken : new boolean[] {true, false}) {
                send("a", "b");
                var session = clients.session(mode);
                MessageConsumer consumer = session.createConsumer(clients.queue());
                var received = next(consumer);
                consumer.close();
                if (mode == Session.CLIENT_ACKNOWLEDGE) {
                    if (taken) {
                        received.acknowledge();
                    } else {
                        session.recover();
                    }
                } else if (taken) {
                    session.commit();
                } else {
                    session.rollback();
                }
                session.close();
                var checking = clients.session();
                var left = checking.createConsumer(clients.queue());
                if (!taken) {
                    assertThat(nextText(left)).isEqualTo("a");
                }
                assertThat(nextText(left)).isEqualTo("b");
                assertThat(nothing(left)).isNull();
                checking.close();
            }
        }
    }

    @Test
    void aListenerThatThrowsOverAPresettledMessageLosesThatOneAndNoOther() throws Exception {
        var sending = clients.session();
        var producer = sending.createProducer(clients.queue());
        for (int i = 0; i < 5; i++) {
            producer.send(sending.createTextMessage("message " + i));
        }
        var heard = new ConcurrentLinkedQueue<String>();
        var connection = clients.opened(
                BROKER.factory("?jms.presettlePolicy.presettleConsumers=true").createConnection());
        connection.start();
        connection.createSession().createConsumer(clients.queue()).setMessageListener(message -> {
            try {
                heard.add(message.getBody(String.class));
            } catch (JMSException unreadable) {
                throw new AssertionError(unreadable);
            }
            if (heard.size() == 1) {
                throw new IllegalStateException("the first one fails");
            }
        });

        await().atMost(10, TimeUnit.SECONDS).until(() -> heard.size() == 5);
        assertThat(heard).containsExactly("message 0", "message 1", "message 2", "message 3", "message 4");
    }
}
