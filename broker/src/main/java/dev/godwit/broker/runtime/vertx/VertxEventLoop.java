package dev.godwit.broker.runtime.vertx;

import dev.godwit.broker.runtime.Crossings;
import dev.godwit.broker.runtime.EventLoop;
import io.netty.util.concurrent.Future;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;

/** A Vert.x event loop as the broker's rooms see it. Any thread may give it tasks. */
public final class VertxEventLoop implements EventLoop {
    private final ContextInternal context;
    private final io.netty.channel.EventLoop nettyLoop;
    private final Crossings crossings = new Crossings(this);

    VertxEventLoop(ContextInternal context) {
        this.context = context;
        this.nettyLoop = context.nettyEventLoop();
    }

    /** Where Vert.x servers and clients of this loop are made. */
    public Context context() {
        return context;
    }

    @Override
    public void execute(Runnable task) {
        nettyLoop.execute(task);
    }

    @Override
    public boolean isCurrent() {
        return nettyLoop.inEventLoop();
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        Future<?> timer = nettyLoop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
        return () -> timer.cancel(false);
    }

    @Override
    public Crossings crossings() {
        return crossings;
    }
}
