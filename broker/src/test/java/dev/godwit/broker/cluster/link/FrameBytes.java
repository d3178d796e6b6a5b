package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;

/** Takes frames as a socket does, as long as there is room for them, and keeps their bytes. */
final class FrameBytes implements FrameSink {
    final ByteBuf bytes;
    private int room;

    FrameBytes(ByteBuf bytes) {
        this.bytes = bytes;
    }

    /** Takes so many frames from now on. */
    FrameBytes withRoom(int frames) {
        room = frames;
        return this;
    }

    @Override
    public boolean isWritable() {
        return room > 0;
    }

    @Override
    public void write(FrameType type, int flags, int kind, int number, int left, ByteBuf payload) {
        room--;
        FrameCodec.writeHeader(bytes, type, flags, kind, number, left, payload);
        bytes.writeBytes(payload);
        payload.release();
    }
}
