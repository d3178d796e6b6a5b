package dev.godwit.distribution;

import dev.godwit.broker.security.PasswordHash;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code godwit hash-password}: never takes the password as an argument, which other users of the machine can see. */
@Command(
        name = "hash-password",
        description = "Reads a password (asked for on a terminal, else the first line of standard input) and prints its"
                + " hash, for the password of an entry of security.users.",
        mixinStandardHelpOptions = true)
final class HashPasswordCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    @SuppressWarnings(
            "SystemConsoleNull") // the launcher sets jdk.console=java.base, with which it is null off a terminal
    public void run() {
        Console console = System.console();
        String password = console == null ? firstLine() : ask(console);
        if (password == null || password.isEmpty()) {
            throw new CommandFailure(ExitCode.USAGE, "no password given");
        }
        spec.commandLine().getOut().println(PasswordHash.hash(password));
    }

    private static @Nullable String firstLine() {
        try {
            return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static String ask(Console console) {
        char[] password = console.readPassword("Password: ");
        char[] again = console.readPassword("Once more: ");
        if (password == null || !Arrays.equals(password, again)) {
            throw new CommandFailure(ExitCode.USAGE, "the two are not the same");
        }
        return new String(password);
    }
}
