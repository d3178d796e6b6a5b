package dev.godwit.broker.cluster.node;

import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the copies of one loop that time passes. Owned by that loop; any thread may stop it. */
final class CopyTicks {
    private static final Logger log = LoggerFactory.getLogger(CopyTicks.class);
    private static final long PERIOD_MILLIS = 25;

    private final EventLoop owner;
    private final List<KeptShard> copies;
    private volatile boolean stopped;

    CopyTicks(EventLoop owner, List<KeptShard> copies) {
        this.owner = owner;
        this.copies = List.copyOf(copies);
    }

    void start() {
        owner.schedule(PERIOD_MILLIS, this::tick);
    }

    private void tick() {
        if (stopped) {
            return;
        }
        for (KeptShard copy : copies) {
            try {
                copy.onTime();
            } catch (RuntimeException failed) {
                log.error("shard {}: its copy failed", copy.number(), failed);
            }
        }
        owner.schedule(PERIOD_MILLIS, this::tick);
    }

    void stop() {
        stopped = true;
    }
}
