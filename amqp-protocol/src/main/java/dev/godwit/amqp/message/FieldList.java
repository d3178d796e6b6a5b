package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import java.nio.ByteBuffer;

/**
 * Finds its way among the fields of a section that is a list of them, as header and properties are (AMQP 1.0 §1.4): in order,
 * and those at the end may be missing. A position is that of the list's format code.
 */
final class FieldList {
    private FieldList() {}

    /** The format code of a list, which has to be one. */
    static int requireList(ByteBuffer buffer, int position, int end) {
        return EncodedValue.requireType(buffer, AmqpType.LIST, position, end);
    }

    /** Where the first field begins. */
    static int first(int code, int list, int stop) {
        int width = FormatCode.width(code, list);
        return width == 0 ? stop : list + 1 - 2 * width;
    }

    static int count(ByteBuffer buffer, int code, int list, int stop, int countMax) {
        int width = FormatCode.width(code, list);
        if (width == 0) {
            return 0;
        }
        int count = EncodedValue.number(buffer, width, list + 1 - width, stop);
        if (count > countMax) {
            throw new AmqpDecodeException(list, count + " fields where " + countMax + " are defined");
        }
        return count;
    }

    /** The last field has ended where the list does. */
    static int requireEnd(int at, int stop) {
        if (at != stop) {
            throw new AmqpDecodeException(at, (stop - at) + " bytes left over in a section");
        }
        return stop;
    }
}
