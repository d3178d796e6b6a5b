package dev.godwit.it.badinput;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.security.PasswordHash;
import dev.godwit.it.BrokerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.Receiver;
import org.apache.qpid.protonj2.client.Sender;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker with users gets bytes that are no AMQP, or not allowed; a well-behaved connection beside goes on. */
@Timeout(60)
final class BadBytesTest {
    private static final int ANSWER_MILLIS_MAX = 10_000;
    private static final String USER = "anna";
    private static final String PASSWORD = "correct horse";
    private static final byte[] SASL_HEADER = {'A', 'M', 'Q', 'P', 3, 1, 0, 0};

    @TempDir
    private static Path directory;

    private static BrokerProcess broker;
    private static Client client;

    private Connection bystander;
    private Sender sender;
    private Receiver receiver;

    @BeforeAll
    static void start() throws IOException {
        var configuration = directory.resolve("godwit.yaml");
        Files.writeString(
                configuration,
                "security:\n  users: [{name: \"" + USER + "\", password: \"" + PasswordHash.hash(PASSWORD) + "\"}]\n");
        broker = BrokerProcess.start(directory.resolve("data"), 0, "--config", configuration.toString());
        client = Client.create();
    }

    @AfterAll
    static void stop() {
        client.close();
        broker.close();
    }

    @BeforeEach
    void connectABystander() throws ClientException {
        bystander = connect(USER, PASSWORD);
        sender = bystander.openSender("bystander");
        receiver = bystander.openReceiver("bystander");
        exchange("before");
    }

    @AfterEach
    void theBystanderGoesOn() throws ClientException {
        exchange("after");
        bystander.close();
    }

    @Test
    void answersGarbageWithItsProtocolHeader() throws IOException {
        var garbage = new byte[4_096];
        new Random(1).nextBytes(garbage);

        assertThat(answerTo(garbage)).isEqualTo(SASL_HEADER);
    }

    @Test
    void answersHttpWithItsProtocolHeader() throws IOException {
        assertThat(answerTo("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII)))
                .isEqualTo(SASL_HEADER);
    }

    @Test
    void answersATlsHelloWithItsProtocolHeader() throws IOException {
        var hello = ByteBuffer.allocate(200).put(new byte[] {0x16, 3, 1, 0, (byte) 195, 1, 0, 0, (byte) 191, 3, 3});

        assertThat(answerTo(hello.array())).isEqualTo(SASL_HEADER);
    }

    @Test
    void endsAConnectionWhoseFrameIsLongerThanAllowed() throws IOException {
        var frame = ByteBuffer.allocate(16).put(SASL_HEADER).putInt(0x7fff_ffff).put(new byte[] {2, 1, 0, 0});

        assertThat(answerTo(frame.array())).startsWith(SASL_HEADER).hasSizeLessThan(1_024);
    }

    @Test
    void endsAConnectionWhoseFrameIsShorterThanItsHeader() throws IOException {
        var frame = ByteBuffer.allocate(16).put(SASL_HEADER).putInt(3).put(new byte[] {2, 1, 0, 0});

        assertThat(answerTo(frame.array())).startsWith(SASL_HEADER).hasSizeLessThan(1_024);
    }

    @Test
    void endsAConnectionThatSkipsTheLogin() throws IOException {
        assertThat(answerTo(new byte[] {'A', 'M', 'Q', 'P', 0, 1, 0, 0})).isEqualTo(SASL_HEADER);
    }

    @Test
    void refusesAWrongPasswordAndAnUnknownUserAlike() {
        assertThatThrownBy(() -> connect(USER, "wrong horse")).isInstanceOf(ClientException.class);
        assertThatThrownBy(() -> connect("berta", PASSWORD)).isInstanceOf(ClientException.class);
    }

    private static Connection connect(String user, String password) throws ClientException {
        var options = new ConnectionOptions().user(user).password(password);
        var connection = client.connect("127.0.0.1", broker.port(), options);
        try {
            connection.openFuture().get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
            return connection;
        } catch (Exception refused) {
            throw new ClientException("not let in", refused);
        }
    }

    private void exchange(String text) throws ClientException {
        sender.send(Message.create(text).durable(true)).awaitAccepted();
        var delivery = receiver.receive(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
        assertThat(delivery).isNotNull();
        assertThat(delivery.message().body()).isEqualTo(text);
    }

    /** All that the broker answers until it closes; that it closes is part of the test. */
    private static byte[] answerTo(byte[] bytes) throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), broker.port())) {
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            socket.getOutputStream().write(bytes);
            return socket.getInputStream().readAllBytes();
        }
    }
}
