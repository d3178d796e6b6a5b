package dev.godwit.broker.queue;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The consumers of one queue: how they come, get credit, and leave. Where only one at a time is to be given messages, the
 * others stand by until it leaves. Owned by the queue's loop; lives as long as the queue.
 */
final class QueueConsumers {
    private final MessageQueue queue;
    private final Dispatch dispatch;
    private final Clock clock;

    /** In the order in which they came. */
    private final List<QueueConsumer> here = new ArrayList<>();

    private boolean exclusive;

    /** Null where the settings want none. */
    private @Nullable CircuitBreaker breaker;

    /** Null where the settings do not ask who is slow. */
    private @Nullable SlowConsumers slow;

    QueueConsumers(MessageQueue queue, Dispatch dispatch, Clock clock) {
        this.queue = queue;
        this.dispatch = dispatch;
        this.clock = clock;
    }

    /** What holds from now on, also for those who are here. What they have they keep. */
    void apply(AddressSettings settings) {
        exclusive = settings.get(AddressSetting.EXCLUSIVE_CONSUMER);
        chooseActive();
        apply(BreakerRules.of(settings));
        watchSlow(settings);
    }

    private void watchSlow(AddressSettings settings) {
        if (SlowConsumers.areWatched(settings) && !queue.isDeleted()) {
            slow = slow == null ? new SlowConsumers(queue, clock, this::here) : slow;
            slow.apply(settings);
        } else if (slow != null) {
            slow.stop();
            slow = null;
        }
    }

    /** Those who settle fewer messages than they should, as far as the settings ask for it. */
    List<String> slowNames() {
        return slow == null ? List.of() : slow.names();
    }

    private void apply(BreakerRules rules) {
        var present = breaker;
        if (present == null && !rules.areOff() && !queue.isDeleted()) {
            breaker = new CircuitBreaker(queue.name(), queue.owner(), clock, this::allow, rules);
        } else if (present != null && rules.areOff()) {
            breaker = null;
            present.end();
        } else if (present != null) {
            present.apply(rules);
        }
        dispatch.watch(breaker);
    }

    /** Those who take messages, and do not stand aside, may be given so many more each. */
    private void allow(long more) {
        if (more == 0 || !dispatch.isRunning()) {
            bound(more);
        } else {
            // A consumer on this loop is being given a message: after the round, not within, and for all at once.
            queue.owner().execute(() -> bound(breaker == null ? Long.MAX_VALUE : breaker.allowed()));
        }
    }

    private void bound(long more) {
        for (var consumer : here) {
            if (isBounded(consumer)) {
                consumer.allow(more);
                if (consumer.hasCredit()) {
                    dispatch.offer(consumer);
                }
            }
        }
        if (more > 0) {
            queue.postTurnEnd();
        }
    }

    /** What watches whether deliveries go well; null where nothing does. */
    @Nullable
    CircuitBreaker breaker() {
        return breaker;
    }

    /** Why nobody is given anything; null when this is not the reason. */
    @Nullable
    Obstacle obstacle() {
        if (takers().findAny().isEmpty()) {
            return Obstacle.of(WaitingReason.NO_CONSUMER, "no consumer is attached that takes messages");
        }
        return breaker == null ? null : breaker.obstacle();
    }

    /** Those who take messages, and do not stand aside. */
    Stream<QueueConsumer> takers() {
        return here.stream().filter(QueueConsumers::maySucceed);
    }

    BreakerStatus breakerStatus() {
        return breaker == null ? BreakerStatus.OFF : breaker.status();
    }

    boolean isEmpty() {
        return here.isEmpty();
    }

    int count() {
        return (int) here.stream().filter(each -> !each.aside).count();
    }

    /** Those who are here now, in the order in which they came. */
    List<QueueConsumer> here() {
        return List.copyOf(here);
    }

