package dev.godwit.distribution.perf;

import dev.godwit.distribution.client.BrokerEndpoint;
import java.time.Duration;

/** Plans for tests: all defaults, save what a test sets. */
final class LoadPlans {
    private final long count;
    private int queues = 1;
    private int producers = 1;
    private int consumers = 1;
    private int inFlight = 4;
    private int ahead;
    private boolean topic;
    private int transactionSize;
    private boolean presettled;
    private int port = 1;

    private LoadPlans(long count) {
        this.count = count;
    }

    static LoadPlans counting(long count) {
        return new LoadPlans(count);
    }

    LoadPlans queues(int value) {
        queues = value;
        return this;
    }

    LoadPlans producers(int value) {
        producers = value;
        return this;
    }

    LoadPlans inFlight(int value) {
        inFlight = value;
        return this;
    }

    /** A topic with so many subscribers. */
    LoadPlans subscribers(int value) {
        consumers = value;
        topic = true;
        return this;
    }

    LoadPlans ahead(int value) {
        ahead = value;
        return this;
    }

    LoadPlans transactionSize(int value) {
        transactionSize = value;
        return this;
    }

    LoadPlans presettled() {
        presettled = true;
        return this;
    }

    LoadPlans port(int value) {
        port = value;
        return this;
    }

    LoadPlan plan() {
        return new LoadPlan(
                new BrokerEndpoint("127.0.0.1", port, null, null),
                "perf",
                queues,
                producers,
                consumers,
                1,
                1,
                64,
                true,
                presettled,
                Duration.ZERO,
                inFlight,
                ahead,
                0,
                transactionSize,
                100,
                topic,
                false,
                false,
                count,
                Duration.ZERO,
                Duration.ZERO,
                Duration.ofSeconds(5),
                0);
    }
}
