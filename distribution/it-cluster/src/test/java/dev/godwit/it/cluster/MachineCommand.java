package dev.godwit.it.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Commands of the machine, as {@code ip} and {@code mount} are. */
final class MachineCommand {
    private MachineCommand() {}

    /** @throws IOException it is not there, or failed; the message says what it printed */
    static void run(String... command) throws IOException {
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        try {
            int exitCode = process.waitFor();
            if (exitCode != 0) {
                throw new IOException(List.of(command) + " ended with " + exitCode + ": " + said);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }
}
