package dev.godwit.broker.cluster.node;

/** What a node does for clients while it leads all shards. Called on one thread, which may be blocked. */
public interface Service {
    /**
     * Builds up what clients are served from, and lets them in.
     *
     * @param term may be over at any time: then there is no point in going on
     * @throws Exception when that is not possible now
     */
    void begin(Term term) throws Exception;

    /** Sends clients away, and lets go of what they were served from, also after a beginning that failed. */
    void end();
}
