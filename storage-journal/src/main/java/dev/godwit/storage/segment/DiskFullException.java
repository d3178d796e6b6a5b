package dev.godwit.storage.segment;

import java.io.IOException;

/**
 * The file system, or what is granted of it, has no room left for a new file. Nothing that was on stable storage is in
 * question: the same may be tried again when there is room.
 */
public final class DiskFullException extends IOException {
    private static final long serialVersionUID = 1L;

    public DiskFullException(String message) {
        super(message);
    }

    DiskFullException(String message, IOException cause) {
        super(message, cause);
    }
}
