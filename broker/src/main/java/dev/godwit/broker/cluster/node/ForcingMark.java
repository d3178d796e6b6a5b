package dev.godwit.broker.cluster.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.storage.journal.WholeFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A file beside {@code cluster.properties} that is there from before the first change that {@link ForcedLead} makes until after the
 * last one: a node does not start with it, and who goes on with the work knows as which cluster. A file of its own, so that it is
 * not lost with the other one.
 */
final class ForcingMark {
    private static final String FILE = "force-lead.mark";

    private ForcingMark() {}

    /**
     * The id of the cluster that this node is being made the first one of; null when it is not.
     *
     * @throws IOException when what is there cannot be read, or makes no sense
     */
    static @Nullable UUID read(Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        try {
            return UUID.fromString(Files.readString(file).strip());
        } catch (NoSuchFileException nothing) {
            return null;
        } catch (IllegalArgumentException senseless) {
            throw new IOException(file + " makes no sense: " + senseless.getMessage(), senseless);
        }
    }

    /** It is on the disk when this returns. */
    static void write(Path directory, UUID clusterId) throws IOException {
        WholeFile.write(directory, FILE, UTF_8.encode(clusterId + "\n"));
    }

    /** It is gone for good when this returns. */
    static void delete(Path directory) throws IOException {
        WholeFile.delete(directory, FILE);
    }

    /** @throws IOException when the node may not start */
    static void refuse(Path directory) throws IOException {
        if (read(directory) != null) {
            throw new IOException("`godwit cluster force-lead` was begun on " + directory + " and has not ended: run it"
                    + " again, with --accept-loss. Or, if a majority of the other nodes is there after all, empty this"
                    + " directory, and start the node with --join");
        }
    }
}
