package dev.godwit.it.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A client program of another language, and how to run it. */
enum ForeignClient {
    /** Debian's package goes with Debian's Python, which need not be the first on the path. */
    PYTHON(
            "python",
            "py",
            "/usr/bin/python3",
            List.of("/usr/bin/python3", "-c", "import proton"),
            "python3-qpid-proton is not installed: apt-get install python3-qpid-proton",
            Pattern.compile("(?m)^def (\\w+)\\(it\\):$")),
    NODE(
            "node",
            "js",
            "node",
            List.of("node", "-e", "require('rhea'); require('ws')"),
            "rhea or ws is not installed: npm install --prefix distribution/it-foreign/target/node rhea ws",
            Pattern.compile("(?m)^  async (\\w+)\\(client\\) \\{$"));

    private static final long RUN_SECONDS_MAX = 60;
    private static final Path NODE_MODULES = Path.of("target", "node", "node_modules");

    private final String subject;
    private final String extension;
    private final String interpreter;
    private final List<String> probe;
    private final String whenMissing;
    private final Pattern scenario;

    ForeignClient(
            String subject,
            String extension,
            String interpreter,
            List<String> probe,
            String whenMissing,
            Pattern scenario) {
        this.subject = subject;
        this.extension = extension;
        this.interpreter = interpreter;
        this.probe = probe;
        this.whenMissing = whenMissing;
        this.scenario = scenario;
    }

    private Path program(String name) {
        return Path.of("src", "test", subject, name + "." + extension);
    }

    /** The names of all scenarios that are handed a connection: found in the source, so that none is forgotten. */
    List<String> scenarios() {
        try {
            var names = scenario.matcher(Files.readString(program("scenarios")))
                    .results()
                    .map(found -> found.group(1))
                    .toList();
            assertThat(names).hasSizeGreaterThan(10);
            return names;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** What this client writes as the subject of its messages. */
    String subject() {
        return subject;
    }

    private boolean isInstalled() throws InterruptedException {
        try {
            run(probe);
            return true;
        } catch (IOException missing) {
            return false;
        }
    }

    /**
     * Runs a program of ours that uses the client to its end.
     *
     * @param program its file's name without the extension, under {@code src/test}
     * @return the lines it printed
     * @throws IOException it could not be run, or did not end well
     */
    List<String> run(String program, String... arguments) throws IOException, InterruptedException {
        var file = program(program).toString();
        return run(Stream.concat(Stream.of(interpreter, file), Stream.of(arguments))
                .toList());
    }

    /** Ends the test as skipped, or as failed where all clients must be there, when this one is not. */
    void requireInstalled() throws InterruptedException {
        boolean installed = isInstalled();
        if ("1".equals(System.getenv("GODWIT_REQUIRE_FOREIGN_CLIENTS"))) {
            assertThat(installed).as(whenMissing).isTrue();
        }
        assumeTrue(installed, whenMissing);
    }

    private static List<String> run(List<String> words) throws IOException, InterruptedException {
        var output = Files.createTempFile("godwit-foreign", ".out");
        var builder = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile());
        builder.environment().put("NODE_PATH", NODE_MODULES.toAbsolutePath().toString());
        try {
            var process = builder.start();
            boolean ended = process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS);
            process.destroyForcibly();
            var lines = Files.readAllLines(output, StandardCharsets.UTF_8);
            if (!ended || process.exitValue() != 0) {
                throw new IOException(words + (ended ? " failed: " : " did not end: ") + String.join("\n", lines));
            }
            return lines;
        } finally {
            Files.delete(output);
        }
    }
}
