package dev.godwit.broker.queue;

/** Whether a queue gives messages out, where a {@link CircuitBreaker} watches that. */
public enum BreakerState {
    /** Nobody watches. */
    OFF,
    /** Messages are given out. */
    CLOSED,
    /** Too many deliveries failed: none are made for some time. */
    OPEN,
    /** One message at a time is given out, to see whether they go well again. */
    PROBING
}
