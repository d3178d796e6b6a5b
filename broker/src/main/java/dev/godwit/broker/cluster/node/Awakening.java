package dev.godwit.broker.cluster.node;

import dev.godwit.broker.runtime.EventLoop;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a node rest no more when so many do that of some majority nobody may lead. No order leads there; two can, which two nodes took that each
 * served and did not know of the other's yet. The one that leads shard 0 sees to it. Owned by the control loop.
 */
final class Awakening {
    private static final Logger log = LoggerFactory.getLogger(Awakening.class);
    private static final long PERIOD_MILLIS = 1_000;

    private final EventLoop control;
    private final String nodeId;
    private final Supplier<CopyState> first;
    private final Handover handover;
    private final Resting resting;
    private final RestCalls calls;
    private long nextMillis;
    private List<String> complainedOf = List.of();

    /** @param first what this node's copy of shard 0 is; asked on the control loop */
    Awakening(
            EventLoop control,
            String nodeId,
            Supplier<CopyState> first,
            Handover handover,
            Resting resting,
            RestCalls calls) {
        this.control = control;
        this.nodeId = nodeId;
        this.first = first;
        this.handover = handover;
        this.resting = resting;
        this.calls = calls;
    }

    /** Now and then. */
    void onTime(long nowMillis) {
        if (nowMillis >= nextMillis && first.get().serving()) {
            nextMillis = nowMillis + PERIOD_MILLIS;
            var unused = handover.heirs().thenAcceptAsync(this::look, control);
        }
    }

    private void look(Heirs heirs) {
        var last = heirs.oneTooMany();
        if (last == null || !first.get().serving()) {
            return;
        }
        if (resting.isWitness(last)) {
            if (!heirs.resting().equals(complainedOf)) {
                complainedOf = heirs.resting();
                log.error(
                        "{} are witnesses, and that is one too many: start one of them without cluster.witness",
                        complainedOf);
            }
            return;
        }
        log.error(
                "{} rest, and that is one too many: when another node fails, nobody might lead. {} is to rest no more",
                heirs.resting(),
                last);
        if (last.equals(nodeId)) {
            var unused = resting.rest(false);
        } else {
            var unused = calls.call(last, false);
        }
    }
}
