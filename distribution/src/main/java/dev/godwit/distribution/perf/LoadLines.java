package dev.godwit.distribution.perf;

import dev.godwit.distribution.client.ClientFailedException;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All connections of a run, with their producers and consumers. Owned by the thread of the run, which hands work to the
 * event loops of the connections; made once, closed once.
 */
final class LoadLines implements AutoCloseable, LoadLink.Listener {
    private static final long CLOSE_SECONDS = 10;

    private final LoadPlan plan;
    private final long runId = ThreadLocalRandom.current().nextLong();
    private final Vertx vertx;
    private final CountDownLatch ready;
    private final CompletableFuture<ClientFailedException> failure = new CompletableFuture<>();
    private final List<LoadConnection> loads = new ArrayList<>();
    private final List<LoadProducer> producers = new ArrayList<>();
    private final List<LoadConsumer> consumers = new ArrayList<>();
    private boolean closed;

    LoadLines(LoadPlan plan) {
        this.plan = plan;
        this.ready = new CountDownLatch(plan.producers() + plan.consumers());
        this.vertx = Vertx.vertx(
                new VertxOptions().setEventLoopPoolSize(plan.eventLoops()).setPreferNativeTransport(true));
        LoadHeadway headway = plan.ahead() == 0 ? null : new LoadHeadway(plan, producers);
        List<LoadConnection> ofConsumers = loads(plan.consumers());
        for (int i = 0; i < plan.consumers(); i++) {
            LoadConnection load = ofConsumers.get(i % ofConsumers.size());
            var consumer = new LoadConsumer(plan, i, runId, load.meter(), this, headway);
            consumers.add(consumer);
            load.add(consumer);
        }
        List<LoadConnection> ofProducers = loads(plan.producers());
        for (int i = 0; i < plan.producers(); i++) {
            LoadConnection load = ofProducers.get(i % ofProducers.size());
            var producer = new LoadProducer(plan, i, runId, load.meter(), this, headway);
            producers.add(producer);
            load.add(producer);
        }
    }

    private List<LoadConnection> loads(int links) {
        var some = new ArrayList<LoadConnection>();
        for (int i = 0; i < Math.min(links, plan.connections()); i++) {
            some.add(new LoadConnection(vertx, "perf-" + Long.toHexString(runId) + "-" + loads.size(), this));
            loads.add(some.get(i));
        }
        return some;
    }

    /** Dials the broker; {@link #isReady} says when every link is attached. */
    void connect() {
        loads.forEach(load -> load.dial(vertx, plan.broker()));
    }

    boolean isReady() {
        return ready.getCount() == 0;
    }

    /** What went wrong, if anything did. Any thread may ask. */
    @Nullable
    ClientFailedException failure() {
        return failure.getNow(null);
    }

    @Override
    public void onReady() {
        ready.countDown();
    }

    @Override
    public void onFailed(ClientFailedException cause) {
        failure.complete(cause);
    }

    List<LoadProducer> producers() {
        return producers;
    }

    List<LoadConsumer> consumers() {
        return consumers;
    }

    List<LoadMeter> meters() {
        return loads.stream().map(LoadConnection::meter).toList();
    }

    /** Runs a task on each connection's event loop, and returns when the last one is done. */
    void onEachLoop(Consumer<LoadConnection> task) throws InterruptedException {
        var done = new CountDownLatch(loads.size());
        for (LoadConnection load : loads) {
            load.execute(() -> {
                task.accept(load);
                done.countDown();
            });
        }
        done.await();
    }

    /** Ends all connections and waits until they are gone; a second call does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (var gone : loads.stream().map(LoadConnection::close).toList()) {
            gone.completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS).join();
        }
        try {
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException stuck) {
            // The program ends after a run: its event loops end with it.
        }
    }
}
