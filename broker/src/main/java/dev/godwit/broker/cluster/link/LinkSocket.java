package dev.godwit.broker.cluster.link;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.broker.runtime.EventLoop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.vertx.core.internal.net.NetSocketInternal;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Vert.x socket as links use it: raw buffers in, gathered buffers out. Owned by the loop of the links. */
final class LinkSocket {
    /** Hears what happens to a socket. */
    interface Handler {
        /** Takes what is whole, and leaves the rest, which comes again with more behind it. */
        void onBytes(ByteBuf in) throws LinkViolation;

        /** What the peer said is wrong; nothing more is read. */
        void onViolation(LinkViolation violation);

        /** Called once, whoever ended it. */
        void onGone(String reason);

        /** The socket takes more again. */
        void onWritable();
    }

    private static final Logger log = LoggerFactory.getLogger(LinkSocket.class);
    private static final long LAST_WORD_MILLIS = 1_000;

    private final NetSocketInternal socket;
    private final EventLoop loop;
    private final Handler handler;
    private final ChannelHandlerContext channelContext;
    private final LinkOutput output;
    private @Nullable ByteBuf kept;
    private @Nullable Throwable failure;
    private boolean ending;
    private boolean flushing;

    LinkSocket(NetSocketInternal socket, EventLoop loop, LinkCounters counters, Handler handler) {
        this.socket = socket;
        this.loop = loop;
        this.handler = handler;
        channelContext = socket.channelHandlerContext();
        output = new LinkOutput(channelContext, counters);
        channelContext.pipeline().addBefore(channelContext.name(), "link-writability", new WritabilityHandler());
        socket.messageHandler(message -> onData((ByteBuf) message));
        socket.exceptionHandler(thrown -> failure = failure == null ? thrown : failure);
        socket.closeHandler(closed -> onClosed());
    }

    LinkOutput output() {
        return output;
    }

    /** Without its port, which is another one each time that a node comes. */
    String remoteHost() {
        return socket.remoteAddress().host();
    }

    String remoteAddress() {
        return String.valueOf(socket.remoteAddress());
    }

    /** What the peer has shown of itself; null without TLS. */
    @Nullable
    X509Certificate peerCertificate() {
        if (!socket.isSsl()) {
            return null;
        }
        try {
            Certificate first = socket.peerCertificates().get(0);
            return first instanceof X509Certificate certificate ? certificate : null;
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }

    boolean isReading() {
        return !ending;
    }

    private void onData(ByteBuf data) {
        ByteBuf before = kept;
        kept = null;
        ByteBuf in = before == null
                ? data
                : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channelContext.alloc(), before, data);
        try {
            if (!ending) {
                handler.onBytes(in);
            }
        } catch (LinkViolation violation) {
            handler.onViolation(violation);
        } catch (RuntimeException failed) {
            log.error("what came from {} could not be handled", remoteAddress(), failed);
            abort();
        } finally {
            keep(in);
        }
    }

    private void keep(ByteBuf in) {
        if (in.isReadable() && !ending) {
            kept = in.discardSomeReadBytes();
        } else {
            in.release();
        }
    }

    /** What was written leaves at the end of the turn. */
    void flushSoon() {
        if (!flushing) {
            flushing = true;
            loop.execute(() -> {
                flushing = false;
                output.flush();
            });
        }
    }

    /** Says goodbye, and closes when that is out, or soon in any case. */
    void end(String reason) {
        if (!ending) {
            byte[] words = PeerComplaints.oneLine(reason).getBytes(UTF_8);
            output.write(FrameType.BYE, 0, 0, 0, 0, Unpooled.wrappedBuffer(words));
            endAfterLastWord();
        }
    }

    /** Closes when all that was written is out, or soon in any case. */
    void endAfterLastWord() {
        if (!ending) {
            ending = true;
            var timer = loop.schedule(LAST_WORD_MILLIS, this::drop);
            output.flushAndThen(() -> {
                timer.cancel();
                var unused = channelContext.close();
            });
        }
    }

    /** Closes now. */
    void abort() {
        ending = true;
        output.release();
        drop();
    }

    /** From the first handler on, so that TLS does not wait for a peer that takes nothing. */
    private void drop() {
        var unused = channelContext.pipeline().firstContext().close();
    }

    private void onClosed() {
        ending = true;
        output.release();
        ByteBuf before = kept;
        kept = null;
        if (before != null) {
            before.release();
        }
        handler.onGone(failure == null ? "the connection was closed" : reasonOf(failure));
    }

    /** What went wrong, in the words of whoever found it. */
    static String reasonOf(Throwable failure) {
        boolean tls = false;
        Throwable first = failure;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            tls |= cause instanceof SSLException;
            first = cause;
        }
        String words = first.getMessage() == null ? first.getClass().getSimpleName() : first.getMessage();
        return tls ? "TLS: " + words : words;
    }

    /** Hears from Netty when the socket has taken enough of what was waiting. */
    private final class WritabilityHandler extends ChannelInboundHandlerAdapter {
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext inPipeline) throws Exception {
            if (inPipeline.channel().isWritable()) {
                // Not from within the flush that made room.
                loop.execute(handler::onWritable);
            }
            super.channelWritabilityChanged(inPipeline);
        }
    }
}
