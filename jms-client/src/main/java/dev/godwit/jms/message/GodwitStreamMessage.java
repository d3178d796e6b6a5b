package dev.godwit.jms.message;

import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.JMSException;
import jakarta.jms.MessageEOFException;
import jakarta.jms.MessageFormatException;
import jakarta.jms.MessageNotReadableException;
import jakarta.jms.StreamMessage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A message whose body is values in a row. A value that could not be read as what was asked for can be read again. */
public final class GodwitStreamMessage extends GodwitMessage implements StreamMessage {
    private final List<@Nullable Object> items;
    private int next;
    private byte @Nullable [] openBytes;
    private int openBytesRead;

    GodwitStreamMessage(MessageEnvelope envelope, List<@Nullable Object> items) {
        super(envelope);
        this.items = new ArrayList<>(items);
    }

    @Override
    MessageBody body() {
        return new MessageBody.Items(items);
    }

    @Override
    public boolean readBoolean() throws JMSException {
        return consumed(Conversion.toBoolean(peek()));
    }

    @Override
    public byte readByte() throws JMSException {
        return consumed(Conversion.toByte(peek()));
    }

    @Override
    public short readShort() throws JMSException {
        return consumed(Conversion.toShort(peek()));
    }

    @Override
    public char readChar() throws JMSException {
        return consumed(Conversion.toChar(peek()));
    }

    @Override
    public int readInt() throws JMSException {
        return consumed(Conversion.toInt(peek()));
    }

    @Override
    public long readLong() throws JMSException {
        return consumed(Conversion.toLong(peek()));
    }

    @Override
    public float readFloat() throws JMSException {
        return consumed(Conversion.toFloat(peek()));
    }

    @Override
    public double readDouble() throws JMSException {
        return consumed(Conversion.toDouble(peek()));
    }

    @Override
    public @Nullable String readString() throws JMSException {
        String text = Conversion.toText(peek());
        next++;
        return text;
    }

    @Override
    public int readBytes(byte[] value) throws JMSException {
        checkReadable();
        if (openBytes == null) {
            byte[] bytes = Conversion.toBytes(peek());
            if (bytes == null) {
                next++;
                return -1;
            }
            openBytes = bytes;
            openBytesRead = 0;
        } else if (openBytesRead == openBytes.length) {
            closeBytes();
            return -1;
        }
        int length = Math.min(openBytes.length - openBytesRead, value.length);
        System.arraycopy(openBytes, openBytesRead, value, 0, length);
        openBytesRead += length;
        if (length < value.length) {
            closeBytes();
        }
        return length;
    }

    @Override
    public @Nullable Object readObject() throws JMSException {
        Object value = peek();
        next++;
        return value instanceof byte[] bytes ? bytes.clone() : value;
    }

    @Override
    public void writeBoolean(boolean value) throws JMSException {
        write(value);
    }

    @Override
    public void writeByte(byte value) throws JMSException {
        write(value);
    }

    @Override
    public void writeShort(short value) throws JMSException {
        write(value);
    }

    @Override
    public void writeChar(char value) throws JMSException {
        write(value);
    }

    @Override
    public void writeInt(int value) throws JMSException {
        write(value);
    }

    @Override
    public void writeLong(long value) throws JMSException {
        write(value);
    }

    @Override
    public void writeFloat(float value) throws JMSException {
        write(value);
    }

    @Override
    public void writeDouble(double value) throws JMSException {
        write(value);
    }

    @Override
    public void writeString(@Nullable String value) throws JMSException {
        write(value);
    }

    @Override
    public void writeBytes(byte @Nullable [] value) throws JMSException {
        write(value == null ? null : value.clone());
    }

    @Override
    public void writeBytes(byte[] value, int offset, int length) throws JMSException {
        Objects.checkFromIndexSize(offset, length, value.length);
        write(Arrays.copyOfRange(value, offset, offset + length));
    }

    @Override
    public void writeObject(@Nullable Object value) throws JMSException {
        checkBodyWriteable();
        if (!Conversion.isBodyValue(value)) {
            throw new MessageFormatException("a stream message holds boxed primitives, Strings and bytes, not "
                    + (value == null ? "null" : value.getClass().getName()));
        }
        write(value instanceof byte[] bytes ? bytes.clone() : value);
    }

    @Override
    public void reset() {
        setBodyReadOnly(true);
        next = 0;
        closeOpenBytes();
    }

    @Override
    public void clearBody() throws JMSException {
        super.clearBody();
        items.clear();
        next = 0;
        closeOpenBytes();
    }

    @Override
    public boolean isBodyAssignableTo(@SuppressWarnings("rawtypes") Class type) {
        return false;
    }

    @Override
    String describe() {
        return "stream message";
    }

    private @Nullable Object peek() throws JMSException {
        checkReadable();
        if (openBytes != null) {
            throw new MessageFormatException(
                    "the bytes being read have not been read to their end: call readBytes until it returns -1");
        }
        if (next == items.size()) {
            throw new MessageEOFException("the stream message has no more than " + items.size() + " values");
        }
        return items.get(next);
    }

    private <T> T consumed(T value) {
        next++;
        return value;
    }

    private void closeBytes() {
        closeOpenBytes();
        next++;
    }

    private void closeOpenBytes() {
        openBytes = null;
        openBytesRead = 0;
    }

    private void checkReadable() throws MessageNotReadableException {
        if (!isBodyReadOnly()) {
            throw new MessageNotReadableException("the stream message is being written: call reset before reading it");
        }
    }

    private void write(@Nullable Object value) throws JMSException {
        checkBodyWriteable();
        items.add(value);
    }
}
