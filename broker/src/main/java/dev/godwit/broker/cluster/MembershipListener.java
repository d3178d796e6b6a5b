package dev.godwit.broker.cluster;

/** Hears of nodes that come and go. Called on the control loop. */
public interface MembershipListener {
    /** It has come; also called for each node that was here before, and again when what it tells about itself has changed. */
    void onNodeHere(NodeProfile node);

    /** It has left, or was silent for too long. */
    void onNodeGone(NodeProfile node);
}
