package dev.godwit.distribution.perf;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Keeps producers within sight of the slowest consumer, so that a broker can be driven as fast as it goes without the
 * load itself becoming a backlog. Of one run; any thread may call.
 */
final class LoadHeadway {
    private static final int TELLS_PER_HEADWAY = 4;

    private final int messagesMax;
    private final boolean everyConsumerGetsAll;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLongArray received;
    private final List<LoadProducer> producers;
    private final int step;

    /**
     * @param plan with at least one consumer
     * @param producers who are told when they may go on; may be completed later, before the first message
     */
    LoadHeadway(LoadPlan plan, List<LoadProducer> producers) {
        messagesMax = plan.ahead();
        everyConsumerGetsAll = plan.topic();
        received = new AtomicLongArray(plan.consumers());
        step = Math.max(1, messagesMax / TELLS_PER_HEADWAY);
        this.producers = producers;
    }

    /** True when one more message may be sent, which then counts as sent. */
    boolean take() {
        if (sent.get() - done() >= messagesMax) {
            return false;
        }
        sent.getAndIncrement();
        return true;
    }

    /** The nth consumer has got one more. */
    void onReceived(int consumer) {
        if (received.incrementAndGet(consumer) % step == 0) {
            producers.forEach(LoadProducer::tellDue);
        }
    }

    /** How many messages all have got who are to get them. */
    private long done() {
        long sum = 0;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < received.length(); i++) {
            sum += received.get(i);
            least = Math.min(least, received.get(i));
        }
        return everyConsumerGetsAll ? least : sum;
    }
}
