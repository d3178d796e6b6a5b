package dev.godwit.distribution.perf;

import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientFailedException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * One run against a broker: connects, warms up, measures, drains, compares. Owned by the thread that calls it, which
 * waits until all is done; what goes on meanwhile belongs to the event loops of the connections.
 */
public final class LoadRun {
    private static final long POLL_NANOS = 1_000_000;
    private static final long SETUP_NANOS = TimeUnit.SECONDS.toNanos(60);
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SCHEDULE_LEAD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LoadPlan plan;
    private final LoadProgress progress;
    private final LoadLines lines;
    private final List<LoadPhase> phases = new ArrayList<>();
    private long beganNanos;
    private long progressDueNanos = Long.MAX_VALUE;

    private LoadRun(LoadPlan plan, LoadProgress progress, LoadLines lines) {
        this.plan = plan;
        this.progress = progress;
        this.lines = lines;
    }

    /** Carries the plan out and returns when its last message has been accounted for. */
    public static LoadResult run(LoadPlan plan, LoadProgress progress)
            throws ClientFailedException, InterruptedException {
        try (var lines = new LoadLines(plan)) {
            return new LoadRun(plan, progress, lines).run();
        }
    }

    private LoadResult run() throws ClientFailedException, InterruptedException {
        snapshot(); // fails at once when the broker's process cannot be looked at
        lines.connect();
        if (!await(lines::isReady, SETUP_NANOS)) {
            throw new ClientFailedException(Kind.REFUSED, "the broker did not attach every link within a minute");
        }
        beganNanos = System.nanoTime();
        progressDueNanos = beganNanos + PROGRESS_NANOS;
        if (plan.inTurn()) {
            writeAndDrainInTurn();
        } else if (plan.backlog()) {
            writeThenDrain();
        } else {
            produceAndConsume();
        }
        LoadSnapshot end = snapshot();
        lines.close(); // now nothing changes any more what is compared
        return result(end);
    }

    /** What is measured ends when the last message has come: so its cost includes what a broker had put off. */
    private void produceAndConsume() throws ClientFailedException, InterruptedException {
        startConsumers();
        LoadPacer pacer = startProducers();
        LoadSnapshot begin;
        try {
            await(() -> false, plan.warmup().toNanos());
            lines.onEachLoop(load -> load.meter().startMeasuring());
            begin = snapshot();
            if (plan.count() == 0) {
                await(() -> false, plan.duration().toNanos());
                lines.onEachLoop(LoadConnection::stopProducers);
            }
            awaitAllReceived();
        } finally {
            stop(pacer);
        }
        phases.add(begin.until(snapshot(), "run"));
        lines.onEachLoop(load -> load.meter().stopMeasuring());
    }

    private void writeThenDrain() throws ClientFailedException, InterruptedException {
        lines.onEachLoop(load -> load.meter().startMeasuring());
        LoadSnapshot begin = snapshot();
        LoadPacer pacer = startProducers();
        try {
            awaitAllConfirmed(lines.producers());
        } finally {
            stop(pacer);
        }
        LoadSnapshot written = snapshot();
        phases.add(begin.until(written, "write"));
        startConsumers();
        awaitAllReceived();
        phases.add(written.until(snapshot(), "drain"));
    }

    /** Small backlogs end before anything is warm: so there are many, and the second half of them is measured. */
    private void writeAndDrainInTurn() throws ClientFailedException, InterruptedException {
        int turns = plan.queues();
        LoadPhase write = null;
        LoadPhase drain = null;
        for (int turn = 0; turn < turns; turn++) {
            if (turn == turns / 2) {
                lines.onEachLoop(load -> load.meter().startMeasuring());
            }
            LoadSnapshot begin = snapshot();
            LoadProducer producer = lines.producers().get(turn);
            producer.session().connection().loop().execute(() -> producer.start(null));
            awaitAllConfirmed(List.of(producer));
            LoadSnapshot written = snapshot();
            start(lines.consumers().get(turn));
            awaitWhileProgressing(() -> sum(LoadMeter::received) >= written.confirmed());
            LoadSnapshot drained = snapshot();
            if (turn >= turns / 2) {
                write = begin.until(written, "write").plusAny(write);
                drain = written.until(drained, "drain").plusAny(drain);
            }
        }
        phases.add(Objects.requireNonNull(write));
        phases.add(Objects.requireNonNull(drain));
    }

    private void startConsumers() {
        lines.consumers().forEach(LoadRun::start);
    }

    private static void start(LoadConsumer consumer) {
        consumer.session().connection().loop().execute(consumer::start);
    }

