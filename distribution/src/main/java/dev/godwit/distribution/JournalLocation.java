package dev.godwit.distribution;

import dev.godwit.distribution.configuration.Configuration;
import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.configuration.ConfigurationKeys;
import dev.godwit.distribution.configuration.ConfigurationReader;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalInspection;
import dev.godwit.storage.journal.JournalOpenException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which journal a tool works on: that of the configured data directory, or of another one. */
final class JournalLocation {
    private static final String JOURNAL = "journal";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The broker's data directory. Default: the configured one")
    private @Nullable Path dataDirectory;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Configuration to read. Default: conf/godwit.yaml of the installation")
    private @Nullable Path configurationFile;

    /** Where the journal's files are, or would be. */
    Path directory() throws ConfigurationException {
        Path home = home();
        Path data = dataDirectory == null
                ? home.resolve(configuration(home).get(ConfigurationKeys.DATA_DIRECTORY))
                : dataDirectory;
        boolean isJournalItself = !Files.exists(data.resolve(JOURNAL)) && holdsSegments(data);
        return isJournalItself ? data : data.resolve(JOURNAL);
    }

    /**
     * The data directory that the journal is in.
     *
     * @throws CommandFailure the journal was named itself, somewhere else
     */
    Path dataDirectory() throws ConfigurationException {
        Path journal = directory().toAbsolutePath().normalize();
        Path data = journal.getParent();
        if (data == null || !journal.endsWith(JOURNAL)) {
            throw new CommandFailure(
                    ExitCode.USAGE, journal + " is a journal alone: name the data directory that it is in");
        }
        return data;
    }

    private static boolean holdsSegments(Path directory) {
        String[] names =
                directory.toFile().list((parent, name) -> name.startsWith("journal-") && name.endsWith(".seg"));
        return names != null && names.length > 0;
    }

    /** How to open it for writing: with segments at least as long as those that are there. */
    JournalConfiguration configuration() throws ConfigurationException, JournalOpenException {
        int segmentBytes = BrokerSettings.segmentBytes(configuration(home()));
        Path directory = directory();
        if (holdsSegments(directory)) {
            try (var inspection = JournalInspection.open(directory)) {
                segmentBytes = (int) Math.max(segmentBytes, inspection.segmentBytesMax());
            }
        }
        return JournalConfiguration.defaults(directory).withSegmentBytes(segmentBytes);
    }

    /** Locks it, to look at it. */
    JournalInspection inspect() throws ConfigurationException {
        try {
            return JournalInspection.open(directory());
        } catch (JournalOpenException e) {
            throw failure(e);
        }
    }

    /** What a command ends with, that could not open a journal. */
    static CommandFailure failure(JournalOpenException e) {
        return switch (e.reason()) {
            case LOCKED -> new CommandFailure(ExitCode.DATA_LOCKED, e.getMessage() + ": stop that first");
            case CORRUPT -> new CommandFailure(ExitCode.JOURNAL_CORRUPT, String.valueOf(e.getMessage()));
            case FOREIGN, UNUSABLE -> new CommandFailure(ExitCode.DATA_UNUSABLE, String.valueOf(e.getMessage()));
        };
    }

    private static Path home() {
        return Path.of(System.getProperty("godwit.home", "")).toAbsolutePath();
    }

    private Configuration configuration(Path home) throws ConfigurationException {
        var reader = new ConfigurationReader();
        Path shipped = home.resolve("conf").resolve("godwit.yaml");
        if (configurationFile != null) {
            reader.readFile(configurationFile, home);
        } else if (Files.exists(shipped)) {
            reader.readFile(shipped, home);
        }
        return reader.configuration();
    }
}
