package dev.godwit.storage.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A real ext4 file system in a file, whose power can be cut. Needs root and a loop device. Made, mounted and taken away
 * again by one test.
 */
final class LoopDisk implements AutoCloseable {
    private static final List<String> TOOLS = List.of("losetup", "mkfs.ext4", "fsck.ext4", "mount", "umount", "xfs_io");
    private static final int COMMAND_SECONDS_MAX = 60;

    private final Path image;
    private final Path mountPoint;
    private final String device;
    private boolean mounted;

    private LoopDisk(Path image, Path mountPoint, String device) {
        this.image = image;
        this.mountPoint = mountPoint;
        this.device = device;
    }

    /** Why there can be none here; null when there can. */
    static @Nullable String lack() {
        if (!"root".equals(System.getProperty("user.name"))) {
            return "not root";
        }
        if (!Files.exists(Path.of("/dev/loop-control"))) {
            return "no loop devices";
        }
        for (String tool : TOOLS) {
            if (!isThere(tool)) {
                return "no " + tool + " (apt-get install xfsprogs e2fsprogs)";
            }
        }
        try {
            run("losetup", "--find");
            return null;
        } catch (IOException e) {
            return "no free loop device: " + e.getMessage();
        }
    }

    private static boolean isThere(String tool) {
        for (String directory : List.of("/usr/sbin", "/sbin", "/usr/bin", "/bin")) {
            if (Files.isExecutable(Path.of(directory, tool))) {
                return true;
            }
        }
        return false;
    }

    /** Made and mounted. {@code directory} is there and empty, apart from what it is mounted on. */
    static LoopDisk in(Path directory, String name, long bytes) throws IOException {
        Path image = directory.resolve(name + ".img");
        try (var channel = Files.newByteChannel(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            channel.position(bytes - 1).write(ByteBuffer.allocate(1));
        }
        Path mountPoint = Files.createDirectory(directory.resolve(name));
        run("mkfs.ext4", "-q", "-b", "4096", "-E", "nodiscard,lazy_itable_init=0", "-m", "0", image.toString());
        var disk = new LoopDisk(
                image,
                mountPoint,
                run("losetup", "--find", "--show", image.toString()).strip());
        try {
            disk.mount();
        } catch (IOException e) {
            disk.close();
            throw e;
        }
        return disk;
    }

    Path directory() {
        return mountPoint.resolve("journal");
    }

    Path mountPoint() {
        return mountPoint;
    }

    private void mount() throws IOException {
        run("mount", "-o", "errors=remount-ro", device, mountPoint.toString());
        mounted = true;
    }

    /** From now on nothing reaches the disk. {@code flush} says whether the file system's own log still does. */
    void cutPower(boolean flush) throws IOException {
        run("xfs_io", "-x", "-c", flush ? "shutdown -f" : "shutdown", mountPoint.toString());
    }

    /** As the kernel does it when the file system is found to be broken. */
    void makeReadOnly() throws IOException {
        run("mount", "-o", "remount,abort", mountPoint.toString());
    }

    /** As after a reboot. */
    void mountAgain() throws IOException {
        unmount();
        run("fsck.ext4", "-p", device);
        mount();
    }

    void unmount() throws IOException {
        run("umount", mountPoint.toString());
        mounted = false;
    }

    @Override
    public void close() throws IOException {
        try {
            if (mounted) {
                unmount();
            }
        } finally {
            run("losetup", "--detach", device);
            Files.delete(image);
        }
    }

    /** Returns what it printed. */
    static String run(String... command) throws IOException {
        var line = new ArrayList<>(List.of(command));
        Path output = Files.createTempFile("godwit-command", ".out");
        try {
            Process process = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(COMMAND_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException(line + " takes too long");
            }
            String text = Files.readString(output);
            // A file system check that has repaired something says 1.
            boolean repaired = command[0].startsWith("fsck") && process.exitValue() == 1;
            if (process.exitValue() != 0 && !repaired) {
                throw new IOException(line + " said " + process.exitValue() + ": " + text);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted during " + line, e);
        } finally {
            Files.delete(output);
        }
    }
}