    private @Nullable LoadPacer startProducers() {
        List<LoadProducer> producers = lines.producers();
        boolean paced = plan.ratePerSecond() > 0 && !producers.isEmpty();
        long start = System.nanoTime() + SCHEDULE_LEAD_NANOS;
        for (int i = 0; i < producers.size(); i++) {
            LoadProducer producer = producers.get(i);
            LoadSchedule schedule = paced ? LoadSchedule.of(plan.ratePerSecond(), producers.size(), i, start) : null;
            producer.session().connection().loop().execute(() -> producer.start(schedule));
        }
        return paced ? new LoadPacer(producers, LoadSchedule.of(plan.ratePerSecond(), 1, 0, start)) : null;
    }

    private static void stop(@Nullable LoadPacer pacer) {
        if (pacer != null) {
            pacer.stop();
        }
    }

    private void awaitAllConfirmed(List<LoadProducer> producers) throws ClientFailedException, InterruptedException {
        if (!awaitWhileProgressing(() -> producers.stream().allMatch(LoadProducer::isFinished))) {
            throw new ClientFailedException(
                    Kind.REFUSED,
                    "the broker takes no more: the backlog stands at " + sum(LoadMeter::confirmed) + " messages");
        }
    }

    private void awaitAllReceived() throws ClientFailedException, InterruptedException {
        awaitWhileProgressing(() -> lines.producers().stream().allMatch(LoadProducer::isFinished)
                && sum(LoadMeter::received) >= messagesToReceive());
    }

    private long messagesToReceive() {
        if (plan.consumers() == 0) {
            return 0;
        }
        if (plan.producers() == 0) {
            return plan.count();
        }
        return sum(LoadMeter::confirmed) * (plan.topic() ? plan.consumers() : 1);
    }

    /** Waits for a condition as long as anything moves within each drain timeout; false when nothing did. */
    private boolean awaitWhileProgressing(BooleanSupplier condition)
            throws ClientFailedException, InterruptedException {
        while (true) {
            long before = sum(LoadMeter::confirmed) + sum(LoadMeter::received);
            if (await(condition, plan.drainTimeout().toNanos())) {
                return true;
            }
            if (sum(LoadMeter::confirmed) + sum(LoadMeter::received) == before) {
                return false;
            }
        }
    }

    /** Waits for a condition; false when it took too long. */
    private boolean await(BooleanSupplier condition, long timeoutNanos)
            throws ClientFailedException, InterruptedException {
        long deadline = System.nanoTime() + timeoutNanos;
        while (!condition.getAsBoolean()) {
            ClientFailedException failure = lines.failure();
            if (failure != null) {
                throw failure;
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            long now = System.nanoTime();
            if (now - deadline >= 0) {
                return false;
            }
            if (now >= progressDueNanos) {
                progressDueNanos += PROGRESS_NANOS;
                progress.onProgress(
                        (now - beganNanos) / 1e9,
                        sum(LoadMeter::sent),
                        sum(LoadMeter::confirmed),
                        sum(LoadMeter::received));
            }
            LockSupport.parkNanos(Math.min(POLL_NANOS, deadline - now));
        }
        return true;
    }

    private LoadResult result(LoadSnapshot end) {
        List<SentSequences> sent =
                lines.producers().stream().map(LoadProducer::sequences).toList();
        List<ReceivedSequences> received =
                lines.consumers().stream().map(LoadConsumer::sequences).toList();
        boolean bothSides = !sent.isEmpty() && !received.isEmpty();
        return new LoadResult(
                plan,
                phases,
                end.sent(),
                end.confirmed(),
                end.refused(),
                sent.stream().mapToLong(SentSequences::inDoubt).sum(),
                end.received(),
                latencies(LoadMeter::confirmNanos),
                latencies(LoadMeter::endToEndNanos),
                bothSides ? Verdict.of(sent, received, plan.topic()) : null,
                end.server());
    }

    private LatencyFigures latencies(Function<LoadMeter, Histogram> which) {
        Histogram all = LoadMeter.newHistogram();
        lines.meters().forEach(meter -> all.add(which.apply(meter)));
        return LatencyFigures.of(all);
    }

    private LoadSnapshot snapshot() throws ClientFailedException {
        return LoadSnapshot.take(lines.meters(), plan.serverPid());
    }

    private long sum(ToLongFunction<LoadMeter> counter) {
        long sum = 0;
        for (LoadMeter meter : lines.meters()) {
            sum += counter.applyAsLong(meter);
        }
        return sum;
    }
}
