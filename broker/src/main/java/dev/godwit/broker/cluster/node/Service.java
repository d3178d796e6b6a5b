package dev.godwit.broker.cluster.node;

import dev.godwit.broker.cluster.relay.ActiveNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node does for clients. It serves them while it leads all shards, and passes them on to who does else. */
public interface Service {
    /**
     * Builds up what clients are served from, and lets them in. Called on a thread that may be blocked.
     *
     * @param term may be over at any time: then there is no point in going on
     * @return the ports at which clients come in whom other nodes pass on, in the order of the listeners
     * @throws Exception when that is not possible now
     */
    List<Integer> begin(Term term) throws Exception;

    /** Sends clients away, and lets go of what they were served from, also after a beginning that failed. On the same thread. */
    void end();

    /** Another node serves; null while it is not known which. Called on the control loop. */
    void onActive(@Nullable ActiveNode node);
}
