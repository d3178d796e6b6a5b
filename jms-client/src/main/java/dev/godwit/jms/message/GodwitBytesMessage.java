package dev.godwit.jms.message;

import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.MessageEOFException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageNotReadableException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A message whose body is bytes without a meaning of their own. */
public final class GodwitBytesMessage extends GodwitMessage implements BytesMessage {
    /** What has been written so far, or what came, from position to limit. */
    private ByteBuffer content;
    /** Exists while the body is being written; continues after {@code content}. */
    private @Nullable Writer writer;
    /** Exists while the body is being read. */
    private @Nullable Reader reader;

    GodwitBytesMessage(MessageEnvelope envelope, ByteBuffer content) {
        super(envelope);
        this.content = content;
    }

    @Override
    MessageBody body() throws JMSException {
        settleWrites();
        return new MessageBody.Bytes(content.asReadOnlyBuffer());
    }

    @Override
    public long getBodyLength() throws JMSException {
        checkReadable();
        return content.remaining();
    }

    @Override
    public boolean readBoolean() throws JMSException {
        return read(DataInputStream::readBoolean);
    }

    @Override
    public byte readByte() throws JMSException {
        return read(DataInputStream::readByte);
    }

    @Override
    public int readUnsignedByte() throws JMSException {
        return read(DataInputStream::readUnsignedByte);
    }

    @Override
    public short readShort() throws JMSException {
        return read(DataInputStream::readShort);
    }

    @Override
    public int readUnsignedShort() throws JMSException {
        return read(DataInputStream::readUnsignedShort);
    }

    @Override
    public char readChar() throws JMSException {
        return read(DataInputStream::readChar);
    }

    @Override
    public int readInt() throws JMSException {
        return read(DataInputStream::readInt);
    }

    @Override
    public long readLong() throws JMSException {
        return read(DataInputStream::readLong);
    }

    @Override
    public float readFloat() throws JMSException {
        return read(DataInputStream::readFloat);
    }

    @Override
    public double readDouble() throws JMSException {
        return read(DataInputStream::readDouble);
    }

    @Override
    public String readUTF() throws JMSException {
        return read(in -> in.readUTF());
    }

    @Override
    public int readBytes(byte[] value) throws JMSException {
        return readBytes(value, value.length);
    }

    @Override
    public int readBytes(byte[] value, int length) throws JMSException {
        if (length < 0 || length > value.length) {
            throw new IndexOutOfBoundsException("length " + length + " of an array of " + value.length);
        }
        return read(in -> in.read(value, 0, length));
    }

    @Override
    public void writeBoolean(boolean value) throws JMSException {
        write(out -> out.writeBoolean(value));
    }

    @Override
    public void writeByte(byte value) throws JMSException {
        write(out -> out.writeByte(value));
    }

    @Override
    public void writeShort(short value) throws JMSException {
        write(out -> out.writeShort(value));
    }

    @Override
    public void writeChar(char value) throws JMSException {
        write(out -> out.writeChar(value));
    }

    @Override
    public void writeInt(int value) throws JMSException {
        write(out -> out.writeInt(value));
    }

    @Override
    public void writeLong(long value) throws JMSException {
        write(out -> out.writeLong(value));
    }

    @Override
    public void writeFloat(float value) throws JMSException {
        write(out -> out.writeFloat(value));
    }

    @Override
    public void writeDouble(double value) throws JMSException {
        write(out -> out.writeDouble(value));
    }

    @Override
    public void writeUTF(String value) throws JMSException {
        write(out -> out.writeUTF(value));
    }

    @Override
    public void writeBytes(byte[] value) throws JMSException {
        write(out -> out.write(value));
    }

    @Override
    public void writeBytes(byte[] value, int offset, int length) throws JMSException {
        write(out -> out.write(value, offset, length));
    }

