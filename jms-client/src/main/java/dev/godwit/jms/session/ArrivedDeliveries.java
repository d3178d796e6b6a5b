package dev.godwit.jms.session;

import dev.godwit.jms.provider.MessageEnvelope;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer holds: in the order of arrival, or, where its settings want that, by priority first. The provider's thread
 * adds, the session's takes.
 */
final class ArrivedDeliveries {
    /** The highest priority first; one for all when nobody asks for it. */
    private final List<ConcurrentLinkedDeque<ReceivedDelivery>> lines;

    ArrivedDeliveries(boolean byPriority) {
        lines = IntStream.range(0, byPriority ? MessageEnvelope.PRIORITY_MAX + 1 : 1)
                .mapToObj(line -> new ConcurrentLinkedDeque<ReceivedDelivery>())
                .toList();
    }

    private ConcurrentLinkedDeque<ReceivedDelivery> line(ReceivedDelivery delivery) {
        if (lines.size() == 1) {
            return lines.get(0);
        }
        return lines.get(MessageEnvelope.PRIORITY_MAX - delivery.priority());
    }

    void add(ReceivedDelivery delivery) {
        line(delivery).add(delivery);
    }

    /** In front of its equals. */
    void addFirst(ReceivedDelivery delivery) {
        line(delivery).addFirst(delivery);
    }

    boolean isEmpty() {
        for (ConcurrentLinkedDeque<ReceivedDelivery> line : lines) {
            if (!line.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** The next one to give out; null when there is none. */
    @Nullable
    ReceivedDelivery poll() {
        for (ConcurrentLinkedDeque<ReceivedDelivery> line : lines) {
            ReceivedDelivery delivery = line.poll();
            if (delivery != null) {
                return delivery;
            }
        }
        return null;
    }

    /** The one that would be given out last; null when there is none. */
    @Nullable
    ReceivedDelivery pollLast() {
        for (int line = lines.size() - 1; line >= 0; line--) {
            ReceivedDelivery delivery = lines.get(line).pollLast();
            if (delivery != null) {
                return delivery;
            }
        }
        return null;
    }
}
