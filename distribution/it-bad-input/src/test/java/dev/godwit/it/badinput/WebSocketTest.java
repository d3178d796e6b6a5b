package dev.godwit.it.badinput;

import static dev.godwit.it.badinput.SaslBytes.AMQP_HEADER;
import static dev.godwit.it.badinput.SaslBytes.OPEN;
import static dev.godwit.it.badinput.SaslBytes.SASL_HEADER;
import static dev.godwit.it.badinput.SaslBytes.init;
import static dev.godwit.it.badinput.SaslBytes.join;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.Broker;
import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.Listener;
import dev.godwit.broker.Scheme;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * WebSocket frames (RFC 6455 §5) as no well-behaved client makes them, and AMQP cut into messages elsewhere than between
 * its frames, which is allowed (AMQP WebSocket binding 1.0 §2.4).
 */
@Timeout(120)
final class WebSocketTest {
    private static final int SOON_MILLIS = 20_000;
    private static final int MIB = 1 << 20;
    private static final int FINAL = 0x80;
    private static final int MASKED = 0x80;
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int NORMAL_CLOSURE = 1000;
    private static final int PROTOCOL_ERROR = 1002;
    private static final int UNSUPPORTED_DATA = 1003;
    private static final byte[] MASK = {0x12, (byte) 0xf4, 0x56, 0x78};
    private static final byte[] NOTHING = {};
    private static final byte[] EMPTY_FRAME = {0, 0, 0, 8, 2, 0, 0, 0};
    private static final byte[] AMQP_CLOSE = {0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x18, 0x45};
    private static final byte[] LOGIN = join(SASL_HEADER, init("ANONYMOUS", NOTHING), AMQP_HEADER, OPEN);

    @TempDir
    private static Path directory;

    private static Broker broker;

    @SuppressWarnings("NullAway.Init") // each test has its own
    private Socket socket;

    @SuppressWarnings("NullAway.Init") // as its socket
    private DataInputStream in;

    /** What the broker said until it closed: AMQP's bytes, the payload of its pongs, and why it closed. */
    private record Answer(ByteBuffer amqp, String pongs, int code) {}

