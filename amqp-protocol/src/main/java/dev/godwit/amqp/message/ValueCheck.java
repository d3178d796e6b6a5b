package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Checks encoded values to the bottom without making objects of them: what it lets pass, {@link AmqpDecoder} reads. Owned
 * by one {@link MessageSections}; used again and again.
 *
 * <p>A position is that of a format code, an end the first byte that no longer belongs to what encloses the value; each
 * check returns where the value ends. Throws {@link AmqpDecodeException}.
 */
final class ValueCheck {
    /** Which keys a map may have. */
    enum KeyRule {
        SIMPLE,
        /** Symbols, and ulongs, which the specification keeps for itself (§3.2.10). */
        ANNOTATION,
        /** The same, with a meaning for the key {@code rejected} (§3.2.2). */
        DELIVERY_ANNOTATION,
        STRING;

        boolean allows(AmqpType type) {
            return switch (this) {
                case SIMPLE -> type != AmqpType.NULL && !type.isCompound();
                case ANNOTATION, DELIVERY_ANNOTATION -> type == AmqpType.SYMBOL || type == AmqpType.ULONG;
                case STRING -> type == AmqpType.STRING;
            };
        }
    }

    private static final String OPTIONAL_PREFIX = "x-opt";
    private static final String DELIVERY_PREFIX = "-delivery-";
    private static final String UNRESERVED_PREFIX = "x-";
    private static final String REJECTED = "rejected";
    private static final int ERROR_CODE = 0x1d;
    private static final String ERROR_NAME = "amqp:error:list";

    private final MapKeys keys = new MapKeys();

    private int requiredKey = EncodedValue.ABSENT;
    private int reservedKey = EncodedValue.ABSENT;
    private boolean deliveryKey;

    /** Of the annotations checked last the first key that a receiver has to understand, which does not begin with x-opt. */
    int requiredKey() {
        return requiredKey;
    }

    /** Of the annotations checked last the first key that the specification keeps for itself. */
    int reservedKey() {
        return reservedKey;
    }

    /** True when a key of the annotations checked last begins with {@code x-opt-delivery-}. */
    boolean hasDeliveryKey() {
        return deliveryKey;
    }

    /** A value that is neither described nor of a compound type: the caller has looked at its code. */
    int checkSimple(ByteBuffer buffer, int code, int position, int end) {
        return content(buffer, code, position + 1, end, 0);
    }

    /** A map, as a section is one. */
    int checkMap(ByteBuffer buffer, int position, int end, KeyRule rule) {
        int code = EncodedValue.code(buffer, position, end);
        if (code != FormatCode.MAP8 && code != FormatCode.MAP32) {
            throw new AmqpDecodeException(position, "a map is wanted, not 0x" + Integer.toHexString(code));
        }
        int stop = EncodedValue.contentEnd(buffer, code, position + 1, end);
        int width = FormatCode.width(code, position);
        requiredKey = EncodedValue.ABSENT;
        reservedKey = EncodedValue.ABSENT;
        deliveryKey = false;
        map(buffer, width, position + 1 - width, stop, 1, rule);
        return stop;
    }

    /**
     * Any value at all.
     *
     * @param depth how many values it stands in
     */
    int check(ByteBuffer buffer, int position, int end, int depth) {
        int code = EncodedValue.code(buffer, position, end);
        if (code != FormatCode.DESCRIBED) {
            return content(buffer, code, position + 1, end, depth);
        }
        int inside = enter(depth, position);
        int described = descriptor(buffer, position + 1, end, inside);
        return check(buffer, described, end, inside);
    }

    private int descriptor(ByteBuffer buffer, int position, int end, int depth) {
        if (EncodedValue.code(buffer, position, end) == FormatCode.NULL) {
            throw new AmqpDecodeException(position, "a descriptor is null");
        }
        return check(buffer, position, end, depth);
    }

    private static int enter(int depth, int position) {
        if (depth == AmqpDecoder.MAX_NESTING) {
            throw new AmqpDecodeException(position, "values nest deeper than " + AmqpDecoder.MAX_NESTING);
        }
        return depth + 1;
    }

