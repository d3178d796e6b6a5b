package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How urgent a peer's link is among those that take from the same queue, as a property of its attach (AMQP 1.0 §2.7.3) says
 * it. The specification knows no such thing; brokers that do have a word for it, and each of theirs will do.
 */
final class ConsumerPriority {
    /** RabbitMQ's word, and that of ActiveMQ Artemis and Qpid Broker-J. The first one that is there counts. */
    private static final List<Symbol> KEYS = List.of(Symbol.of("rabbitmq:priority"), Symbol.of("priority"));

    private static final int USUAL = 0;
    private static final long NO_NUMBER = Long.MAX_VALUE;

    private ConsumerPriority() {}

    /** As the properties say it; what they should not say does not count. */
    static int of(Map<Symbol, Object> properties) {
        long number = number(said(properties));
        return isPriority(number) ? (int) number : USUAL;
    }

    /** Why what the properties say makes no sense; null when it does. */
    static @Nullable String objection(Map<Symbol, Object> properties) {
        var said = said(properties);
        return said == null || isPriority(number(said))
                ? null
                : "the priority of a link, in its properties, is a whole number from " + Integer.MIN_VALUE + " to "
                        + Integer.MAX_VALUE + ", not " + said.getClass().getSimpleName() + " " + brief(said);
    }

    private static String brief(Object said) {
        var text = said.toString();
        return text.substring(0, Math.min(100, text.length()));
    }

    private static @Nullable Object said(Map<Symbol, Object> properties) {
        for (var key : KEYS) {
            var value = properties.get(key);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static boolean isPriority(long number) {
        return number >= Integer.MIN_VALUE && number <= Integer.MAX_VALUE;
    }

    private static long number(@Nullable Object value) {
        if (value == null) {
            return USUAL;
        } else if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte) {
            return ((Number) value).longValue();
        } else if (value instanceof UnsignedLong number) {
            return number.bits() < 0 ? NO_NUMBER : number.bits();
        } else if (value instanceof UnsignedInteger number) {
            return Integer.toUnsignedLong(number.bits());
        } else if (value instanceof UnsignedShort number) {
            return Short.toUnsignedLong(number.bits());
        } else if (value instanceof UnsignedByte number) {
            return Byte.toUnsignedLong(number.bits());
        }
        return NO_NUMBER;
    }
}
