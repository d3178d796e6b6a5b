package dev.godwit.storage.replica;

import dev.godwit.storage.replication.ReplicaId;
import java.nio.ByteBuffer;
import java.util.List;

/** The way to the other copies of a shard. */
@FunctionalInterface
public interface ReplicaLines {
    /**
     * Sends a message to another copy, which gives it to {@link ShardCopy#onMessage}. It may be lost, doubled, late, and overtaken.
     * Throws nothing: what cannot be sent is lost. Called on the owner of the copy that sends.
     *
     * @param message its bytes, one buffer after the other. Who cannot send them before this returns has to copy them, save that
     *     what they point at does not change: then they may be kept
     * @param urgent heartbeats, votes and answers: a leader is given up when they come late. Not urgent are entries, and
     *     states
     */
    void send(int shard, ReplicaId to, List<ByteBuffer> message, boolean urgent);
}
