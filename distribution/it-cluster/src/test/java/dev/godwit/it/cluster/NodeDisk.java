package dev.godwit.it.cluster;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file system of a node's own in a file, which can stand still and be filled. Needs root, {@code mkfs.ext4}, a loop device,
 * {@code fsfreeze} and {@code fallocate}. Owned by one thread.
 */
final class NodeDisk implements AutoCloseable {
    private final Path directory;
    private final Path filler;
    private boolean frozen;

    /** @throws IOException this machine does not let us */
    NodeDisk(Path image, Path directory, int mebibytes) throws IOException {
        this.directory = Files.createDirectories(directory);
        filler = directory.resolve("filler");
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) mebibytes << 20);
        }
        MachineCommand.run("mkfs.ext4", "-q", "-b", "4096", "-m", "0", image.toString());
        MachineCommand.run("mount", "-o", "loop", image.toString(), directory.toString());
    }

    Path directory() {
        return directory;
    }

    /** Whoever writes waits. */
    void freeze() throws IOException {
        MachineCommand.run("fsfreeze", "--freeze", directory.toString());
        frozen = true;
    }

    void thaw() throws IOException {
        if (frozen) {
            MachineCommand.run("fsfreeze", "--unfreeze", directory.toString());
            frozen = false;
        }
    }

    /** Takes all the room that is left but a little. */
    void fill(int mebibytesLeft) throws IOException {
        long free = Files.getFileStore(directory).getUsableSpace() - ((long) mebibytesLeft << 20);
        if (free > 0) {
            MachineCommand.run("fallocate", "-l", Long.toString(free), filler.toString());
        }
    }

    /** Gives it back. */
    void drain() throws IOException {
        Files.deleteIfExists(filler);
    }

    @Override
    public void close() {
        try {
            thaw();
            MachineCommand.run("umount", directory.toString());
        } catch (IOException failed) {
            System.out.println("a file system is left behind: " + failed.getMessage());
        }
    }
}
