package dev.godwit.it.badinput;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.Socket;

/** What a client of a WebSocket listener says first (RFC 6455 §4.1). */
final class UpgradeRequest {
    private static final String TEXT = String.join(
            "\r\n",
            "GET /amqp HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: amqp",
            "\r\n");

    /** What the broker says to that key. */
    static final String ACCEPTANCE = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private UpgradeRequest() {}

    static void send(Socket socket) throws IOException {
        socket.getOutputStream().write(TEXT.getBytes(US_ASCII));
    }
}
