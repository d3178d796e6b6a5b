package dev.godwit.broker.health;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/**
 * Answers {@code GET /health/live}, {@code /health/ready} and {@code /health/active} with 200 for yes, 503 for no, and
 * {@code {"check": …, "ok": …, "reasons": […]}}. It has a loop of its own, so that it can tell when others stand still;
 * {@link NodeHealth} is asked there.
 *
 * <p>One request for a connection, which ends with the answer, or after {@value #CONNECTION_MILLIS} ms; no more than
 * {@value #CONNECTIONS_MAX} connections at once.
 */
public final class HealthPort implements AutoCloseable {
    private static final int CONNECTIONS_MAX = 64;
    private static final int LINE_BYTES_MAX = 1_024;
    private static final int HEADERS_BYTES_MAX = 4_096;
    private static final long CONNECTION_MILLIS = 5_000;
    private static final long BEAT_MILLIS = 1_000;
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int UNAVAILABLE = 503;

    private static final Map<String, Function<NodeHealth, Finding>> CHECKS = Map.of(
            "live", NodeHealth::live,
            "ready", NodeHealth::ready,
            "active", NodeHealth::active);
    private static final String PREFIX = "/health/";

    private final NodeHealth health;
    private final long connectionMillisMax;
    private final Vertx own = Vertx.vertx(new VertxOptions()
            .setEventLoopPoolSize(1)
            .setFileSystemOptions(
                    new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false)));
    private final ObjectMapper json = new ObjectMapper();
    private final HttpServer server;
    private int connections;
    /** Those whose request has come. */
    private final Set<HttpConnection> asked = new HashSet<>();

    private HealthPort(NodeHealth health, String host, int port, long connectionMillisMax) {
        this.health = health;
        this.connectionMillisMax = connectionMillisMax;
        server = own.createHttpServer(new HttpServerOptions()
                .setHost(host)
                .setPort(port)
                .setTcpNoDelay(true)
                .setReuseAddress(true)
                .setHttp2ClearTextEnabled(false)
                .setMaxInitialLineLength(LINE_BYTES_MAX)
                .setMaxHeaderSize(HEADERS_BYTES_MAX));
        server.connectionHandler(this::onConnection);
        server.requestHandler(this::onRequest);
        // What is no HTTP is answered with 400 by Vert.x, and no line in our log.
        server.invalidRequestHandler(HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER);
    }

    /**
     * Starts listening; blocks until it does.
     *
     * @param port 0 for any free one
     * @throws ExecutionException the address cannot be listened on, for the reason that is its cause
     */
    public static HealthPort open(NodeHealth health, String host, int port)
            throws ExecutionException, InterruptedException {
        return open(health, host, port, CONNECTION_MILLIS);
    }

    /** @param connectionMillisMax how long a connection may take that asks nothing */
    static HealthPort open(NodeHealth health, String host, int port, long connectionMillisMax)
            throws ExecutionException, InterruptedException {
        var opened = new HealthPort(health, host, port, connectionMillisMax);
        try {
            opened.own.setPeriodic(BEAT_MILLIS, beat -> health.beat());
            opened.server.listen().toCompletionStage().toCompletableFuture().get();
            return opened;
        } catch (ExecutionException | InterruptedException | RuntimeException failed) {
            opened.close();
            throw failed;
        }
    }

    public int port() {
        return server.actualPort();
    }

    private void onConnection(HttpConnection connection) {
        connections++;
        long timer = own.setTimer(connectionMillisMax, late -> connection.close());
        connection.closeHandler(closed -> {
            connections--;
            asked.remove(connection);
            own.cancelTimer(timer);
        });
        if (connections > CONNECTIONS_MAX) {
            connection.close();
        }
    }

    private void onRequest(HttpServerRequest request) {
        if (asked.add(request.connection())) {
            answer(request);
        }
    }

    private void answer(HttpServerRequest request) {
        var path = request.path();
        var check = path != null && path.startsWith(PREFIX) ? path.substring(PREFIX.length()) : "";
        var question = CHECKS.get(check);
        if (question == null) {
            answer(
                    request,
                    NOT_FOUND,
                    Map.of("reasons", List.of("there are /health/live, /health/ready and /health/active")));
        } else if (!HttpMethod.GET.equals(request.method()) && !HttpMethod.HEAD.equals(request.method())) {
            answer(request, METHOD_NOT_ALLOWED, Map.of("reasons", List.of("only GET and HEAD")));
        } else {
            var finding = question.apply(health);
            var body = new LinkedHashMap<String, Object>();
            body.put("check", check);
            body.put("ok", finding.good());
            body.put("reasons", finding.reasons());
            answer(request, finding.good() ? OK : UNAVAILABLE, body);
        }
    }

    private void answer(HttpServerRequest request, int status, Map<String, ?> body) {
        var response = request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .putHeader("Connection", "close");
        response.end(Buffer.buffer(bytes(body)))
                .onComplete(sent -> request.connection().close());
    }

    private byte[] bytes(Map<String, ?> body) {
        try {
            return json.writeValueAsBytes(body);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("texts and truth values", impossible);
        }
    }

    @Override
    public void close() {
        own.close().await();
    }
}
