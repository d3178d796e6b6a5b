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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads encoded values, one after the other, as the Java classes that {@link AmqpType} names (AMQP 1.0 §1). Owned by
 * whoever made it; may be used for one buffer after the other.
 *
 * <p>It believes nothing: values nest at most {@link #MAX_NESTING} deep, sizes and counts are held against the bytes that
 * are there before anything is allocated, and text must be what it says. Whatever is wrong, it throws
 * {@link AmqpDecodeException} and nothing else. Lists and maps cannot be modified. Binaries are views of the buffer, so
 * nobody may write to that again.
 */
public final class AmqpDecoder {
    /** Lists, maps, arrays and descriptors around a value. */
    public static final int MAX_NESTING = 32;

    /** Elements of an array whose encoding has no bytes for an element: all nulls, say. */
    public static final int MAX_ZERO_WIDTH_ELEMENTS = 65_536;

    /** Entries from which on a map's keys must be of one class that has an order. */
    static final int LARGE_MAP_ENTRIES = 1_024;

    private static final int MAX_INITIAL_CAPACITY = 16;

    private ByteBuffer buffer;
    private int position;
    private int limit;
    private int nesting;

    /** Reads from the buffer's position to its limit, both of which stay as they are. */
    public AmqpDecoder(ByteBuffer buffer) {
        this.buffer = buffer;
        reset(buffer, buffer.position(), buffer.limit());
    }

    /** Goes on with some of a buffer's bytes. */
    void reset(ByteBuffer newBuffer, int start, int end) {
        requireBigEndian(newBuffer);
        buffer = newBuffer;
        position = start;
        limit = end;
        nesting = 0;
    }

    static void requireBigEndian(ByteBuffer buffer) {
        if (buffer.order() != ByteOrder.BIG_ENDIAN) {
            throw new IllegalArgumentException("AMQP is big-endian, this buffer is not");
        }
    }

    public boolean hasRemaining() {
        return position < limit;
    }

    /** Where the next value begins, as an index of the buffer. */
    public int position() {
        return position;
    }

    /** The next value; null when it is AMQP's null. */
    public @Nullable Object readValue() {
        int code = readCode();
        return code == FormatCode.DESCRIBED ? readDescribed() : readContent(code);
    }

    private int readCode() {
        return readByte() & 0xff;
    }

    /** Goes past bytes that must be there, and returns where they began. */
    private int advance(int width) {
        if (width > limit - position) {
            throw new AmqpDecodeException(
                    position, width + " bytes wanted, " + (limit - position) + " left of what encloses them");
        }
        int at = position;
        position += width;
        return at;
    }

    private DescribedValue readDescribed() {
        enter();
        Object descriptor = readDescriptor();
        var value = new DescribedValue(descriptor, readValue());
        nesting--;
        return value;
    }

    private Object readDescriptor() {
        int at = position;
        Object descriptor = readValue();
        if (descriptor == null) {
            throw new AmqpDecodeException(at, "a descriptor is null");
        }
        return descriptor;
    }

    private void enter() {
        if (nesting == MAX_NESTING) {
            throw new AmqpDecodeException(position, "values nest deeper than " + MAX_NESTING);
        }
        nesting++;
    }

    /** Reads what follows a format code; an array has one code for all its elements. */
    private @Nullable Object readContent(int code) {
        return switch (code) {
            case FormatCode.NULL -> null;
            case FormatCode.TRUE -> true;
            case FormatCode.FALSE -> false;
            case FormatCode.BOOLEAN -> readBoolean();
            case FormatCode.UBYTE -> new UnsignedByte(readByte());
            case FormatCode.USHORT -> new UnsignedShort(readShort());
            case FormatCode.UINT0 -> UnsignedInteger.ZERO;
            case FormatCode.SMALLUINT -> new UnsignedInteger(readByte() & 0xff);
            case FormatCode.UINT -> new UnsignedInteger(readInt());
            case FormatCode.ULONG0 -> UnsignedLong.ZERO;
            case FormatCode.SMALLULONG -> new UnsignedLong(readByte() & 0xff);
            case FormatCode.ULONG -> new UnsignedLong(readLong());
            case FormatCode.BYTE -> readByte();
            case FormatCode.SHORT -> readShort();
            case FormatCode.SMALLINT -> (int) readByte();
            case FormatCode.INT -> readInt();
            case FormatCode.SMALLLONG -> (long) readByte();
            case FormatCode.LONG -> readLong();
            case FormatCode.FLOAT -> Float.intBitsToFloat(readInt());
            case FormatCode.DOUBLE -> Double.longBitsToDouble(readLong());
            case FormatCode.CHAR -> readChar();
            case FormatCode.TIMESTAMP -> Instant.ofEpochMilli(readLong());
            case FormatCode.DECIMAL32 -> new Decimal32(readInt());
            case FormatCode.DECIMAL64 -> new Decimal64(readLong());
            case FormatCode.DECIMAL128 -> new Decimal128(readLong(), readLong());
            case FormatCode.UUID -> new UUID(readLong(), readLong());
            default -> readVariable(code);
        };
    }

    private @Nullable Object readVariable(int code) {
        return switch (code) {
            case FormatCode.BINARY8, FormatCode.BINARY32 -> readBinary(readSize(code));
            case FormatCode.STRING8, FormatCode.STRING32 -> readString(readSize(code));
            case FormatCode.SYMBOL8, FormatCode.SYMBOL32 -> readSymbol(readSize(code));
            case FormatCode.LIST0 -> Collections.emptyList();
            case FormatCode.LIST8, FormatCode.LIST32 -> readList(code);
            case FormatCode.MAP8, FormatCode.MAP32 -> readMap(code);
            case FormatCode.ARRAY8, FormatCode.ARRAY32 -> readArray(code);
            default -> throw FormatCode.unknown(code, position - 1);
        };
    }

    private byte readByte() {
        return buffer.get(advance(1));
    }

    private short readShort() {
        return buffer.getShort(advance(Short.BYTES));
    }

    private int readInt() {
        return buffer.getInt(advance(Integer.BYTES));
    }

    private long readLong() {
        return buffer.getLong(advance(Long.BYTES));
    }

    private boolean readBoolean() {
        int value = readByte();
        if (value != 0 && value != 1) {
            throw new AmqpDecodeException(position - 1, "a boolean is 0 or 1, not " + (value & 0xff));
        }
        return value == 1;
    }

    /** A lone surrogate is let through: peers send a Java char as it is. */
    private Object readChar() {
        int codePoint = readInt();
        if (!Character.isValidCodePoint(codePoint)) {
            throw new AmqpDecodeException(position - 4, "no character 0x" + Integer.toHexString(codePoint));
        }
        return Character.isBmpCodePoint(codePoint) ? (Object) (char) codePoint : new SupplementaryCharacter(codePoint);
    }

    /** The size, or the count, at the start of a variable, compound or array encoding. */
    private int readSize(int code) {
        return FormatCode.width(code, position - 1) == FormatCode.SIZE8 ? readByte() & 0xff : readSize32();
    }

    private int readSize32() {
        int size = readInt();
        if (size < 0) {
            throw new AmqpDecodeException(position - 4, "no buffer holds " + Integer.toUnsignedString(size));
        }
        return size;
    }

    private Binary readBinary(int size) {
        int at = advance(size);
        return Binary.viewOf(buffer.duplicate().limit(at + size).position(at));
    }

    private String readString(int size) {
        int at = advance(size);
        EncodedText.checkString(buffer, at, position);
        return EncodedText.string(buffer, at, position);
    }

    private Symbol readSymbol(int size) {
        int at = advance(size);
        EncodedText.checkSymbol(buffer, at, position);
        return Symbol.of(EncodedText.symbol(buffer, at, position));
    }

    /** Narrows the limit to a compound value; returns the limit to go back to. */
    private int enterCompound(int code) {
        enter();
        int size = readSize(code);
        int outerLimit = limit;
        limit = advance(size) + size;
        position = limit - size;
        return outerLimit;
    }

    private void leaveCompound(int outerLimit) {
        if (position != limit) {
            throw new AmqpDecodeException(position, (limit - position) + " bytes left over in a list, map or array");
        }
        limit = outerLimit;
        nesting--;
    }

    private List<@Nullable Object> readList(int code) {
        int outerLimit = enterCompound(code);
        int count = readCount(code);
        var elements = new ArrayList<@Nullable Object>(Math.min(count, MAX_INITIAL_CAPACITY));
        for (int i = 0; i < count; i++) {
            elements.add(readValue());
        }
        leaveCompound(outerLimit);
        return Collections.unmodifiableList(elements);
    }

    /** How many values follow; each takes at least a byte. */
    private int readCount(int code) {
        int count = readSize(code);
        if (count > limit - position) {
            throw new AmqpDecodeException(position, count + " values cannot be in " + (limit - position) + " bytes");
        }
        return count;
    }

    private Map<Object, @Nullable Object> readMap(int code) {
        int outerLimit = enterCompound(code);
        int count = readCount(code);
        if (count % 2 != 0) {
            throw new AmqpDecodeException(position, "a map of " + count + " keys and values: one has no partner");
        }
        var map = new LinkedHashMap<Object, @Nullable Object>();
        Class<?> onlyClass = null;
        for (int i = 0; i < count; i += 2) {
            int at = position;
            Object key = readKey();
            if (count > 2 * LARGE_MAP_ENTRIES) {
                onlyClass = requireOrder(key, onlyClass, at);
            }
            map.put(key, readValue());
            if (map.size() != i / 2 + 1) {
                throw new AmqpDecodeException(at, "a key for the second time");
            }
        }
        leaveCompound(outerLimit);
        return Collections.unmodifiableMap(map);
    }

    /** A hash map stays quick under keys that are made to collide, if they are of one class that has an order. */
    private static Class<?> requireOrder(Object key, @Nullable Class<?> onlyClass, int at) {
        if (!(key instanceof Comparable) || (onlyClass != null && onlyClass != key.getClass())) {
            throw new AmqpDecodeException(at, "a large map has keys of several types, or of a type without order");
        }
        return key.getClass();
    }

    /**
     * Keys of simple types only. Nobody has others, and they could be made to collide in a hash map without an order to
     * fall back on.
     */
    private Object readKey() {
        int at = position;
        int code = readCode();
        if (code == FormatCode.DESCRIBED || FormatCode.type(code, at).isCompound()) {
            throw new AmqpDecodeException(at, "a map has a list, map, array or described value as a key");
        }
        Object key = readContent(code);
        if (key == null) {
            throw new AmqpDecodeException(at, "a map has null as a key");
        }
        return key;
    }

    private AmqpArray readArray(int code) {
        int outerLimit = enterCompound(code);
        int count = readSize(code);
        var descriptors = new ArrayList<>();
        int elementCode = readCode();
        int outerNesting = nesting;
        while (elementCode == FormatCode.DESCRIBED) {
            enter();
            descriptors.add(readDescriptor());
            elementCode = readCode();
        }
        AmqpType type = FormatCode.type(elementCode, position - 1);
        var elements = readElements(elementCode, count);
        nesting = outerNesting;
        leaveCompound(outerLimit);
        return new AmqpArray(type, descriptors, elements);
    }

    private List<@Nullable Object> readElements(int code, int count) {
        if (FormatCode.width(code, position - 1) == 0) {
            if (count > MAX_ZERO_WIDTH_ELEMENTS) {
                throw new AmqpDecodeException(position, "an array of " + count + " elements without bytes");
            }
            return Collections.nCopies(count, readContent(code));
        }
        if (count > limit - position) {
            throw new AmqpDecodeException(position, count + " elements cannot be in " + (limit - position) + " bytes");
        }
        var elements = new ArrayList<@Nullable Object>(Math.min(count, MAX_INITIAL_CAPACITY));
        for (int i = 0; i < count; i++) {
            elements.add(readContent(code));
        }
        return elements;
    }
}
