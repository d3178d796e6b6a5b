package dev.godwit.broker.queue;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.broker.runtime.Clock;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * When a message that came back may be given out again: as the consumer says that gave it back, else as the queue's rule
 * for failed attempts says. Owned by the queue's loop; lives as long as the queue.
 */
final class RetryTimes {
    /** As good as never. */
    private static final long LATEST = Long.MAX_VALUE - 1;

    private final Clock clock;
    private final DoubleSupplier random;
    private RetryPolicy policy = RetryPolicy.AT_ONCE;

    /** @param random gives numbers from 0 to 1 */
    RetryTimes(Clock clock, DoubleSupplier random) {
        this.clock = clock;
        this.random = random;
    }

    /** What holds from now on. */
    void apply(RetryPolicy newPolicy) {
        policy = newPolicy;
    }

    /**
     * The time, wall clock; {@link DeliveryTime#AT_ONCE} for a message that need not wait.
     *
     * @param failedAttempts with this one; 0 when this was none
     * @param annotations what the consumer wrote on it
     */
    long notBeforeMillis(int failedAttempts, Map<Symbol, Object> annotations) {
        long nowMillis = clock.nowMillis();
        long chosen = DeliveryTime.of(annotations, nowMillis);
        if (DeliveryTime.isSaid(annotations) && chosen != DeliveryTime.NONSENSE) {
            return chosen > nowMillis ? chosen : DeliveryTime.AT_ONCE;
        }
        long delayMillis = failedAttempts == 0 ? 0 : policy.delayMillis(failedAttempts, random.getAsDouble());
        return delayMillis == 0 ? DeliveryTime.AT_ONCE : nowMillis + Math.min(delayMillis, LATEST - nowMillis);
    }
}
