package dev.godwit.it.qpid;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.List;

/** One message of each type, with every kind of value in it, and what must be found in it again. */
enum MessageSample {
    PLAIN {
        @Override
        Message write(Session session) throws JMSException {
            return session.createMessage();
        }

        @Override
        void verify(Message message) {
            assertThat(message)
                    .isNotInstanceOfAny(
                            TextMessage.class,
                            BytesMessage.class,
                            MapMessage.class,
                            StreamMessage.class,
                            ObjectMessage.class);
        }
    },
    TEXT {
        @Override
        Message write(Session session) throws JMSException {
            return session.createTextMessage("gr\u00fc\u00dfe \u20ac \ud83d\ude00");
        }

        @Override
        void verify(Message message) throws JMSException {
            assertThat(((TextMessage) message).getText()).isEqualTo("gr\u00fc\u00dfe \u20ac \ud83d\ude00");
        }
    },
    EMPTY_TEXT {
        @Override
        Message write(Session session) throws JMSException {
            return session.createTextMessage();
        }

        @Override
        void verify(Message message) throws JMSException {
            assertThat(((TextMessage) message).getText()).isNull();
        }
    },
    BYTES {
        @Override
        Message write(Session session) throws JMSException {
            var message = session.createBytesMessage();
            message.writeBoolean(true);
            message.writeByte((byte) -1);
            message.writeShort(Short.MIN_VALUE);
            message.writeChar('\u20ac');
            message.writeInt(Integer.MIN_VALUE);
            message.writeLong(Long.MAX_VALUE);
            message.writeFloat(1.5f);
            message.writeDouble(Math.PI);
            message.writeUTF("\u00e4");
            message.writeBytes(new byte[] {1, 2, 3});
            return message;
        }

        @Override
        void verify(Message message) throws JMSException {
            var bytes = (BytesMessage) message;
            assertThat(bytes.readBoolean()).isTrue();
            assertThat(bytes.readByte()).isEqualTo((byte) -1);
            assertThat(bytes.readShort()).isEqualTo(Short.MIN_VALUE);
            assertThat(bytes.readChar()).isEqualTo('\u20ac');
            assertThat(bytes.readInt()).isEqualTo(Integer.MIN_VALUE);
            assertThat(bytes.readLong()).isEqualTo(Long.MAX_VALUE);
            assertThat(bytes.readFloat()).isEqualTo(1.5f);
            assertThat(bytes.readDouble()).isEqualTo(Math.PI);
            assertThat(bytes.readUTF()).isEqualTo("\u00e4");
            var rest = new byte[3];
            assertThat(bytes.readBytes(rest)).isEqualTo(3);
            assertThat(rest).containsExactly(1, 2, 3);
        }
    },
    MAP {
        @Override
        Message write(Session session) throws JMSException {
            var message = session.createMapMessage();
            message.setBoolean("boolean", true);
            message.setByte("byte", (byte) 7);
            message.setShort("short", (short) 700);
            message.setChar("char", 'x');
            message.setInt("int", 70_000);
            message.setLong("long", 7_000_000_000L);
            message.setFloat("float", 0.25f);
            message.setDouble("double", 0.125);
            message.setString("string", "text");
            message.setBytes("bytes", new byte[] {4, 5});
            message.setObject("null", null);
            return message;
        }

        @Override
        void verify(Message message) throws JMSException {
            var map = (MapMessage) message;
            assertThat(map.getBoolean("boolean")).isTrue();
            assertThat(map.getObject("byte")).isEqualTo((byte) 7);
            assertThat(map.getObject("short")).isEqualTo((short) 700);
            assertThat(map.getChar("char")).isEqualTo('x');
            assertThat(map.getObject("int")).isEqualTo(70_000);
            assertThat(map.getObject("long")).isEqualTo(7_000_000_000L);
            assertThat(map.getObject("float")).isEqualTo(0.25f);
            assertThat(map.getObject("double")).isEqualTo(0.125);
            assertThat(map.getString("string")).isEqualTo("text");
            assertThat(map.getBytes("bytes")).containsExactly(4, 5);
            assertThat(map.itemExists("null")).isTrue();
            assertThat(map.getObject("null")).isNull();
        }
    },
    STREAM {
        @Override
        Message write(Session session) throws JMSException {
            var message = session.createStreamMessage();
            message.writeBoolean(false);
            message.writeByte((byte) 1);
            message.writeShort((short) 2);
            message.writeChar('3');
            message.writeInt(4);
            message.writeLong(5);
            message.writeFloat(6);
            message.writeDouble(7);
            message.writeString("eight");
            message.writeBytes(new byte[] {9});
            return message;
        }

        @Override
        void verify(Message message) throws JMSException {
            var stream = (StreamMessage) message;
            assertThat(stream.readBoolean()).isFalse();
            assertThat(stream.readByte()).isEqualTo((byte) 1);
            assertThat(stream.readShort()).isEqualTo((short) 2);
            assertThat(stream.readChar()).isEqualTo('3');
            assertThat(stream.readInt()).isEqualTo(4);
            assertThat(stream.readLong()).isEqualTo(5);
            assertThat(stream.readFloat()).isEqualTo(6);
            assertThat(stream.readDouble()).isEqualTo(7);
            assertThat(stream.readString()).isEqualTo("eight");
            assertThat(stream.readObject()).isEqualTo(new byte[] {9});
        }
    },
    OBJECT {
        @Override
        Message write(Session session) throws JMSException {
            return session.createObjectMessage(new ArrayList<>(List.of("a", 1, 2.5)));
        }

        @Override
        void verify(Message message) throws JMSException {
            assertThat(((ObjectMessage) message).getObject()).isEqualTo(List.of("a", 1, 2.5));
        }
    };

    abstract Message write(Session session) throws JMSException;

    abstract void verify(Message message) throws JMSException;
}