    @BeforeAll
    static void start() throws Exception {
        var defaults = BrokerConfiguration.defaults(directory.resolve("data")).withPort(0);
        broker = Broker.start(
                defaults.withListen(defaults.listen().withFurther(List.of(Listener.of(Scheme.WS, "127.0.0.1", 0))))
                        .withJournal(new BrokerConfiguration.Journal(1 << 20)));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @BeforeEach
    void connect() throws IOException {
        socket = new Socket(
                InetAddress.getLoopbackAddress(),
                URI.create(broker.uris().get(1)).getPort());
        socket.setSoTimeout(SOON_MILLIS);
        in = new DataInputStream(socket.getInputStream());
        UpgradeRequest.send(socket);
        var response = new StringBuilder();
        while (response.indexOf("\r\n\r\n") < 0) {
            response.append((char) in.readUnsignedByte());
        }
        assertThat(response.toString())
                .startsWith("HTTP/1.1 101 ")
                .containsIgnoringCase("sec-websocket-accept: " + UpgradeRequest.ACCEPTANCE + "\r\n")
                .containsIgnoringCase("sec-websocket-protocol: amqp\r\n");
    }

    @AfterEach
    void disconnect() throws IOException {
        socket.close();
    }

    private void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    private static byte[] head(int first, int masked, int length) {
        var head = ByteBuffer.allocate(10).put((byte) first);
        if (length < 126) {
            head.put((byte) (masked | length));
        } else if (length < 1 << 16) {
            head.put((byte) (masked | 126)).putShort((short) length);
        } else {
            head.put((byte) (masked | 127)).putLong(length);
        }
        return Arrays.copyOf(head.array(), head.position());
    }

    /** A frame as clients have to make it. */
    private static byte[] frame(int first, byte[] payload) {
        var masked = payload.clone();
        for (int i = 0; i < masked.length; i++) {
            masked[i] ^= MASK[i % MASK.length];
        }
        return join(head(first, MASKED, payload.length), MASK, masked);
    }

    private Answer answer() throws IOException {
        var amqp = new ByteArrayOutputStream();
        var pongs = new StringBuilder();
        while (true) {
            int first = in.readUnsignedByte();
            int length = in.readUnsignedByte();
            if (length == 126) {
                length = in.readUnsignedShort();
            }
            assertThat(length).as("unmasked, and no longer than clients take").isLessThan(126 + (1 << 15));
            var payload = in.readNBytes(length);
            assertThat(first & FINAL).isEqualTo(FINAL);
            switch (first & ~FINAL) {
                case BINARY -> amqp.writeBytes(payload);
                case PONG -> pongs.append(new String(payload, UTF_8));
                case CLOSE -> {
                    assertThat(in.read()).as("what follows a close").isNegative();
                    int code = ByteBuffer.wrap(payload).getShort();
                    return new Answer(ByteBuffer.wrap(amqp.toByteArray()), pongs.toString(), code);
                }
                default -> throw new AssertionError("opcode " + first);
            }
        }
    }

    private static void assertLoggedInAndOut(Answer answer) {
        assertThat(answer.amqp().array()).startsWith(SASL_HEADER).endsWith(AMQP_CLOSE);
        assertThat(answer.code()).isEqualTo(NORMAL_CLOSURE);
    }

    @Test
    void takesNoText() throws Exception {
        write(frame(FINAL | TEXT, "AMQP".getBytes(UTF_8)));

        assertThat(answer().code()).isEqualTo(UNSUPPORTED_DATA);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 200, 70_000})
    void takesNoFrameThatIsNotMasked(int length) throws Exception {
        write(head(FINAL | BINARY, 0, length));

        assertThat(answer().code()).isEqualTo(PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(ints = {FINAL | 0x40 | BINARY, FINAL | 3, FINAL | 11, FINAL | CONTINUATION, PING})
    void takesNoFrameOfAnUnknownOrMisplacedKind(int first) throws Exception {
        write(frame(first, SASL_HEADER));

        assertThat(answer().code()).isEqualTo(PROTOCOL_ERROR);
    }

    @Test
    void takesNoControlFrameThatIsLong() throws Exception {
        write(frame(FINAL | PING, new byte[126]));

        assertThat(answer().code()).isEqualTo(PROTOCOL_ERROR);
    }

    @Test
    void takesNoLengthBeyondAllNumbers() throws Exception {
        write(join(new byte[] {(byte) (FINAL | BINARY), (byte) (MASKED | 127), -1, 0, 0, 0, 0, 0, 0, 0}, MASK));

        assertThat(answer().code()).isEqualTo(PROTOCOL_ERROR);
    }

    @Test
    void takesAmqpByteByByte() throws Exception {
        for (var one : join(LOGIN, AMQP_CLOSE)) {
            write(frame(FINAL | BINARY, new byte[] {one}));
        }

        assertLoggedInAndOut(answer());
    }

    @Test
    void takesAMessageInPartsWithAPingBetweenThem() throws Exception {
        var all = join(LOGIN, AMQP_CLOSE);
        write(frame(BINARY, Arrays.copyOf(all, 11)));
        write(frame(FINAL | PING, "there?".getBytes(UTF_8)));
        write(frame(CONTINUATION, NOTHING));
        write(frame(CONTINUATION, Arrays.copyOfRange(all, 11, 30)));
        write(frame(FINAL | CONTINUATION, Arrays.copyOfRange(all, 30, all.length)));

        var answer = answer();

        assertLoggedInAndOut(answer);
        assertThat(answer.pongs()).isEqualTo("there?");
    }

    @Test
    void takesAMessageOfAMebibyte() throws Exception {
        write(frame(FINAL | BINARY, LOGIN));
        var frames = ByteBuffer.allocate(MIB);
        while (frames.remaining() > AMQP_CLOSE.length + EMPTY_FRAME.length) {
            frames.put(EMPTY_FRAME);
        }
        frames.put(AMQP_CLOSE);
        write(frame(FINAL | BINARY, Arrays.copyOf(frames.array(), frames.position())));

        assertLoggedInAndOut(answer());
    }

    @Test
    void answersACloseWithAClose() throws Exception {
        write(frame(FINAL | CLOSE, new byte[] {3, (byte) 0xe8}));

        assertThat(answer().code()).isEqualTo(NORMAL_CLOSURE);
    }
}
