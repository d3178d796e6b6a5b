package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.DisconnectCause;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.internal.net.NetSocketInternal;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A Vert.x socket as its connection uses it: raw buffers in, gathered buffers out, and an end that lets the last word
 * through. Owned by the connection's loop.
 */
final class ConnectionSocket {
    /** How long a peer may take to close its half after ours. */
    private static final long LINGER_MILLIS = 1_000;

    /** How long the last word may take to go out. */
    private static final long END_MILLIS = 5_000;

    private final NetSocketInternal socket;
    private final LoopTasks tasks;
    private final ChannelHandlerContext channelContext;
    private final SocketOutput output;
    private boolean ending;
    private long endTimer = LoopTasks.NO_TIMER;
    private long lingerTimer = LoopTasks.NO_TIMER;
    private @Nullable Throwable failure;

    ConnectionSocket(NetSocketInternal socket, LoopTasks tasks, int writeBufferBytes, ProtonConnection connection) {
        this.socket = socket;
        this.tasks = tasks;
        channelContext = socket.channelHandlerContext();
        output = new SocketOutput(channelContext, writeBufferBytes);
        channelContext.pipeline().addBefore(channelContext.name(), "writability", new WritabilityHandler(connection));
        socket.messageHandler(message -> connection.onData((ByteBuf) message));
        // What comes after the first is its consequence.
        socket.exceptionHandler(thrown -> failure = failure == null ? thrown : failure);
        socket.closeHandler(closed -> {
            output.release();
            // They would hold on to all that belongs to the connection until they go off.
            tasks.cancel(endTimer);
            tasks.cancel(lingerTimer);
            connection.onSocketGone(failure);
        });
    }

    SocketOutput output() {
        return output;
    }

    void pause() {
        socket.pause();
    }

    void resume() {
        socket.resume();
    }

    boolean isEnding() {
        return ending;
    }

    /** What is written goes out, our half closes, and soon the whole; with a peer that reads nothing, in any case. */
    void end() {
        if (ending) {
            return;
        }
        ending = true;
        endTimer = tasks.setTimer(END_MILLIS, this::drop);
        output.flushAndThen(() -> {
            // Closed with bytes unread, TCP would take back what the peer has not read yet: so they are read, unheard.
            socket.resume();
            endLayers();
            lingerTimer = tasks.setTimer(LINGER_MILLIS, this::drop);
        });
    }

    /** Each layer says its own last word: without it, a peer cannot tell an end from a cut. */
    private void endLayers() {
        ChannelHandlerContext webSocket = channelContext.pipeline().context(WebSocketFrames.class);
        if (webSocket != null) {
            ((WebSocketFrames) webSocket.handler()).sendClose(webSocket);
        }
        SslHandler tls = channelContext.pipeline().get(SslHandler.class);
        if (tls == null) {
            shutdownOutput();
        } else {
            tls.closeOutbound().addListener(closed -> shutdownOutput());
        }
    }

    private void shutdownOutput() {
        if (channelContext.channel() instanceof DuplexChannel channel && channel.isActive()) {
            var unused = channel.shutdownOutput();
        }
    }

    void abort() {
        ending = true;
        output.release();
        drop();
    }

    /** Not Vert.x' close, which waits for what is written to go out. */
    private void drop() {
        var unused = channelContext.close();
    }

    static DisconnectCause causeOf(Throwable thrown) {
        if (thrown instanceof DecoderException && thrown.getCause() instanceof SSLException inside) {
            return causeOf(inside);
        }
        DisconnectCause.Kind kind = thrown instanceof SSLException || thrown instanceof TlsFilesException
                ? DisconnectCause.Kind.TLS
                : DisconnectCause.Kind.NETWORK;
        String message = thrown instanceof ClosedChannelException || thrown.getMessage() == null
                ? thrown.getClass().getSimpleName()
                : thrown.getMessage();
        return new DisconnectCause(kind, message, null, thrown);
    }

    /** Hears from Netty when the socket has taken enough of what was waiting. */
    private static final class WritabilityHandler extends ChannelInboundHandlerAdapter {
        private final ProtonConnection connection;

        WritabilityHandler(ProtonConnection connection) {
            this.connection = connection;
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext channelContext) throws Exception {
            if (channelContext.channel().isWritable()) {
                // Not from within the flush that made room.
                connection.loop().execute(connection::onWritable);
            }
            super.channelWritabilityChanged(channelContext);
        }
    }
}
