package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pauses the deliveries of a queue when too many of them fail, as they do when what its consumers need is not to be had. After
 * the pause one message at a time is given out: when one is accepted all goes on, when it fails the next pause is twice as
 * long. Until then nothing becomes a dead letter. Owned by the queue's loop; there is one while the queue's settings want it.
 */
final class CircuitBreaker {
    private static final Logger log = LoggerFactory.getLogger(CircuitBreaker.class);

    /** Bounds what consumers are given. */
    interface Valve {
        /** Each consumer may be given so many more at most; {@link Long#MAX_VALUE} for as many as it wants. */
        void allow(long more);
    }

    private final String queueName;
    private final EventLoop owner;
    private final Clock clock;
    private final Valve valve;
    private BreakerRules rules;
    private OutcomeWindow window;
    private BreakerState state = BreakerState.CLOSED;
    private long allowed = Long.MAX_VALUE;
    private long pauseMillis;
    private long untilMillis;
    private long opened;
    private EventLoop.@Nullable Timer timer;

    /** The message by which it is seen whether deliveries go well; null while nobody has it. */
    private @Nullable QueueEntry probe;

    CircuitBreaker(String queueName, EventLoop owner, Clock clock, Valve valve, BreakerRules rules) {
        this.queueName = queueName;
        this.owner = owner;
        this.clock = clock;
        this.valve = valve;
        this.rules = rules;
        this.window = new OutcomeWindow(rules.windowMillis());
    }

    /** What holds from now on; a pause that has begun is as long as it was to be. */
    void apply(BreakerRules newRules) {
        if (newRules.windowMillis() != rules.windowMillis()) {
            window = new OutcomeWindow(newRules.windowMillis());
        }
        rules = newRules;
    }

    /** It is no more: consumers are given what they want. */
    void end() {
        stopTimer();
        allow(Long.MAX_VALUE);
    }

    BreakerStatus status() {
        return new BreakerStatus(state, state == BreakerState.OPEN ? untilMillis : 0, opened);
    }

    /** Why nothing is given out; null when this is not the reason. */
    @Nullable
    Obstacle obstacle() {
        if (state == BreakerState.OPEN) {
            return Obstacle.of(
                            WaitingReason.CIRCUIT_BREAKER_OPEN,
                            "too many deliveries failed: the queue pauses, and then tries one message")
                    .until(untilMillis);
        }
        return state == BreakerState.PROBING && allowed == 0
                ? Obstacle.of(
                                WaitingReason.CIRCUIT_BREAKER_PROBING,
                                "too many deliveries failed: the queue waits for what becomes of one message")
                        .at(probe == null ? null : probe.holder)
                : null;
    }

    /** How many more a consumer may be given that comes now. */
    long allowed() {
        return allowed;
    }

    /** A message was given to a consumer. */
    void onGiven(QueueEntry entry) {
        if (state == BreakerState.PROBING) {
            probe = entry;
            allow(0);
            // It may be that nobody ever says what has become of it.
            startTimer(Math.max(rules.pauseMillis(), pauseMillis), this::probe);
        }
    }

    /** A consumer has processed a message: perhaps one that it was given long ago. */
    void onConsumed() {
        if (state == BreakerState.CLOSED) {
            window.add(false, clock.nowMillis());
        } else if (state == BreakerState.PROBING) {
            close();
        }
    }

    /** A consumer has failed to process a message, or does not want it. True when no message is to be a dead letter now. */
    boolean onFailed() {
        if (state == BreakerState.CLOSED) {
            window.add(true, clock.nowMillis());
            if (window.isBad(rules.samplesMin(), rules.ratio())) {
                open();
            }
        } else if (state == BreakerState.PROBING) {
            open();
        }
        return state != BreakerState.CLOSED;
    }

    /** A message came back, or can be had no more, and that says nothing. */
    void onUndecided(QueueEntry entry) {
        if (entry == probe) {
            probe();
        }
    }

    private void open() {
        probe = null;
        pauseMillis = rules.pauseAfter(pauseMillis);
        untilMillis = clock.nowMillis() + pauseMillis;
        opened++;
        become(BreakerState.OPEN);
        allow(0);
        startTimer(pauseMillis, this::probe);
        log.warn("queue {}: too many deliveries fail; no more for {} ms", queueName, pauseMillis);
    }

    private void probe() {
        probe = null;
        stopTimer();
        become(BreakerState.PROBING);
        allow(1);
    }

    private void close() {
        probe = null;
        stopTimer();
        pauseMillis = 0;
        window.clear();
        become(BreakerState.CLOSED);
        allow(Long.MAX_VALUE);
        log.info("queue {}: a delivery went well; all go on", queueName);
    }

    /** The only place where the state changes. */
    private void become(BreakerState newState) {
        state = newState;
    }

    private void allow(long more) {
        allowed = more;
        valve.allow(more);
    }

    private void startTimer(long millis, Runnable task) {
        stopTimer();
        timer = owner.schedule(millis, task);
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
