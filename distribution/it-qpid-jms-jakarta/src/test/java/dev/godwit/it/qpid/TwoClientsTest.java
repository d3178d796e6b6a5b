package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What one client writes, the other reads: every type, property and header, in each direction. */
@Timeout(60)
final class TwoClientsTest {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    private static final long SOON_MILLIS = 10_000;
    private static final String ALLOW = "?jms.deserializationPolicy.allowList=java.util,java.lang";

    static Stream<Arguments> pairs() {
        return Stream.of(JmsClient.values())
                .flatMap(sender -> Stream.of(JmsClient.values()).map(receiver -> Arguments.of(sender, receiver)));
    }

    static Stream<Arguments> pairsAndSamples() {
        return pairs().flatMap(pair ->
                Stream.of(MessageSample.values()).map(sample -> Arguments.of(pair.get()[0], pair.get()[1], sample)));
    }

    @ParameterizedTest(name = "{0} to {1}: {2}")
    @MethodSource("pairsAndSamples")
    void understandEachOthersBodies(JmsClient sender, JmsClient receiver, MessageSample sample) throws JMSException {
        var name = "body-" + sender + "-" + receiver + "-" + sample;
        try (var sending = sender.connect(BROKER.uri() + ALLOW);
                var receiving = receiver.connect(BROKER.uri() + ALLOW)) {
            var session = sending.createSession();
            session.createProducer(session.createQueue(name)).send(sample.write(session));

            sample.verify(receive(receiving.createSession(), name));
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void understandEachOthersProperties(JmsClient sender, JmsClient receiver) throws JMSException {
        var name = "properties-" + sender + "-" + receiver;
        try (var sending = sender.connect(BROKER.uri() + ALLOW);
                var receiving = receiver.connect(BROKER.uri() + ALLOW)) {
            var session = sending.createSession();
            var message = session.createMessage();
            message.setBooleanProperty("boolean", true);
            message.setByteProperty("byte", (byte) 1);
            message.setShortProperty("short", (short) 2);
            message.setIntProperty("int", 3);
            message.setLongProperty("long", 4);
            message.setFloatProperty("float", 5.5f);
            message.setDoubleProperty("double", 6.5);
            message.setStringProperty("string", "seven");
            message.setObjectProperty("nothing", null);
            session.createProducer(session.createQueue(name)).send(message);

            var received = receive(receiving.createSession(), name);
            assertThat(received.getObjectProperty("boolean")).isEqualTo(true);
            assertThat(received.getObjectProperty("byte")).isEqualTo((byte) 1);
            assertThat(received.getObjectProperty("short")).isEqualTo((short) 2);
            assertThat(received.getObjectProperty("int")).isEqualTo(3);
            assertThat(received.getObjectProperty("long")).isEqualTo(4L);
            assertThat(received.getObjectProperty("float")).isEqualTo(5.5f);
            assertThat(received.getObjectProperty("double")).isEqualTo(6.5);
            assertThat(received.getStringProperty("string")).isEqualTo("seven");
            assertThat(received.propertyExists("nothing")).isTrue();
            assertThat(received.getObjectProperty("nothing")).isNull();
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void understandEachOthersHeaders(JmsClient sender, JmsClient receiver) throws JMSException {
        var name = "headers-" + sender + "-" + receiver;
        try (var sending = sender.connect(BROKER.uri() + ALLOW);
                var receiving = receiver.connect(BROKER.uri() + ALLOW)) {
            var session = sending.createSession();
            var message = session.createTextMessage("headers");
            message.setJMSType("a-type");
            message.setJMSCorrelationID("a-correlation");
            message.setJMSReplyTo(session.createQueue("answers"));
            message.setStringProperty("JMSXGroupID", "a-group");
            message.setIntProperty("JMSXGroupSeq", 5);
            session.createProducer(session.createQueue(name)).send(message, DeliveryMode.NON_PERSISTENT, 7, 600_000);

            var received = receive(receiving.createSession(), name);
            assertThat(received.getJMSType()).isEqualTo("a-type");
            assertThat(received.getJMSCorrelationID()).isEqualTo("a-correlation");
            assertThat(((Queue) received.getJMSReplyTo()).getQueueName()).isEqualTo("answers");
            assertThat(((Queue) received.getJMSDestination()).getQueueName()).isEqualTo(name);
            assertThat(received.getJMSMessageID())
                    .isEqualTo(message.getJMSMessageID())
                    .startsWith("ID:");
            assertThat(received.getJMSDeliveryMode()).isEqualTo(DeliveryMode.NON_PERSISTENT);
            assertThat(received.getJMSPriority()).isEqualTo(7);
            assertThat(received.getJMSTimestamp()).isEqualTo(message.getJMSTimestamp());
            assertThat(received.getJMSExpiration()).isEqualTo(message.getJMSExpiration());
            assertThat(received.getJMSRedelivered()).isFalse();
            assertThat(received.getIntProperty("JMSXDeliveryCount")).isEqualTo(1);
            assertThat(received.getStringProperty("JMSXGroupID")).isEqualTo("a-group");
            assertThat(received.getIntProperty("JMSXGroupSeq")).isEqualTo(5);
        }
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("pairs")
    void understandEachOthersCorrelationBytesAndDefaults(JmsClient sender, JmsClient receiver) throws JMSException {
        var name = "defaults-" + sender + "-" + receiver;
        try (var sending = sender.connect(BROKER.uri() + ALLOW);
                var receiving = receiver.connect(BROKER.uri() + ALLOW)) {
            var session = sending.createSession();
            var message = session.createTextMessage("defaults");
            message.setJMSCorrelationIDAsBytes(new byte[] {1, 2, 3});
            session.createProducer(session.createQueue(name)).send(message);

            var received = receive(receiving.createSession(), name);
            assertThat(received.getJMSCorrelationIDAsBytes()).containsExactly(1, 2, 3);
            assertThat(received.getJMSDeliveryMode()).isEqualTo(DeliveryMode.PERSISTENT);
            assertThat(received.getJMSPriority()).isEqualTo(Message.DEFAULT_PRIORITY);
            assertThat(received.getJMSExpiration()).isZero();
            assertThat(received.getJMSType()).isNull();
            assertThat(received.getJMSReplyTo()).isNull();
            assertThat(received.propertyExists("number")).isFalse();
        }
    }

    @ParameterizedTest(name = "{0} asks {1}")
    @MethodSource("pairs")
    void answerEachOtherThroughTemporaryQueues(JmsClient requester, JmsClient replier) throws JMSException {
        var name = "requests-" + requester + "-" + replier;
        try (var asking = requester.connect(BROKER.uri() + ALLOW);
                var answering = replier.connect(BROKER.uri() + ALLOW)) {
            var askingSession = asking.createSession();
            var answers = askingSession.createTemporaryQueue();
            var question = askingSession.createTextMessage("question");
            question.setJMSReplyTo(answers);
            var answerConsumer = askingSession.createConsumer(answers);
            askingSession.createProducer(askingSession.createQueue(name)).send(question);

            var answeringSession = answering.createSession();
            var asked = receive(answeringSession, name);
            var answer = answeringSession.createTextMessage("answer to " + ((TextMessage) asked).getText());
            answer.setJMSCorrelationID(asked.getJMSMessageID());
            answeringSession.createProducer(null).send(asked.getJMSReplyTo(), answer);

            var answered = (TextMessage) answerConsumer.receive(SOON_MILLIS);
            assertThat(answered).isNotNull();
            assertThat(answered.getText()).isEqualTo("answer to question");
            assertThat(answered.getJMSCorrelationID()).isEqualTo(question.getJMSMessageID());
        }
    }

    private static Message receive(Session session, String queue) throws JMSException {
        try (var consumer = session.createConsumer(session.createQueue(queue))) {
            var received = consumer.receive(SOON_MILLIS);
            assertThat(received).as("a message from " + queue).isNotNull();
            return received;
        }
    }
}
