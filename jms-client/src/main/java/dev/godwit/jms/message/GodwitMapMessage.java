package dev.godwit.jms.message;

import dev.godwit.jms.provider.MessageBody;
import dev.godwit.jms.provider.MessageEnvelope;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.MessageFormatException;
import java.util.Arrays;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A message whose body is named values, in the order in which they were put in. */
public final class GodwitMapMessage extends GodwitMessage implements MapMessage {
    private final Map<String, @Nullable Object> entries;

    GodwitMapMessage(MessageEnvelope envelope, Map<String, @Nullable Object> entries) {
        super(envelope);
        this.entries = new LinkedHashMap<>(entries);
    }

    @Override
    MessageBody body() {
        return new MessageBody.Entries(entries);
    }

    @Override
    public boolean getBoolean(String name) throws JMSException {
        return Conversion.toBoolean(get(name));
    }

    @Override
    public byte getByte(String name) throws JMSException {
        return Conversion.toByte(get(name));
    }

    @Override
    public short getShort(String name) throws JMSException {
        return Conversion.toShort(get(name));
    }

    @Override
    public char getChar(String name) throws JMSException {
        return Conversion.toChar(get(name));
    }

    @Override
    public int getInt(String name) throws JMSException {
        return Conversion.toInt(get(name));
    }

    @Override
    public long getLong(String name) throws JMSException {
        return Conversion.toLong(get(name));
    }

    @Override
    public float getFloat(String name) throws JMSException {
        return Conversion.toFloat(get(name));
    }

    @Override
    public double getDouble(String name) throws JMSException {
        return Conversion.toDouble(get(name));
    }

    @Override
    public @Nullable String getString(String name) throws JMSException {
        return Conversion.toText(get(name));
    }

    @Override
    public byte @Nullable [] getBytes(String name) throws JMSException {
        byte[] bytes = Conversion.toBytes(get(name));
        return bytes == null ? null : bytes.clone();
    }

    @Override
    public @Nullable Object getObject(String name) {
        Object value = get(name);
        return value instanceof byte[] bytes ? bytes.clone() : value;
    }

    @Override
    public Enumeration<String> getMapNames() {
        return Collections.enumeration(entries.keySet());
    }

    @Override
    public void setBoolean(String name, boolean value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setByte(String name, byte value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setShort(String name, short value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setChar(String name, char value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setInt(String name, int value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setLong(String name, long value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setFloat(String name, float value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setDouble(String name, double value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setString(String name, @Nullable String value) throws JMSException {
        put(name, value);
    }

    @Override
    public void setBytes(String name, byte @Nullable [] value) throws JMSException {
        put(name, value == null ? null : value.clone());
    }

    @Override
    public void setBytes(String name, byte[] value, int offset, int length) throws JMSException {
        Objects.checkFromIndexSize(offset, length, value.length);
        put(name, Arrays.copyOfRange(value, offset, offset + length));
    }

    @Override
    public void setObject(String name, @Nullable Object value) throws JMSException {
        checkBodyWriteable();
        if (!Conversion.isBodyValue(value)) {
            throw new MessageFormatException("a map message holds boxed primitives, Strings and bytes, not "
                    + (value == null ? "null" : value.getClass().getName()));
        }
        put(name, value instanceof byte[] bytes ? bytes.clone() : value);
    }

    @Override
    public boolean itemExists(String name) {
        return entries.containsKey(name);
    }

    @Override
    public void clearBody() throws JMSException {
        super.clearBody();
        entries.clear();
    }

    @Override
    public boolean isBodyAssignableTo(@SuppressWarnings("rawtypes") Class type) {
        return entries.isEmpty() || type == Map.class || type == Object.class;
    }

    @Override
    @Nullable
    Object bodyValue() {
        return entries.isEmpty() ? null : new LinkedHashMap<>(entries);
    }

    @Override
    String describe() {
        return "map message";
    }

    private @Nullable Object get(String name) {
        checkName(name);
        return entries.get(name);
    }

    private void put(String name, @Nullable Object value) throws JMSException {
        checkBodyWriteable();
        checkName(name);
        entries.put(name, value);
    }

    private static void checkName(@Nullable String name) {
        if (name == null || name.isEmpty()) {
            throw new IllegalArgumentException("an entry of a map message needs a name: it is null or empty");
        }
    }
}
