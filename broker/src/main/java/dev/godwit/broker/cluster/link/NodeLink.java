package dev.godwit.broker.cluster.link;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * The way to one other node. It connects, and connects anew, by itself; messages that were taken and not delivered when a
 * connection is lost are gone, and nobody is told which. So a message arrives at most once, and whoever needs more asks for
 * answers. Owned by the event loop of its {@link NodeLinks}: called there only.
 */
public interface NodeLink {
    /** The node at the other end. */
    String nodeId();

    /** Whether the other end is there, and has let us in. */
    boolean isOpen();

    /**
     * Whether there is room for much: false when half of the queue is taken, until three quarters of it are free again, which
     * the listener hears.
     */
    boolean isWritable();

    /**
     * Sends a message, behind what was sent on the channel before. It leaves at the end of the turn.
     *
     * @param payload its bytes, from position to limit of each; taken as they are, without a copy, so they may not change
     *     until the message has left, which nobody is told
     * @return false when nothing was taken: the link is not open, or its queue is full
     * @throws IllegalArgumentException when it is larger than the other end takes ({@link #messageBytesMax})
     */
    boolean send(LinkChannel channel, List<ByteBuffer> payload);

    /**
     * Sends a small message ahead of all that is not urgent, also on the same channel. What is urgent keeps its order.
     *
     * @param payload as for {@link #send}, at most {@link LinkSettings#frameBytesMax} bytes of the end that takes less
     * @return false when nothing was taken: the link is not open, or too much that is urgent waits already
     * @throws IllegalArgumentException when it is larger
     */
    boolean sendUrgent(LinkChannel channel, List<ByteBuffer> payload);

    /** Bytes of the largest message that the other end takes; 0 while the link is not open. */
    int messageBytesMax();

    LinkStatistics statistics();
}
