package dev.godwit.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One of the commands of {@code godwit} besides {@code run}, in a process of its own, run to its end.
 *
 * @param out all that it printed on standard output
 * @param errors all that it printed on standard error
 */
public record ToolProcess(int exitCode, String out, String errors) {
    private static final long RUN_SECONDS_MAX = 60;

    /** Runs {@code godwit} with those arguments, on this JVM's class path, and waits for its end. */
    public static ToolProcess run(String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.godwit.distribution.Godwit"));
        command.addAll(List.of(arguments));
        var out = Files.createTempFile("godwit-tool", ".out");
        var errors = Files.createTempFile("godwit-tool", ".err");
        try {
            var process = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(errors.toFile())
                    .start();
            if (!process.waitFor(RUN_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(List.of(arguments) + " did not end within " + RUN_SECONDS_MAX + " s");
            }
            return new ToolProcess(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(errors, StandardCharsets.UTF_8));
        } finally {
            Files.delete(out);
            Files.delete(errors);
        }
    }
}
