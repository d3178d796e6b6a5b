package dev.godwit.amqp.container;

import java.nio.ByteBuffer;

/**
 * A long message while it goes out, part by part (AMQP 1.0 §2.6.14). Nothing else can be sent on its link until it has
 * ended; the other links of the session and the connection go on. Owned by the connection's loop; void when its link is
 * lost: then every call but {@link #isWritable}, which says no, does nothing.
 */
public interface OutgoingStream {
    /** The delivery that the peer settles, at the end or before it. */
    OutgoingDelivery delivery();

    /**
     * Whether a part may be written now: what was written before has gone to the socket, and that has room. If not,
     * {@link SendingLinkListener#onSendable} says when to look again.
     */
    boolean isWritable();

    /**
     * Sends the next bytes of the encoded message, from position to limit, which stay unchanged. They are read until
     * {@link #isWritable} says yes again, so they must not be written to before. Calling while not writable is an error of
     * the caller.
     */
    void write(ByteBuffer part);

    /** That was all: the message is complete, and the peer may settle it. */
    void end();

    /** Gives the message up: the peer is to forget what it got of it. The delivery is settled; nothing more is heard of it. */
    void abort();
}
