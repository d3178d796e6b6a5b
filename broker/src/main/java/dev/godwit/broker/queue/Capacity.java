package dev.godwit.broker.queue;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import java.util.function.IntSupplier;

/**
 * How many messages one queue may hold, and what happens to the next one. Says what is to be done; the queue does it. Owned
 * by the queue's loop; lives as long as the queue.
 */
final class Capacity {
    private final String queueName;
    private final QueueCounters counters;
    private final IntSupplier leaving;
    private long messagesMax = Long.MAX_VALUE;
    private WhenFull whenFull = WhenFull.BLOCK;
    private boolean stopsNobody;

    /** @param leaving how many messages are on their way to the dead letters */
    Capacity(String queueName, QueueCounters counters, IntSupplier leaving) {
        this.queueName = queueName;
        this.counters = counters;
        this.leaving = leaving;
    }

    /** What holds from now on. */
    void apply(AddressSettings settings) {
        long max = settings.get(AddressSetting.MAX_MESSAGES);
        messagesMax = max == 0 ? Long.MAX_VALUE : max;
        whenFull = settings.get(AddressSetting.WHEN_FULL);
    }

    /** No producer may wait for this queue, nor be refused because of it, whatever the settings say. */
    void stopNobody() {
        stopsNobody = true;
    }

    /** Whether a message has to wait, when so many are on their way in before it. */
    boolean makesWait(int arriving) {
        return is(WhenFull.BLOCK) && isFull(arriving);
    }

    /** Whether a message is refused, when so many are on their way in before it. */
    boolean turnsAway(int arriving) {
        return is(WhenFull.REJECT) && isFull(arriving);
    }

    private boolean isFull(int arriving) {
        return counters.held() + leaving.getAsInt() + arriving >= messagesMax;
    }

    /** Whether the oldest has to go. */
    boolean isExceeded() {
        return is(WhenFull.DROP_OLDEST) && counters.held() > messagesMax;
    }

    private boolean is(WhenFull what) {
        return (stopsNobody ? WhenFull.DROP_OLDEST : whenFull) == what;
    }

    /** Why a message waits in front of the queue. */
    Obstacle obstacle() {
        return Obstacle.of(
                WaitingReason.QUEUE_FULL,
                "the queue holds " + (counters.held() + leaving.getAsInt()) + " messages, and may hold "
                        + (messagesMax == Long.MAX_VALUE ? "any number" : String.valueOf(messagesMax)));
    }

    /** Why a message is refused. */
    ErrorCondition refusal() {
        return AmqpError.RESOURCE_LIMIT_EXCEEDED.because(
                "queue '" + queueName + "' is full: it may hold " + messagesMax + " messages; send it again later");
    }
}
