package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.AmqpType;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Decimal128;
import dev.godwit.amqp.type.Decimal32;
import dev.godwit.amqp.type.Decimal64;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Writes arrays: one constructor, the smallest that does for all, and then bare elements (AMQP 1.0 §1.6.24). */
final class ArrayEncoding {
    private ArrayEncoding() {}

    static void write(AmqpEncoder encoder, AmqpArray array) {
        int mark = encoder.beginCompound(FormatCode.ARRAY8);
        putContent(encoder, array);
        encoder.endCompound(mark, array.elements().size());
    }

    private static void putContent(AmqpEncoder encoder, AmqpArray array) {
        List<@Nullable Object> elements = array.elements();
        for (Object element : elements) {
            if (element instanceof DescribedValue || AmqpType.of(element) != array.elementType()) {
                throw new IllegalArgumentException("an array of " + array.elementType() + " holds something else");
            }
        }
        for (Object descriptor : array.descriptors()) {
            encoder.enter();
            encoder.putByte(FormatCode.DESCRIBED);
            encoder.writeValue(descriptor);
        }
        if (array.elementType() == AmqpType.NULL) {
            putNulls(encoder, elements);
        } else {
            int code = smallestCode(array.elementType(), elements);
            encoder.putByte(code);
            for (Object element : elements) {
                if (element != null) {
                    put(encoder, code, element);
                }
            }
        }
        encoder.leave(array.descriptors().size());
    }

    private static void putNulls(AmqpEncoder encoder, List<@Nullable Object> elements) {
        if (elements.size() > AmqpDecoder.MAX_ZERO_WIDTH_ELEMENTS) {
            throw new IllegalArgumentException("an array of " + elements.size() + " nulls");
        }
        encoder.putByte(FormatCode.NULL);
    }

    private static int smallestCode(AmqpType type, List<@Nullable Object> elements) {
        return switch (type) {
            case NULL -> FormatCode.NULL;
            case BOOLEAN -> FormatCode.BOOLEAN;
            case UBYTE -> FormatCode.UBYTE;
            case USHORT -> FormatCode.USHORT;
            case UINT ->
                allUbytes(elements, e -> ((UnsignedInteger) e).toLong()) ? FormatCode.SMALLUINT : FormatCode.UINT;
            case ULONG ->
                allUbytes(elements, e -> ((UnsignedLong) e).bits()) ? FormatCode.SMALLULONG : FormatCode.ULONG;
            case BYTE -> FormatCode.BYTE;
            case SHORT -> FormatCode.SHORT;
            case INT -> allBytes(elements, e -> (Integer) e) ? FormatCode.SMALLINT : FormatCode.INT;
            case LONG -> allBytes(elements, e -> (Long) e) ? FormatCode.SMALLLONG : FormatCode.LONG;
            case FLOAT -> FormatCode.FLOAT;
            case DOUBLE -> FormatCode.DOUBLE;
            case DECIMAL32 -> FormatCode.DECIMAL32;
            case DECIMAL64 -> FormatCode.DECIMAL64;
            case DECIMAL128 -> FormatCode.DECIMAL128;
            case CHAR -> FormatCode.CHAR;
            case TIMESTAMP -> FormatCode.TIMESTAMP;
            case UUID -> FormatCode.UUID;
            case BINARY -> allUbytes(elements, e -> ((Binary) e).length()) ? FormatCode.BINARY8 : FormatCode.BINARY32;
            case STRING -> allUbytes(elements, e -> Utf8.length((String) e)) ? FormatCode.STRING8 : FormatCode.STRING32;
            case SYMBOL ->
                allUbytes(elements, e -> AmqpEncoder.symbolLength((Symbol) e))
                        ? FormatCode.SYMBOL8
                        : FormatCode.SYMBOL32;
            case LIST -> FormatCode.LIST32;
            case MAP -> FormatCode.MAP32;
            case ARRAY -> FormatCode.ARRAY32;
        };
    }

    private static boolean allUbytes(List<@Nullable Object> elements, ToLongFunction<Object> number) {
        for (Object element : elements) {
            if (element != null && !AmqpEncoder.isUbyte(number.applyAsLong(element))) {
                return false;
            }
        }
        return true;
    }