    private int content(ByteBuffer buffer, int code, int position, int end, int depth) {
        int width = FormatCode.width(code, position - 1);
        if (width >= 0) {
            int stop = EncodedValue.advance(position, width, end);
            checkFixed(buffer, code, position);
            return stop;
        }
        int start = position - width;
        int stop = EncodedValue.advance(start, EncodedValue.number(buffer, width, position, end), end);
        switch (code) {
            case FormatCode.STRING8, FormatCode.STRING32 -> EncodedText.checkString(buffer, start, stop);
            case FormatCode.SYMBOL8, FormatCode.SYMBOL32 -> EncodedText.checkSymbol(buffer, start, stop);
            case FormatCode.LIST8, FormatCode.LIST32 -> list(buffer, width, start, stop, enter(depth, position));
            case FormatCode.MAP8, FormatCode.MAP32 ->
                map(buffer, width, start, stop, enter(depth, position), KeyRule.SIMPLE);
            case FormatCode.ARRAY8, FormatCode.ARRAY32 -> array(buffer, width, start, stop, enter(depth, position));
            default -> {} // a binary may hold anything
        }
        return stop;
    }

    private static void checkFixed(ByteBuffer buffer, int code, int position) {
        if (code == FormatCode.BOOLEAN && (buffer.get(position) & 0xfe) != 0) {
            throw new AmqpDecodeException(position, "a boolean is 0 or 1, not " + (buffer.get(position) & 0xff));
        }
        if (code == FormatCode.CHAR && !Character.isValidCodePoint(buffer.getInt(position))) {
            throw new AmqpDecodeException(position, "no character 0x" + Integer.toHexString(buffer.getInt(position)));
        }
    }

    private static int count(ByteBuffer buffer, int width, int position, int stop) {
        int count = EncodedValue.number(buffer, width, position, stop);
        int left = stop - position + width;
        if (count > left) {
            throw new AmqpDecodeException(position, count + " values cannot be in " + left + " bytes");
        }
        return count;
    }

    private static void requireEnd(int position, int stop) {
        if (position != stop) {
            throw new AmqpDecodeException(position, (stop - position) + " bytes left over in a list, map or array");
        }
    }

    private void list(ByteBuffer buffer, int width, int position, int stop, int depth) {
        int count = count(buffer, width, position, stop);
        int at = position - width;
        for (int i = 0; i < count; i++) {
            at = check(buffer, at, stop, depth);
        }
        requireEnd(at, stop);
    }

    /** All keys and simple values first, then what nests: the table of keys serves one map at a time. */
    private void map(ByteBuffer buffer, int width, int position, int stop, int depth, KeyRule rule) {
        int count = count(buffer, width, position, stop);
        if (count % 2 != 0) {
            throw new AmqpDecodeException(position, "a map of " + count + " keys and values: one has no partner");
        }
        keys.begin(count / 2);
        boolean nests = false;
        AmqpType typeOfAll = null;
        int at = position - width;
        for (int i = 0; i < count; i += 2) {
            int value = key(buffer, at, stop, depth, rule);
            if (count > 2 * AmqpDecoder.LARGE_MAP_ENTRIES) {
                typeOfAll = requireOrder(buffer, at, typeOfAll);
            }
            int code = EncodedValue.code(buffer, value, stop);
            if (code == FormatCode.DESCRIBED || FormatCode.type(code, value).isCompound()) {
                nests = true;
                at = EncodedValue.skip(buffer, value, stop);
            } else {
                at = content(buffer, code, value + 1, stop, depth);
            }
        }
        requireEnd(at, stop);
        if (nests) {
            nestedValues(buffer, position - width, stop, count, depth);
        }
    }

    private int key(ByteBuffer buffer, int position, int stop, int depth, KeyRule rule) {
        int code = EncodedValue.code(buffer, position, stop);
        if (code == FormatCode.DESCRIBED || !rule.allows(FormatCode.type(code, position))) {
            throw new AmqpDecodeException(position, "not a key of this map: 0x" + Integer.toHexString(code));
        }
        int end = content(buffer, code, position + 1, stop, depth);
        if (!keys.add(buffer, position, end)) {
            throw new AmqpDecodeException(position, "a key for the second time");
        }
        if (rule == KeyRule.ANNOTATION || rule == KeyRule.DELIVERY_ANNOTATION) {
            note(buffer, code, position, end, stop, rule);
        }
        return end;
    }

