package dev.godwit.jms.provider.amqp;

import dev.godwit.jms.provider.ProviderLoop;

/** One user's share of the loop, for whoever lives there beside connections. For any thread. */
final class EnteredLoop implements ProviderLoop {
    private final SharedLoop.Share share;
    private final LoopDoor door;

    EnteredLoop(SharedLoop.Share share) {
        this.share = share;
        this.door = new LoopDoor(share.executor());
    }

    @Override
    public boolean execute(Runnable task) {
        return door.execute(task);
    }

    @Override
    public Timer schedule(long delayMillis, Runnable task) {
        long timer = share.vertx().setTimer(Math.max(1, delayMillis), fired -> task.run());
        return () -> share.vertx().cancelTimer(timer);
    }

    @Override
    public void release() {
        share.release();
    }
}
