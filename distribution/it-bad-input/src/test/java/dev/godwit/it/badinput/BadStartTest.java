package dev.godwit.it.badinput;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.it.BrokerProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Message;
import org.apache.qpid.protonj2.client.exceptions.ClientException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker that cannot start says why, and ends with the exit code that the manual promises. */
@Timeout(120)
final class BadStartTest {
    private static final int USAGE = 2;
    private static final int PORT_IN_USE = 3;
    private static final int DATA_LOCKED = 4;
    private static final int JOURNAL_CORRUPT = 5;
    private static final int SEARCHED_BYTES = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void namesAnUnknownKeyAndTheNearestKnownOne() throws IOException {
        var ending = BrokerProcess.startInVain(data(), 0, "--set", "listen.prot=5672");

        assertThat(ending.exitCode()).isEqualTo(USAGE);
        assertThat(ending.errors()).contains("listen.prot").contains("listen.port");
    }

    @Test
    void namesAnUnknownKeyOfAFile() throws IOException {
        var file = Files.writeString(directory.resolve("godwit.yaml"), "queues:\n  auto-craete: true\n");

        var ending = BrokerProcess.startInVain(data(), 0, "--config", file.toString());

        assertThat(ending.exitCode()).isEqualTo(USAGE);
        assertThat(ending.errors()).contains("auto-craete").contains("queues.auto-create");
    }

    @Test
    void saysThatThePortIsInUse() throws IOException {
        try (var other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var ending = BrokerProcess.startInVain(data(), other.getLocalPort());

            assertThat(ending.exitCode()).isEqualTo(PORT_IN_USE);
            assertThat(ending.errors()).contains(":" + other.getLocalPort()).contains("port");
        }
    }

    @Test
    void namesTheProcessThatUsesTheDataDirectory() throws Exception {
        try (var running = BrokerProcess.start(data(), 0)) {
            var ending = BrokerProcess.startInVain(data(), 0);

            assertThat(ending.exitCode()).isEqualTo(DATA_LOCKED);
            assertThat(ending.errors()).contains(Long.toString(running.pid()));
            sendAndReceive(running.port(), "still there");
        }
    }

    @Test
    void leavesADamagedJournalAloneAndComesBackWhenItIsRepaired() throws Exception {
        try (var running = BrokerProcess.start(data(), 0)) {
            for (int number = 0; number < 5; number++) {
                sendAndReceive(running.port(), "message " + number);
            }
            send(running.port(), "kept");
            running.kill();
        }
        deleteCheckpoints();
        var segment = firstSegment();
        flipABitOf(segment, "message 1");
        var before = checksums();

        var ending = BrokerProcess.startInVain(data(), 0);

        assertThat(ending.exitCode()).isEqualTo(JOURNAL_CORRUPT);
        assertThat(ending.errors()).contains(segment.getFileName().toString());
        assertThat(checksums()).isEqualTo(before);
        flipABitOf(segment, "message 1");
        try (var running = BrokerProcess.start(data(), 0)) {
            assertThat(receive(running.port())).isEqualTo("kept");
        }
    }

    private Path data() {
        return directory.resolve("data");
    }

    /** A start that finds one does not read what came before it. */
    private void deleteCheckpoints() throws IOException {
        try (var files = Files.list(data().resolve("journal"))) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".ckp")).toList()) {
                Files.delete(file);
            }
        }
    }

    private Path firstSegment() throws IOException {
        try (var files = Files.list(data().resolve("journal"))) {
            return files.filter(each -> each.toString().endsWith(".seg"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** Flips a bit of an early message, which others follow; twice, and it is as it was. */
    private static void flipABitOf(Path segment, String message) throws IOException {
        try (var channel = Files.newByteChannel(segment, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var beginning = ByteBuffer.allocate(SEARCHED_BYTES);
            channel.read(beginning);
            // The last letter is what the bit is flipped in.
            var known = message.substring(0, message.length() - 1);
            int position = new String(beginning.array(), ISO_8859_1).indexOf(known) + known.length();
            assertThat(position).as("message in the journal").isGreaterThan(known.length());
            var letter = beginning.get(position);
            channel.position(position).write(ByteBuffer.wrap(new byte[] {(byte) (letter ^ 1)}));
        }
    }

    private Map<String, String> checksums() throws IOException {
        var checksums = new TreeMap<String, String>();
        try (var files = Files.list(data().resolve("journal"))) {
            for (var file :
                    files.filter(each -> !each.toString().endsWith("lock")).toList()) {
                var checksum = new CRC32();
                checksum.update(Files.readAllBytes(file));
                checksums.put(file.getFileName().toString(), HexFormat.of().toHexDigits(checksum.getValue()));
            }
        }
        return checksums;
    }

    private static void sendAndReceive(int port, String text) throws ClientException {
        send(port, text);
        assertThat(receive(port)).isEqualTo(text);
    }

    private static void send(int port, String text) throws ClientException {
        try (var client = Client.create();
                var connection = client.connect("127.0.0.1", port);
                var sender = connection.openSender("bad-start")) {
            sender.send(Message.create(text).durable(true)).awaitAccepted();
        }
    }

    private static Object receive(int port) throws ClientException {
        try (var client = Client.create();
                var connection = client.connect("127.0.0.1", port);
                var receiver = connection.openReceiver("bad-start")) {
            var delivery = receiver.receive(10, TimeUnit.SECONDS);
            assertThat(delivery).isNotNull();
            return delivery.message().body();
        }
    }
}
