package dev.godwit.storage.journal;

import dev.godwit.storage.segment.FileLayer;
import dev.godwit.storage.segment.GrowingFile;
import dev.godwit.storage.segment.NioFileLayer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Small files beside a journal that are always written whole. Stateless; each call blocks. */
public final class WholeFile {
    private static final String WHILE_WRITTEN = ".new";

    private WholeFile() {}

    /**
     * Writes a file, or writes it anew: it is on stable storage when this returns, and after a crash before that there is what was there
     * before, or this.
     *
     * @param name without a path
     */
    public static void write(Path directory, String name, ByteBuffer content) throws IOException {
        write(NioFileLayer.forReading(directory), name, content);
    }

    /** Deletes a file, if it is there: a crash does not bring it back when this has returned. */
    public static void delete(Path directory, String name) throws IOException {
        FileLayer files = NioFileLayer.forReading(directory);
        if (files.names().contains(name)) {
            files.delete(name);
        }
        files.syncDirectory();
    }

    static void write(FileLayer files, String name, ByteBuffer content) throws IOException {
        try (GrowingFile file = files.create(name + WHILE_WRITTEN)) {
            file.append(content);
            file.sync();
        }
        files.rename(name + WHILE_WRITTEN, name);
        files.syncDirectory();
    }
}