    private static boolean allBytes(List<@Nullable Object> elements, ToLongFunction<Object> number) {
        for (Object element : elements) {
            if (element != null) {
                long value = number.applyAsLong(element);
                if (value != (byte) value) {
                    return false;
                }
            }
        }
        return true;
    }

    private static void put(AmqpEncoder encoder, int code, Object element) {
        switch (code) {
            case FormatCode.BOOLEAN -> encoder.putByte((Boolean) element ? 1 : 0);
            case FormatCode.UBYTE -> encoder.putByte(((UnsignedByte) element).bits());
            case FormatCode.USHORT -> encoder.putShort(((UnsignedShort) element).bits());
            case FormatCode.SMALLUINT -> encoder.putByte(((UnsignedInteger) element).bits());
            case FormatCode.UINT -> encoder.putInt(((UnsignedInteger) element).bits());
            case FormatCode.SMALLULONG -> encoder.putByte((int) ((UnsignedLong) element).bits());
            case FormatCode.ULONG -> encoder.putLong(((UnsignedLong) element).bits());
            case FormatCode.BYTE -> encoder.putByte((Byte) element);
            case FormatCode.SHORT -> encoder.putShort((Short) element);
            case FormatCode.SMALLINT -> encoder.putByte((Integer) element);
            case FormatCode.INT -> encoder.putInt((Integer) element);
            case FormatCode.SMALLLONG -> encoder.putByte(((Long) element).intValue());
            case FormatCode.LONG -> encoder.putLong((Long) element);
            case FormatCode.FLOAT -> encoder.putInt(Float.floatToRawIntBits((Float) element));
            case FormatCode.DOUBLE -> encoder.putLong(Double.doubleToRawLongBits((Double) element));
            case FormatCode.DECIMAL32 -> encoder.putInt(((Decimal32) element).bits());
            case FormatCode.DECIMAL64 -> encoder.putLong(((Decimal64) element).bits());
            case FormatCode.DECIMAL128 -> encoder.putDecimal128((Decimal128) element);
            case FormatCode.CHAR -> encoder.putInt(AmqpEncoder.codePoint(element));
            case FormatCode.TIMESTAMP -> encoder.putLong(AmqpEncoder.epochMillis((Instant) element));
            case FormatCode.UUID -> encoder.putUuid((UUID) element);
            default -> putVariable(encoder, code, element);
        }
    }

    private static void putVariable(AmqpEncoder encoder, int code, Object element) {
        switch (code) {
            case FormatCode.BINARY8, FormatCode.BINARY32 -> {
                var binary = (Binary) element;
                putSize(encoder, code, binary.length());
                encoder.putBinary(binary);
            }
            case FormatCode.STRING8, FormatCode.STRING32 -> {
                var string = (String) element;
                int length = Utf8.length(string);
                putSize(encoder, code, length);
                encoder.putString(string, length);
            }
            case FormatCode.SYMBOL8, FormatCode.SYMBOL32 -> {
                var symbol = (Symbol) element;
                putSize(encoder, code, symbol.value().length());
                encoder.putSymbol(symbol);
            }
            case FormatCode.LIST32 -> {
                int mark = encoder.beginElement();
                encoder.putAll((List<?>) element);
                encoder.endElement(mark, ((List<?>) element).size());
            }
            case FormatCode.MAP32 -> {
                int mark = encoder.beginElement();
                encoder.putAll((Map<?, ?>) element);
                encoder.endElement(mark, 2 * ((Map<?, ?>) element).size());
            }
            case FormatCode.ARRAY32 -> {
                int mark = encoder.beginElement();
                putContent(encoder, (AmqpArray) element);
                encoder.endElement(mark, ((AmqpArray) element).elements().size());
            }
            default -> throw new IllegalArgumentException("no element has the code 0x" + Integer.toHexString(code));
        }
    }

    private static void putSize(AmqpEncoder encoder, int code, int length) {
        if (code < FormatCode.BINARY32) {
            encoder.putByte(length);
        } else {
            encoder.putInt(length);
        }
    }
}
