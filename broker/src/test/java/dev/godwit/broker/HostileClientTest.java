package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that was let in sends a whole broker what it must refuse, on the narrowest scope (docs/security-tests.md). */
class HostileClientTest {
    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0);
    private static final byte APPLICATION_PROPERTIES = 0x74;
    private static final byte MESSAGE_ANNOTATIONS = 0x72;

    @TempDir
    Path directory;

    private Broker broker;
    private LargeMessageClient client;

    @BeforeEach
    void start() throws BrokerStartException {
        broker = Broker.start(
                BrokerConfiguration.defaults(directory.resolve("data")).withPort(0), failure -> {
                    throw new AssertionError(failure);
                });
        client = new LargeMessageClient(broker.port());
    }

    @AfterEach
    void stop() {
        client.close();
        broker.close();
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(5))
                .until(condition);
    }

    private DeliveryState outcomeOf(SendingLink link, ByteBuffer message) {
        await(() -> client.on(link::credit) > 0);
        var delivery = client.on(() -> link.send(NO_HEAD, message, false, null));
        await(() -> client.on(() -> delivery.remoteState() != null));
        return Objects.requireNonNull(client.on(delivery::remoteState));
    }

    private static byte[] bytes(int... values) {
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] join(byte[]... parts) {
        var joined = new ByteArrayOutputStream();
        for (var part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    private static byte[] section(int code, byte[] value) {
        return join(bytes(0, 0x53, code), value);
    }

    /** A map of one entry with the value, whatever that is. */
    private static byte[] mapWith(byte[] key, byte[] value) {
        int size = 4 + key.length + value.length;
        return join(bytes(0xd1), ByteBuffer.allocate(8).putInt(size).putInt(2).array(), key, value);
    }

    private static byte[] symbol(String text) {
        return join(bytes(0xa3, text.length()), text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] nestedLists(int depth) {
        var list = bytes(0x45);
        for (int i = 0; i < depth; i++) {
            list = join(
                    bytes(0xd0),
                    ByteBuffer.allocate(8).putInt(4 + list.length).putInt(1).array(),
                    list);
        }
        return list;
    }

    private static byte[] hugeSymbol() {
        return join(bytes(0xb3), ByteBuffer.allocate(4).putInt(0x7fff_fff0).array(), new byte[100]);
    }

    static Stream<Arguments> malformed() {
        var key = symbol("x-opt-k");
        var annotations = MESSAGE_ANNOTATIONS;
        return Stream.of(
                Arguments.of("values nested 33 deep", section(annotations, mapWith(key, nestedLists(33)))),
                Arguments.of("values nested 5,000 deep", section(annotations, mapWith(key, nestedLists(5_000)))),
                Arguments.of("a map that claims 255 keys and values", section(annotations, bytes(0xc1, 1, 255))),
                Arguments.of(
                        "a map that claims 2^31-1 bytes",
                        section(annotations, bytes(0xd1, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 2))),
                Arguments.of(
                        "a map that claims -1 bytes",
                        section(annotations, bytes(0xd1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2))),
                Arguments.of(
                        "a map that claims -1 keys and values",
                        section(annotations, bytes(0xd1, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff))),
                Arguments.of("a key without a value", section(annotations, bytes(0xc1, 4, 1, 0xa3, 1, 'k'))),
                Arguments.of(
                        "a key twice", section(annotations, bytes(0xc1, 9, 4, 0xa3, 1, 'k', 0x40, 0xa3, 1, 'k', 0x40))),
                Arguments.of("null as a key", section(annotations, bytes(0xc1, 3, 2, 0x40, 0x40))),
                Arguments.of(
                        "10^8 elements of no width",
                        section(
                                annotations,
                                mapWith(
                                        key,
                                        join(
                                                bytes(0xf0),
                                                ByteBuffer.allocate(8)
                                                        .putInt(5)
                                                        .putInt(100_000_000)
                                                        .array(),
                                                bytes(0x40))))),
                Arguments.of(
                        "text that is no UTF-8",
                        section(APPLICATION_PROPERTIES, bytes(0xc1, 7, 2, 0xa1, 1, 'k', 0xa1, 1, 0xff))),
                Arguments.of(
                        "half of a surrogate pair",
                        section(APPLICATION_PROPERTIES, bytes(0xc1, 9, 2, 0xa1, 1, 'k', 0xa1, 3, 0xed, 0xa0, 0x80))),
                Arguments.of("a symbol of 2 GiB", section(annotations, mapWith(key, hugeSymbol()))),
                Arguments.of("a section cut off", bytes(0, 0x53, 0x73, 0xc0, 20, 1)),
                Arguments.of("no section", "not AMQP at all".getBytes(StandardCharsets.US_ASCII)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void rejectsTheMessageAndTakesTheNext(String what, byte[] encoded) {
        var link = client.attachSender("hostile");

        var outcome = outcomeOf(link, ByteBuffer.wrap(encoded));

        assertThat(outcome).isInstanceOf(Outcome.Rejected.class);
        var error = Objects.requireNonNull(((Outcome.Rejected) outcome).error());
        assertThat(error.condition()).isEqualTo(AmqpError.DECODE_ERROR.condition());
        assertThat(error.description()).isNotBlank();
        var good = AmqpMessage.of(new MessageBody.Value("good")).encode();
        assertThat(outcomeOf(link, good)).isEqualTo(Outcome.Accepted.INSTANCE);
        assertThat(client.detached).isEmpty();
    }

    static List<String> badNames() {
        return List.of("line\r\nbreak", "nul\0", "\u001b[31mred", "x".repeat(1_025), "y".repeat(60_000));
    }

    @ParameterizedTest
    @MethodSource("badNames")
    void refusesNamesThatWouldHarmWhoeverReadsThem(String name) {
        client.attachSender(name);
        await(() -> !client.detached.isEmpty());
        client.attachReceiver(name, 1);
        await(() -> client.detached.size() == 2);

        assertThat(client.detached).allSatisfy(each -> assertThat(each).endsWith(" amqp:invalid-field"));
        assertThat(broker.queueStatistics().join()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../outside", "/etc/passwd", "<script>alert(1)</script>", "C:\\x", "%2e%2e%2fup"})
    void makesNoPathOfAName(String name) throws IOException {
        var message = AmqpMessage.of(new MessageBody.Value("kept")).encode();
        var link = client.attachSender(name);
        assertThat(outcomeOf(link, message)).isEqualTo(Outcome.Accepted.INSTANCE);

        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(directory.resolve("data"));
        }
        try (var files = Files.walk(directory.resolve("data"))) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .allMatch(file -> file.matches("data|journal|journal[.-].*|spare-.*|checkpoint-.*|catalog\\..*"));
        }
    }

    @Test
    void opensNoBody() {
        var gadget = join(bytes(0, 0x53, 0x75, 0xa0, 8, 0xac, 0xed, 0, 5, 0x73, 0x72, 0, 1));
        var link = client.attachSender("objects");
        assertThat(outcomeOf(link, ByteBuffer.wrap(gadget))).isEqualTo(Outcome.Accepted.INSTANCE);
    }
}
