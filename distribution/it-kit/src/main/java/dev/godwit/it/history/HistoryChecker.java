package dev.godwit.it.history;

import dev.godwit.it.history.History.Event;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds a history against what the broker promises: a confirmed message is delivered, a settlement that was confirmed
 * lasts, only what was sent is delivered, and first deliveries keep their producer's order. For one history.
 */
public final class HistoryChecker {
    /** Of each sort of violation. */
    private static final int EXAMPLES_MAX = 5;

    private final Map<MessageKey, Life> lives = new LinkedHashMap<>();
    private final Map<Line, Long> lastFirstDeliveries = new HashMap<>();
    private final List<String> examples = new ArrayList<>();
    private final Map<String, Integer> violations = new HashMap<>();
    private long delivered;
    private long duplicates;
    private long resurrected;
    private long phantoms;
    private long orderBreaks;

    private HistoryChecker() {}

    public static Verdict check(Iterable<Event> history) {
        var checker = new HistoryChecker();
        history.forEach(checker::take);
        return checker.verdict();
    }

    private void take(Event event) {
        if (event instanceof Event.Sent sent) {
            life(sent.key()).sent = true;
        } else if (event instanceof Event.Confirmed confirmed) {
            life(confirmed.key()).confirmed = true;
        } else if (event instanceof Event.Settled settled) {
            life(settled.key()).settled = true;
        } else if (event instanceof Event.Unreadable unreadable) {
            delivered++;
            phantoms++;
            violation("phantom", "unreadable bytes in " + unreadable.scope());
        } else if (event instanceof Event.Delivered delivery) {
            onDelivered(delivery);
        }
    }

    private Life life(MessageKey key) {
        return lives.computeIfAbsent(key, absent -> new Life());
    }

    private void onDelivered(Event.Delivered delivery) {
        var key = delivery.key();
        var life = life(key);
        delivered++;
        if (!life.sent) {
            phantoms++;
            violation("phantom", delivery.toString());
        }
        if (life.settled) {
            resurrected++;
            violation("resurrected", delivery.toString());
        }
        if (life.delivered) {
            duplicates++;
        } else {
            life.delivered = true;
            checkOrder(delivery);
        }
    }

    private void checkOrder(Event.Delivered delivery) {
        var key = delivery.key();
        var last = lastFirstDeliveries.merge(new Line(delivery.scope(), key.producer()), key.sequence(), Math::max);
        if (last > key.sequence()) {
            orderBreaks++;
            violation("order", delivery + " after " + last);
        }
    }

    private void violation(String sort, String example) {
        if (violations.merge(sort, 1, Integer::sum) <= EXAMPLES_MAX) {
            examples.add(sort + ": " + example);
        }
    }

    private Verdict verdict() {
        long sent = 0;
        long confirmed = 0;
        long settled = 0;
        long lost = 0;
        for (var entry : lives.entrySet()) {
            var life = entry.getValue();
            sent += life.sent ? 1 : 0;
            confirmed += life.confirmed ? 1 : 0;
            settled += life.settled ? 1 : 0;
            if (life.confirmed && !life.delivered) {
                lost++;
                violation("lost", entry.getKey().toString());
            }
        }
        return new Verdict(
                sent,
                confirmed,
                delivered,
                settled,
                duplicates,
                lost,
                resurrected,
                phantoms,
                orderBreaks,
                List.copyOf(examples));
    }

    /** Where order is kept: one producer's messages within one scope. */
    private record Line(String scope, int producer) {}

    /** What is known of one message so far. */
    private static final class Life {
        private boolean sent;
        private boolean confirmed;
        private boolean delivered;
        private boolean settled;
    }
}
