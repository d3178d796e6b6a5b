package dev.godwit.broker.message;

import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedByte;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.amqp.type.UnsignedShort;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * When a message is to be given out at the earliest, as two annotations say it: {@code x-opt-delivery-time}, in
 * milliseconds since the epoch, and {@code x-opt-delivery-delay}, in milliseconds from now. The time counts when both are
 * there. A sender writes them on a message, a consumer on one that it gives back.
 */
public final class DeliveryTime {
    /** Of a message that may be given out as soon as it is here. */
    public static final long AT_ONCE = 0;

    /** What was said makes no sense; {@link #objection} says why. */
    public static final long NONSENSE = -1;

    private static final String TIME = "x-opt-delivery-time";
    private static final String DELAY = "x-opt-delivery-delay";
    private static final Symbol TIME_KEY = Symbol.of(TIME);
    private static final Symbol DELAY_KEY = Symbol.of(DELAY);

    /** Of a message that a consumer has laid aside: nobody is given it who does not ask for it. No sender can say it. */
    public static final long DEFERRED = Long.MAX_VALUE;

    /** As good as never. */
    private static final long LATEST = Long.MAX_VALUE - 1;

    private DeliveryTime() {}

    /** As a message says it that comes now: a time, wall clock, milliseconds; {@link #AT_ONCE} or {@link #NONSENSE}. */
    static long of(MessageSections sections, long nowMillis) {
        if (!sections.speaksOfDelivery()) {
            return AT_ONCE;
        }
        return of(sections.messageAnnotation(TIME), sections.messageAnnotation(DELAY), nowMillis);
    }

    /** The same of annotations that a consumer gives a message. */
    public static long of(Map<Symbol, Object> annotations, long nowMillis) {
        return annotations.isEmpty() ? AT_ONCE : of(annotations.get(TIME_KEY), annotations.get(DELAY_KEY), nowMillis);
    }

    /** True when annotations say anything of it. */
    public static boolean isSaid(Map<Symbol, Object> annotations) {
        return annotations.get(TIME_KEY) != null || annotations.get(DELAY_KEY) != null;
    }

    private static long of(@Nullable Object time, @Nullable Object delay, long nowMillis) {
        if (time != null) {
            return wholeNumber(time instanceof Instant instant ? instant.toEpochMilli() : time);
        }
        if (delay == null) {
            return AT_ONCE;
        }
        long delayMillis = wholeNumber(delay);
        if (delayMillis == NONSENSE) {
            return NONSENSE;
        }
        return delayMillis == 0 ? AT_ONCE : Math.min(LATEST - nowMillis, delayMillis) + nowMillis;
    }

    /** Why what a message says of its delivery makes no sense; null when it does. */
    static @Nullable String objection(MessageSections sections) {
        var time = sections.messageAnnotation(TIME);
        var delay = sections.messageAnnotation(DELAY);
        if (of(time, delay, 0) != NONSENSE) {
            return null;
        }
        return time == null
                ? "the message annotation " + DELAY + " must be a whole number of milliseconds, not negative"
                : "the message annotation " + TIME
                        + " must be a timestamp, or a whole number of milliseconds since 1970, not negative";
    }

    /** {@link #NONSENSE} when it is none, or negative. */
    static long wholeNumber(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            long number = ((Number) value).longValue();
            return number < 0 ? NONSENSE : Math.min(LATEST, number);
        } else if (value instanceof UnsignedLong number) {
            return number.bits() < 0 ? LATEST : Math.min(LATEST, number.bits());
        } else if (value instanceof UnsignedInteger number) {
            return Integer.toUnsignedLong(number.bits());
        } else if (value instanceof UnsignedShort number) {
            return Short.toUnsignedLong(number.bits());
        } else if (value instanceof UnsignedByte number) {
            return Byte.toUnsignedLong(number.bits());
        }
        return NONSENSE;
    }
}
