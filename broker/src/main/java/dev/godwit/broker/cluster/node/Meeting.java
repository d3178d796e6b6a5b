package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.Membership;
import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When a node looks who else is here. To look takes seconds, and the processor with it. So a node that knows where the others were does it when
 * clients are served again: {@link #later}; one that knows nobody has nothing to do before: {@link #now}. One of the two is called, once. Any thread
 * may call; it looks on a thread of its own, {@code godwit-meeting}.
 */
final class Meeting implements AutoCloseable {
    /** After clients are served again: they connect anew, and have things to say. */
    static final long BREATH_MILLIS = 500;

    /** Others may have moved to where nobody knows them. */
    static final long PATIENCE_MILLIS = 3_000;

    static final long AGAIN_MILLIS = 10_000;

    private static final Logger log = LoggerFactory.getLogger(Meeting.class);
    private static final long CLOSE_SECONDS = 10;

    private final EventLoop control;
    private final ExecutorService thread;
    private final Supplier<Membership> meets;
    private final AtomicReference<@Nullable Membership> membership = new AtomicReference<>();
    private volatile boolean closed;

    /** Set while it is to look, and has not begun to. */
    private final AtomicBoolean due = new AtomicBoolean();

    /**
     * @param thread for this alone
     * @param meets looks for others; blocks
     */
    Meeting(EventLoop control, ExecutorService thread, Supplier<Membership> meets) {
        this.control = control;
        this.thread = thread;
        this.meets = meets;
    }

    /** Blocks until it has looked; what goes wrong goes to the caller. */
    void now() {
        membership.set(meets.get());
        if (closed) {
            // Whoever closed did not wait so long.
            leave();
        }
    }

    /** Returns at once. It looks soon after {@link #onServed}, or after some seconds; what goes wrong is logged, and tried again. */
    void later() {
        due.set(true);
        lookIn(PATIENCE_MILLIS);
    }

    /** Clients are served, here or elsewhere. */
    void onServed() {
        if (due.get()) {
            lookIn(BREATH_MILLIS);
        }
    }

    private void lookIn(long millis) {
        control.schedule(millis, () -> {
            if (due.getAndSet(false)) {
                onThread();
            }
        });
    }

    private void onThread() {
        try {
            thread.execute(this::look);
        } catch (RejectedExecutionException ended) {
            log.debug("the node has ended");
        }
    }

    private void look() {
        try {
            if (!closed) {
                now();
                thread.shutdown();
            }
        } catch (RuntimeException failed) {
            log.error("this node cannot look who else is here, and tries again", failed);
            control.schedule(AGAIN_MILLIS, this::onThread);
        }
    }

    /** Who is here, this node included; empty while nobody can tell. */
    List<NodeProfile> nodes() {
        var here = membership.get();
        return here == null ? List.of() : here.nodes();
    }

    /** Blocks while it looks. */
    @Override
    public void close() {
        closed = true;
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                log.warn("this node ends, and looks still who else is here");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        leave();
    }

    private void leave() {
        var here = membership.getAndSet(null);
        if (here != null) {
            here.close();
        }
    }
}
