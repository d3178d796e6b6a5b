package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import java.nio.ByteBuffer;

/**
 * Finds its way among encoded values without making objects of them. A position is that of a format code; an end is the
 * first byte that does not belong to what encloses the value.
 */
final class EncodedValue {
    /** The position of what is not there. */
    static final int ABSENT = -1;

    private EncodedValue() {}

    static int code(ByteBuffer buffer, int position, int end) {
        if (position >= end) {
            throw new AmqpDecodeException(position, "a value is missing");
        }
        return buffer.get(position) & 0xff;
    }

    /** The format code of a value that has to be of this type, and not described. */
    static int requireType(ByteBuffer buffer, AmqpType type, int position, int end) {
        int code = code(buffer, position, end);
        if (code == FormatCode.DESCRIBED || FormatCode.type(code, position) != type) {
            throw new AmqpDecodeException(position, "a " + type + " is wanted, not 0x" + Integer.toHexString(code));
        }
        return code;
    }

    /** Goes past a value by its length, without a look inside. */
    static int skip(ByteBuffer buffer, int position, int end) {
        return skip(buffer, position, end, AmqpDecoder.MAX_NESTING);
    }

    private static int skip(ByteBuffer buffer, int position, int end, int levels) {
        int at = position;
        for (int level = levels; level >= 0; level--) {
            int code = code(buffer, at, end);
            if (code != FormatCode.DESCRIBED) {
                return contentEnd(buffer, code, at + 1, end);
            }
            at = skip(buffer, at + 1, end, level - 1);
        }
        throw new AmqpDecodeException(position, "values nest deeper than " + AmqpDecoder.MAX_NESTING);
    }

    /** Where the value ends whose code stood before {@code content}. */
    static int contentEnd(ByteBuffer buffer, int code, int content, int end) {
        int width = FormatCode.width(code, content - 1);
        if (width >= 0) {
            return advance(content, width, end);
        }
        return advance(content - width, number(buffer, width, content, end), end);
    }

    /** A size or a count: one unsigned byte, or four bytes of which the sign must not be set. */
    static int number(ByteBuffer buffer, int width, int position, int end) {
        advance(position, -width, end);
        if (width == FormatCode.SIZE8) {
            return buffer.get(position) & 0xff;
        }
        int number = buffer.getInt(position);
        if (number < 0) {
            throw new AmqpDecodeException(position, "no buffer holds " + Integer.toUnsignedString(number));
        }
        return number;
    }

    static int advance(int position, int width, int end) {
        if (width > end - position) {
            throw new AmqpDecodeException(
                    position, width + " bytes wanted, " + (end - position) + " left of what encloses them");
        }
        return position + width;
    }

    /** Where the bytes of a value of variable width begin, after code and size. */
    static int variableStart(ByteBuffer buffer, int position) {
        return position + 1 - FormatCode.width(buffer.get(position) & 0xff, position);
    }

    /** Where a value ends that has been checked before. */
    static int checkedEnd(ByteBuffer buffer, int position) {
        return contentEnd(buffer, buffer.get(position) & 0xff, position + 1, buffer.limit());
    }

    /**
     * A value of at most eight bytes as a number: equal numbers of one type are equal values, whatever their encodings.
     * Signed types keep their sign.
     */
    static long fixedBits(ByteBuffer buffer, int position) {
        int code = buffer.get(position) & 0xff;
        int content = position + 1;
        return switch (code) {
            case FormatCode.NULL, FormatCode.FALSE, FormatCode.UINT0, FormatCode.ULONG0 -> 0;
            case FormatCode.TRUE -> 1;
            case FormatCode.BOOLEAN, FormatCode.UBYTE, FormatCode.SMALLUINT, FormatCode.SMALLULONG ->
                buffer.get(content) & 0xff;
            case FormatCode.BYTE, FormatCode.SMALLINT, FormatCode.SMALLLONG -> buffer.get(content);
            case FormatCode.USHORT -> buffer.getShort(content) & 0xffff;
            case FormatCode.SHORT -> buffer.getShort(content);
            case FormatCode.UINT -> buffer.getInt(content) & 0xffff_ffffL;
            case FormatCode.INT, FormatCode.CHAR, FormatCode.DECIMAL32 -> buffer.getInt(content);
            case FormatCode.FLOAT -> Float.floatToIntBits(buffer.getFloat(content));
            case FormatCode.DOUBLE -> Double.doubleToLongBits(buffer.getDouble(content));
            case FormatCode.ULONG, FormatCode.LONG, FormatCode.TIMESTAMP, FormatCode.DECIMAL64 ->
                buffer.getLong(content);
            default -> throw new IllegalArgumentException("0x" + Integer.toHexString(code) + " is not of fixed width");
        };
    }
}
