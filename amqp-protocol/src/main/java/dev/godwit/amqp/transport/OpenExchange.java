package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.OpenParameters;
import org.apache.qpid.proton.engine.Connection;
import org.jspecify.annotations.Nullable;

/**
 * The opens of both ends of a connection (AMQP 1.0 §2.4.1), and what each end is bound to by the other's. Owned by the connection's
 * loop, as long as the connection.
 */
final class OpenExchange {
    private final LoopTasks tasks;
    private final EndpointLimits limits;
    private final long idleTimeoutMillis;
    private final PerformativeFit fit;
    private final EngineTransport engine;
    private final FrameReader reader;
    private final IdleWatch idle;
    private int channelMax;
    private boolean sent;
    private @Nullable OpenParameters theirs;
    private long timer = LoopTasks.NO_TIMER;

    /** @param idleTimeoutMillis what we ask for unless our open says something else; 0 for no limit */
    OpenExchange(
            LoopTasks tasks,
            EndpointLimits limits,
            long idleTimeoutMillis,
            PerformativeFit fit,
            EngineTransport engine,
            FrameReader reader,
            IdleWatch idle) {
        this.tasks = tasks;
        this.limits = limits;
        this.idleTimeoutMillis = idleTimeoutMillis;
        this.fit = fit;
        this.engine = engine;
        this.reader = reader;
        this.idle = idle;
        this.channelMax = limits.channelMax();
    }

    /** Has {@code late} run once, unless the peer's open is here by then. */
    void limit(long timeoutMillis, Runnable late) {
        timer = tasks.setTimer(timeoutMillis, () -> {
            timer = LoopTasks.NO_TIMER;
            if (theirs == null) {
                late.run();
            }
        });
    }

    /** Sends ours, within our limits. */
    void send(OpenParameters ours, Connection engineConnection) {
        long maxFrameSize = Math.min(ours.maxFrameSize(), limits.maxFrameSizeBytes());
        channelMax = Math.min(ours.channelMax(), limits.channelMax());
        long idleTimeout = ours.idleTimeoutMillis() > 0 ? ours.idleTimeoutMillis() : idleTimeoutMillis;
        engine.setOpen(maxFrameSize, channelMax, idleTimeout);
        reader.setMaxFrameSizeBytes((int) maxFrameSize);
        ProtonPerformatives.fill(engineConnection, ours);
        engineConnection.open();
        sent = true;
        if (idleTimeout > 0) {
            idle.limitSilence(2 * idleTimeout);
        }
    }

    /** The peer's is here. */
    void onRemote(OpenParameters open) {
        theirs = open;
        fit.onRemoteMaxFrameSize(open.maxFrameSize());
        stop();
        if (open.idleTimeoutMillis() > 0) {
            idle.keepAlive(open.idleTimeoutMillis());
        }
    }

    /** Nobody waits for the peer's any more. */
    void stop() {
        tasks.cancel(timer);
        timer = LoopTasks.NO_TIMER;
    }

    /** Null before it has come. */
    @Nullable
    OpenParameters theirs() {
        return theirs;
    }

    boolean isSent() {
        return sent;
    }

    /** The peer has opened, and we have not yet. */
    boolean isOursAwaited() {
        return theirs != null && !sent;
    }

    /** The highest channel number that the peer may use. */
    int channelMax() {
        return channelMax;
    }
}
