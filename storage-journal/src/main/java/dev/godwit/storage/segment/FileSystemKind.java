package dev.godwit.storage.segment;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a kind of file system means for what is said to be on stable storage. */
enum FileSystemKind {
    /** A local disk, as far as its name tells. */
    DISK(null),
    MEMORY("it is memory: nothing outlives a restart of the machine. Use a directory on a disk"),
    NETWORK("it is on another machine: whether a sync reaches a disk, and a lock keeps others out, is up to that one."
            + " Use a local disk"),
    LAYERED("it is a container's own layer, slow, and removed with the container. Mount a volume there");

    private final @Nullable String warning;

    FileSystemKind(@Nullable String warning) {
        this.warning = warning;
    }

    /** @param type as the operating system calls it */
    static FileSystemKind of(String type) {
        String name = type.toLowerCase(Locale.ROOT);
        if (name.equals("tmpfs") || name.equals("ramfs")) {
            return MEMORY;
        }
        if (name.equals("overlay") || name.equals("overlayfs") || name.equals("aufs")) {
            return LAYERED;
        }
        boolean network = name.startsWith("nfs")
                || name.startsWith("cifs")
                || name.startsWith("smb")
                || name.startsWith("fuse")
                || name.startsWith("ceph")
                || name.startsWith("glusterfs")
                || name.equals("9p")
                || name.equals("virtiofs");
        return network ? NETWORK : DISK;
    }

    /** Why not to keep a journal there; null when there is nothing against it. */
    @Nullable
    String warning() {
        return warning;
    }
}
