package dev.godwit.broker.health;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.runtime.Clock;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes over the wire, of good clients and bad ones. */
@Timeout(60)
class HealthPortTest {
    private static final int SOON_MILLIS = 20_000;

    /** Longer than any test. */
    private static final long NEVER_MILLIS = 600_000;

    private final NodeHealth health = new NodeHealth(Clock.SYSTEM);
    private final HttpClient client = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init") // each test has its own
    private HealthPort port;

    @BeforeEach
    void open() throws Exception {
        port = HealthPort.open(health, "127.0.0.1", 0, NEVER_MILLIS);
    }

    @AfterEach
    void close() {
        port.close();
    }

    private HttpResponse<String> ask(String method, String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.port() + path))
                .method(method, BodyPublishers.noBody())
                .build();
        return client.send(request, BodyHandlers.ofString());
    }

    private Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port.port());
        socket.setSoTimeout(SOON_MILLIS);
        return socket;
    }

    /** Up to the end of the stream; a reset is one, too. */
    private static String answer(Socket socket) throws IOException {
        try {
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        } catch (SocketException reset) {
            return "";
        }
    }

    private void answersWell() throws IOException, InterruptedException {
        assertThat(ask("GET", "/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void saysHowTheNodeIs() throws Exception {
        var ready = ask("GET", "/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).isEqualTo("{\"check\":\"ready\",\"ok\":false,\"reasons\":[\"the node is starting\"]}");

        health.become(ServingStage.ACTIVE);
        assertThat(ask("GET", "/health/ready").statusCode()).isEqualTo(200);
        assertThat(ask("GET", "/health/active").body())
                .isEqualTo("{\"check\":\"active\",\"ok\":true,\"reasons\":[\"the node is active\"]}");
        assertThat(ask("GET", "/health/active").headers().firstValue("content-type"))
                .contains("application/json");
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        var head = ask("HEAD", "/health/live");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
    }

    @Test
    void knowsNothingElse() throws Exception {
        assertThat(ask("GET", "/").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/health/").statusCode()).isEqualTo(404);
        assertThat(ask("GET", "/health/live/x").statusCode()).isEqualTo(404);
        assertThat(ask("POST", "/health/live").statusCode()).isEqualTo(405);
        assertThat(ask("DELETE", "/health/live").statusCode()).isEqualTo(405);
    }

    @Test
    void takesOneRequestForAConnection() throws Exception {
        try (var socket = connect()) {
            var request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n";
            socket.getOutputStream().write(request.repeat(50).getBytes(US_ASCII));

            assertThat(answer(socket)).startsWith("HTTP/1.1 200").containsOnlyOnce("HTTP/1.1");
        }
        answersWell();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /health/live?%s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: %s\r\n\r\n",
            })
    void readsNoRequestThatIsTooLong(String request) throws Exception {
        try (var socket = connect()) {
            socket.getOutputStream().write(request.formatted("x".repeat(20_000)).getBytes(US_ASCII));

            assertThat(answer(socket)).doesNotContain("HTTP/1.1 200");
        } catch (SocketException closedMeanwhile) {
            // Good as well.
        }
        answersWell();
    }

    @Test
    void closesAConnectionThatAsksNothing() throws Exception {
        port.close();
        port = HealthPort.open(health, "127.0.0.1", 0, 100);
        try (var silent = connect();
                var slow = connect()) {
            slow.getOutputStream().write("GET /health/live HTTP/1.1\r\n".getBytes(US_ASCII));

            assertThat(answer(slow)).isEmpty();
            assertThat(answer(silent)).isEmpty();
        }
    }

    @Test
    void takesSoManyConnectionsAndNoMore() throws Exception {
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 64; i++) {
                sockets.add(connect());
            }
            try (var tooMany = connect()) {
                assertThat(answer(tooMany)).isEmpty();
            }
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
        await().ignoreExceptions().untilAsserted(this::answersWell);
    }

    @Test
    void saysThatAPortIsTaken() {
        assertThatThrownBy(() -> HealthPort.open(health, "127.0.0.1", port.port()))
                .hasRootCauseInstanceOf(BindException.class);
    }
}
