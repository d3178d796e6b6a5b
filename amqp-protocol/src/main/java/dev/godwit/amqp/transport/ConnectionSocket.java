package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.DisconnectCause;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.internal.ContextInternal;
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

    private final NetSocketInternal socket;
    private final SocketOutput output;
    private boolean ending;
    private @Nullable Throwable failure;

    ConnectionSocket(NetSocketInternal socket, int writeBufferBytes, ProtonConnection connection) {
        this.socket = socket;
        ChannelHandlerContext channelContext = socket.channelHandlerContext();
        output = new SocketOutput(channelContext, writeBufferBytes);
        channelContext.pipeline().addBefore(channelContext.name(), "writability", new WritabilityHandler(connection));
        socket.messageHandler(message -> connection.onData((ByteBuf) message));
        socket.exceptionHandler(thrown -> failure = thrown);
        socket.closeHandler(closed -> {
            output.release();
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

    /** What is written goes out, our half closes, and soon the whole. */
    void end() {
        if (ending) {
            return;
        }
        ending = true;
        output.flushAndThen(() -> {
            // Closed with bytes unread, TCP would take back what the peer has not read yet: so they are read, unheard.
            socket.resume();
            if (socket.channelHandlerContext().channel() instanceof DuplexChannel channel && channel.isActive()) {
                var unused = channel.shutdownOutput();
            }
            ContextInternal context = ContextInternal.current();
            context.setTimer(LINGER_MILLIS, timer -> socket.close());
        });
    }

    void abort() {
        ending = true;
        output.release();
        socket.close();
    }

    static DisconnectCause causeOf(Throwable thrown) {
        DisconnectCause.Kind kind =
                thrown instanceof SSLException ? DisconnectCause.Kind.TLS : DisconnectCause.Kind.NETWORK;
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
                connection.loop().execute(connection::onMaybeWritable);
            }
            super.channelWritabilityChanged(channelContext);
        }
    }
}
