package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;

/** Where frames are written to: a socket. */
interface FrameSink {
    /** False while the socket has enough to do; what waits then can still be overtaken. */
    boolean isWritable();

    /** Writes a frame; takes ownership of the payload. It leaves at the end of the turn. */
    void write(FrameType type, int flags, int kind, int number, int left, ByteBuf payload);
}
