package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ProviderLoop;
import dev.godwit.jms.provider.ServerAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The search for a node that lets us in: in rounds through all of them, each after its delay, until one does or the attempts are
 * all made. Owned by the provider's loop; any thread may ask how it is going.
 */
final class NodeSearch {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSearch.class);

    /** Who searches. Called on the loop. */
    interface Listener {
        /** Try this one: {@link #tryNext} follows when it does not let us in. */
        void onNode(ProviderFactory node);

        /** Whether it is final when all nodes of a round refuse us. */
        boolean doRefusalsCount();

        /** There is none, and no more attempts are made. */
        void onGivenUp(ProviderException cause);
    }

    private final ProviderLoop loop;
    private final NodeList nodes;
    private final ReconnectPlan plan;
    private final Listener listener;
    private final FailedAttempts failures = new FailedAttempts();
    private ProviderLoop.@Nullable Timer delay;
    private boolean over;

    NodeSearch(ProviderLoop loop, NodeList nodes, ReconnectPlan plan, Listener listener) {
        this.loop = loop;
        this.nodes = nodes;
        this.plan = plan;
        this.listener = listener;
    }

    /** A connection was lost, and another is wanted. */
    void begin(ProviderException loss) {
        failures.beginSearch(loss);
        begin();
    }

    /** Begins the next round, after its delay. */
    void begin() {
        if (over) {
            return;
        }
        long delayMillis = plan.next();
        failures.onAttempt(plan.attempts());
        if (delayMillis == ReconnectPlan.NO_MORE) {
            giveUp();
        } else if (delayMillis == 0) {
            beginRound();
        } else {
            delay = loop.schedule(delayMillis, this::beginRound);
        }
    }

    private void giveUp() {
        int attempts = plan.attempts();
        listener.onGivenUp(
                attempts == 0
                        ? failures.last()
                        : new ProviderException(
                                failures.last().reason(),
                                "no node can be reached; given up after " + attempts
                                        + " attempts, of which the last failed: " + failures.describe(),
                                failures.last()));
    }

    private void beginRound() {
        delay = null;
        if (over) {
            return;
        }
        nodes.beginRound();
        failures.beginRound();
        tryNext();
    }

    void tryNext() {
        ProviderFactory node = nodes.next();
        if (node == null) {
            onRoundFailed();
        } else {
            listener.onNode(node);
        }
    }

    private void onRoundFailed() {
        if (plan.isWarningDue()) {
            LOG.warn("No node has let us in after {} attempts; the last: {}", plan.attempts(), failures.describe());
        }
        if (failures.isRefusedByAll() && listener.doRefusalsCount()) {
            listener.onGivenUp(failures.all());
        } else {
            begin();
        }
    }

    /** The node that was tried does not let us in. */
    void onFailed(ProviderFactory node, ProviderException cause) {
        failures.add(cause);
        LOG.debug("{} does not let us in: {}", node.describe(), cause.getMessage());
    }

    /** What no other node and no later attempt would say otherwise, unless an earlier connection of ours is to blame. */
    boolean isFinalAtFirst(ProviderException cause) {
        return cause.reason() == Reason.CLIENT_ID_IN_USE || (cause.reason() == Reason.SECURITY && nodes.logInAlike());
    }

    /** It has found one. */
    void onConnected(ProviderFactory node, List<ServerAddress> named) {
        nodes.onConnected(node, named);
        plan.onConnected();
        failures.onConnected();
    }

    /** The connection is none of those that break as soon as they are there. */
    void onLasting() {
        plan.onLasting();
    }

    /** Nobody searches any more. */
    void end() {
        over = true;
        if (delay != null) {
            delay.cancel();
        }
    }

    /** How it is going, for a human. Any thread. */
    String status(String lastBroker) {
        return failures.status(lastBroker);
    }
}
