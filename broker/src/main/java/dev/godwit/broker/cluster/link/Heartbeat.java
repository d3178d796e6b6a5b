package dev.godwit.broker.cluster.link;

import dev.godwit.broker.runtime.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says now and then that we are there, and finds out when the peer is not. It counts its own beats and not the time: who was
 * stopped itself for a while hears first what came meanwhile. Owned by the loop of the links.
 */
final class Heartbeat {
    private final EventLoop loop;
    private final long intervalMillis;
    private final long deadMillis;
    private final Runnable beat;
    private final Consumer<String> onSilent;
    private long silentBeats;
    private EventLoop.@Nullable Timer timer;

    /**
     * @param beat what to do at each
     * @param onSilent told once, with the reason, when the peer has said nothing for too long
     */
    Heartbeat(EventLoop loop, LinkSettings settings, Runnable beat, Consumer<String> onSilent) {
        this.loop = loop;
        intervalMillis = settings.heartbeatMillis();
        deadMillis = settings.peerDeadMillis();
        this.beat = beat;
        this.onSilent = onSilent;
    }

    void start() {
        timer = loop.schedule(intervalMillis, this::onBeat);
    }

    /** The peer has said something. */
    void onHeard() {
        silentBeats = 0;
    }

    private void onBeat() {
        if (timer == null) {
            return;
        }
        silentBeats++;
        if (silentBeats * intervalMillis > deadMillis) {
            timer = null;
            onSilent.accept("silent for " + deadMillis + " ms");
            return;
        }
        beat.run();
        start();
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