    /** Remembers the first key that cannot be passed over by whoever does not understand it. */
    private void note(ByteBuffer buffer, int code, int position, int end, int stop, KeyRule rule) {
        boolean symbol = code == FormatCode.SYMBOL8 || code == FormatCode.SYMBOL32;
        int start = symbol ? EncodedValue.variableStart(buffer, position) : end;
        if (EncodedText.startsWith(buffer, start, end, OPTIONAL_PREFIX)) {
            deliveryKey |= EncodedText.startsWith(buffer, start + OPTIONAL_PREFIX.length(), end, DELIVERY_PREFIX);
            return;
        }
        if (rule == KeyRule.DELIVERY_ANNOTATION && symbol && EncodedText.matches(buffer, start, end, REJECTED)) {
            requireError(buffer, end, stop);
            return;
        }
        if (requiredKey == EncodedValue.ABSENT) {
            requiredKey = position;
        }
        if (reservedKey == EncodedValue.ABSENT && !EncodedText.startsWith(buffer, start, end, UNRESERVED_PREFIX)) {
            reservedKey = position;
        }
    }

    /** The value of the key {@code rejected} is an error; null says nothing (§3.2.2). */
    private static void requireError(ByteBuffer buffer, int position, int stop) {
        int code = EncodedValue.code(buffer, position, stop);
        if (code == FormatCode.NULL || (code == FormatCode.DESCRIBED && isError(buffer, position + 1, stop))) {
            return;
        }
        throw new AmqpDecodeException(position, "the delivery annotation 'rejected' is an error, and nothing else");
    }

    private static boolean isError(ByteBuffer buffer, int descriptor, int stop) {
        int code = EncodedValue.code(buffer, descriptor, stop);
        int end = EncodedValue.skip(buffer, descriptor, stop);
        boolean named =
                switch (code) {
                    case FormatCode.SMALLULONG, FormatCode.ULONG ->
                        EncodedValue.fixedBits(buffer, descriptor) == ERROR_CODE;
                    case FormatCode.SYMBOL8, FormatCode.SYMBOL32 ->
                        EncodedText.matches(buffer, EncodedValue.variableStart(buffer, descriptor), end, ERROR_NAME);
                    default -> false;
                };
        int value = EncodedValue.code(buffer, end, stop);
        return named && (value == FormatCode.LIST0 || value == FormatCode.LIST8 || value == FormatCode.LIST32);
    }

    /** As {@link AmqpDecoder} wants it: the keys of a large map are of one class that has an order. */
    private static AmqpType requireOrder(ByteBuffer buffer, int position, @Nullable AmqpType typeOfAll) {
        AmqpType type = FormatCode.type(buffer.get(position) & 0xff, position);
        boolean ordered =
                switch (type) {
                    case DECIMAL32, DECIMAL64, DECIMAL128 -> false;
                    case CHAR -> EncodedValue.fixedBits(buffer, position) <= Character.MAX_VALUE;
                    default -> true;
                };
        if (!ordered || (typeOfAll != null && typeOfAll != type)) {
            throw new AmqpDecodeException(
                    position, "a large map has keys of several types, or of a type without order");
        }
        return type;
    }

    private void nestedValues(ByteBuffer buffer, int position, int stop, int count, int depth) {
        int at = position;
        for (int i = 0; i < count; i += 2) {
            int value = EncodedValue.skip(buffer, at, stop);
            at = check(buffer, value, stop, depth);
        }
    }

    private void array(ByteBuffer buffer, int width, int position, int stop, int depth) {
        int count = EncodedValue.number(buffer, width, position, stop);
        int at = position - width;
        int inside = depth;
        int code = EncodedValue.code(buffer, at, stop);
        while (code == FormatCode.DESCRIBED) {
            inside = enter(inside, at);
            at = descriptor(buffer, at + 1, stop, inside);
            code = EncodedValue.code(buffer, at, stop);
        }
        at++;
        if (FormatCode.width(code, at - 1) == 0) {
            if (count > AmqpDecoder.MAX_ZERO_WIDTH_ELEMENTS) {
                throw new AmqpDecodeException(at, "an array of " + count + " elements without bytes");
            }
        } else if (count > stop - at) {
            throw new AmqpDecodeException(at, count + " elements cannot be in " + (stop - at) + " bytes");
        } else {
            for (int i = 0; i < count; i++) {
                at = content(buffer, code, at, stop, inside);
            }
        }
        requireEnd(at, stop);
    }
}
