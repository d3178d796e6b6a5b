package dev.godwit.broker.address;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.queue.DeadLetter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** What is written on a dead letter, as message annotations (docs/dead-letters.md). */
final class DeadLetterAnnotations {
    static final Symbol ADDRESS = Symbol.of("x-opt-dead-letter-address");
    static final Symbol REASON = Symbol.of("x-opt-dead-letter-reason");
    static final Symbol CONDITION = Symbol.of("x-opt-dead-letter-condition");
    static final Symbol DESCRIPTION = Symbol.of("x-opt-dead-letter-description");
    static final Symbol ATTEMPTS = Symbol.of("x-opt-dead-letter-attempts");
    static final Symbol TIME = Symbol.of("x-opt-dead-letter-time");

    private static final int TEXT_MAX = 1_024;
    private static final Pattern NOT_ASCII = Pattern.compile("[^\\p{ASCII}]");

    private DeadLetterAnnotations() {}

    /** Together with what consumers had added, as far as there is room for both. */
    static AddedAnnotations of(DeadLetter why, long nowMillis) {
        var annotations = annotations(why, nowMillis);
        var all = AddedAnnotations.merge(why.added(), annotations);
        if (all == null) {
            all = AddedAnnotations.merge(null, annotations);
        }
        if (all == null) {
            throw new IllegalStateException("the annotations of a dead letter are longer than allowed");
        }
        return all;
    }

    private static Map<Symbol, Object> annotations(DeadLetter why, long nowMillis) {
        var annotations = new LinkedHashMap<Symbol, Object>();
        annotations.put(ADDRESS, why.fromQueue());
        annotations.put(REASON, reason(why.reason()));
        var error = why.error();
        if (error != null) {
            annotations.put(
                    CONDITION, Symbol.of(shortened(ascii(error.condition().value()))));
            if (error.description() != null) {
                annotations.put(DESCRIPTION, shortened(error.description()));
            }
        }
        annotations.put(ATTEMPTS, new UnsignedInteger(why.attempts()));
        annotations.put(TIME, Instant.ofEpochMilli(nowMillis));
        return annotations;
    }

    private static Symbol reason(DeadLetter.Reason reason) {
        return switch (reason) {
            case REJECTED -> Symbol.of("rejected");
            case DELIVERY_ATTEMPTS -> Symbol.of("delivery-attempts");
            case LOCK_LOST -> Symbol.of("lock-lost");
            case CONSUMER_TIMEOUT -> Symbol.of("consumer-timeout");
            case EXPIRED -> Symbol.of("expired");
        };
    }

    /** A peer may have sent a condition that is no symbol (AMQP 1.0 §1.6.21). */
    private static String ascii(String text) {
        return NOT_ASCII.matcher(text).replaceAll("?");
    }

    /** No half of a surrogate pair is left at the end. */
    private static String shortened(String text) {
        if (text.length() <= TEXT_MAX) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(TEXT_MAX - 1)) ? TEXT_MAX - 1 : TEXT_MAX);
    }
}
