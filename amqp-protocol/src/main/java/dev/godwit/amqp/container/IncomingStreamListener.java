package dev.godwit.amqp.container;

import java.nio.ByteBuffer;

/**
 * Takes a long message in, part by part. Called on the connection's loop. After {@link #onPart}, as often as there are
 * parts, exactly one of the endings is called, once.
 */
public interface IncomingStreamListener {
    /**
     * The next bytes of the encoded message, from position to limit. They belong to the receiver of this call, and hold
     * the peer back until {@link IncomingStream#taken} is told of them.
     */
    void onPart(ByteBuffer part);

    /**
     * The last part has come.
     *
     * @param delivery to settle; its message is empty, since the parts had it
     */
    void onEnd(IncomingDelivery delivery);

    /** The peer gave the message up (aborted=true). Nothing is to be settled, and its credit goes back to the peer. */
    void onAborted();

    /**
     * The link, its session or its connection ended before the message did, at whichever end. Nothing can be settled.
     * Comes before the listeners of those hear of it.
     */
    void onLost();
}
