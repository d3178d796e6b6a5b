package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The constructors of encoded values, as unsigned bytes (AMQP 1.0 §1.6). */
final class FormatCode {
    static final int DESCRIBED = 0x00;
    static final int NULL = 0x40;
    static final int TRUE = 0x41;
    static final int FALSE = 0x42;
    static final int UINT0 = 0x43;
    static final int ULONG0 = 0x44;
    static final int LIST0 = 0x45;
    static final int UBYTE = 0x50;
    static final int BYTE = 0x51;
    static final int SMALLUINT = 0x52;
    static final int SMALLULONG = 0x53;
    static final int SMALLINT = 0x54;
    static final int SMALLLONG = 0x55;
    static final int BOOLEAN = 0x56;
    static final int USHORT = 0x60;
    static final int SHORT = 0x61;
    static final int UINT = 0x70;
    static final int INT = 0x71;
    static final int FLOAT = 0x72;
    static final int CHAR = 0x73;
    static final int DECIMAL32 = 0x74;
    static final int ULONG = 0x80;
    static final int LONG = 0x81;
    static final int DOUBLE = 0x82;
    static final int TIMESTAMP = 0x83;
    static final int DECIMAL64 = 0x84;
    static final int DECIMAL128 = 0x94;
    static final int UUID = 0x98;
    static final int BINARY8 = 0xa0;
    static final int STRING8 = 0xa1;
    static final int SYMBOL8 = 0xa3;
    static final int BINARY32 = 0xb0;
    static final int STRING32 = 0xb1;
    static final int SYMBOL32 = 0xb3;
    static final int LIST8 = 0xc0;
    static final int MAP8 = 0xc1;
    static final int LIST32 = 0xd0;
    static final int MAP32 = 0xd1;
    static final int ARRAY8 = 0xe0;
    static final int ARRAY32 = 0xf0;

    /** What {@link #width} says of a value that begins with its size in one byte. */
    static final int SIZE8 = -1;

    /** What {@link #width} says of a value that begins with its size in four bytes. */
    static final int SIZE32 = -4;

    private static final byte UNKNOWN = Byte.MIN_VALUE;

    private static final @Nullable AmqpType[] TYPES = new AmqpType[256];
    private static final byte[] WIDTHS = new byte[256];

    static {
        Arrays.fill(WIDTHS, UNKNOWN);
        define(AmqpType.NULL, 0, NULL);
        define(AmqpType.BOOLEAN, 0, TRUE, FALSE);
        define(AmqpType.BOOLEAN, 1, BOOLEAN);
        define(AmqpType.UBYTE, 1, UBYTE);
        define(AmqpType.USHORT, 2, USHORT);
        define(AmqpType.UINT, 0, UINT0);
        define(AmqpType.UINT, 1, SMALLUINT);
        define(AmqpType.UINT, 4, UINT);
        define(AmqpType.ULONG, 0, ULONG0);
        define(AmqpType.ULONG, 1, SMALLULONG);
        define(AmqpType.ULONG, 8, ULONG);
        define(AmqpType.BYTE, 1, BYTE);
        define(AmqpType.SHORT, 2, SHORT);
        define(AmqpType.INT, 1, SMALLINT);
        define(AmqpType.INT, 4, INT);
        define(AmqpType.LONG, 1, SMALLLONG);
        define(AmqpType.LONG, 8, LONG);
        define(AmqpType.FLOAT, 4, FLOAT);
        define(AmqpType.DOUBLE, 8, DOUBLE);
        define(AmqpType.DECIMAL32, 4, DECIMAL32);
        define(AmqpType.DECIMAL64, 8, DECIMAL64);
        define(AmqpType.DECIMAL128, 16, DECIMAL128);
        define(AmqpType.CHAR, 4, CHAR);
        define(AmqpType.TIMESTAMP, 8, TIMESTAMP);
        define(AmqpType.UUID, 16, UUID);
        define(AmqpType.BINARY, SIZE8, BINARY8);
        define(AmqpType.BINARY, SIZE32, BINARY32);
        define(AmqpType.STRING, SIZE8, STRING8);
        define(AmqpType.STRING, SIZE32, STRING32);
        define(AmqpType.SYMBOL, SIZE8, SYMBOL8);
        define(AmqpType.SYMBOL, SIZE32, SYMBOL32);
        define(AmqpType.LIST, 0, LIST0);
        define(AmqpType.LIST, SIZE8, LIST8);
        define(AmqpType.LIST, SIZE32, LIST32);
        define(AmqpType.MAP, SIZE8, MAP8);
        define(AmqpType.MAP, SIZE32, MAP32);
        define(AmqpType.ARRAY, SIZE8, ARRAY8);
        define(AmqpType.ARRAY, SIZE32, ARRAY32);
    }

    private FormatCode() {}

    private static void define(AmqpType type, int width, int... codes) {
        for (int code : codes) {
            TYPES[code] = type;
            WIDTHS[code] = (byte) width;
        }
    }

    /**
     * The bytes of a value after this code, or {@link #SIZE8} or {@link #SIZE32}.
     *
     * @param offset where the code stands, for the exception
     */
    static int width(int code, int offset) {
        int width = WIDTHS[code];
        if (width == UNKNOWN) {
            throw unknown(code, offset);
        }
        return width;
    }

    /** The type that this code encodes; {@code offset} is where it stands, for the exception. */
    static AmqpType type(int code, int offset) {
        AmqpType type = TYPES[code];
        if (type == null) {
            throw unknown(code, offset);
        }
        return type;
    }

    static AmqpDecodeException unknown(int code, int offset) {
        return new AmqpDecodeException(offset, "0x" + Integer.toHexString(code) + " is no AMQP format code");
    }
}
