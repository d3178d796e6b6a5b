package dev.godwit.broker;

import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.TermLoop;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The event loops as those have them who serve clients: for as long as the process runs, or until the node serves no more, if
 * it may serve again later. Any thread may ask.
 */
final class ServingLoops {
    private final VertxLoops loops;
    private final List<? extends EventLoop> all;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    private ServingLoops(VertxLoops loops, List<? extends EventLoop> all) {
        this.loops = loops;
        this.all = all;
    }

    /** The loops themselves. */
    static ServingLoops forever(VertxLoops loops) {
        return new ServingLoops(loops, loops.all());
    }

    /** Until {@link #end}. */
    static ServingLoops forATerm(VertxLoops loops) {
        return new ServingLoops(loops, loops.all().stream().map(TermLoop::new).toList());
    }

    Vertx vertx() {
        return loops.vertx();
    }

    int count() {
        return all.size();
    }

    EventLoop loop(int number) {
        return all.get(number);
    }

    List<? extends EventLoop> all() {
        return all;
    }

    /** Where Vert.x servers of a loop are made. */
    Context context(int number) {
        return loops.loop(number).context();
    }

    /**
     * What was asked on these loops: fails when they end before it is answered, for then it never is.
     *
     * @param answer of a question that was put already
     */
    <T> CompletableFuture<T> unlessEnded(CompletableFuture<T> answer) {
        return CompletableFuture.anyOf(answer, ended).thenApply(first -> {
            if (!answer.isDone()) {
                throw new IllegalStateException("this node serves no more");
            }
            return answer.join();
        });
    }

    /** Ends the term: returns when nothing of it runs any more. Does nothing to loops without one. Not on a loop. */
    void end() {
        for (int number = 0; number < all.size(); number++) {
            if (all.get(number) instanceof TermLoop term) {
                term.end();
                CompletableFuture.runAsync(() -> {}, loops.loop(number)).join();
            }
        }
        ended.complete(null);
    }
}
