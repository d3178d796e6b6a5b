package dev.godwit.distribution.certificate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the keytool of the Java that we run on: no public class of Java makes certificates. Passwords go by the environment, since
 * every user of the machine sees arguments.
 */
final class Keytool {
    private static final String PASSWORD_VARIABLE = "GODWIT_KEYTOOL_PASSWORD";
    private static final long SECONDS_MAX = 60;

    private final Path directory;
    private final String password;

    /**
     * @param directory where it may write, seen by nobody else
     * @param password of all stores
     */
    Keytool(Path directory, String password) {
        this.directory = directory;
        this.password = password;
    }

    /** Runs it on a PKCS#12 store, and waits for its end. */
    void run(Path store, List<String> arguments) throws NotMadeException, IOException {
        Path program = Path.of(System.getProperty("java.home"), "bin", "keytool");
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        command.addAll(List.of("-alias", "key", "-keystore", store.toString(), "-storetype", "PKCS12"));
        command.addAll(List.of("-storepass:env", PASSWORD_VARIABLE));
        Path output = directory.resolve("keytool.txt");
        var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put(PASSWORD_VARIABLE, password);
        int code;
        try {
            code = exitCode(builder.start());
        } catch (IOException missing) {
            throw new NotMadeException(
                    program + " cannot be run: it comes with a JDK, and with most packages of a JRE", missing);
        }
        if (code != 0) {
            throw new NotMadeException(
                    "keytool failed: " + Files.readString(output).strip());
        }
    }

    private static int exitCode(Process process) throws NotMadeException {
        try {
            if (process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                return process.exitValue();
            }
            throw new NotMadeException("keytool did not end within " + SECONDS_MAX + " s");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NotMadeException("interrupted", interrupted);
        } finally {
            process.destroyForcibly();
        }
    }
}
