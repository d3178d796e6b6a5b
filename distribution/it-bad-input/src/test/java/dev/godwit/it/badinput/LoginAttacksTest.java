package dev.godwit.it.badinput;

import static dev.godwit.it.badinput.SaslBytes.AMQP_HEADER;
import static dev.godwit.it.badinput.SaslBytes.OPEN;
import static dev.godwit.it.badinput.SaslBytes.SASL_HEADER;
import static dev.godwit.it.badinput.SaslBytes.init;
import static dev.godwit.it.badinput.SaslBytes.join;
import static dev.godwit.it.badinput.SaslBytes.plain;
import static dev.godwit.it.badinput.SaslBytes.response;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.ConnectionLimits;
import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.ListenLimits;
import dev.godwit.broker.security.PasswordHash;
import dev.godwit.conformance.Spec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Connection;
import org.apache.qpid.protonj2.client.ConnectionOptions;
import org.apache.qpid.protonj2.client.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Peers that want in without being anybody, or that want nobody else in. */
@Timeout(120)
final class LoginAttacksTest {
    private static final int SOON_MILLIS = 20_000;
    private static final int HANDSHAKE_MILLIS = 4_000;
    private static final int STRANGERS_MAX = 40;
    private static final String USER = "anna";
    private static final String PASSWORD = "correct horse";
    private static String hash;

    @TempDir
    private Path data;

    @SuppressWarnings("NullAway.Init") // each test starts one, with what it needs
    private Broker broker;

    @BeforeAll
    static void hashPassword() {
        hash = PasswordHash.hash(PASSWORD);
    }

