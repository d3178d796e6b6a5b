package dev.godwit.broker.cluster.node;

import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.Role;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this node serve clients while it leads all shards. What is wanted the control loop decides, which owns this; to begin
 * and to end takes time, and is done on a thread of its own, {@code godwit-activity}, one after the other.
 */
final class Activity {
    private static final Logger log = LoggerFactory.getLogger(Activity.class);
    private static final long RETRY_MILLIS = 2_000;
    private static final long END_SECONDS = 30;

    private final EventLoop control;
    private final String nodeId;
    private final Service service;
    private final Runnable onFailed;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "godwit-activity"));

    private final List<CopyState> copies;

    /** Written by the control loop, read by the thread. */
    private volatile @Nullable Term wanted;

    /** Written by the thread, read by anybody. */
    private volatile ActivityState state = ActivityState.STANDBY;

    /** Owned by the thread. */
    private @Nullable Term begun;

    /** @param onFailed called on the control loop when this node leads and cannot serve */
    Activity(EventLoop control, String nodeId, int shards, Service service, Runnable onFailed) {
        this.control = control;
        this.nodeId = nodeId;
        this.service = service;
        this.onFailed = onFailed;
        copies = new java.util.ArrayList<>(
                IntStream.range(0, shards).mapToObj(CopyState::atFirst).toList());
    }

    ActivityState state() {
        return state;
    }

    /** What the copy of a shard is, as it was last told. */
    CopyState copy(int shard) {
        control.assertCurrent();
        return copies.get(shard);
    }

    /** A copy has become something else. */
    void onCopy(CopyState now) {
        control.assertCurrent();
        CopyState before = copies.set(now.shard(), now);
        if (before.role() != now.role() || before.epoch() != now.epoch()) {
            log.debug("{}", now);
        }
        Term term = wanted;
        if (term != null && !isStill(term, now)) {
            wanted = null;
            term.end();
            log.info(
                    "node {} does not lead shard {} any more, and serves no longer; {}",
                    nodeId,
                    now.shard(),
                    now.leader() == null ? "nobody is known to lead it yet" : now.leader() + " leads it");
            onThread();
        }
        if (wanted == null && copies.stream().allMatch(CopyState::serving)) {
            wanted = new Term(copies.stream().mapToLong(CopyState::epoch).toArray());
            log.info("node {} leads all shards, and begins to serve", nodeId);
            onThread();
        }
    }

    private static boolean isStill(Term term, CopyState now) {
        return now.serving() && now.role() == Role.LEADER && term.hasEpoch(now.shard(), now.epoch());
    }

    private void onThread() {
        try {
            thread.execute(this::adjust);
        } catch (RejectedExecutionException closed) {
            log.debug("the node has ended");
        }
    }

    /** On the thread: what is begun becomes what is wanted. */
    private void adjust() {
        Term now = wanted;
        if (begun != null && begun != now) {
            endNow();
        }
        if (now != null && begun == null && !now.isOver()) {
            begun = now;
            beginNow(now);
        }
    }

    private void beginNow(Term term) {
        long startNanos = System.nanoTime();
        state = ActivityState.STARTING;
        try {
            service.begin(term);
            state = ActivityState.ACTIVE;
            log.info("node {} is active after {} ms", nodeId, (System.nanoTime() - startNanos) / 1_000_000);
        } catch (Exception failed) {
            endNow();
            control.execute(() -> onBeginningFailed(term, failed));
        }
    }

    /** On the control loop, which may hear only now that the term was over already. */
    private void onBeginningFailed(Term term, Exception failed) {
        if (wanted != term) {
            log.info("node {} did not begin to serve, for it leads all shards no more", nodeId);
            return;
        }
        log.error("node {} leads all shards and cannot serve; it tries again", nodeId, failed);
        onFailed.run();
        control.schedule(RETRY_MILLIS, this::onThread);
    }

    private void endNow() {
        state = ActivityState.ENDING;
        begun = null;
        try {
            service.end();
        } catch (RuntimeException failed) {
            log.error("what node {} served from could not be let go", nodeId, failed);
        }
        state = ActivityState.STANDBY;
    }

    /** Ends for good: returns when clients are gone. Not on a loop. */
    void close() {
        control.execute(() -> {
            Term term = wanted;
            wanted = null;
            if (term != null) {
                term.end();
            }
            onThread();
            thread.shutdown();
        });
        try {
            if (!thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                log.warn("node {} has not sent its clients away within {} s", nodeId, END_SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
