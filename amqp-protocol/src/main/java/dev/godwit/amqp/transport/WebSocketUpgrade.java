package dev.godwit.amqp.transport;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes the one HTTP request that turns a connection into a WebSocket which speaks AMQP (RFC 6455 §4.2; AMQP WebSocket
 * binding 1.0), and then gives way to {@link WebSocketFrames}. Any other request is answered with what would have been
 * right. Owned by the connection's loop.
 */
final class WebSocketUpgrade extends ChannelInboundHandlerAdapter {
    static final String CODEC = "http";
    static final String NAME = "websocket-upgrade";
    static final String SUBPROTOCOL = "amqp";
    private static final Set<String> PATHS = Set.of("/", "/amqp", "/amqp/");
    static final String VERSION = "13";
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    static final int KEY_BYTES = 16;

    private record Refusal(HttpResponseStatus status, String text) {}

    private final Consumer<String> violations;
    private @Nullable String accept;
    private boolean over;

    WebSocketUpgrade(Consumer<String> violations) {
        this.violations = violations;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        try {
            if (message instanceof HttpRequest request && !over && accept == null) {
                onRequest(context, request);
            }
            if (message instanceof LastHttpContent && accept != null && !over) {
                over = true;
                becomeWebSocket(context, accept);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void onRequest(ChannelHandlerContext context, HttpRequest request) {
        var refusal = request.decoderResult().isFailure()
                ? new Refusal(HttpResponseStatus.BAD_REQUEST, "not an HTTP request")
                : refusal(request);
        if (refusal == null) {
            accept = acceptOf(request.headers().get(HttpHeaderNames.SEC_WEBSOCKET_KEY));
        } else {
            over = true;
            violations.accept("no WebSocket: " + refusal.text());
            refuse(context, refusal);
        }
    }

    private static @Nullable Refusal refusal(HttpRequest request) {
        var headers = request.headers();
        var query = request.uri().indexOf('?');
        var path = query < 0 ? request.uri() : request.uri().substring(0, query);
        if (!PATHS.contains(path)) {
            return new Refusal(HttpResponseStatus.NOT_FOUND, "AMQP is at / and at /amqp");
        }
        if (!headers.containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                || !VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            return new Refusal(
                    HttpResponseStatus.UPGRADE_REQUIRED, "only WebSocket, version 13, with subprotocol amqp is here");
        }
        if (!request.method().equals(HttpMethod.GET) || !isKey(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY))) {
            return new Refusal(HttpResponseStatus.BAD_REQUEST, "not a WebSocket handshake (RFC 6455)");
        }
        boolean speaksAmqp = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL).stream()
                .flatMap(value -> Stream.of(value.split(",")))
                .anyMatch(each -> each.strip().toLowerCase(Locale.ROOT).equals(SUBPROTOCOL));
        return speaksAmqp
                ? null
                : new Refusal(HttpResponseStatus.BAD_REQUEST, "the WebSocket's subprotocol must be amqp");
    }

    private static boolean isKey(@Nullable String key) {
        try {
            return key != null && Base64.getDecoder().decode(key.strip()).length == KEY_BYTES;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    /** What a server answers to a client's key (RFC 6455 §4.2.2). */
    static String acceptOf(String key) {
        try {
            var digest = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder()
                    .encodeToString(digest.digest((key.strip() + ACCEPT_SUFFIX).getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-1", impossible);
        }
    }

    private static void refuse(ChannelHandlerContext context, Refusal refusal) {
        var text = Unpooled.copiedBuffer(refusal.text() + "\n", StandardCharsets.UTF_8);
        var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, refusal.status(), text);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                .set(HttpHeaderNames.CONTENT_LENGTH, text.readableBytes())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        if (refusal.status().equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
            response.headers()
                    .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                    .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, VERSION);
        }
        context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    private void becomeWebSocket(ChannelHandlerContext context, String acceptKey) {
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
        response.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, acceptKey)
                .set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
        var unused = context.writeAndFlush(response);
        var pipeline = context.pipeline();
        pipeline.addAfter(NAME, WebSocketFrames.NAME, WebSocketFrames.ofServer(violations));
        pipeline.remove(this);
        // Gives to the next handler what came after the request.
        pipeline.remove(CODEC);
    }
}
