package dev.godwit.amqp.message;

import dev.godwit.amqp.type.AmqpArray;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DescribedValue;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Writes messages as nobody else does, but as everybody may: in any legal encoding of each value, drawn at random. */
final class WideEncoding {
    private static final String[] SECTIONS = {
        "amqp:header:list",
        "amqp:delivery-annotations:map",
        "amqp:message-annotations:map",
        "amqp:properties:list",
        "amqp:application-properties:map",
        "amqp:data:binary",
        "amqp:amqp-sequence:list",
        "amqp:amqp-value:*",
        "amqp:footer:map"
    };

    private final Random random;
    private final AmqpEncoder out = new AmqpEncoder();

    WideEncoding(Random random) {
        this.random = random;
    }

    ByteBuffer encode(AmqpMessage message) {
        // Read from its plain encoding: the sections, each a described value.
        var decoder = new AmqpDecoder(message.encode());
        while (decoder.hasRemaining()) {
            var section = (DescribedValue) decoder.readValue();
            if (section != null) {
                out.putByte(FormatCode.DESCRIBED);
                descriptor(((UnsignedLong) section.descriptor()).bits());
                value(section.value());
            }
        }
        return out.take();
    }

    private void descriptor(long code) {
        if (random.nextInt(3) == 0) {
            value(Symbol.of(SECTIONS[(int) code - SectionCode.HEADER]));
        } else if (random.nextBoolean()) {
            out.putByte(FormatCode.ULONG);
            out.putLong(code);
        } else {
            out.writeUlong(code);
        }
    }

    private void value(@Nullable Object value) {
        if (value instanceof Boolean bool && random.nextBoolean()) {
            out.putByte(FormatCode.BOOLEAN);
            out.putByte(bool ? 1 : 0);
        } else if (value instanceof UnsignedInteger number && random.nextBoolean()) {
            out.putByte(FormatCode.UINT);
            out.putInt(number.bits());
        } else if (value instanceof UnsignedLong number && random.nextBoolean()) {
            out.putByte(FormatCode.ULONG);
            out.putLong(number.bits());
        } else if (value instanceof Integer number && random.nextBoolean()) {
            out.putByte(FormatCode.INT);
            out.putInt(number);
        } else if (value instanceof Long number && random.nextBoolean()) {
            out.putByte(FormatCode.LONG);
            out.putLong(number);
        } else if (random.nextBoolean() && (value instanceof String || value instanceof Symbol)) {
            int length = Utf8.length(value.toString());
            out.putByte(value instanceof String ? FormatCode.STRING32 : FormatCode.SYMBOL32);
            out.putInt(length);
            out.putString(value.toString(), length);
        } else if (value instanceof Binary binary && random.nextBoolean()) {
            out.putByte(FormatCode.BINARY32);
            out.putInt(binary.length());
            out.putBinary(binary);
        } else {
            compound(value);
        }
    }

    private void compound(@Nullable Object value) {
        if (value instanceof List<?> list) {
            int mark = begin(FormatCode.LIST8, FormatCode.LIST32);
            list.forEach(this::value);
            end(mark, list.size());
        } else if (value instanceof Map<?, ?> map) {
            int mark = begin(FormatCode.MAP8, FormatCode.MAP32);
            map.forEach((key, element) -> {
                value(key);
                value(element);
            });
            end(mark, 2 * map.size());
        } else if (value instanceof DescribedValue described) {
            out.putByte(FormatCode.DESCRIBED);
            value(described.descriptor());
            value(described.value());
        } else if (value instanceof AmqpArray array) {
            out.writeArray(array);
        } else {
            out.writeValue(value);
        }
    }

    /** Positive: the form of one byte, if it fits; negative: the form of four. */
    private int begin(int code8, int code32) {
        if (random.nextBoolean()) {
            return out.beginCompound(code8);
        }
        out.putByte(code32);
        return -out.beginElement();
    }

    private void end(int mark, int count) {
        if (mark < 0) {
            out.endElement(-mark, count);
        } else {
            out.endCompound(mark, count);
        }
    }
}
