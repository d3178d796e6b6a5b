package dev.godwit.amqp.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.internal.net.NetSocketInternal;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What lies between TCP and AMQP on a client's socket: TLS, then WebSocket, as its options have it. They are handlers of the
 * socket's pipeline, and hold back what is written until they are ready. Owned by the connection's loop.
 */
final class ClientLayers {
    private static final int HTTP_LINE_LENGTH_MAX = 4_096;
    private static final int HTTP_HEADERS_LENGTH_MAX = 16_384;
    private static final int HTTP_CHUNK_BYTES_MAX = 8_192;

    private final ChannelHandlerContext channelContext;

    /**
     * Puts the layers in; to be called when the socket is connected, before anything is read.
     *
     * @param loaded of the options' TLS; null without
     */
    ClientLayers(NetSocketInternal socket, ConnectOptions options, @Nullable SSLContext loaded)
            throws TlsFilesException {
        channelContext = socket.channelHandlerContext();
        var pipeline = channelContext.pipeline();
        TlsClient tls = options.tls();
        if (tls != null && loaded != null) {
            var handler = new SslHandler(tls.engine(loaded, options.host(), options.port()));
            // The connection has a limit of its own for all that is said before the open.
            handler.setHandshakeTimeoutMillis(0);
            pipeline.addBefore(channelContext.name(), "tls", handler);
        }
        ConnectOptions.WebSocket webSocket = options.webSocket();
        if (webSocket != null) {
            pipeline.addBefore(
                    channelContext.name(),
                    WebSocketUpgrade.CODEC,
                    new HttpClientCodec(HTTP_LINE_LENGTH_MAX, HTTP_HEADERS_LENGTH_MAX, HTTP_CHUNK_BYTES_MAX));
            pipeline.addBefore(
                    channelContext.name(), WebSocketRequest.NAME, new WebSocketRequest(webSocket, authority(options)));
        }
    }

    private static String authority(ConnectOptions options) {
        String host = options.host();
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + options.port();
    }

    /** Whether we have shown a certificate of ours. To be asked when the peer has said something. */
    boolean hasCertificate() {
        var tls = channelContext.pipeline().get(SslHandler.class);
        return tls != null && tls.engine().getSession().getLocalPrincipal() != null;
    }

    /** Whether nobody on the way can read what we say. */
    boolean isEncrypted() {
        return channelContext.pipeline().get(SslHandler.class) != null;
    }
}
