package dev.godwit.broker.cluster.node;

import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has this node hand over what it leads while it rests, again and again until it leads nothing. Owned by the control loop. */
final class Retreat {
    private static final Logger log = LoggerFactory.getLogger(Retreat.class);

    /** So that who wanted it has been answered before clients are sent away. */
    private static final long BEFORE_MILLIS = 200;

    /** For so long the next one may take to lead. */
    private static final long AGAIN_MILLIS = 2_000;

    private final EventLoop control;
    private final ReplicaId self;
    private final Activity activity;
    private final Handover handover;
    private long nextMillis;
    private boolean complained;

    Retreat(EventLoop control, ReplicaId self, Activity activity, Handover handover) {
        this.control = control;
        this.self = self;
        this.activity = activity;
        this.handover = handover;
    }

    void onTime(long nowMillis) {
        if (!handover.rests(self.nodeId()) || !activity.copy(0).serving()) {
            nextMillis = nowMillis + BEFORE_MILLIS;
            complained = false;
        } else if (nowMillis >= nextMillis) {
            nextMillis = nowMillis + AGAIN_MILLIS;
            var unused = handover.heirs().thenAcceptAsync(this::handOver, control);
        }
    }

    private void handOver(Heirs heirs) {
        ReplicaId heir = heirs.best();
        if (heir != null) {
            var unused = handover.to(heir);
        } else if (!complained) {
            complained = true;
            log.warn("node {} rests and leads, and nobody can take over yet: {}", self.nodeId(), heirs.obstacles());
        }
    }
}
