package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;

/** Hears the frames that come over one connection. */
interface FrameListener {
    /** A whole message; the payload is valid until this returns. */
    void onMessage(LinkChannel channel, ByteBuf payload) throws LinkViolation;

    void onPing(long token) throws LinkViolation;

    void onPong(long token) throws LinkViolation;

    void onBye(String reason);

    /** False when the rest of what came does not matter any more. */
    boolean isReading();
}
