package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Decimal128;
import dev.godwit.amqp.type.Decimal32;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.SupplementaryCharacter;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes values in their smallest encodings into a buffer that grows (AMQP 1.0 §1). Owned by whoever made it; may be used
 * again after {@link #take} or {@link #clear}.
 *
 * <p>Which Java class becomes which type, {@link AmqpType} says. A value that AMQP cannot carry is an
 * {@link IllegalArgumentException}; what was written before it is then of no use.
 */
public final class AmqpEncoder {
    private static final VarHandle SHORTS = bigEndian(short[].class);
    private static final VarHandle INTS = bigEndian(int[].class);
    private static final VarHandle LONGS = bigEndian(long[].class);

    private static final int DEFAULT_CAPACITY = 256;
    private static final int HEAD8 = 3;
    private static final int HEAD32 = 9;

    private byte[] bytes;
    private int size;
    private int nesting;

    public AmqpEncoder() {
        this(DEFAULT_CAPACITY);
    }

    /** With room for so many bytes before it has to grow. */
    public AmqpEncoder(int capacity) {
        bytes = new byte[capacity];
    }

    private static VarHandle bigEndian(Class<?> view) {
        return MethodHandles.byteArrayViewVarHandle(view, ByteOrder.BIG_ENDIAN);
    }

    /** Bytes written. */
    public int size() {
        return size;
    }

    /** Forgets what was written. */
    public void clear() {
        size = 0;
        nesting = 0;
    }

    /** Hands over what was written, without a copy; the encoder is empty then, and grows a new buffer. */
    public ByteBuffer take() {
        var taken = ByteBuffer.wrap(bytes, 0, size);
        bytes = new byte[0];
        clear();
        return taken;
    }

    /** A copy of what was written. */
    public ByteBuffer toByteBuffer() {
        return ByteBuffer.wrap(Arrays.copyOf(bytes, size));
    }

    /** Makes room, and returns where it begins; the caller fills it. */
    private int extend(int width) {
        int at = size;
        if (width > bytes.length - at) {
            grow(width);
        }
        size = at + width;
        return at;
    }

    private void grow(int width) {
        long needed = (long) size + width;
        if (needed > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("an encoding of " + needed + " bytes: no buffer holds that");
        }
        long roomy = Math.min(Math.max(2L * bytes.length, DEFAULT_CAPACITY), Integer.MAX_VALUE - 8);
        bytes = Arrays.copyOf(bytes, (int) Math.max(needed, roomy));
    }

    void putByte(int value) {
        int at = extend(1);
        bytes[at] = (byte) value;
    }

    private void putCoded1(int code, int value) {
        int at = extend(2);
        bytes[at] = (byte) code;
        bytes[at + 1] = (byte) value;
    }

    void putShort(int value) {
        int at = extend(Short.BYTES);
        SHORTS.set(bytes, at, (short) value);
    }

    void putInt(int value) {
        int at = extend(Integer.BYTES);
        INTS.set(bytes, at, value);
    }

    void putLong(long value) {
        int at = extend(Long.BYTES);
        LONGS.set(bytes, at, value);
    }

    private void putInt(int at, int value) {
        INTS.set(bytes, at, value);
    }

    public void writeNull() {
        putByte(FormatCode.NULL);
    }

    public void writeBoolean(boolean value) {
        putByte(value ? FormatCode.TRUE : FormatCode.FALSE);
    }

    /** The low 8 bits. */
    public void writeUbyte(int value) {
        putCoded1(FormatCode.UBYTE, value);
    }

    /** The low 16 bits. */
    public void writeUshort(int value) {
        putByte(FormatCode.USHORT);
        putShort(value);
    }

    /** The 32 bits, unsigned. */
    public void writeUint(int bits) {
        if (bits == 0) {
            putByte(FormatCode.UINT0);
        } else if (isUbyte(bits)) {
            putCoded1(FormatCode.SMALLUINT, bits);
        } else {
            putByte(FormatCode.UINT);
            putInt(bits);
        }
    }

    /** The 64 bits, unsigned. */
    public void writeUlong(long bits) {
        if (bits == 0) {
            putByte(FormatCode.ULONG0);
        } else if (isUbyte(bits)) {
            putCoded1(FormatCode.SMALLULONG, (int) bits);
        } else {
            putByte(FormatCode.ULONG);
            putLong(bits);
        }
    }

    static boolean isUbyte(long value) {
        return (value & 0xff) == value;
    }

    public void writeByte(int value) {
        putCoded1(FormatCode.BYTE, value);
    }

    public void writeShort(int value) {
        putByte(FormatCode.SHORT);
        putShort(value);
    }

    public void writeInt(int value) {
        if (value == (byte) value) {
            putCoded1(FormatCode.SMALLINT, value);
        } else {
            putByte(FormatCode.INT);
            putInt(value);
        }
    }

    public void writeLong(long value) {
        if (value == (byte) value) {
            putCoded1(FormatCode.SMALLLONG, (int) value);
        } else {
            putByte(FormatCode.LONG);
            putLong(value);
        }
    }

    public void writeFloat(float value) {
        putByte(FormatCode.FLOAT);
        putInt(Float.floatToRawIntBits(value));
    }

    public void writeDouble(double value) {
        putByte(FormatCode.DOUBLE);
        putLong(Double.doubleToRawLongBits(value));
    }

    public void writeChar(int codePoint) {
        putByte(FormatCode.CHAR);
        putInt(codePoint);
    }

    public void writeTimestamp(long epochMillis) {
        putByte(FormatCode.TIMESTAMP);
        putLong(epochMillis);
    }

    public void writeUuid(UUID value) {
        putByte(FormatCode.UUID);
        putUuid(value);
    }

    void putUuid(UUID value) {
        putLong(value.getMostSignificantBits());
        putLong(value.getLeastSignificantBits());
    }

    public void writeBinary(Binary value) {
        int length = value.length();
        putSize(length, FormatCode.BINARY8, FormatCode.BINARY32);
        putBinary(value);
    }

    void putBinary(Binary value) {
        int at = extend(value.length());
        value.copyTo(bytes, at);
    }

    public void writeBinary(byte[] value) {
        putSize(value.length, FormatCode.BINARY8, FormatCode.BINARY32);
        int at = extend(value.length);
        System.arraycopy(value, 0, bytes, at, value.length);
    }

    private void putSize(int length, int code8, int code32) {
        if (isUbyte(length)) {
            putCoded1(code8, length);
        } else {
            putByte(code32);
            putInt(length);
        }
    }

    public void writeString(String value) {
        int length = Utf8.length(value);
        putSize(length, FormatCode.STRING8, FormatCode.STRING32);
        putString(value, length);
    }

    /** @param length what {@link Utf8#length} says of it */
    void putString(String value, int length) {
        int at = extend(length);
        Utf8.put(value, length, bytes, at);
    }

    /**
     * Writes a symbol.
     *
     * @throws IllegalArgumentException when it is not ASCII
     */
    public void writeSymbol(Symbol value) {
        int length = symbolLength(value);
        putSize(length, FormatCode.SYMBOL8, FormatCode.SYMBOL32);
        putSymbol(value);
    }

    static int symbolLength(Symbol value) {
        String text = value.value();
        if (Utf8.length(text) != text.length()) {
            throw new IllegalArgumentException("a symbol is ASCII only: " + text);
        }
        return text.length();
    }

    /** A symbol that {@link #symbolLength} has seen. */
    void putSymbol(Symbol value) {
        int at = extend(value.value().length());
        Utf8.putAscii(value.value(), bytes, at);
    }

    /** The beginning of a described value: its descriptor as a number. The value has to follow. */
    public void writeDescriptor(long code) {
        putByte(FormatCode.DESCRIBED);
        writeUlong(code);
    }

    /** Begins a list; after its elements comes {@link #endList} with what this returns. */
    public int beginList() {
        return beginCompound(FormatCode.LIST8);
    }

    public void endList(int mark, int count) {
        if (count == 0) {
            bytes[mark] = (byte) FormatCode.LIST0;
            size = mark + 1;
            nesting--;
        } else {
            endCompound(mark, count);
        }
    }

    /** Begins a map; after its keys and values comes {@link #endMap} with what this returns. */
    public int beginMap() {
        return beginCompound(FormatCode.MAP8);
    }

    /**
     * Ends a map.
     *
     * @param entries pairs of a key and a value
     */
    public void endMap(int mark, int entries) {
        endCompound(mark, 2 * entries);
    }

    int beginCompound(int code8) {
        enter();
        int mark = extend(HEAD8);
        bytes[mark] = (byte) code8;
        return mark;
    }

    void enter() {
        if (nesting == AmqpDecoder.MAX_NESTING) {
            throw new IllegalArgumentException("values nest deeper than " + AmqpDecoder.MAX_NESTING);
        }
        nesting++;
    }

    void leave(int levels) {
        nesting -= levels;
    }

    /** Fills in size and count, in four bytes each where they do not fit in one. */
    void endCompound(int mark, int count) {
        int contentBytes = size - mark - HEAD8;
        if (contentBytes + 1 <= 0xff && count <= 0xff) {
            bytes[mark + 1] = (byte) (contentBytes + 1);
            bytes[mark + 2] = (byte) count;
        } else {
            extend(HEAD32 - HEAD8);
            System.arraycopy(bytes, mark + HEAD8, bytes, mark + HEAD32, contentBytes);
            bytes[mark] += (byte) (FormatCode.LIST32 - FormatCode.LIST8);
            putInt(mark + 1, contentBytes + Integer.BYTES);
            putInt(mark + 1 + Integer.BYTES, count);
        }
        nesting--;
    }

    /** Begins the four-byte form without its code, as the elements of an array have it. */
    int beginElement() {
        enter();
        return extend(2 * Integer.BYTES);
    }

    void endElement(int mark, int count) {
        putInt(mark, size - mark - Integer.BYTES);
        putInt(mark + Integer.BYTES, count);
        nesting--;
    }

    public void writeList(List<?> list) {
        int mark = beginList();
        putAll(list);
        endList(mark, list.size());
    }

    void putAll(List<?> list) {
        for (Object element : list) {
            writeValue(element);
        }
    }

    public void writeMap(Map<?, ?> map) {
        int mark = beginMap();
        putAll(map);
        endMap(mark, map.size());
    }

    void putAll(Map<?, ?> map) {
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            Object key = entry.getKey();
            if (key == null || key instanceof DescribedValue || AmqpType.of(key).isCompound()) {
                throw new IllegalArgumentException("a map has null, or a list, map, array or described value as a key");
            }
            writeValue(key);
            writeValue(entry.getValue());
        }
    }

    public void writeArray(AmqpArray array) {
        ArrayEncoding.write(this, array);
    }

    public void writeDescribed(DescribedValue value) {
        enter();
        putByte(FormatCode.DESCRIBED);
        writeValue(value.descriptor());
        writeValue(value.value());
        nesting--;
    }

    /**
     * Writes any value, null included.
     *
     * @throws IllegalArgumentException when no AMQP type carries it
     */
    public void writeValue(@Nullable Object value) {
        if (value instanceof DescribedValue described) {
            writeDescribed(described);
        } else if (value == null) {
            writeNull();
        } else {
            write(AmqpType.of(value), value);
        }
    }

    private void write(AmqpType type, Object value) {
        switch (type) {
            case NULL -> writeNull();
            case BOOLEAN -> writeBoolean((Boolean) value);
            case UBYTE -> writeUbyte(((UnsignedByte) value).bits());
            case USHORT -> writeUshort(((UnsignedShort) value).bits());
            case UINT -> writeUint(((UnsignedInteger) value).bits());
            case ULONG -> writeUlong(((UnsignedLong) value).bits());
            case BYTE -> writeByte((Byte) value);
            case SHORT -> writeShort((Short) value);
            case INT -> writeInt((Integer) value);
            case LONG -> writeLong((Long) value);
            case FLOAT -> writeFloat((Float) value);
            case DOUBLE -> writeDouble((Double) value);
            case DECIMAL32 -> {
                putByte(FormatCode.DECIMAL32);
                putInt(((Decimal32) value).bits());
            }
            case DECIMAL64 -> {
                putByte(FormatCode.DECIMAL64);
                putLong(((Decimal64) value).bits());
            }
            case DECIMAL128 -> {
                putByte(FormatCode.DECIMAL128);
                putDecimal128((Decimal128) value);
            }
            case CHAR -> writeChar(codePoint(value));
            case TIMESTAMP -> writeTimestamp(epochMillis((Instant) value));
            case UUID -> writeUuid((UUID) value);
            case BINARY -> writeBinary((Binary) value);
            case STRING -> writeString((String) value);
            case SYMBOL -> writeSymbol((Symbol) value);
            case LIST -> writeList((List<?>) value);
            case MAP -> writeMap((Map<?, ?>) value);
            case ARRAY -> writeArray((AmqpArray) value);
        }
    }

    void putDecimal128(Decimal128 value) {
        putLong(value.highBits());
        putLong(value.lowBits());
    }

    /** @param value a Character or a SupplementaryCharacter */
    static int codePoint(Object value) {
        return value instanceof SupplementaryCharacter beyond ? beyond.codePoint() : (Character) value;
    }

    static long epochMillis(Instant value) {
        try {
            return value.toEpochMilli();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("no timestamp is as far away as " + value, e);
        }
    }
}
