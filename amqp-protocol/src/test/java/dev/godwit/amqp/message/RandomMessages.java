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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Values and messages of all kinds, the same ones for the same seed. They have neither arrays of nulls nor values that are
 * described twice: Proton-J does not read those.
 */
final class RandomMessages {
    private static final String[] ALPHABET = {"a", "B", "-", " ", "é", "€", "😀", "\u0000", "\uffff"};

    private final Random random;
    private final boolean withArrays;

    /** @param withArrays Proton-J writes no arrays of numbers inside maps */
    RandomMessages(Random random, boolean withArrays) {
        this.random = random;
        this.withArrays = withArrays;
    }

    AmqpMessage message() {
        var builder = AmqpMessage.builder(body());
        if (random.nextBoolean()) {
            builder.header(new Header(
                    random.nextBoolean(),
                    random.nextInt(256),
                    random.nextBoolean() ? MessageSections.NO_TTL : number() & 0xffff_ffffL,
                    random.nextBoolean(),
                    number() & 0xffff_ffffL));
        }
        for (int i = few(); i > 0; i--) {
            builder.deliveryAnnotation(symbol(), value(2));
        }
        for (int i = few(); i > 0; i--) {
            builder.messageAnnotation(symbol(), value(2));
        }
        for (int i = few(); i > 0; i--) {
            builder.applicationProperty(string(), simple());
        }
        for (int i = few(); i > 0; i--) {
            builder.footer(symbol(), value(1));
        }
        return builder.properties(properties()).build();
    }

    private MessageProperties properties() {
        var builder = MessageProperties.builder();
        if (random.nextInt(4) == 0) {
            return builder.build();
        }
        return builder.messageId(maybe(messageId()))
                .userId(maybe(binary()))
                .to(maybe(string()))
                .subject(maybe(string()))
                .replyTo(maybe(string()))
                .correlationId(maybe(messageId()))
                .contentType(maybe(symbol()))
                .contentEncoding(maybe(symbol()))
                .absoluteExpiryTime(maybe(Instant.ofEpochMilli(number())))
                .creationTime(maybe(Instant.ofEpochMilli(number())))
                .groupId(maybe(string()))
                .groupSequence(maybe(new UnsignedInteger((int) number())))
                .replyToGroupId(maybe(string()))
                .build();
    }

    private <T> @Nullable T maybe(T value) {
        return random.nextBoolean() ? value : null;
    }

    private Object messageId() {
        return switch (random.nextInt(4)) {
            case 0 -> string();
            case 1 -> new UnsignedLong(number());
            case 2 -> new UUID(random.nextLong(), random.nextLong());
            default -> binary();
        };
    }

    private MessageBody body() {
        return switch (random.nextInt(3)) {
            case 0 -> new MessageBody.Data(List.of(binary()));
            case 1 -> new MessageBody.Sequence(List.of(list(3)));
            default -> new MessageBody.Value(value(3));
        };
    }

    private int few() {
        return random.nextBoolean() ? 0 : random.nextInt(random.nextInt(10) == 0 ? 60 : 6);
    }

    /** Small and large ones alike, with all their edges. */
    private long number() {
        long number = random.nextLong() >> random.nextInt(64);
        return random.nextInt(8) == 0 ? (1L << random.nextInt(64)) - random.nextInt(2) : number;
    }

    String string() {
        int length = random.nextInt(random.nextInt(20) == 0 ? 400 : 12);
        boolean ascii = random.nextBoolean();
        var string = new StringBuilder();
        for (int i = 0; i < length; i++) {
            string.append(ALPHABET[random.nextInt(ascii ? 4 : ALPHABET.length)]);
        }
        return string.toString();
    }

    Symbol symbol() {
        int length = random.nextInt(random.nextInt(20) == 0 ? 400 : 12);
        var symbol = new StringBuilder();
        for (int i = 0; i < length; i++) {
            symbol.append((char) random.nextInt(0x80));
        }
        return Symbol.of(symbol.toString());
    }

    private Binary binary() {
        var bytes = new byte[random.nextInt(random.nextInt(20) == 0 ? 400 : 12)];
        random.nextBytes(bytes);
        return Binary.copyOf(bytes);
    }

    /** A value of any type, at most so many levels deep. */
    @Nullable
    Object value(int levels) {
        if (levels == 0 || random.nextInt(3) > 0) {
            return simple();
        }
        return switch (random.nextInt(4)) {
            case 0 -> list(levels);
            case 1 -> map(levels);
            case 2 -> withArrays ? array(levels) : simple();
            default ->
                new DescribedValue(
                        random.nextBoolean()
                                ? new UnsignedLong(0x10_0000 + random.nextInt(1_000))
                                : Symbol.of("random:" + random.nextInt(10)),
                        random.nextBoolean() ? simple() : list(levels - 1));
        };
    }

    private List<@Nullable Object> list(int levels) {
        var list = new ArrayList<@Nullable Object>();
        for (int i = few(); i > 0; i--) {
            list.add(value(levels - 1));
        }
        return list;
    }

    private Map<Object, @Nullable Object> map(int levels) {
        var map = new LinkedHashMap<Object, @Nullable Object>();
        for (int i = few(); i > 0; i--) {
            Object key = simple();
            if (key != null) {
                map.put(key, value(levels - 1));
            }
        }
        return map;
    }

    private AmqpArray array(int levels) {
        Object first = random.nextInt(4) == 0 && levels > 1 ? list(levels - 1) : simple();
        AmqpType type = first == null ? AmqpType.LONG : AmqpType.of(first);
        var elements = new ArrayList<@Nullable Object>();
        for (int i = few(); i > 0; i--) {
            Object next = type == AmqpType.LIST ? list(levels - 1) : simple();
            if (AmqpType.of(next) == type) {
                elements.add(next);
            }
        }
        return AmqpArray.of(type, elements);
    }

    private @Nullable Object simple() {
        return switch (random.nextInt(22)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> new UnsignedByte((byte) number());
            case 3 -> new UnsignedShort((short) number());
            case 4 -> new UnsignedInteger((int) number());
            case 5 -> new UnsignedLong(number());
            case 6 -> (byte) number();
            case 7 -> (short) number();
            case 8 -> (int) number();
            case 9 -> number();
            case 10 -> Float.intBitsToFloat((int) number());
            case 11 -> Double.longBitsToDouble(number());
            case 12 -> new Decimal32((int) number());
            case 13 -> new Decimal64(number());
            case 14 -> new Decimal128(number(), number());
            case 15 -> (char) number();
            case 16 -> Instant.ofEpochMilli(number());
            case 17 -> new UUID(random.nextLong(), random.nextLong());
            case 18 -> binary();
            case 19 -> symbol();
            default -> string();
        };
    }
}
