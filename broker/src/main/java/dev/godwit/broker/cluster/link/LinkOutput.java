package dev.godwit.broker.cluster.link;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.WriteBufferWaterMark;
import org.jspecify.annotations.Nullable;

/**
 * The way to the socket: gathers what a turn of the loop writes, and flushes it at once. Small payloads are copied into the
 * buffer of their headers, large ones go as they are. Little is given to the socket ahead of what it takes, so that
 * heartbeats do not wait behind megabytes. Owned by the loop of the links.
 */
final class LinkOutput implements FrameSink {
    private static final int CHUNK_BYTES = 32 * 1024;
    private static final int COPIED_BYTES_MAX = 2 * 1024;
    private static final int WRITE_BUFFER_BYTES = 128 * 1024;

    private final ChannelHandlerContext channelContext;
    private final Channel channel;
    private LinkCounters counters;
    private @Nullable ByteBuf chunk;
    private int unflushedBytes;
    private boolean closed;

    LinkOutput(ChannelHandlerContext channelContext, LinkCounters counters) {
        this.channelContext = channelContext;
        this.counters = counters;
        channel = channelContext.channel();
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(WRITE_BUFFER_BYTES / 2, WRITE_BUFFER_BYTES));
    }

    /** Counts there from now on: whose frames these are is known only when the peer has greeted. */
    void countIn(LinkCounters peers) {
        counters = peers;
    }

    @Override
    public boolean isWritable() {
        return !closed && channel.isWritable() && unflushedBytes + gatheredBytes() < WRITE_BUFFER_BYTES;
    }

    @Override
    public void write(FrameType type, int flags, int kind, int number, int left, ByteBuf payload) {
        int frameBytes = FrameCodec.HEADER_BYTES + payload.readableBytes();
        boolean copied = payload.readableBytes() <= COPIED_BYTES_MAX;
        ByteBuf buffer = room(copied ? frameBytes : FrameCodec.HEADER_BYTES);
        FrameCodec.writeHeader(buffer, type, flags, kind, number, left, payload);
        if (copied) {
            buffer.writeBytes(payload);
            payload.release();
        } else {
            pushGathered();
            push(payload);
        }
        counters.onSent(frameBytes);
    }

    void write(Greeting greeting) {
        GreetingCodec.write(room(GreetingCodec.HEADER_BYTES + GreetingCodec.BODY_BYTES_MAX), greeting);
    }

    private ByteBuf room(int bytes) {
        ByteBuf buffer = chunk;
        if (buffer != null && buffer.writableBytes() < bytes) {
            endChunk();
            buffer = null;
        }
        if (buffer == null) {
            buffer = channelContext.alloc().directBuffer(CHUNK_BYTES, CHUNK_BYTES);
            chunk = buffer;
        }
        return buffer;
    }

    private int gatheredBytes() {
        return chunk == null ? 0 : chunk.readableBytes();
    }

    /** Passes on what has gathered; the rest of the chunk is for what comes next. */
    private void pushGathered() {
        ByteBuf buffer = chunk;
        if (buffer != null && buffer.isReadable()) {
            push(buffer.readRetainedSlice(buffer.readableBytes()));
        }
    }

    private void endChunk() {
        ByteBuf buffer = chunk;
        chunk = null;
        if (buffer != null) {
            push(buffer);
        }
    }

    private void push(ByteBuf buffer) {
        if (closed) {
            buffer.release();
            return;
        }
        unflushedBytes += buffer.readableBytes();
        var unused = channelContext.write(buffer, channel.voidPromise());
    }

    /** Hands everything to the socket. */
    void flush() {
        pushGathered();
        if (unflushedBytes > 0) {
            unflushedBytes = 0;
            channelContext.flush();
        }
    }

    /** Hands everything to the socket for the last time, and calls back when it is gone, or cannot go. */
    void flushAndThen(Runnable then) {
        flush();
        closed = true;
        endChunk();
        channelContext.writeAndFlush(channelContext.alloc().buffer(0)).addListener(written -> then.run());
    }

    /** The socket is gone. */
    void release() {
        closed = true;
        endChunk();
    }
}
