package dev.godwit.it.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.it.BrokerProcess;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.qpid.protonj2.client.Client;
import org.apache.qpid.protonj2.client.Message;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A broker on a file system that its producers fill: they wait, consumers drain it, and all goes on. Needs root. */
final class FullDiskTest {
    private static final int DISK_MIB = 40;
    private static final int MESSAGES = 3_000;
    private static final int MESSAGE_BYTES = 16 * 1024;
    private static final String QUEUE = "full";

    @TempDir
    private Path directory;

    private boolean mounted;
    private final AtomicInteger accepted = new AtomicInteger();

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", disk().toString())).isZero();
        }
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void letsConsumersDrainADiskThatProducersHaveFilled() throws Exception {
        mount();
        try (var broker = BrokerProcess.start(disk().resolve("data"), 0, "--set", "journal.segment-size=1 MiB");
                var client = Client.create()) {
            var producing = CompletableFuture.runAsync(() -> produce(client, broker.port()));
            var seen = new AtomicInteger(-1);
            await().pollInterval(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(120))
                    .until(() -> {
                        int now = accepted.get();
                        return now > 0 && seen.getAndSet(now) == now;
                    });
            int whenFull = accepted.get();
            assertThat(whenFull).as("accepted when the disk was full").isLessThan(MESSAGES);
            assertThat(producing).as("a producer that waits").isNotDone();

            assertThat(consume(client, broker.port())).hasSize(MESSAGES);
            producing.get(30, TimeUnit.SECONDS);
            System.out.printf(
                    "full disk: %d MiB, accepted=%d when full, %d in all, received=%d%n",
                    DISK_MIB, whenFull, accepted.get(), MESSAGES);
        }
    }

    private void produce(Client client, int port) {
        var payload = new byte[MESSAGE_BYTES];
        try (var connection = client.connect("127.0.0.1", port);
                var sender = connection.openSender(QUEUE)) {
            for (int i = 0; i < MESSAGES; i++) {
                var message = Message.create(payload).durable(true).messageId("m" + i);
                sender.send(message).awaitAccepted();
                accepted.incrementAndGet();
            }
        } catch (Exception failed) {
            throw new IllegalStateException("a producer may wait, but not fail", failed);
        }
    }

    private static Set<Object> consume(Client client, int port) throws Exception {
        var received = new TreeSet<>();
        try (var connection = client.connect("127.0.0.1", port);
                var receiver = connection.openReceiver(QUEUE)) {
            while (received.size() < MESSAGES) {
                var delivery = receiver.receive(60, TimeUnit.SECONDS);
                assertThat(delivery).as("message %d", received.size()).isNotNull();
                received.add(delivery.message().messageId());
            }
        }
        return received;
    }

    private Path disk() {
        return directory.resolve("disk");
    }

    private void mount() throws Exception {
        var root = "root".equals(System.getProperty("user.name"));
        if (!root) {
            System.out.println("full disk: skipped, not root");
        }
        Assumptions.assumeTrue(root, "mounting a file system needs root");
        var image = directory.resolve("disk.img");
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) DISK_MIB << 20);
        }
        Files.createDirectory(disk());
        mounted = run("mkfs.ext4", "-q", "-b", "4096", "-m", "0", image.toString()) == 0
                && run("mount", "-o", "loop", image.toString(), disk().toString()) == 0;
        if (!mounted) {
            System.out.println("full disk: skipped, no loop device or no mkfs.ext4");
        }
        Assumptions.assumeTrue(mounted, "a file system in a file needs a loop device");
    }

    private static int run(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (IOException missing) {
            return -1;
        }
    }
}