    QueueConsumer add(ConsumerPort port, Interest interest) {
        queue.owner().assertCurrent();
        var consumer = new QueueConsumer(port, interest.priority());
        if (queue.isDeleted()) {
            consumer.leave();
            port.onQueueDeleted();
            return consumer;
        }
        consumer.aside = interest.aside();
        here.add(consumer);
        dispatch.join(consumer, interest);
        if (breaker != null && isBounded(consumer)) {
            consumer.allow(breaker.allowed());
        }
        if (exclusive) {
            consumer.standBy(maySucceed(consumer) && active() != consumer);
        }
        if (slow != null) {
            slow.onCame();
        }
        return consumer;
    }

    /** Who is given messages when only one is to be; null when nobody is here that takes any. */
    private @Nullable QueueConsumer active() {
        QueueConsumer next = null;
        for (var consumer : here) {
            if (maySucceed(consumer) && (next == null || isBefore(consumer, next))) {
                next = consumer;
            }
        }
        return next;
    }

    /** Whether a pause holds for it: also for one that fetches what was laid aside. */
    private static boolean isBounded(QueueConsumer consumer) {
        var fetch = consumer.fetch;
        return maySucceed(consumer) || (fetch != null && fetch.takes());
    }

    /** Whether it is one of those of whom only one is served. */
    private static boolean maySucceed(QueueConsumer consumer) {
        return consumer.takes && !consumer.aside;
    }

    /** Who has been given messages goes on with that; else the highest priority counts, and then who came first. */
    private static boolean isBefore(QueueConsumer consumer, QueueConsumer earlier) {
        return consumer.standsBy() == earlier.standsBy()
                ? consumer.standsBy() && consumer.priority() > earlier.priority()
                : earlier.standsBy();
    }

    private void chooseActive() {
        var active = exclusive ? active() : null;
        for (var consumer : here) {
            boolean standsBy = exclusive && maySucceed(consumer) && consumer != active;
            if (standsBy != consumer.standsBy()) {
                consumer.standBy(standsBy);
                if (standsBy) {
                    dispatch.onStandsBy(consumer);
                }
                if (consumer.hasCredit()) {
                    dispatch.offer(consumer);
                    queue.postTurnEnd();
                }
            }
        }
    }

    /**
     * The consumer leaves, and what it has goes back, in order, without counting as an attempt.
     *
     * @param ofWhatWasSent another outcome for what its peer has been sent; null for none
     */
    void remove(QueueConsumer consumer, @Nullable Outcome ofWhatWasSent) {
        queue.owner().assertCurrent();
        if (consumer.isGone()) {
            return;
        }
        if (dispatch.isRunning()) {
            // A consumer on this loop may leave while it is being given a message: after the round, not within.
            consumer.spendCredit();
            queue.owner().execute(() -> remove(consumer, ofWhatWasSent));
            return;
        }
        consumer.leave();
        here.remove(consumer);
        dispatch.remove(consumer);
        for (var entry = consumer.firstHeld(); entry != null; entry = consumer.firstHeld()) {
            if (ofWhatWasSent != null && entry.wasSent()) {
                queue.settlements().lose(consumer, entry, ofWhatWasSent);
            } else {
                queue.settlements().giveBack(consumer, entry, false, false);
            }
        }
        if (exclusive) {
            chooseActive();
        }
    }

    /** @param limit how many messages the consumer may have been given in all, since it came */
    void setLimit(QueueConsumer consumer, long limit) {
        queue.owner().assertCurrent();
        consumer.setLimit(limit);
        if (consumer.hasCredit()) {
            dispatch.offer(consumer);
            queue.postTurnEnd();
        }
    }

    /** Gives the consumer what there is for it, takes the rest of its credit away, and says so. */
    void drain(QueueConsumer consumer, long limit) {
        queue.owner().assertCurrent();
        consumer.setLimit(limit);
        dispatch.drain(consumer);
        if (dispatch.isUnfinished()) {
            queue.postTurnEnd();
        }
    }

    /** All are told, and leave. */
    void onQueueDeleted() {
        exclusive = false;
        if (slow != null) {
            slow.stop();
            slow = null;
        }
        if (breaker != null) {
            breaker.end();
            breaker = null;
            dispatch.watch(null);
        }
        for (var consumer : here()) {
            remove(consumer, null);
            consumer.port().onQueueDeleted();
        }
    }
}
