package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Authenticator;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.internal.net.NetSocketInternal;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * What lies between TCP and AMQP on a server's socket: TLS, then WebSocket, as the listener has it. They are handlers of
 * the socket's pipeline, so that everything above sees AMQP's bytes alone. Owned by the connection's loop.
 */
final class SocketLayers implements ServerHandshake.Layers {
    private static final int HTTP_LINE_LENGTH_MAX = 4_096;
    private static final int HTTP_HEADERS_LENGTH_MAX = 8_192;
    private static final int HTTP_CHUNK_BYTES_MAX = 8_192;

    private final ChannelHandlerContext channelContext;
    private final String remoteAddress;
    private final ViolationLog violations;
    private final ListenerOptions options;

    /**
     * Puts the layers in; to be called before anything of them is read.
     *
     * @param remoteAddress of the client, which need not be the socket's
     */
    SocketLayers(NetSocketInternal socket, String remoteAddress, ListenerOptions options, ViolationLog violations) {
        this.channelContext = socket.channelHandlerContext();
        this.violations = violations;
        this.options = options;
        this.remoteAddress = remoteAddress;
        var tls = options.layers().tls();
        if (tls != null && !tls.onRequest()) {
            addTls(tls);
        }
        if (options.layers().webSocket()) {
            var pipeline = channelContext.pipeline();
            pipeline.addBefore(
                    channelContext.name(),
                    WebSocketUpgrade.CODEC,
                    new HttpServerCodec(HTTP_LINE_LENGTH_MAX, HTTP_HEADERS_LENGTH_MAX, HTTP_CHUNK_BYTES_MAX));
            pipeline.addBefore(
                    channelContext.name(),
                    WebSocketUpgrade.NAME,
                    new WebSocketUpgrade(reason -> violations.warn(remoteAddress, reason)));
        }
    }

    private void addTls(ListenerOptions.Tls tls) {
        var handler = tls.endpoint()
                .newHandler(
                        channelContext.alloc(),
                        tls.clients(),
                        options.timeouts().handshakeMillis());
        handler.handshakeFuture().addListener(done -> {
            if (!done.isSuccess()) {
                var why = done.cause() instanceof ClosedChannelException
                        ? "the peer left during the handshake"
                        : done.cause().getMessage();
                violations.warn(remoteAddress, "no TLS: " + why);
            }
        });
        channelContext.pipeline().addBefore(channelContext.name(), "tls", handler);
    }

    @Override
    public boolean offersTls() {
        return options.layers().tls() != null
                && !options.layers().webSocket()
                && channelContext.pipeline().get(SslHandler.class) == null;
    }

    @Override
    public void beginTls(ByteBuf ahead) {
        var tls = options.layers().tls();
        if (tls == null) {
            throw new IllegalStateException("this listener has no keys");
        }
        addTls(tls);
        // To the handler that is there now: nothing that comes later can overtake it.
        channelContext.pipeline().fireChannelRead(ahead);
    }

    @Override
    public Authenticator.Peer peer() {
        var tls = channelContext.pipeline().get(SslHandler.class);
        return new Authenticator.Peer(remoteAddress, tls != null, tls == null ? null : certificate(tls));
    }

    private static @Nullable X509Certificate certificate(SslHandler tls) {
        try {
            return tls.engine().getSession().getPeerCertificates()[0] instanceof X509Certificate certificate
                    ? certificate
                    : null;
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
    }
}
