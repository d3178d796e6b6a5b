package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.SlowConsumer;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the consumers of one queue that do not get on: who had, at the beginning of a period, as many messages as it should settle
 * in that time, or could have had as many if it had asked, and has settled fewer. Who waits for messages is not slow. Owned by the queue's
 * loop; there while the settings of the queue want it.
 */
final class SlowConsumers {
    private static final Logger log = LoggerFactory.getLogger(SlowConsumers.class);
    private static final long LOG_PERIOD_MILLIS = 60_000;
    private static final double MILLIS_PER_SECOND = 1_000;

    /** How it stood with one consumer when it was looked at last. */
    private static final class Watched {
        private long settled;

        /** It had so many, or could have had. */
        private long available;

        private boolean slow;
    }

    private final MessageQueue queue;
    private final EventLoop owner;
    private final Clock clock;
    private final Supplier<List<QueueConsumer>> consumers;
    private Map<QueueConsumer, Watched> watched = new HashMap<>();
    private SlowConsumer policy = SlowConsumer.NONE;
    private double perSecond;
    private long periodMillis;
    private EventLoop.@Nullable Timer timer;
    private long unlogged;
    private long nextLogMillis;

    /** @param consumers all that are here */
    SlowConsumers(MessageQueue queue, Clock clock, Supplier<List<QueueConsumer>> consumers) {
        this.queue = queue;
        this.owner = queue.owner();
        this.clock = clock;
        this.consumers = consumers;
    }

    static boolean areWatched(AddressSettings settings) {
        return settings.get(AddressSetting.SLOW_CONSUMER) != SlowConsumer.NONE;
    }

    /** What holds from now on. */
    void apply(AddressSettings settings) {
        boolean same = policy == settings.get(AddressSetting.SLOW_CONSUMER)
                && perSecond == settings.get(AddressSetting.SLOW_CONSUMER_RATE)
                && periodMillis == settings.get(AddressSetting.SLOW_CONSUMER_PERIOD);
        policy = settings.get(AddressSetting.SLOW_CONSUMER);
        perSecond = settings.get(AddressSetting.SLOW_CONSUMER_RATE);
        periodMillis = settings.get(AddressSetting.SLOW_CONSUMER_PERIOD);
        if (!same) {
            watched.clear();
            stop();
            look();
        }
    }

    /** A consumer came. */
    void onCame() {
        if (timer == null) {
            look();
        }
    }

    /** Nobody is watched any more. */
    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }

    /** What operators know those by who are slow now. */
    List<String> names() {
        return watched.entrySet().stream()
                .filter(each -> each.getValue().slow && !each.getKey().isGone())
                .map(each -> each.getKey().port().name())
                .sorted()
                .toList();
    }

    private void look() {
        timer = null;
        var seen = new HashMap<QueueConsumer, Watched>();
        long waiting = queue.statistics().ready();
        for (var consumer : consumers.get()) {
            if (consumer.takes && !consumer.aside && !consumer.standsBy()) {
                seen.put(consumer, look(consumer, waiting));
            }
        }
        watched = seen;
        if (!seen.isEmpty()) {
            timer = owner.schedule(periodMillis, this::look);
        }
    }

    private Watched look(QueueConsumer consumer, long waiting) {
        var before = watched.get(consumer);
        var now = before == null ? new Watched() : before;
        long settled = consumer.settled();
        long needed = (long) Math.ceil(perSecond * periodMillis / MILLIS_PER_SECOND);
        boolean slow = now.available >= needed && settled - now.settled < needed;
        if (slow && !now.slow) {
            onSlow(consumer, settled - now.settled, needed);
        } else if (!slow && now.slow) {
            log.info(
                    "queue {}: consumer {} is not slow any more",
                    queue.name(),
                    consumer.port().name());
        }
        now.slow = slow;
        now.settled = settled;
        // Who has just come may be about to ask; and what waits is not for who has credit and is given nothing of it.
        now.available = consumer.unsettled() + (before == null || consumer.hasCredit() ? 0 : waiting);
        return now;
    }

    private void onSlow(QueueConsumer consumer, long settled, long needed) {
        unlogged++;
        if (clock.nowMillis() >= nextLogMillis) {
            nextLogMillis = clock.nowMillis() + LOG_PERIOD_MILLIS;
            log.warn(
                    "queue {}: consumer {} is slow: it settled {} messages in {} ms, and {} would be enough; it has {}"
                            + " unsettled. {} were found slow lately{}",
                    queue.name(),
                    consumer.port().name(),
                    settled,
                    periodMillis,
                    needed,
                    consumer.unsettled(),
                    unlogged,
                    policy == SlowConsumer.DETACH ? ", and are detached" : "");
            unlogged = 0;
        }
        if (policy == SlowConsumer.DETACH) {
            consumer.port().onSlow(settled, needed, periodMillis);
        }
    }
}
