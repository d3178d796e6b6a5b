package dev.godwit.jms.observe.metrics;

import dev.godwit.jms.observe.ClientObserver;
import dev.godwit.jms.observe.ObservedMessage;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what becomes of the messages of the factories that it watches, for any registry that it is bound to. A meter counts from
 * when this was made; the times from when it was bound. For any thread.
 *
 * <p>The meters are {@code godwit.jms.sent}, {@code .confirmed}, {@code .failed}, {@code .arrived}, {@code .given}, {@code
 * .redelivered}, {@code .acknowledged}, {@code .interruptions}, and the timer {@code godwit.jms.confirmation} from a send to
 * the broker's word that it has the message.
 */
public final class ClientMetrics implements ClientObserver, MeterBinder {
    private final Iterable<Tag> tags;
    private final LongAdder sent = new LongAdder();
    private final LongAdder confirmed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder arrived = new LongAdder();
    private final LongAdder given = new LongAdder();
    private final LongAdder redelivered = new LongAdder();
    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder interruptions = new LongAdder();

    /** One for each registry, however often this is bound to it. */
    private final Map<MeterRegistry, Timer> confirmations = new ConcurrentHashMap<>();

    public ClientMetrics() {
        this(Tags.empty());
    }

    /** @param tags on each of the meters, to tell one factory from another */
    public ClientMetrics(Iterable<Tag> tags) {
        this.tags = Tags.of(tags);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        count(registry, "sent", sent, "messages that the program has sent");
        count(registry, "confirmed", confirmed, "messages that the broker has taken");
        count(registry, "failed", failed, "messages that the broker has not taken, or may not have");
        count(registry, "arrived", arrived, "messages that have come from the broker");
        count(registry, "given", given, "messages that the program was given");
        count(registry, "redelivered", redelivered, "messages that the program was given and that came back before");
        count(registry, "acknowledged", acknowledged, "messages that the broker was told were consumed");
        count(registry, "interruptions", interruptions, "connections that were lost and made anew");
        confirmations.put(
                registry,
                Timer.builder("godwit.jms.confirmation")
                        .description("from a send to the broker's word that it has the message")
                        .tags(tags)
                        .register(registry));
    }

    private void count(MeterRegistry registry, String name, LongAdder counted, String description) {
        FunctionCounter.builder("godwit.jms." + name, counted, LongAdder::doubleValue)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    @Override
    public Sending onSend(ObservedMessage message) {
        sent.increment();
        long began = System.nanoTime();
        return failure -> {
            if (failure == null) {
                confirmed.increment();
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                confirmations.values().forEach(timer -> timer.record(took));
            } else {
                failed.increment();
            }
        };
    }

    @Override
    public void onArrived() {
        arrived.increment();
    }

    @Override
    public Processing onGiven(ObservedMessage message, boolean listening) {
        given.increment();
        if (message.isRedelivered()) {
            redelivered.increment();
        }
        return Processing.UNWATCHED;
    }

    @Override
    public void onAcknowledged() {
        acknowledged.increment();
    }

    @Override
    public void onInterrupted() {
        interruptions.increment();
    }
}
