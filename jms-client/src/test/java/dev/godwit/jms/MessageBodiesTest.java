package dev.godwit.jms;

import static dev.godwit.jms.Clients.next;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import java.io.Serializable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of the bodies of messages, and of wrong use of them. */
@Timeout(60)
class MessageBodiesTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private Session session;
    private MessageProducer producer;
    private MessageConsumer consumer;

    @BeforeEach
    void connect() throws JMSException {
        session = clients.session();
        producer = session.createProducer(clients.queue());
        consumer = session.createConsumer(clients.queue());
    }

    @Test
    @JmsSpec({"3.11.4/form", "3.7/root"})
    void eachMessageKeepsItsType() throws JMSException {
        var stream = session.createStreamMessage();
        stream.writeInt(1);
        var map = session.createMapMessage();
        map.setInt("one", 1);
        var bytes = session.createBytesMessage();
        bytes.writeInt(1);
        for (Message message : new Message[] {
            session.createMessage(),
            session.createTextMessage("one"),
            session.createTextMessage(),
            session.createObjectMessage(1),
            session.createObjectMessage(),
            stream,
            session.createStreamMessage(),
            map,
            session.createMapMessage(),
            bytes,
            session.createBytesMessage()
        }) {
            producer.send(message);
            assertThat(next(consumer)).hasSameClassAs(message);
        }
    }

    @Test
    @JmsSpec({"3.12/copies"})
    void whatIsPutInOrTakenOutIsACopy() throws JMSException {
        var array = new byte[] {1};
        var map = session.createMapMessage();
        map.setBytes("a", array);
        map.setObject("b", array);
        var stream = session.createStreamMessage();
        stream.writeBytes(array);
        stream.writeObject(array);
        var object = session.createObjectMessage(array);
        array[0] = 2;
        map.getBytes("a")[0] = 3;
        ((byte[]) map.getObject("b"))[0] = 3;
        assertThat(map.getBytes("a")).containsExactly(1);
        assertThat((byte[]) map.getObject("b")).containsExactly(1);
        stream.reset();
        ((byte[]) stream.readObject())[0] = 3;
        stream.reset();
        assertThat((byte[]) stream.readObject()).containsExactly(1);
        assertThat((byte[]) stream.readObject()).containsExactly(1);
        ((byte[]) object.getObject())[0] = 3;
        assertThat((byte[]) object.getObject()).containsExactly(1);
    }

    @Test
    @JmsSpec("3.12/null-bytes")
    void bytesMessageTakesNoNull() throws JMSException {
        var bytes = session.createBytesMessage();
        assertThatThrownBy(() -> bytes.writeObject(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> bytes.writeUTF(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> bytes.writeBytes(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    @JmsSpec("3.11.3/again")
    void bytesThatAreNoTextCanBeReadAgain() throws JMSException {
        var bytes = session.createBytesMessage();
        bytes.writeShort((short) 3);
        bytes.writeBytes(new byte[] {-1, -1, -1});
        bytes.reset();
        assertThatThrownBy(bytes::readUTF).isInstanceOf(jakarta.jms.MessageFormatException.class);
        assertThat(bytes.readShort()).isEqualTo((short) 3);
        assertThatThrownBy(bytes::readInt).isInstanceOf(jakarta.jms.MessageEOFException.class);
        assertThat(bytes.readByte()).isEqualTo((byte) -1);
        assertThat(bytes.readShort()).isEqualTo((short) -1);
        assertThatThrownBy(bytes::readByte).isInstanceOf(jakarta.jms.MessageEOFException.class);
    }

    @Test
    void partsOfArraysAreWithinThem() throws JMSException {
        var array = new byte[] {1, 2, 3};
        var map = session.createMapMessage();
        var stream = session.createStreamMessage();
        var bytes = session.createBytesMessage();
        map.setBytes("a", array, 1, 2);
        assertThat(map.getBytes("a")).containsExactly(2, 3);
        assertThatThrownBy(() -> map.setBytes("b", array, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> stream.writeBytes(array, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> bytes.writeBytes(array, 2, 2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(map.itemExists("b")).isFalse();
    }

    @Test
    @JmsSpec({"10.3/eof", "10.3/format", "10.3/not-readable"})
    void wrongUseOfBodiesIsToldByItsException() throws JMSException {
        var stream = session.createStreamMessage();
        var bytes = session.createBytesMessage();
        var map = session.createMapMessage();
        assertThatThrownBy(stream::readInt).isInstanceOf(jakarta.jms.MessageNotReadableException.class);
        assertThatThrownBy(bytes::readInt).isInstanceOf(jakarta.jms.MessageNotReadableException.class);
        assertThatThrownBy(bytes::getBodyLength).isInstanceOf(jakarta.jms.MessageNotReadableException.class);
        var nothingKnown = new Object();
        assertThatThrownBy(() -> stream.writeObject(nothingKnown))
                .isInstanceOf(jakarta.jms.MessageFormatException.class);
        assertThatThrownBy(() -> bytes.writeObject(nothingKnown))
                .isInstanceOf(jakarta.jms.MessageFormatException.class);
        assertThatThrownBy(() -> map.setObject("a", nothingKnown))
                .isInstanceOf(jakarta.jms.MessageFormatException.class);
        assertThatThrownBy(() -> map.setObjectProperty("a", nothingKnown))
                .isInstanceOf(jakarta.jms.MessageFormatException.class);
        assertThatThrownBy(() -> session.createObjectMessage(new Unserializable()))
                .isInstanceOf(jakarta.jms.MessageFormatException.class);
        stream.writeBoolean(true);
        stream.reset();
        assertThatThrownBy(stream::readShort).isInstanceOf(jakarta.jms.MessageFormatException.class);
        assertThat(stream.readBoolean()).isTrue();
        assertThatThrownBy(stream::readBoolean).isInstanceOf(jakarta.jms.MessageEOFException.class);
        bytes.reset();
        assertThatThrownBy(bytes::readByte).isInstanceOf(jakarta.jms.MessageEOFException.class);
    }

    @SuppressWarnings("serial")
    private static final class Unserializable implements Serializable {
        private static final long serialVersionUID = 1L;
        private final Object inside = new Object();

        @Override
        public String toString() {
            return "with " + inside;
        }
    }

    @Test
    void bodiesAreGivenAsWhatTheyAre() throws JMSException {
        MapMessage map = session.createMapMessage();
        map.setInt("a", 1);
        BytesMessage bytes = session.createBytesMessage();
        bytes.writeByte((byte) 1);
        ObjectMessage object = session.createObjectMessage(7);
        StreamMessage stream = session.createStreamMessage();
        Message plain = session.createMessage();
        assertThat(map.isBodyAssignableTo(java.util.Map.class)).isTrue();
        assertThat(map.isBodyAssignableTo(String.class)).isFalse();
        assertThat(bytes.getBody(byte[].class)).containsExactly(1);
        assertThat(bytes.isBodyAssignableTo(String.class)).isFalse();
        assertThat(object.getBody(Number.class)).isEqualTo(7);
        assertThat(object.isBodyAssignableTo(Serializable.class)).isTrue();
        assertThat(object.isBodyAssignableTo(String.class)).isFalse();
        assertThat(stream.isBodyAssignableTo(Object.class)).isFalse();
        assertThatThrownBy(() -> stream.getBody(Object.class)).isInstanceOf(jakarta.jms.MessageFormatException.class);
        assertThat(plain.isBodyAssignableTo(Thread.class)).isTrue();
        assertThat(plain.getBody(Thread.class)).isNull();
    }
}
