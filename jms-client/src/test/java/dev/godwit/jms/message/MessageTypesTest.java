package dev.godwit.jms.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageEOFException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageNotReadableException;
import jakarta.jms.MessageNotWriteableException;
import jakarta.jms.ObjectMessage;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.io.ObjectInputFilter;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each message type allows, in each state. */
class MessageTypesTest {
    private static final MessageFactory MESSAGES = new MessageFactory(DeserializationPolicy.NOTHING, true);

    private static <M extends Message> M received(GodwitMessage sent, MessageFactory factory, Class<M> type)
            throws JMSException {
        return type.cast(factory.received(sent.toEnvelope(), Acknowledgement.NONE));
    }

    @Test
    @JmsSpec("3.10/read-only")
    void receivedMessageIsReadOnlyUntilCleared() throws JMSException {
        GodwitTextMessage sent = MESSAGES.newTextMessage("text");
        sent.setStringProperty("p", "v");
        TextMessage message = received(sent, MESSAGES, TextMessage.class);
        assertThatThrownBy(() -> message.setText("x")).isInstanceOf(MessageNotWriteableException.class);
        assertThatThrownBy(() -> message.setStringProperty("p", "w")).isInstanceOf(MessageNotWriteableException.class);

        message.clearProperties();
        message.setStringProperty("q", "w");
        assertThat(message.propertyExists("p")).isFalse();
        assertThat(message.getText()).isEqualTo("text");
        assertThatThrownBy(() -> message.setText("x")).isInstanceOf(MessageNotWriteableException.class);

        message.clearBody();
        assertThat(message.getText()).isNull();
        message.setText("x");
        assertThat(message.getText()).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1a", "a-b", "a b", "NULL", "TRUE", "BETWEEN", "ESCAPE", "a.b"})
    @JmsSpec("3.5.1/identifiers")
    void refusesNamesThatNoSelectorCouldSay(String name) {
        assertThatThrownBy(() -> MESSAGES.newMessage().setIntProperty(name, 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "_a", "$a", "a1", "JMSXGroupID2", "nulls", "true", "größe"})
    @JmsSpec("3.5.1/identifiers")
    void takesIdentifiersAsNames(String name) throws JMSException {
        Message message = MESSAGES.newMessage();
        message.setIntProperty(name, 1);
        assertThat(message.getIntProperty(name)).isEqualTo(1);
    }

    @Test
    @JmsSpec("3.5.10/prefix")
    void standardPropertiesAreFieldsOfTheEnvelope() throws JMSException {
        GodwitMessage message = MESSAGES.newMessage();
        message.setStringProperty("JMSXGroupID", "g");
        message.setIntProperty("JMSXGroupSeq", 9);
        message.setStringProperty("JMSXUserID", "u");
        message.setLongProperty("JMS_AMQP_TTL", 5);
        message.setStringProperty("mine", "m");
        MessageEnvelope envelope = message.toEnvelope();
        assertThat(envelope.groupId()).isEqualTo("g");
        assertThat(envelope.groupSequence()).isEqualTo(9);
        assertThat(envelope.userId()).isEqualTo("u");
        assertThat(envelope.timeToLiveOverrideMillis()).isEqualTo(5);
        assertThat(envelope.properties()).containsOnlyKeys("mine");
        assertThat(Collections.list(message.getPropertyNames()))
                .containsExactly("mine", "JMSXUserID", "JMSXGroupID", "JMSXGroupSeq", "JMS_AMQP_TTL");
        assertThatThrownBy(() -> message.setLongProperty("JMS_AMQP_TTL", 1L << 32))
                .isInstanceOf(MessageFormatException.class);
        message.clearProperties();
        assertThat(message.getStringProperty("JMSXGroupID")).isNull();
        assertThat(message.propertyExists("JMSXGroupSeq")).isFalse();
    }

    @Test
    @JmsSpec("3.4.5/kinds")
    void correlationIdIsTextOrBytes() throws JMSException {
        Message message = MESSAGES.newMessage();
        message.setJMSCorrelationID("text");
        assertThatThrownBy(message::getJMSCorrelationIDAsBytes).isInstanceOf(JMSException.class);
        message.setJMSCorrelationIDAsBytes(new byte[] {(byte) 0xAB});
        assertThat(message.getJMSCorrelationID()).isEqualTo("ID:AMQP_BINARY:AB");
        assertThat(message.getJMSCorrelationIDAsBytes()).containsExactly(0xAB);
        message.setJMSCorrelationID("ID:AMQP_BINARY:0C");
        assertThat(message.getJMSCorrelationIDAsBytes()).containsExactly(0x0C);
    }

    @Test
    @JmsSpec("3.11.1/clear")
    void bytesAreWrittenThenReadThenWrittenOn() throws JMSException {
        BytesMessage message = MESSAGES.newBytesMessage();
        message.writeByte((byte) -1);
        message.writeChar('c');
        message.writeUTF("é");
        assertThatThrownBy(message::readByte).isInstanceOf(MessageNotReadableException.class);
        assertThatThrownBy(message::getBodyLength).isInstanceOf(MessageNotReadableException.class);

        message.reset();
        assertThat(message.getBodyLength()).isEqualTo(7);
        assertThat(message.readUnsignedByte()).isEqualTo(255);
        assertThat(message.readChar()).isEqualTo('c');
        assertThat(message.readUTF()).isEqualTo("é");
        assertThatThrownBy(message::readByte).isInstanceOf(MessageEOFException.class);
        assertThat(message.readBytes(new byte[3])).isEqualTo(-1);
        assertThatThrownBy(() -> message.writeByte((byte) 1)).isInstanceOf(MessageNotWriteableException.class);
        message.reset();
        assertThat(message.readByte()).isEqualTo((byte) -1);
    }

    @Test
    void bytesGoOnAfterASend() throws JMSException {
        GodwitBytesMessage message = MESSAGES.newBytesMessage();
        message.writeByte((byte) 1);
        assertThat(bytesOf(message)).containsExactly(1);
        message.writeByte((byte) 2);
        assertThat(bytesOf(message)).containsExactly(1, 2);
    }

    private static byte[] bytesOf(GodwitBytesMessage message) throws JMSException {
        var body = ((MessageBody.Bytes) message.toEnvelope().body()).bytes();
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        return bytes;
    }

    @Test
    void readsBytesInPieces() throws JMSException {
        BytesMessage message = MESSAGES.newBytesMessage();
        message.writeBytes(new byte[] {1, 2, 3, 4, 5}, 0, 5);
        message.reset();
        byte[] piece = new byte[3];
        assertThat(message.readBytes(piece)).isEqualTo(3);
        assertThat(message.readBytes(piece, 2)).isEqualTo(2);
        assertThat(piece).containsExactly(4, 5, 3);
        assertThatThrownBy(() -> message.readBytes(piece, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @JmsSpec("3.11.3/again")
    void streamItemThatDoesNotConvertCanBeReadAgain() throws JMSException {
        StreamMessage message = MESSAGES.newStreamMessage();
        message.writeString("no number");
        message.writeInt(5);
        assertThatThrownBy(message::readString).isInstanceOf(MessageNotReadableException.class);
        message.reset();
        assertThatThrownBy(message::readInt).isInstanceOf(NumberFormatException.class);
        assertThatThrownBy(message::readChar).isInstanceOf(MessageFormatException.class);
        assertThat(message.readString()).isEqualTo("no number");
        assertThat(message.readLong()).isEqualTo(5);
        assertThatThrownBy(message::readObject).isInstanceOf(MessageEOFException.class);
    }

    @Test
    void streamBytesAreReadInPiecesAndNotLeftHalfway() throws JMSException {
        StreamMessage message = MESSAGES.newStreamMessage();
        message.writeBytes(new byte[] {1, 2, 3});
        message.writeBytes(new byte[0]);
        message.writeBytes(null);
        message.writeBytes(new byte[] {4, 5});
        message.reset();
        byte[] two = new byte[2];
        assertThat(message.readBytes(two)).isEqualTo(2);
        assertThatThrownBy(message::readObject).isInstanceOf(MessageFormatException.class);
        assertThat(message.readBytes(two)).isEqualTo(1);
        assertThat(message.readBytes(two)).isZero();
        assertThat(message.readBytes(two)).isEqualTo(-1);
        assertThat(message.readBytes(two)).isEqualTo(2);
        assertThat(message.readBytes(two)).isEqualTo(-1);
        assertThatThrownBy(() -> message.readBytes(two)).isInstanceOf(MessageEOFException.class);
    }

    @Test
    void mapNamesAreNotEmpty() {
        assertThatThrownBy(() -> MESSAGES.newMapMessage().setInt("", 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void objectIsWrittenDownWhenItIsSet() throws JMSException {
        ArrayList<String> list = new ArrayList<>(List.of("a"));
        ObjectMessage message = MESSAGES.newObjectMessage(list);
        list.add("b");
        assertThat(message.getObject()).isEqualTo(List.of("a"));
    }

    @Test
    void strangersObjectComesToLifeOnlyWhenItsClassIsAllowed() throws JMSException {
        GodwitObjectMessage sent = MESSAGES.newObjectMessage(new Pet("rex"));
        ObjectMessage refused = received(sent, MESSAGES, ObjectMessage.class);
        assertThatThrownBy(refused::getObject)
                .isInstanceOf(MessageFormatException.class)
                .hasMessageContaining("jms.deserializationPolicy.allowList");

        String name = Pet.class.getName();
        assertThat(read(sent, DeserializationPolicy.parse(name, ""))).isEqualTo(new Pet("rex"));
        assertThat(read(sent, DeserializationPolicy.parse("dev.godwit.jms.message", "")))
                .isEqualTo(new Pet("rex"));
        assertThat(read(sent, DeserializationPolicy.parse("*", ""))).isEqualTo(new Pet("rex"));
        assertThatThrownBy(() -> read(sent, DeserializationPolicy.parse("*", "dev.godwit.jms.message")))
                .isInstanceOf(MessageFormatException.class);
        assertThatThrownBy(() -> read(sent, DeserializationPolicy.parse("dev.godwit.jms.mess", "")))
                .isInstanceOf(MessageFormatException.class);
    }

    @Test
    void plainValuesNeedNoPermission() throws JMSException {
        assertThat(read(MESSAGES.newObjectMessage("text"), DeserializationPolicy.NOTHING))
                .isEqualTo("text");
        assertThat(read(MESSAGES.newObjectMessage(5L), DeserializationPolicy.NOTHING))
                .isEqualTo(5L);
        assertThat(read(MESSAGES.newObjectMessage(new int[] {1}), DeserializationPolicy.NOTHING))
                .isEqualTo(new int[] {1});
        assertThat(read(MESSAGES.newObjectMessage(null), DeserializationPolicy.NOTHING))
                .isNull();
    }

    @Test
    void enumIsAllowedByItsOwnName() throws JMSException {
        GodwitObjectMessage sent = MESSAGES.newObjectMessage(Size.SMALL);
        assertThat(read(sent, DeserializationPolicy.parse(Size.class.getName(), "")))
                .isEqualTo(Size.SMALL);
        assertThatThrownBy(() -> read(sent, DeserializationPolicy.NOTHING)).isInstanceOf(MessageFormatException.class);
    }

    @Test
    void streamIsBoundedAndTheFilterOfTheProcessIsAsked() {
        DeserializationPolicy all = DeserializationPolicy.parse("*", "");
        assertThat(all.filter(100, null).checkInput(new Progress(20, 1_000_000)))
                .isEqualTo(ObjectInputFilter.Status.ALLOWED);
        assertThat(all.filter(100, null).checkInput(new Progress(21, 1))).isEqualTo(ObjectInputFilter.Status.REJECTED);
        assertThat(all.filter(100, null).checkInput(new Progress(1, 1_000_001)))
                .isEqualTo(ObjectInputFilter.Status.REJECTED);
        assertThat(all.filter(100, info -> ObjectInputFilter.Status.REJECTED).checkInput(new Progress(1, 1)))
                .isEqualTo(ObjectInputFilter.Status.REJECTED);
    }

    /** How far a stream has been read, at an object of this test. */
    private record Progress(long depth, long references) implements ObjectInputFilter.FilterInfo {
        @Override
        public Class<?> serialClass() {
            return Pet.class;
        }

        @Override
        public long arrayLength() {
            return -1;
        }

        @Override
        public long streamBytes() {
            return 1;
        }
    }

    enum Size {
        SMALL
    }

    private static Serializable read(GodwitObjectMessage sent, DeserializationPolicy policy) throws JMSException {
        return received(sent, new MessageFactory(policy, true), ObjectMessage.class)
                .getObject();
    }

    record Pet(String name) implements Serializable {}

    @Test
    void bodyIsGivenAsWhatItIs() throws JMSException {
        assertThat(MESSAGES.newTextMessage("t").getBody(String.class)).isEqualTo("t");
        assertThat(MESSAGES.newTextMessage("t").getBody(CharSequence.class)).isEqualTo("t");
        assertThatThrownBy(() -> MESSAGES.newTextMessage("t").getBody(Integer.class))
                .isInstanceOf(MessageFormatException.class);
        assertThat(MESSAGES.newTextMessage(null).isBodyAssignableTo(Integer.class))
                .isTrue();
        assertThat(MESSAGES.newMessage().getBody(Integer.class)).isNull();
        assertThatThrownBy(() -> MESSAGES.newStreamMessage().getBody(Object.class))
                .isInstanceOf(MessageFormatException.class);
        GodwitMapMessage map = MESSAGES.newMapMessage();
        map.setInt("a", 1);
        assertThat(map.getBody(Object.class)).isEqualTo(Map.of("a", 1));
        assertThat(map.isBodyAssignableTo(String.class)).isFalse();
        GodwitBytesMessage bytes = MESSAGES.newBytesMessage();
        bytes.writeByte((byte) 1);
        assertThat(bytes.getBody(byte[].class)).containsExactly(1);
        assertThat(bytes.isBodyAssignableTo(String.class)).isFalse();
    }

    @Test
    @JmsSpec("3.12/foreign")
    void copiesAnotherProvidersMessage() throws JMSException {
        GodwitMapMessage inner = MESSAGES.newMapMessage();
        inner.setInt("a", 1);
        inner.setStringProperty("p", "v");
        inner.setJMSType("t");
        inner.setJMSCorrelationID("c");
        inner.setJMSReplyTo(new GodwitQueue("q"));
        Message foreign = Foreign.of(jakarta.jms.MapMessage.class, inner);
        GodwitMessage copy = MESSAGES.ours(foreign);
        assertThat(copy).isInstanceOf(GodwitMapMessage.class).isNotSameAs(inner);
        assertThat(((GodwitMapMessage) copy).getInt("a")).isEqualTo(1);
        assertThat(copy.getStringProperty("p")).isEqualTo("v");
        assertThat(copy.getJMSType()).isEqualTo("t");
        assertThat(copy.getJMSCorrelationID()).isEqualTo("c");
        assertThat(copy.getJMSReplyTo()).isEqualTo(new GodwitQueue("q"));

        GodwitStreamMessage stream = MESSAGES.newStreamMessage();
        stream.writeInt(1);
        stream.writeString("two");
        GodwitStreamMessage streamCopy = (GodwitStreamMessage) MESSAGES.ours(Foreign.of(StreamMessage.class, stream));
        streamCopy.reset();
        assertThat(streamCopy.readInt()).isEqualTo(1);
        assertThat(streamCopy.readString()).isEqualTo("two");

        GodwitBytesMessage bytes = MESSAGES.newBytesMessage();
        bytes.writeInt(9);
        GodwitBytesMessage bytesCopy = (GodwitBytesMessage) MESSAGES.ours(Foreign.of(BytesMessage.class, bytes));
        bytesCopy.reset();
        assertThat(bytesCopy.readInt()).isEqualTo(9);
        assertThat(MESSAGES.ours(inner)).isSameAs(inner);
    }

    /** A message of a class that we do not know, with the contents of one of ours. */
    private static final class Foreign {
        static <M extends Message> M of(Class<M> type, Message inner) {
            return type.cast(java.lang.reflect.Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                        try {
                            return method.invoke(inner, arguments);
                        } catch (java.lang.reflect.InvocationTargetException failed) {
                            throw failed.getCause();
                        }
                    }));
        }
    }
}
