package dev.godwit.broker.cluster.relay;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.internal.net.NetSocketInternal;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One of the two sockets of a connection that is passed on. What is read here is written to the other one, and no more is
 * read while that takes nothing. Owned by the loop of both sockets.
 *
 * <p>A peer that has said its last word still hears the other one's, as long as its socket takes that without a wait: Netty
 * up to 4.2.18 takes a socket that has ended and is not read out of epoll, and cannot put it back.
 */
final class RelayEnd extends ChannelInboundHandlerAdapter {
    /** Hears how it ends. */
    interface Listener {
        /**
         * The socket is no more. May be called twice.
         *
         * @param reset it did not end as it should
         */
        void onGone(RelayEnd end, boolean reset);

        /** Both peers have said their last word, and it is out. */
        void onBothSilent();
    }

    private static final String HANDLER = "relay";
    private static final int RESET_AT_CLOSE = 0;
    private static final long END_MILLIS = 5_000;

    private final Channel channel;
    private final WriteBufferWaterMark waterMarkBefore;
    /** Writes begin here, past what Vert.x makes of them. */
    private final ChannelHandlerContext output;

    private final Listener listener;
    /** Read before there was another end: no more than a turn of the loop brings. */
    private final Queue<Object> early = new ArrayDeque<>();

    private @Nullable RelayEnd other;
    /** The peer has said its last word. */
    private boolean silent;
    /** We have. */
    private boolean outputOver;

    private boolean closing;

    private RelayEnd(ChannelHandlerContext output, Listener listener) {
        this.output = output;
        channel = output.channel();
        waterMarkBefore = channel.config().getWriteBufferWaterMark();
        this.listener = listener;
    }

    /** Takes a socket over, and stops reading. To be called before anything is read. */
    static RelayEnd on(NetSocketInternal socket, int bufferBytes, Listener listener) {
        var behind = socket.channelHandlerContext();
        var channel = behind.channel();
        var end = new RelayEnd(behind, listener);
        channel.config().setAutoRead(false);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(bufferBytes / 2, bufferBytes));
        behind.pipeline().addBefore(behind.name(), HANDLER, end);
        return end;
    }

    /** What comes here goes there from now on. To be called on both. */
    void passOnTo(RelayEnd otherEnd) {
        other = otherEnd;
        for (Object message = early.poll(); message != null; message = early.poll()) {
            otherEnd.write(message);
        }
        otherEnd.output.flush();
        if (silent) {
            otherEnd.endOutput();
        }
        readOn();
    }

    /** Whether the peer has said its last word. */
    boolean isSilent() {
        return silent;
    }

    /**
     * Leaves the socket as it was before: who takes it over gets all that has come. In the place of {@link #passOnTo}.
     *
     * @param takeOver makes somebody else read it
     */
    void giveBack(Runnable takeOver) {
        var pipeline = channel.pipeline();
        pipeline.remove(this);
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        channel.config().setWriteBufferWaterMark(waterMarkBefore);
        takeOver.run();
        boolean anyEarly = !early.isEmpty();
        for (Object message = early.poll(); message != null; message = early.poll()) {
            pipeline.fireChannelRead(message);
        }
        if (anyEarly) {
            pipeline.fireChannelReadComplete();
        }
        channel.config().setAutoRead(true);
    }

    private void readOn() {
        // A silent one has been read to its end, and Netty has taken it out of epoll: asking to read on fails.
        if (other != null && !silent && other.channel.isWritable()) {
            channel.config().setAutoRead(true);
        }
    }

    /** It leaves with what is written next. */
    void write(Object bytes) {
        var unused = output.write(bytes, channel.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        var to = other;
        if (closing) {
            ReferenceCountUtil.release(message);
        } else if (to == null) {
            early.add(message);
        } else {
            to.write(message);
            if (!to.channel.isWritable()) {
                channel.config().setAutoRead(false);
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (other != null) {
            other.output.flush();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        if (other != null) {
            other.readOn();
        }
        super.channelWritabilityChanged(context);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof ChannelInputShutdownEvent && !silent) {
            silent = true;
            if (other != null) {
                other.endOutput();
            }
        }
        super.userEventTriggered(context, event);
    }

    /** Our half closes when what was written is out. */
    private void endOutput() {
        output.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (channel instanceof DuplexChannel duplex && channel.isActive()) {
                var unused = duplex.shutdownOutput();
            }
            outputOver = true;
            if (other != null && other.outputOver) {
                listener.onBothSilent();
            }
        });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        listener.onGone(this, true);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        listener.onGone(this, false);
        super.channelInactive(context);
    }

    /** Closes when what was written is out, or soon in any case. */
    void end() {
        releaseEarly();
        var late = channel.eventLoop().schedule(this::close, END_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(closed -> late.cancel(false));
        output.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            var unused = output.close();
        });
    }

    /** Closes at once, as the other end did. */
    void reset() {
        releaseEarly();
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, RESET_AT_CLOSE);
        }
        var unused = output.close();
    }

    /** Closes at once. */
    void close() {
        releaseEarly();
        var unused = output.close();
    }

    private void releaseEarly() {
        closing = true;
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }
}
