package dev.godwit.distribution.certificate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Set;

/** Files that only their owner may read, from their first byte on, and that never take another's place. Stateless. */
final class PrivateFiles {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    private static final Set<PosixFilePermission> OWNER = PosixFilePermissions.fromString("rw-------");

    private PrivateFiles() {}

    private static FileAttribute<?>[] only(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    static Path makeDirectory(Path parent) throws IOException {
        return Files.createTempDirectory(parent, ".making-", only("rwx------"));
    }

    /** Gives a finished file, made in a private directory of the same file system, its name. */
    static void publish(Path finished, Path target, boolean secret) throws NotMadeException, IOException {
        if (secret && POSIX) {
            Files.setPosixFilePermissions(finished, OWNER);
        }
        try {
            // A link, and not a move: a move may replace what somebody made meanwhile.
            Files.createLink(target, finished);
        } catch (FileAlreadyExistsException there) {
            throw new NotMadeException(target + " is there already; nothing was changed", there);
        } catch (UnsupportedOperationException noLinks) {
            throw new NotMadeException(
                    "the file system of " + target + " has no hard links; nothing was changed", noLinks);
        }
    }

    static void write(Path file, String text) throws IOException {
        Files.createFile(file, only("rw-------"));
        Files.writeString(file, text);
    }

    /** Removes a directory and what is in it. */
    static void remove(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            all.sorted(Comparator.reverseOrder()).forEach(each -> {
                try {
                    Files.delete(each);
                } catch (IOException stays) {
                    throw new UncheckedIOException(stays);
                }
            });
        }
    }
}
