package dev.godwit.it.artemis;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Artemis as it is unpacked, with an instance of its own in a process of its own, for all tests of one class. Its one acceptor takes
 * AMQP, and anybody. Owned by the test's thread.
 */
final class ArtemisBroker implements BeforeAllCallback, AfterAllCallback {
    private static final Path HOME =
            Path.of(Objects.requireNonNull(System.getProperty("artemis.home"), "run with the profile artemis"));

    /** What it says when clients may come. */
    private static final String LIVE = "AMQ221007";

    private static final long START_SECONDS_MAX = 120;

    private @Nullable Path directory;
    private @Nullable Process process;
    private int port;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("godwit-artemis");
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        List<String> create =
                new ArrayList<>(List.of("bash", HOME.resolve("bin/artemis").toString(), "create"));
        create.addAll(List.of(instance().toString(), "--silent", "--nio", "--no-autotune", "--no-web"));
        create.addAll(List.of("--no-amqp-acceptor", "--no-mqtt-acceptor", "--no-stomp-acceptor"));
        create.addAll(List.of("--no-hornetq-acceptor", "--host", "127.0.0.1", "--default-port", "" + port));
        create.addAll(List.of("--user", "artemis", "--password", "artemis", "--allow-anonymous"));
        Process creating = started(create);
        if (!creating.waitFor(START_SECONDS_MAX, TimeUnit.SECONDS) || creating.exitValue() != 0) {
            throw new IllegalStateException("no instance of Artemis: " + said());
        }
        start();
    }

    private Path instance() {
        return Objects.requireNonNull(directory, "no test runs").resolve("instance");
    }

    private Path log() {
        return instance().resolveSibling("artemis.log");
    }

    private String said() throws IOException {
        return Files.exists(log()) ? Files.readString(log(), StandardCharsets.UTF_8) : "";
    }

    private Process started(List<String> command) throws IOException {
        Process begun = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
        // No broker outlives the JVM of its test, however that ends.
        Runtime.getRuntime().addShutdownHook(new Thread(begun::destroyForcibly, "artemis-end"));
        return begun;
    }

    private void start() throws Exception {
        process = started(List.of("bash", instance().resolve("bin/artemis").toString(), "run"));
        Awaitility.await().atMost(START_SECONDS_MAX, TimeUnit.SECONDS).until(() -> said().contains(LIVE));
    }

    /** SIGKILL, and a new start on what is on the disk. */
    void killAndStart() throws Exception {
        end();
        Files.deleteIfExists(instance().resolve("lock/cli.lock"));
        start();
    }

    private void end() throws InterruptedException {
        Process running = Objects.requireNonNull(process, "no test runs");
        // The script starts Java in its place or as its child.
        running.descendants().forEach(ProcessHandle::destroyForcibly);
        running.destroyForcibly().waitFor();
    }

    String uri() {
        return "amqp://127.0.0.1:" + port;
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        end();
        try (var files = Files.walk(Objects.requireNonNull(directory))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
