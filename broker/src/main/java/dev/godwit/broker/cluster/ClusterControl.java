package dev.godwit.broker.cluster;

import java.util.concurrent.CompletableFuture;

/**
 * What an operator can learn of the cluster, and have it do, of the node that serves. What is begun goes on when the answer is there; the
 * {@link #report} tells how far it is, and why it was given up. The same may be ordered twice: what is so already is done. Any thread.
 */
public interface ClusterControl {
    /** What becomes of an order. */
    enum Outcome {
        /** It is being done, or was done already. */
        BEGUN,
        /** There is no such node. */
        UNKNOWN,
        /** It would harm, or there is nobody to do it with. */
        REFUSED,
        /** Not now: the node does not hear us, or cannot do it, or another one is becoming active. */
        NOT_REACHED
    }

    /**
     * What an order comes to at first.
     *
     * @param text for people: what is done, or why not
     */
    record Reply(Outcome outcome, String text) {}

    /** How it stands with the cluster. */
    CompletableFuture<ClusterReport> report();

    /**
     * A node is to rest: it hands over what it leads, and leads nothing until it is told otherwise, over restarts, too.
     *
     * @param rest false for the end of that
     */
    CompletableFuture<Reply> rest(String nodeId, boolean rest);

    /** Another node is to serve, one that could lead now. */
    CompletableFuture<Reply> moveTo(String nodeId);
}
