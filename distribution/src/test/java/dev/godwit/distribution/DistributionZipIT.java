package dev.godwit.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user does with the zip: unpacks it, runs a broker from it, ends it in good and in bad ways. */
@Timeout(120)
class DistributionZipIT {
    @TempDir
    private static Path unpacked;

    private static Path home;

    @TempDir
    private Path directory;

    private final List<Process> started = new ArrayList<>();

    /** How a command ended and what it printed. */
    private record Ending(int exitCode, String out, String err) {}

    /** A broker that has said where it is. */
    private record Running(Process process, String uri) {}

    @BeforeAll
    static void unpack() throws IOException {
        try (var zip = new ZipFile(System.getProperty("godwit.zip"))) {
            for (ZipEntry entry : zip.stream().toList()) {
                Path target = unpacked.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(Objects.requireNonNull(target.getParent()));
                    try (InputStream in = zip.getInputStream(entry)) {
                        Files.copy(in, target);
                    }
                }
            }
        }
        home = unpacked.resolve("godwit-" + System.getProperty("godwit.version"));
    }

    @AfterEach
    void endWhatWasStarted() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void holdsWhatAnInstallationNeeds() {
        assertThat(home.resolve("bin/godwit")).isRegularFile();
        assertThat(home.resolve("conf/godwit.yaml")).isRegularFile();
        assertThat(home.resolve("conf/logback.xml")).isRegularFile();
        assertThat(home.resolve("data")).isEmptyDirectory();
        assertThat(home.resolve("LICENSE")).isRegularFile();
        assertThat(home.resolve("NOTICE")).isRegularFile();
        assertThat(home.resolve("README.md")).isRegularFile();
    }

    @Test
    void printsTheVersionThatWasBuilt() throws Exception {
        var version = godwit("version");
        assertThat(version.exitCode()).isZero();
        assertThat(version.out()).startsWith("godwit " + System.getProperty("godwit.version") + " ");
    }

    @Test
    void startsThroughASymbolicLink() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("godwit"), home.resolve("bin/godwit"));
        var version = run(new ProcessBuilder("sh", link.toString(), "version"));
        Files.delete(link);
        assertThat(version.out()).startsWith("godwit ");
    }

    @Test
    void saysOneLineWhenClientsMayComeAndStopsCleanly() throws Exception {
        var broker = broker(directory.resolve("data"));
        assertThat(godwit("send", "q", "--broker", broker.uri()).out()).isEqualTo("sent 1\n");
        broker.process().toHandle().destroy(); // SIGTERM; Process.destroy would close our end of its output, too
        assertThat(broker.process().waitFor()).isEqualTo(ExitCode.OK.code());
        assertThat(broker.process().inputReader().readLine()).isNull();
        assertThat(directory.resolve("data/logs/godwit.log")).content().contains("stopped");
    }

    @Test
    void keepsConfirmedMessagesThroughAKill() throws Exception {
        var first = broker(directory.resolve("data"));
        assertThat(godwit("send", "q", "--broker", first.uri(), "--count", "100", "--body", "kept")
                        .out())
                .isEqualTo("sent 100\n");
        first.process().destroyForcibly().waitFor();
        assertThat(temporaryFiles()).isEmptyDirectory();

        var second = broker(directory.resolve("data"));
        var received = godwit("receive", "q", "--broker", second.uri(), "--count", "100", "--print");
        assertThat(received.exitCode()).isZero();
        assertThat(received.out()).isEqualTo("kept\n".repeat(100));
        assertThat(godwit("receive", "q", "--broker", second.uri(), "--count", "0", "--timeout", "0.5")
                        .out())
                .isEqualTo("received 0\n");
    }

    @Test
    void namesTheProcessThatHasTheDataDirectory() throws Exception {
        var broker = broker(directory.resolve("data"));
        var second =
                godwit("run", "--port", "0", "--data", directory.resolve("data").toString());
        assertThat(second.exitCode()).isEqualTo(ExitCode.DATA_LOCKED.code());
        assertThat(second.err()).contains(Long.toString(broker.process().pid()));
        assertThat(second.out()).isEmpty();
    }

    @Test
    void namesThePortThatIsTaken() throws Exception {
        var broker = broker(directory.resolve("one"));
        String port = broker.uri().substring(broker.uri().lastIndexOf(':') + 1);
        var second =
                godwit("run", "--port", port, "--data", directory.resolve("two").toString());
        assertThat(second.exitCode()).isEqualTo(ExitCode.PORT_IN_USE.code());
        assertThat(second.err()).contains(port);
        assertThat(second.out()).isEmpty();
    }

    @Test
    void takesFurtherJvmOptions() throws Exception {
        var builder = new ProcessBuilder("sh", home.resolve("bin/godwit").toString(), "version");
        builder.environment().put("GODWIT_JAVA_OPTS", "-Xlog:gc+init -Xmx64m");
        assertThat(run(builder).out()).contains("Heap Max Capacity: 64M");
    }

    @Test
    void startsWithArchivedClasses() throws Exception {
        var archived = godwit("archive-classes");
        assertThat(archived.exitCode()).as(archived.err()).isZero();
        Path archive = Path.of(archived.out()
                .lines()
                .filter(line -> line.startsWith("classes are in "))
                .findFirst()
                .orElseThrow()
                .substring("classes are in ".length()));
        assertThat(archive).isRegularFile();
        try {
            Path loaded = directory.resolve("loaded.txt");
            var broker = broker(directory.resolve("data"), "-Xlog:class+load:file=" + loaded);
            assertThat(godwit("send", "q", "--broker", broker.uri()).out()).isEqualTo("sent 1\n");
            assertThat(Files.readAllLines(loaded).stream().filter(line -> line.contains("dev.godwit.broker.Broker ")))
                    .singleElement()
                    .asString()
                    .contains("shared objects file");
        } finally {
            Files.delete(archive);
        }
    }

    @Test
    void saysWhatToInstallWhereThereIsNoJava() throws Exception {
        Path tools = Files.createDirectory(directory.resolve("bin"));
        for (String tool : List.of("sh", "dirname", "readlink", "sed", "head")) {
            executable(tools.resolve(tool), "exec " + which(tool) + " \"$@\"");
        }
        var builder = new ProcessBuilder("sh", home.resolve("bin/godwit").toString(), "version");
        builder.environment().clear();
        builder.environment().put("PATH", tools.toString());
        var ending = run(builder);
        assertThat(ending.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(ending.err())
                .startsWith("godwit: no Java found: install Java 17 or later")
                .hasLineCount(1);
    }

    @Test
    void refusesAJavaThatIsTooOld() throws Exception {
        executable(Files.createDirectories(directory.resolve("old/bin")).resolve("java"), "exit 1");
        Files.writeString(directory.resolve("old/release"), "JAVA_VERSION=\"11.0.2\"\n");
        var old = withJavaHome(directory.resolve("old"));
        assertThat(old.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(old.err()).contains("too old").hasLineCount(1);
        var none = withJavaHome(directory.resolve("none"));
        assertThat(none.exitCode()).isEqualTo(ExitCode.USAGE.code());
        assertThat(none.err())
                .contains("JAVA_HOME is " + directory.resolve("none"))
                .hasLineCount(1);
    }

    private Ending withJavaHome(Path javaHome) throws Exception {
        var builder = new ProcessBuilder("sh", home.resolve("bin/godwit").toString(), "version");
        builder.environment().putAll(Map.of("JAVA_HOME", javaHome.toString()));
        return run(builder);
    }

    private static void executable(Path file, String script) throws IOException {
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Path which(String tool) {
        return List.of("/usr/bin", "/bin").stream()
                .map(bin -> Path.of(bin, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }

    private Running broker(Path data, String... furtherJvmOptions) throws IOException {
        Path err = Files.createTempFile(directory, "broker", ".err");
        var builder = new ProcessBuilder(
                "sh", home.resolve("bin/godwit").toString(), "run", "--port", "0", "--data", data.toString());
        builder.environment()
                .put(
                        "GODWIT_JAVA_OPTS",
                        "-Djava.io.tmpdir=" + temporaryFiles() + " " + String.join(" ", furtherJvmOptions));
        var process = builder.redirectError(err.toFile()).start();
        started.add(process);
        BufferedReader out = process.inputReader();
        String line = out.readLine();
        assertThat(line).as(() -> content(err)).matches("ready amqp://127\\.0\\.0\\.1:\\d+");
        return new Running(process, line.substring("ready ".length()));
    }

    private Path temporaryFiles() throws IOException {
        return Files.createDirectories(directory.resolve("temporary"));
    }

    private static String content(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private Ending godwit(String... arguments) throws Exception {
        var command = new ArrayList<>(List.of("sh", home.resolve("bin/godwit").toString()));
        command.addAll(List.of(arguments));
        return run(new ProcessBuilder(command));
    }

    private Ending run(ProcessBuilder builder) throws Exception {
        Path out = Files.createTempFile(directory, "command", ".out");
        Path err = Files.createTempFile(directory, "command", ".err");
        var process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        started.add(process);
        assertThat(process.waitFor(60, TimeUnit.SECONDS))
                .as(builder.command().toString())
                .isTrue();
        return new Ending(
                process.exitValue(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }
}
