package dev.godwit.jms;

import static dev.godwit.jms.Clients.next;
import static dev.godwit.jms.Clients.nextText;
import static dev.godwit.jms.Clients.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageNotWriteableException;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Headers and properties, from the sender to the receiver. */
@Timeout(60)
class MessageModelTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private static final long LIFE_MILLIS = 60_000;

    private Queue queue;
    private Session session;
    private MessageProducer producer;
    private MessageConsumer consumer;

    @BeforeEach
    void connect() throws JMSException {
        queue = clients.queue();
        session = clients.session();
        producer = session.createProducer(queue);
        consumer = session.createConsumer(queue);
    }

    @Test
    @JmsSpec({
        "3.4.1/send",
        "3.4.2/send",
        "3.4.3/unique",
        "3.4.4/send",
        "3.4.9/computed",
        "3.4.10/send",
        "3.4.11/overwritten",
        "3.4.13/computed"
    })
    void sendSetsItsHeadersWhateverWasThere() throws JMSException {
        var message = session.createMessage();
        message.setJMSDestination(session.createTopic("elsewhere"));
        message.setJMSDeliveryMode(DeliveryMode.PERSISTENT);
        message.setJMSMessageID("ID:mine");
        message.setJMSTimestamp(1);
        message.setJMSExpiration(2);
        message.setJMSPriority(3);
        message.setJMSDeliveryTime(4);
        long before = System.currentTimeMillis();
        producer.send(message, DeliveryMode.NON_PERSISTENT, 8, LIFE_MILLIS);
        long after = System.currentTimeMillis();

        for (Message each : List.of(message, next(consumer))) {
            assertThat(each.getJMSDestination()).isEqualTo(queue);
            assertThat(each.getJMSDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);
            assertThat(each.getJMSMessageID())
                    .startsWith("ID:")
                    .isNotEqualTo("ID:mine")
                    .isEqualTo(message.getJMSMessageID());
            assertThat(each.getJMSTimestamp()).isBetween(before, after).isEqualTo(message.getJMSTimestamp());
            assertThat(each.getJMSExpiration()).isEqualTo(message.getJMSTimestamp() + LIFE_MILLIS);
            assertThat(each.getJMSPriority()).isEqualTo(8);
            assertThat(each.getJMSDeliveryTime()).isEqualTo(message.getJMSTimestamp());
        }
    }

    @Test
    @JmsSpec({"3.4.3/unique", "6.2.12/once"})
    void idsAreUniqueAndMessagesComeOnce() throws JMSException {
        var ids = new HashSet<String>();
        var message = session.createMessage();
        for (Session each : new Session[] {session, clients.session()}) {
            for (int i = 0; i < 2; i++) {
                try (var one = each.createProducer(queue)) {
                    one.send(message);
                    ids.add(message.getJMSMessageID());
                    one.send(message);
                    ids.add(message.getJMSMessageID());
                }
            }
        }
        assertThat(ids).hasSize(8);
        for (int i = 0; i < 8; i++) {
            ids.remove(next(consumer).getJMSMessageID());
        }
        assertThat(ids).isEmpty();
        assertThat(nothing(consumer)).isNull();
    }

    @Test
    @JmsSpec({"3.4.3/disabled", "3.4.4/disabled"})
    void hintsLeaveOutTheIdAndTheTime() throws JMSException {
        producer.setDisableMessageID(true);
        producer.setDisableMessageTimestamp(true);
        assertThat(producer.getDisableMessageID()).isTrue();
        assertThat(producer.getDisableMessageTimestamp()).isTrue();
        var message = session.createMessage();
        producer.send(message);
        for (Message each : List.of(message, next(consumer))) {
            assertThat(each.getJMSMessageID()).isNull();
            assertThat(each.getJMSTimestamp()).isZero();
        }
    }

    @Test
    @JmsSpec({"3.4.5/kinds", "3.4.6/destination", "3.4.8/carried"})
    void clientsHeadersComeAsTheyWereSet() throws JMSException {
        var kinds = new Destination[] {
            queue, session.createTopic("t"), session.createTemporaryQueue(), session.createTemporaryTopic()
        };
        for (Destination replyTo : kinds) {
            var message = session.createMessage();
            message.setJMSReplyTo(replyTo);
            message.setJMSType("a type");
            message.setJMSCorrelationID("own text");
            producer.send(message);
            var received = next(consumer);
            assertThat(received.getJMSReplyTo()).isEqualTo(replyTo);
            assertThat(received.getJMSType()).isEqualTo("a type");
            assertThat(received.getJMSCorrelationID()).isEqualTo("own text");
        }
        var message = session.createMessage();
        producer.send(message);
        var received = next(consumer);
        assertThat(received.getJMSReplyTo()).isNull();
        assertThat(received.getJMSType()).isNull();
        assertThat(received.getJMSCorrelationID()).isNull();
        assertThat(received.getJMSCorrelationIDAsBytes()).isNull();

        message.setJMSCorrelationID(received.getJMSMessageID());
        producer.send(message);
        assertThat(next(consumer).getJMSCorrelationID()).isEqualTo(received.getJMSMessageID());

        message.setJMSCorrelationIDAsBytes(new byte[] {1, 0, -1});
        producer.send(message);
        assertThat(next(consumer).getJMSCorrelationIDAsBytes()).containsExactly(1, 0, -1);
    }

    @Test
    @JmsSpec({"3.4.7/set", "3.5.11/counts"})
    void deliveredAgainIsMarkedAndCounted() throws JMSException {
        consumer.close();
        producer.send(session.createMessage());
        var transacted = clients.session(Session.SESSION_TRANSACTED);
        var taking = transacted.createConsumer(queue);
        for (int attempt = 1; attempt <= 3; attempt++) {
            var received = next(taking);
            assertThat(received.getJMSRedelivered()).isEqualTo(attempt > 1);
            assertThat(received.getIntProperty("JMSXDeliveryCount")).isEqualTo(attempt);
            transacted.rollback();
        }
    }

    @Test
    @JmsSpec({"3.4.9/expired", "7.8/expires"})
    void expiredMessageDoesNotCome() throws Exception {
        var stopped = clients.stopped();
        var late = stopped.createSession().createConsumer(session.createQueue(clients.name() + "-late"));
        try (var expiring = session.createProducer(session.createQueue(clients.name() + "-late"))) {
            expiring.setTimeToLive(1);
            var message = session.createTextMessage("expired");
            expiring.send(message);
            assertThat(message.getJMSExpiration()).isEqualTo(message.getJMSTimestamp() + 1);
            expiring.setTimeToLive(0);
            expiring.send(session.createTextMessage("lasting"));
            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(message.getJMSTimestamp());
            org.awaitility.Awaitility.await().until(() -> System.currentTimeMillis() > message.getJMSExpiration());
        }
        stopped.start();
        var lasting = next(late);
        assertThat(lasting.getBody(String.class)).isEqualTo("lasting");
        assertThat(lasting.getJMSExpiration()).isZero();
    }

    @Test
    @JmsSpec("3.4.10/expedited")
    void higherPriorityComesFirst() throws JMSException {
        consumer.close();
        for (int priority : new int[] {0, 9, 4, 5}) {
            producer.send(
                    session.createTextMessage("" + priority),
                    DeliveryMode.NON_PERSISTENT,
                    priority,
                    Message.DEFAULT_TIME_TO_LIVE);
        }
        var all = session.createConsumer(queue);
        assertThat(List.of(nextText(all), nextText(all), nextText(all), nextText(all)))
                .containsExactly("9", "5", "4", "0");
    }

    @Test
    @JmsSpec("3.4.13/early")
    void delayedMessageIsNotEarly() throws JMSException {
        producer.setDeliveryDelay(300);
        var message = session.createTextMessage("late");
        producer.send(message);
        assertThat(message.getJMSDeliveryTime()).isEqualTo(message.getJMSTimestamp() + 300);
        assertThat(consumer.receiveNoWait()).isNull();
        var received = next(consumer);
        assertThat(received.getJMSDeliveryTime())
                .isEqualTo(message.getJMSDeliveryTime())
                .isLessThanOrEqualTo(System.currentTimeMillis());
    }

    @Test
    @JmsSpec({"3.5.2/types", "3.5.6/names", "3.5.8/null", "3.5.9/groups", "3.3/parts"})
    void propertiesComeAsTheirTypes() throws JMSException {
        var message = session.createTextMessage("body");
        message.setBooleanProperty("aBoolean", true);
        message.setByteProperty("aByte", (byte) 1);
        message.setShortProperty("aShort", (short) 2);
        message.setIntProperty("anInt", 3);
        message.setLongProperty("aLong", 4);
        message.setFloatProperty("aFloat", 5);
        message.setDoubleProperty("aDouble", 6);
        message.setStringProperty("aString", "7");
        message.setObjectProperty("anObject", 8L);
        message.setStringProperty("JMSXGroupID", "g");
        message.setIntProperty("JMSXGroupSeq", 9);
        message.setJMSType("t");
        producer.send(message);
        var received = next(consumer);
        assertThat(received.getObjectProperty("aBoolean")).isEqualTo(true);
        assertThat(received.getObjectProperty("aByte")).isEqualTo((byte) 1);
        assertThat(received.getObjectProperty("aShort")).isEqualTo((short) 2);
        assertThat(received.getObjectProperty("anInt")).isEqualTo(3);
        assertThat(received.getObjectProperty("aLong")).isEqualTo(4L);
        assertThat(received.getObjectProperty("aFloat")).isEqualTo(5f);
        assertThat(received.getObjectProperty("aDouble")).isEqualTo(6d);
        assertThat(received.getObjectProperty("aString")).isEqualTo("7");
        assertThat(received.getObjectProperty("anObject")).isEqualTo(8L);
        assertThat(received.getStringProperty("JMSXGroupID")).isEqualTo("g");
        assertThat(received.getIntProperty("JMSXGroupSeq")).isEqualTo(9);
        assertThat(received.propertyExists("not there")).isFalse();
        assertThat(received.getObjectProperty("notThere")).isNull();
        assertThat(received.getStringProperty("notThere")).isNull();
        assertThat(received.getBooleanProperty("notThere")).isFalse();
        assertThatThrownBy(() -> received.getIntProperty("notThere")).isInstanceOf(NumberFormatException.class);
        assertThat(names(received))
                .containsExactlyInAnyOrder(
                        "aBoolean",
                        "aByte",
                        "aShort",
                        "anInt",
                        "aLong",
                        "aFloat",
                        "aDouble",
                        "aString",
                        "anObject",
                        "JMSXGroupID",
                        "JMSXGroupSeq",
                        "JMSXDeliveryCount");
        assertThat(received.getBody(String.class)).isEqualTo("body");
    }

    private static List<String> names(Message message) throws JMSException {
        var names = new ArrayList<String>();
        for (Object name : Collections.list((java.util.Enumeration<?>) message.getPropertyNames())) {
            names.add((String) name);
        }
        return names;
    }

    @Test
    @JmsSpec("3.5.9/on-receive")
    void deliveryCountIsForReceivers() throws JMSException {
        var message = session.createMessage();
        assertThat(message.propertyExists("JMSXDeliveryCount")).isFalse();
        assertThat(names(message)).isEmpty();
        producer.send(message);
        assertThat(message.propertyExists("JMSXDeliveryCount")).isFalse();
        var received = next(consumer);
        assertThat(received.getIntProperty("JMSXDeliveryCount")).isEqualTo(1);
        received.clearProperties();
        assertThat(names(received)).isEmpty();
    }

    @Test
    @JmsSpec({"3.5.3/read-only", "3.5.7/clear", "3.10/read-only", "3.11.1/clear", "3.11.2/write", "10.3/not-writeable"})
    void receivedMessageIsReadOnlyUntilItIsCleared() throws JMSException {
        var message = session.createTextMessage("body");
        message.setIntProperty("p", 1);
        producer.send(message);
        var received = (TextMessage) next(consumer);
        received.setJMSType("headers can be changed");
        assertThatThrownBy(() -> received.setIntProperty("p", 2)).isInstanceOf(MessageNotWriteableException.class);
        assertThatThrownBy(() -> received.setText("new")).isInstanceOf(MessageNotWriteableException.class);
        received.clearProperties();
        assertThat(received.propertyExists("p")).isFalse();
        assertThat(received.getText()).isEqualTo("body");
        received.setIntProperty("p", 3);
        assertThat(received.getIntProperty("p")).isEqualTo(3);
        received.clearBody();
        assertThat(received.getText()).isNull();
        assertThat(received.getIntProperty("p")).isEqualTo(3);
        received.setText("new");
        producer.send(received);
        var again = next(consumer);
        assertThat(again.getBody(String.class)).isEqualTo("new");
        assertThat(again.getIntProperty("p")).isEqualTo(3);
    }

    @Test
    @JmsSpec("3.10/original")
    void messageThatComesAgainIsTheOriginal() throws JMSException {
        consumer.close();
        producer.send(session.createTextMessage("original"));
        var acknowledging = clients.session(Session.CLIENT_ACKNOWLEDGE);
        var taking = acknowledging.createConsumer(queue);
        var received = (TextMessage) next(taking);
        received.clearBody();
        received.setText("changed");
        received.clearProperties();
        received.setIntProperty("p", 1);
        acknowledging.recover();
        var again = next(taking);
        assertThat(again.getBody(String.class)).isEqualTo("original");
        assertThat(again.propertyExists("p")).isFalse();
    }

    @Test
    @JmsSpec("3.9/kept")
    void sentMessageStaysAsItWas() throws JMSException {
        var text = session.createTextMessage("first");
        producer.send(text);
        text.setText("second");
        text.setIntProperty("p", 2);
        producer.send(text);
        assertThat(nextText(consumer)).isEqualTo("first");
        var second = next(consumer);
        assertThat(second.getBody(String.class)).isEqualTo("second");
        assertThat(second.getIntProperty("p")).isEqualTo(2);

        var bytes = session.createBytesMessage();
        bytes.writeByte((byte) 1);
        producer.send(bytes);
        bytes.writeByte((byte) 2);
        producer.send(bytes);
        assertThat(next(consumer).getBody(byte[].class)).containsExactly(1);
        assertThat(next(consumer).getBody(byte[].class)).containsExactly(1, 2);
    }
}
