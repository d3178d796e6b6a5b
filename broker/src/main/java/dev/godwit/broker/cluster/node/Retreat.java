package dev.godwit.broker.cluster.node;

import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.replication.ReplicaId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has this node hand over what it leads: while it rests, or because another one is to lead. It hands over shard 0, again and again until that
 * is led elsewhere, each time to somebody else if there are several; {@link Gathering} has the others follow. What an operator has ordered
 * is given up after {@value #LIMIT_MILLIS} ms, a drain undone; a node that rested before goes on trying. Owned by the control loop.
 */
final class Retreat {
    private static final Logger log = LoggerFactory.getLogger(Retreat.class);

    static final long LIMIT_MILLIS = 10_000;

    /** So that who wanted it has been answered before clients are sent away. */
    private static final long BEFORE_MILLIS = 200;

    /** For so long the next one may take to lead: a handover is over in that time, in one way or the other. */
    private static final long AGAIN_MILLIS = 2_000;

    /** What is ordered has not begun. */
    private static final long NOT_BEGUN = -1;

    /** @param target who is to lead; null for whoever can, while this node rests */
    private record Order(@Nullable ReplicaId target) {}

    private final EventLoop control;
    private final ReplicaId self;
    private final Supplier<CopyState> first;
    private final Handover handover;
    private final Resting resting;
    private @Nullable Order order;
    private long sinceMillis = NOT_BEGUN;
    private long nextMillis;

    /** Who was asked to take over last. */
    private @Nullable ReplicaId tried;

    /** Why it is not done yet. */
    private String trouble = "";

    private String failure = "";

    /** @param first what this node's copy of shard 0 is; asked on the control loop */
    Retreat(EventLoop control, ReplicaId self, Supplier<CopyState> first, Handover handover, Resting resting) {
        this.control = control;
        this.self = self;
        this.first = first;
        this.handover = handover;
        this.resting = resting;
    }

    /** This node is to hand over, and has said so. */
    void begin(@Nullable ReplicaId target) {
        control.assertCurrent();
        order = new Order(target);
        sinceMillis = NOT_BEGUN;
        failure = "";
    }

    /** Whether somebody has ordered it, and it is neither done nor given up. */
    boolean isOrdered() {
        control.assertCurrent();
        return order != null;
    }

    /** Whether that node is to lead. */
    boolean isTo(ReplicaId target) {
        return order != null && target.equals(order.target());
    }

    /** What it does, for people; empty while that is nothing. */
    String underway() {
        control.assertCurrent();
        if (!isToLeave()) {
            return "";
        }
        return self.nodeId() + " hands over" + toTarget() + (trouble.isEmpty() ? "" : ": " + trouble);
    }

    private String toTarget() {
        var target = order == null ? null : order.target();
        return target == null ? "" : " to " + target.nodeId();
    }

    /** Why it has given up what was ordered last, for people; empty when it has not. */
    String failure() {
        control.assertCurrent();
        return failure;
    }

    private boolean isToLeave() {
        boolean rests = resting.isWanted() && resting.rests(self.nodeId());
        return order == null ? rests && first.get().serving() : order.target() != null || rests;
    }

    /** Now and then. */
    void onTime(long nowMillis) {
        var leader = first.get().leader();
        boolean isLedElsewhere = leader != null && !leader.equals(self);
        if (isLedElsewhere || !isToLeave()) {
            order = null;
            tried = null;
            trouble = "";
            nextMillis = nowMillis + BEFORE_MILLIS;
            return;
        }
        if (order != null && sinceMillis == NOT_BEGUN) {
            sinceMillis = nowMillis;
            nextMillis = nowMillis + BEFORE_MILLIS;
        }
        if (nowMillis < nextMillis || !first.get().serving()) {
            return;
        }
        if (order != null && nowMillis - sinceMillis >= LIMIT_MILLIS) {
            giveUp(order);
            return;
        }
        nextMillis = nowMillis + AGAIN_MILLIS;
        var unused = handover.heirs().thenAcceptAsync(this::handOver, control);
    }

    private void handOver(Heirs heirs) {
        if (!isToLeave() || !first.get().serving()) {
            return;
        }
        var target = order == null ? null : order.target();
        ReplicaId heir;
        String why;
        if (target == null) {
            heir = heirs.best(tried);
            why = heir == null ? "nobody can take over: " + heirs.obstacles() : heir.nodeId() + " has not taken over";
        } else {
            var obstacle = heirs.obstacle(target);
            heir = obstacle == null ? target : null;
            why = target.nodeId() + " " + (obstacle == null ? "has not taken over" : obstacle);
        }
        if (heir != null) {
            tried = heir;
            handover.first(heir);
        } else if (!why.equals(trouble)) {
            log.warn("node {} is to hand over{}, and cannot yet: {}", self.nodeId(), toTarget(), why);
        }
        trouble = why;
    }

    private void giveUp(Order late) {
        boolean drain = late.target() == null;
        failure = self.nodeId() + " could not hand over" + toTarget() + " within " + LIMIT_MILLIS / 1_000 + " s: "
                + trouble + (drain ? "; it rests no more" : "");
        log.warn("node {}", failure);
        order = null;
        trouble = "";
        if (drain) {
            var unused = resting.rest(false);
        }
    }
}