    @Override
    public void writeObject(Object value) throws JMSException {
        if (value == null) {
            throw new NullPointerException("a bytes message cannot hold null");
        }
        checkBodyWriteable();
        if (value instanceof byte[] bytes) {
            writeBytes(bytes);
        } else if (value instanceof String text) {
            writeUTF(text);
        } else if (value instanceof Boolean flag) {
            writeBoolean(flag);
        } else if (value instanceof Character letter) {
            writeChar(letter);
        } else if (value instanceof Byte number) {
            writeByte(number);
        } else if (value instanceof Short number) {
            writeShort(number);
        } else if (value instanceof Integer number) {
            writeInt(number);
        } else if (value instanceof Long number) {
            writeLong(number);
        } else if (value instanceof Float number) {
            writeFloat(number);
        } else if (value instanceof Double number) {
            writeDouble(number);
        } else {
            throw new MessageFormatException("a bytes message holds boxed primitives, Strings and bytes, not "
                    + value.getClass().getName());
        }
    }

    @Override
    public void reset() throws JMSException {
        settleWrites();
        setBodyReadOnly(true);
        reader = null;
    }

    @Override
    public void clearBody() throws JMSException {
        super.clearBody();
        content = ByteBuffer.allocate(0);
        writer = null;
        reader = null;
    }

    @Override
    public boolean isBodyAssignableTo(@SuppressWarnings("rawtypes") Class type) throws JMSException {
        settleWrites();
        return !content.hasRemaining() || type == byte[].class || type == Object.class;
    }

    /** Reading the whole body leaves the message as {@link #reset} does. */
    @Override
    byte @Nullable [] bodyValue() throws JMSException {
        reset();
        if (!content.hasRemaining()) {
            return null;
        }
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        return bytes;
    }

    @Override
    String describe() {
        return "bytes message";
    }

    private void settleWrites() {
        if (writer != null) {
            content = writer.toContent();
            writer = null;
        }
    }

    private void checkReadable() throws MessageNotReadableException {
        if (!isBodyReadOnly()) {
            throw new MessageNotReadableException("the bytes message is being written: call reset before reading it");
        }
    }

    private <T> T read(Read<T> read) throws JMSException {
        checkReadable();
        if (reader == null) {
            reader = openReader();
        }
        reader.markHere();
        try {
            return read.from(reader);
        } catch (EOFException end) {
            reader.backToMark();
            throw withCause(
                    new MessageEOFException("the bytes message has no more than " + content.remaining() + " bytes"),
                    end);
        } catch (IOException unreadable) {
            reader.backToMark();
            throw withCause(new MessageFormatException("not readable as such: " + unreadable.getMessage()), unreadable);
        }
    }

    private Reader openReader() {
        if (content.hasArray()) {
            return new Reader(new ByteArrayInputStream(
                    content.array(), content.arrayOffset() + content.position(), content.remaining()));
        }
        byte[] bytes = new byte[content.remaining()];
        content.duplicate().get(bytes);
        return new Reader(new ByteArrayInputStream(bytes));
    }

    private void write(Write write) throws JMSException {
        checkBodyWriteable();
        if (writer == null) {
            writer = new Writer(content);
        }
        try {
            write.to(writer);
        } catch (IOException unwritable) {
            throw withCause(new MessageFormatException("not writable: " + unwritable.getMessage()), unwritable);
        }
    }

    private static JMSException withCause(JMSException exception, Exception cause) {
        exception.setLinkedException(cause);
        exception.initCause(cause);
        return exception;
    }

    private interface Read<T> {
        T from(DataInputStream in) throws IOException;
    }

    private interface Write {
        void to(DataOutputStream out) throws IOException;
    }

    /** Bytes that are being read. Marks go to the array's own stream: those of a filter take a lock. */
    private static final class Reader extends DataInputStream {
        private final ByteArrayInputStream bytes;

        Reader(ByteArrayInputStream bytes) {
            super(bytes);
            this.bytes = bytes;
        }

        void markHere() {
            bytes.mark(0);
        }

        /** What could not be read as what was asked for can be read as something else (Jakarta Messaging §3.11.3). */
        void backToMark() {
            bytes.reset();
        }
    }

    /** Bytes in the making, which begin with those that are there already. */
    private static final class Writer extends DataOutputStream {
        Writer(ByteBuffer before) {
            super(new ByteArrayOutputStream(Math.max(64, before.remaining() * 2)));
            byte[] bytes = new byte[before.remaining()];
            before.duplicate().get(bytes);
            ((ByteArrayOutputStream) out).writeBytes(bytes);
        }

        ByteBuffer toContent() {
            return ByteBuffer.wrap(((ByteArrayOutputStream) out).toByteArray());
        }
    }
}
