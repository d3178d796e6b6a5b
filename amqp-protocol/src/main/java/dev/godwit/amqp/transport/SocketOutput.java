package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.WriteBufferWaterMark;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The way to the socket: gathers what a turn of the loop wrote in pooled buffers of 64 KiB and flushes
 * them at once. Owned by the connection's loop, from connect to disconnect.
 */
final class SocketOutput {
    private static final int CHUNK_BYTES = 64 * 1024;
    /** With less room than this a new chunk is begun. */
    private static final int ROOM_BYTES = 4 * 1024;

    private static final int CHOKED_BYTES = 16 * 1024 * 1024;

    private final ChannelHandlerContext channelContext;
    private final Channel channel;
    private final int writeBufferBytes;
    private @Nullable ByteBuf chunk;
    /** All of the chunk, whatever has been written to it. */
    private ByteBuffer view = ByteBuffer.allocate(0);

    private int unflushedBytes;
    private boolean closed;

    SocketOutput(ChannelHandlerContext channelContext, int writeBufferBytes) {
        this.channelContext = channelContext;
        this.writeBufferBytes = writeBufferBytes;
        channel = channelContext.channel();
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(writeBufferBytes / 2, writeBufferBytes));
    }

    /** Moves all that the engine has to say into our buffers. */
    void drain(EngineTransport engine) {
        while (!closed) {
            ByteBuf buffer = room();
            ByteBuffer window = buffer.nioBuffer(buffer.writerIndex(), buffer.writableBytes());
            int before = window.position();
            engine.writeInto(window);
            int written = window.position() - before;
            if (written == 0) {
                return;
            }
            buffer.writerIndex(buffer.writerIndex() + written);
        }
    }

    /** The buffer to append a few bytes to: a protocol header, a SASL frame, an empty frame. */
    ByteBuf room() {
        ByteBuf buffer = chunk;
        if (buffer != null && buffer.writableBytes() < ROOM_BYTES) {
            push(buffer);
            buffer = null;
        }
        if (buffer == null) {
            buffer = channelContext.alloc().directBuffer(CHUNK_BYTES, CHUNK_BYTES);
            chunk = buffer;
            view = buffer.nioBuffer(0, CHUNK_BYTES);
        }
        return buffer;
    }

    /** Appends bytes, to more than one chunk if need be. */
    void put(byte[] bytes, int length) {
        for (int done = 0; done < length && !closed; ) {
            ByteBuf buffer = chunkWithRoom();
            int fits = Math.min(length - done, buffer.writableBytes());
            view.put(buffer.writerIndex(), bytes, done, fits);
            buffer.writerIndex(buffer.writerIndex() + fits);
            done += fits;
        }
    }

    /** Appends bytes from an index on, to more than one chunk if need be; {@code from} stays as it is. */
    void put(ByteBuffer from, int index, int length) {
        for (int done = 0; done < length && !closed; ) {
            ByteBuf buffer = chunkWithRoom();
            int fits = Math.min(length - done, buffer.writableBytes());
            view.put(buffer.writerIndex(), from, index + done, fits);
            buffer.writerIndex(buffer.writerIndex() + fits);
            done += fits;
        }
    }

    private ByteBuf chunkWithRoom() {
        ByteBuf buffer = chunk;
        return buffer != null && buffer.isWritable() ? buffer : room();
    }

    private void push(ByteBuf buffer) {
        unflushedBytes += buffer.readableBytes();
        var unused = channelContext.write(buffer, channel.voidPromise());
        chunk = null;
    }

    /** Hands everything to the socket; true when there was something. */
    boolean flush() {
        ByteBuf buffer = chunk;
        if (buffer != null) {
            if (buffer.isReadable() && !closed) {
                push(buffer);
            } else {
                buffer.release();
                chunk = null;
            }
        }
        if (unflushedBytes == 0) {
            return false;
        }
        unflushedBytes = 0;
        channelContext.flush();
        return true;
    }

    /** False while the socket has more than enough to do. */
    boolean isWritable() {
        return channel.isWritable() && unflushedBytes < writeBufferBytes;
    }

    /**
     * The peer reads so little that even answers pile up. Far above the mark at which senders pause, so that two peers
     * of our kind, both busy, never stop reading both.
     */
    boolean isChoked() {
        return channel.bytesBeforeWritable() > CHOKED_BYTES;
    }

    /** Hands everything to the socket for the last time, and calls back when it is gone, or cannot go. */
    void flushAndThen(Runnable then) {
        flush();
        closed = true;
        channelContext.writeAndFlush(channelContext.alloc().buffer(0)).addListener(written -> then.run());
    }

    /** The socket is gone. */
    void release() {
        closed = true;
        ByteBuf buffer = chunk;
        if (buffer != null) {
            buffer.release();
            chunk = null;
        }
    }
}
