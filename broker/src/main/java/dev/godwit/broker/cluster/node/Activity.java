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
 *
 * <p>What it served from in a term is never used again: in the next one all shards are led in other epochs, and what was left of the last
 * one hears no more of their logs.
 */
final class Activity {
    private static final Logger log = LoggerFactory.getLogger(Activity.class);
    private static final long RETRY_MILLIS = 2_000;
    private static final long END_SECONDS = 30;

    private final EventLoop control;
    private final String nodeId;
    private final Service service;
    private final Renewal renewal;
    private final Listener listener;
    private final Runnable onFailed;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "godwit-activity"));

    private final List<CopyState> copies;

    /** Of each shard, in the last term. Owned by the control loop. */
    private final long[] servedEpochs;

    /** Of each shard, the last one that was to be followed by another one. Likewise. */
    private final long[] renewedEpochs;

    private boolean closing;

    /** Written by the control loop, read by the thread. */
    private volatile @Nullable Term wanted;

    /** Written by the thread, read by anybody. */
    private volatile ActivityState state = ActivityState.STANDBY;

    /** Owned by the thread. */
    private @Nullable Term begun;

    /** Has shards led in other epochs. */
    interface Renewal {
        /** Called on the control loop: if this node still leads the shard in that epoch, it is to do so in another one. */
        void leadAnew(int shard, long epoch);
    }

    /** Hears whether this node serves. Called on the thread. */
    interface Listener {
        /**
         * It serves from now on, or no more.
         *
         * @param epoch of shard 0
         * @param doors where other nodes pass clients on to; empty when it serves no more
         */
        void onServing(long epoch, List<Integer> doors);
    }

    /** @param onFailed called on the control loop when this node leads and cannot serve */
    Activity(
            EventLoop control,
            String nodeId,
            int shards,
            Service service,
            Renewal renewal,
            Listener listener,
            Runnable onFailed) {
        this.control = control;
        this.nodeId = nodeId;
        this.service = service;
        this.renewal = renewal;
        this.listener = listener;
        this.onFailed = onFailed;
        servedEpochs = new long[shards];
        renewedEpochs = new long[shards];
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
            leadAnew();
        } else if (now.shard() == 0 && now.serving() && !before.serving()) {
            leadAnew();
        }
        if (wanted == null && !closing && copies.stream().allMatch(this::isFresh)) {
            var next = new Term(copies.stream().mapToLong(CopyState::epoch).toArray());
            wanted = next;
            copies.forEach(copy -> servedEpochs[copy.shard()] = copy.epoch());
            log.info("node {} leads all shards, and begins to serve", nodeId);
            onThread();
        }
    }

    /** Whether this node leads the shard, and nobody has served it yet in this epoch. */
    private boolean isFresh(CopyState copy) {
        return copy.serving() && copy.epoch() > servedEpochs[copy.shard()];
    }

    /** The shards that this node still leads as in the last term: but not what it is about to hand over, since another node is to lead all. */
    private void leadAnew() {
        if (wanted != null || closing || !copies.get(0).serving()) {
            return;
        }
        for (CopyState copy : copies) {
            if (copy.serving() && !isFresh(copy) && renewedEpochs[copy.shard()] < copy.epoch()) {
                renewedEpochs[copy.shard()] = copy.epoch();
                renewal.leadAnew(copy.shard(), copy.epoch());
            }
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
            List<Integer> doors = service.begin(term);
            state = ActivityState.ACTIVE;
            listener.onServing(term.epochOf(0), doors);
            log.info("node {} is active after {} ms", nodeId, (System.nanoTime() - startNanos) / 1_000_000);
        } catch (Throwable failed) { // the top of this thread: else it would lead, serve nobody and try nothing
            endNow();
            control.execute(() -> onBeginningFailed(term, failed));
        }
    }

    /** On the control loop, which may hear only now that the term was over already. */
    private void onBeginningFailed(Term term, Throwable failed) {
        if (wanted != term) {
            log.info("node {} did not begin to serve, for it leads all shards no more", nodeId);
            return;
        }
        log.error("node {} leads all shards and cannot serve; it tries again", nodeId, failed);
        wanted = null;
        term.end();
        onFailed.run();
        control.schedule(RETRY_MILLIS, this::retry);
    }

    private void retry() {
        leadAnew();
    }

    private void endNow() {
        state = ActivityState.ENDING;
        Term ended = begun;
        begun = null;
        if (ended != null) {
            listener.onServing(ended.epochOf(0), List.of());
        }
        try {
            service.end();
        } catch (Throwable failed) { // likewise
            log.error("what node {} served from could not be let go", nodeId, failed);
        }
        state = ActivityState.STANDBY;
    }

    /** Ends for good: returns when clients are gone. Not on a loop. */
    void close() {
        control.execute(() -> {
            Term term = wanted;
            wanted = null;
            closing = true;
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