    private void start(int handshakeMillis) throws Exception {
        var connections = new ConnectionLimits(10_000, 5_000, STRANGERS_MAX);
        var limits = new ListenLimits(128 << 10, 1 << 20, 60_000, handshakeMillis, connections);
        var defaults = BrokerConfiguration.defaults(data).withPort(0);
        broker = Broker.start(defaults.withListen(defaults.listen().withLimits(limits))
                .withJournal(new BrokerConfiguration.Journal(1 << 20))
                .withUsers(Map.of(USER, hash)));
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private Socket connect() throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), broker.port());
        socket.setSoTimeout(SOON_MILLIS);
        return socket;
    }

    /** All that the broker answers until it closes; that it closes is part of the test. */
    private byte[] answerTo(byte[]... parts) throws IOException {
        try (var socket = connect()) {
            try {
                socket.getOutputStream().write(join(parts));
            } catch (SocketException closedMeanwhile) {
                // What it answered before is still to be read.
            }
            try {
                return socket.getInputStream().readAllBytes();
            } catch (SocketException reset) {
                return new byte[0];
            }
        }
    }

    private static boolean isAuthOutcome(byte[] answer) {
        // The outcome frame ends with code 1, as the list's only field.
        return answer.length > 4
                && answer[answer.length - 2] == 0x50
                && answer[answer.length - 1] == 1
                && contains(answer, new byte[] {0, 0x53, 0x44});
    }

    private static boolean contains(byte[] bytes, byte[] part) {
        for (int i = 0; i + part.length <= bytes.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return true;
            }
        }
        return false;
    }

    @Test
    @Spec("5.3.1/size")
    void endsALoginOfAMegabyte() throws Exception {
        start(SOON_MILLIS);
        var answer = answerTo(SASL_HEADER, init("PLAIN", new byte[1 << 20]));
        assertThat(contains(answer, AMQP_HEADER)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"})
    @Spec("5.3.3.6/auth")
    void endsALoginOfAThousandRounds(String mechanism) throws Exception {
        start(SOON_MILLIS);
        var rounds = new byte[1_000][];
        Arrays.fill(rounds, response("n,,n=anna,r=abc".getBytes(UTF_8)));
        var answer = answerTo(SASL_HEADER, init(mechanism, "n,,n=anna,r=abc".getBytes(UTF_8)), join(rounds));
        assertThat(answer).hasSizeLessThan(1_024);
        assertThat(contains(answer, AMQP_HEADER)).isFalse();
    }

    @Test
    @Spec("5.1/order")
    void endsAConnectionThatLogsInTwice() throws Exception {
        start(SOON_MILLIS);
        var answer =
                answerTo(SASL_HEADER, plain(USER, PASSWORD), SASL_HEADER, plain(USER, PASSWORD), AMQP_HEADER, OPEN);
        assertThat(answer).endsWith(AMQP_HEADER);
    }

    @Test
    @Spec("5.3.2/not-before")
    void actsOnNothingThatCameAheadOfARefusal() throws Exception {
        start(SOON_MILLIS);
        var answer = answerTo(SASL_HEADER, plain(USER, "wrong"), AMQP_HEADER, OPEN);
        assertThat(isAuthOutcome(answer)).isTrue();
        assertThat(contains(answer, AMQP_HEADER)).isFalse();
    }

    @Test
    @Spec("5.3.3.6/auth")
    void answersAnUnknownUserAsAWrongPasswordAndLaterEachTime() throws Exception {
        start(SOON_MILLIS);
        byte[] wrongPassword = answerTo(SASL_HEADER, plain(USER, "wrong"));
        assertThat(isAuthOutcome(wrongPassword)).isTrue();
        assertThat(answerTo(SASL_HEADER, plain("berta", PASSWORD))).isEqualTo(wrongPassword);
        var millis = new ArrayList<Long>();
        for (int attempt = 0; attempt < 3; attempt++) {
            long start = System.nanoTime();
            assertThat(answerTo(SASL_HEADER, plain(USER, "guess " + attempt))).isEqualTo(wrongPassword);
            millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
        }
        // The third to fifth failure from this address: 0.4, 0.8 and 1.6 s.
        assertThat(millis.get(0)).isGreaterThanOrEqualTo(400);
        assertThat(millis.get(1)).isGreaterThanOrEqualTo(800);
        assertThat(millis.get(2)).isGreaterThanOrEqualTo(1_600);
    }

    @Test
    void endsWhoSaysNothingOrAByteNowAndThen() throws Exception {
        start(HANDSHAKE_MILLIS);
        try (var silent = connect();
                var slow = connect()) {
            byte[] bytes = join(SASL_HEADER, plain(USER, PASSWORD));
            var next = new int[1];
            await().pollInterval(Duration.ofMillis(100))
                    .atMost(Duration.ofMillis(SOON_MILLIS))
                    .until(() -> {
                        try {
                            if (next[0] < bytes.length - 1) {
                                slow.getOutputStream().write(bytes[next[0]++]);
                            }
                            return slow.getInputStream().available() < 0 || isOver(slow);
                        } catch (SocketException gone) {
                            return true;
                        }
                    });
            assertThat(next[0]).as("ended before it was done").isLessThan(bytes.length - 1);
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static boolean isOver(Socket socket) throws IOException {
        socket.setSoTimeout(1);
        try {
            return socket.getInputStream().read() < 0;
        } catch (java.net.SocketTimeoutException notYet) {
            return false;
        }
    }

    @Test
    void strangersTakeNoPlacesFromThoseWhoAreKnown() throws Exception {
        start(HANDSHAKE_MILLIS);
        try (var client = Client.create()) {
            var known = open(client);
            List<Socket> strangers = new ArrayList<>();
            try {
                int turnedAway = 0;
                for (int i = 0; i < 3 * STRANGERS_MAX; i++) {
                    var stranger = connect();
                    strangers.add(stranger);
                }
                for (var stranger : strangers) {
                    turnedAway += isOver(stranger) ? 1 : 0;
                }
                assertThat(turnedAway).isGreaterThanOrEqualTo(STRANGERS_MAX);
                var sender = known.openSender("known");
                var receiver = known.openReceiver("known");
                sender.send(Message.create("goes on")).awaitAccepted();
                assertThat(receiver.receive(SOON_MILLIS, TimeUnit.MILLISECONDS)
                                .message()
                                .body())
                        .isEqualTo("goes on");
                // Their time is up after a while, and others may come.
                await().atMost(Duration.ofMillis(SOON_MILLIS))
                        .ignoreExceptions()
                        .until(() -> open(client) != null);
            } finally {
                for (var stranger : strangers) {
                    stranger.close();
                }
            }
        }
    }

    private Connection open(Client client) throws Exception {
        var options = new ConnectionOptions().user(USER).password(PASSWORD);
        options.reconnectEnabled(false);
        var connection = client.connect("127.0.0.1", broker.port(), options);
        connection.openFuture().get(SOON_MILLIS, TimeUnit.MILLISECONDS);
        return connection;
    }
}
