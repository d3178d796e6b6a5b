package dev.godwit.broker.health;

import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalStatistics;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a node is. Whoever builds the node tells it the stage, from any thread; the rest belongs to the loop of the
 * {@link HealthPort}.
 */
public final class NodeHealth {
    /** What can be watched once there is something to watch. */
    private record Pulses(LoopPulse loops, JournalPulse journal) {}

    private final Clock clock;
    private volatile Supplier<ServingStage> stage = () -> ServingStage.STARTING;

    /** Nothing makes it false again, whatever the stage becomes. */
    private volatile boolean stopping;

    private volatile @Nullable Pulses pulses;

    public NodeHealth(Clock clock) {
        this.clock = clock;
    }

    /** The node is so far. Nothing follows once it is stopping: what ends meanwhile does not make it wait again. */
    public void become(ServingStage newStage) {
        if (newStage == ServingStage.STOPPING) {
            stopping = true;
        }
        stage = () -> newStage;
    }

    /** How far the node is, is to be asked from now on, until it stops. On the loop of the port. */
    public void follow(Supplier<ServingStage> newStage) {
        stage = newStage;
    }

    private ServingStage stage() {
        return stopping ? ServingStage.STOPPING : stage.get();
    }

    /** These loops have to turn from now on, and the journal to write. */
    public void watch(List<? extends EventLoop> loops, Supplier<JournalStatistics> journal) {
        pulses = new Pulses(new LoopPulse(loops, clock), new JournalPulse(journal, clock));
    }

    /** To be called about once a second. */
    void beat() {
        var watched = pulses;
        if (watched != null && stage() != ServingStage.STOPPING) {
            watched.loops().beat();
            watched.journal().beat();
        }
    }

    /** Whether the process works. No is the word to restart it. */
    Finding live() {
        var watched = pulses;
        var now = stage();
        if (watched == null || now == ServingStage.STOPPING) {
            // Nothing has to turn yet, or any more.
            return new Finding(true, now.ready().reasons());
        }
        return Finding.unless(
                Stream.concat(watched.loops().objections().stream(), watched.journal().objections().stream())
                        .toList());
    }

    /** Whether clients may come here. */
    Finding ready() {
        return both(live(), stage().ready());
    }

    /** Whether clients that come here stay here. */
    Finding active() {
        return both(live(), stage().active());
    }

    private static Finding both(Finding first, Finding second) {
        return first.good() ? second : first;
    }
}
