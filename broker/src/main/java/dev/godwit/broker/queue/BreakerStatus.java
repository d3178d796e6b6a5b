package dev.godwit.broker.queue;

/**
 * What an operator sees of a queue's {@link CircuitBreaker}. Immutable.
 *
 * @param untilMillis while it is open: the time when the next message is given out, wall clock; else 0
 * @param opened how often it has opened since it was turned on
 */
public record BreakerStatus(BreakerState state, long untilMillis, long opened) {
    public static final BreakerStatus OFF = new BreakerStatus(BreakerState.OFF, 0, 0);
}
