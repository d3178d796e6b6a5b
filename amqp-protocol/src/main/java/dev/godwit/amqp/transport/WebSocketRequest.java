package dev.godwit.amqp.transport;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.PendingWriteQueue;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server to turn the connection into a WebSocket which speaks AMQP (RFC 6455 §4.1; AMQP WebSocket binding 1.0), and
 * then gives way to {@link WebSocketFrames}. What is written meanwhile waits. Owned by the connection's loop.
 */
final class WebSocketRequest extends ChannelDuplexHandler {
    static final String NAME = "websocket-request";

    private final ConnectOptions.WebSocket options;
    private final String host;
    private final String key;
    private @Nullable PendingWriteQueue waiting;
    private boolean accepted;

    /** @param host with the port, as it stands in the request */
    WebSocketRequest(ConnectOptions.WebSocket options, String host) {
        this.options = options;
        this.host = host;
        byte[] bytes = new byte[WebSocketUpgrade.KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        key = Base64.getEncoder().encodeToString(bytes);
    }

    /** The socket is connected by now; under TLS, the request waits for its handshake. */
    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        waiting = new PendingWriteQueue(context);
        var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, options.path());
        options.headers().forEach((name, value) -> request.headers().set(name, value));
        request.headers()
                .set(HttpHeaderNames.HOST, host)
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key)
                .set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, WebSocketUpgrade.SUBPROTOCOL)
                .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, WebSocketUpgrade.VERSION);
        var unused = context.writeAndFlush(request);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (waiting == null) {
            var unused = context.write(message, promise);
        } else {
            // A void promise cannot wait in the queue.
            waiting.add(message, promise.unvoid());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof HttpResponse response) {
                String refusal = refusal(response);
                if (refusal == null) {
                    accepted = true;
                } else {
                    fail(context, refusal);
                    var unused = context.close();
                }
            }
            if (message instanceof LastHttpContent && accepted) {
                becomeWebSocket(context);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private @Nullable String refusal(HttpResponse response) {
        if (response.decoderResult().isFailure()) {
            return "the server's answer to our request for a WebSocket is not HTTP";
        }
        var headers = response.headers();
        if (!response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            String elsewhere = headers.get(HttpHeaderNames.LOCATION);
            return "the server refuses a WebSocket at " + options.path() + ": HTTP status " + response.status()
                    + (elsewhere == null ? "" : ", and points to " + elsewhere);
        }
        if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                || !WebSocketUpgrade.acceptOf(key).equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT))) {
            return "the server's answer to our request for a WebSocket breaks RFC 6455";
        }
        if (!WebSocketUpgrade.SUBPROTOCOL.equalsIgnoreCase(headers.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL))) {
            return "the server's WebSocket does not speak amqp";
        }
        return null;
    }

    private void becomeWebSocket(ChannelHandlerContext context) {
        var pipeline = context.pipeline();
        var frames = WebSocketFrames.ofClient(
                violation -> context.fireExceptionCaught(new IOException(violation)), options.frameBytesMax());
        // Below us, so that what has been waiting goes through it.
        pipeline.addBefore(NAME, WebSocketFrames.NAME, frames);
        // Gives to the next handler what came after the answer.
        pipeline.remove(WebSocketUpgrade.CODEC);
        var queued = waiting;
        waiting = null;
        if (queued != null) {
            var unused = queued.removeAndWriteAll();
        }
        context.flush();
        pipeline.remove(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        fail(context, "the server ended the connection instead of answering our request for a WebSocket");
        super.channelInactive(context);
    }

    /** Only the first failure is told: what comes after it is its consequence. */
    private void fail(ChannelHandlerContext context, String reason) {
        var queued = waiting;
        if (queued != null) {
            waiting = null;
            context.fireExceptionCaught(new IOException(reason));
            queued.removeAndFailAll(new IOException(reason));
        }
    }
}
