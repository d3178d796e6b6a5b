package dev.godwit.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A broker in a process of its own: {@code godwit run} on this JVM's class path. It lives from {@link #start} until it is
 * killed, stopped or ends by itself. What it prints is kept in files beside its data directory. Owned by one test thread.
 */
public final class BrokerProcess implements AutoCloseable {
    private static final String MAIN_CLASS = "dev.godwit.distribution.Godwit";
    private static final String READY = "ready ";
    private static final String NODE = "node ";
    private static final long END_SECONDS_MAX = 30;

    private final Process process;
    private final URI uri;

    private BrokerProcess(Process process, URI uri) {
        this.process = process;
        this.uri = uri;
    }

    /**
     * Where a broker runs.
     *
     * @param launcher what the command begins with, such as one that enters a network namespace and then becomes the broker;
     *     empty for none
     * @param log what it prints on standard error is appended there
     * @param port 0 for any free one, but not for a node of a cluster
     */
    public record Place(List<String> launcher, Path data, Path log, String host, int port) {
        /** On this machine, with {@code broker.log} beside the data. */
        static Place of(Path data, int port) {
            return new Place(List.of(), data, data.toAbsolutePath().resolveSibling("broker.log"), "127.0.0.1", port);
        }
    }

    /** How a process ended that was not to stay: its exit code, and all that it printed on standard error. */
    public record Ending(int exitCode, String errors) {}

    /**
     * Starts a broker and waits until clients may come.
     *
     * @param port 0 for any free one
     * @param arguments further ones of {@code godwit run}
     * @throws IllegalStateException it did not come up; the message holds what it printed
     */
    public static BrokerProcess start(Path dataDirectory, int port, String... arguments) throws IOException {
        return start(READY, Place.of(dataDirectory, port), arguments);
    }

    /**
     * Starts a node of a cluster and waits until it takes part; clients may come when it is the active one.
     *
     * @param arguments further ones of {@code godwit run}: those that make it a node
     */
    public static BrokerProcess startNode(Place place, String... arguments) throws IOException {
        return start(NODE, place, arguments);
    }

    private static BrokerProcess start(String sign, Place place, String... arguments) throws IOException {
        Files.createDirectories(place.data);
        var errors = place.log;
        var process = new ProcessBuilder(command(place, arguments))
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start();
        // No broker outlives the JVM of its test, however that ends.
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "broker-end"));
        // Not closed: the broker may print for as long as it lives.
        var lines = new BufferedReader(process.inputReader(StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            boolean isReady = line.startsWith(READY);
            if (isReady || line.startsWith(sign)) {
                var uri = URI.create(
                        isReady ? line.substring(READY.length()).trim() : "amqp://" + place.host + ':' + place.port);
                keep(lines, Path.of(errors + ".out"));
                return new BrokerProcess(process, uri);
            }
        }
        end(process);
        throw new IllegalStateException("the broker did not come up, exit code " + process.exitValue() + ":\n"
                + Files.readString(errors, StandardCharsets.UTF_8));
    }

    /** Starts a broker that is expected not to come up, and waits for its end. */
    public static Ending startInVain(Path dataDirectory, int port, String... arguments) throws IOException {
        var errors = Files.createTempFile("godwit-broker", ".log");
        var process = new ProcessBuilder(command(Place.of(dataDirectory, port), arguments))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile())
                .start();
        try {
            end(process);
            return new Ending(process.exitValue(), Files.readString(errors, StandardCharsets.UTF_8));
        } finally {
            Files.delete(errors);
        }
    }

    private static List<String> command(Place place, String... arguments) {
        var command = new ArrayList<>(place.launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(MAIN_CLASS, "run", "--data", place.data.toString()));
        command.addAll(List.of("--host", place.host, "--port", Integer.toString(place.port)));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Takes what the broker prints further, so that it never waits for a reader. */
    private static void keep(BufferedReader lines, Path file) {
        var reader = new Thread(
                () -> {
                    try (var out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                        lines.transferTo(out);
                    } catch (IOException ended) {
                        // The process is gone, and what it had to say with it.
                    }
                },
                "broker-output");
        reader.setDaemon(true);
        reader.start();
    }

    public int port() {
        return uri.getPort();
    }

    /** Where clients connect to: {@code amqp://host:port}. */
    public String uri() {
        return uri.toString();
    }

    public long pid() {
        return process.pid();
    }

    /** SIGKILL: the process gets no chance to do anything more. Returns when it is gone. */
    public void kill() {
        process.destroyForcibly();
        end(process);
    }

    /** SIGTERM: an orderly end. */
    @Override
    public void close() {
        process.destroy();
        end(process);
    }

    private static void end(Process process) {
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("the broker did not end within " + END_SECONDS_MAX + " s");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
