package dev.godwit.broker;

import dev.godwit.broker.health.NodeHealth;
import dev.godwit.broker.health.ServingStage;
import dev.godwit.storage.journal.JournalStatistics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A broker that stands alone: it serves as long as it runs. */
final class LoneBroker implements BrokerLife {
    private static final Logger log = LoggerFactory.getLogger(LoneBroker.class);

    private final NodeStorage storage;
    private final Serving serving;

    private LoneBroker(NodeStorage storage, Serving serving) {
        this.storage = storage;
        this.serving = serving;
    }

    /** @param health is told how far this goes */
    static LoneBroker start(BrokerConfiguration configuration, Consumer<String> onJournalFailure, NodeHealth health)
            throws BrokerStartException {
        long startNanos = System.nanoTime();
        var storage = NodeStorage.open(configuration, onJournalFailure);
        ServingState state = null;
        try {
            state = openState(configuration, storage);
            health.watch(storage.loops().all(), storage.journal()::statistics);
            var frontend = Frontend.open(configuration, state);
            state.onReady();
            health.become(ServingStage.ACTIVE);
            log.info("ready on {} after {} ms", frontend.uris().get(0), (System.nanoTime() - startNanos) / 1_000_000);
            return new LoneBroker(storage, new Serving(state, frontend));
        } catch (BrokerStartException | RuntimeException | Error failed) {
            end(storage, state);
            throw failed;
        }
    }

    static ServingState openState(BrokerConfiguration configuration, NodeStorage storage) throws BrokerStartException {
        return ServingState.open(
                configuration, storage.journal(), () -> ServingLoops.forever(storage.loops()), new StartSteps());
    }

    /** In the order in which parts hang on each other. */
    static void end(NodeStorage storage, @Nullable ServingState state) {
        if (state != null) {
            state.finish();
        }
        storage.close();
        if (state != null) {
            state.close();
        }
    }

    @Override
    public List<String> uris() {
        return serving.frontend().uris();
    }

    @Override
    public Serving serving() {
        return serving;
    }

    @Override
    public CompletableFuture<Void> served() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public JournalStatistics journalStatistics() {
        return storage.journal().statistics();
    }

    @Override
    public void close() {
        try {
            serving.frontend().close();
        } finally {
            end(storage, serving.state());
        }
    }
}
