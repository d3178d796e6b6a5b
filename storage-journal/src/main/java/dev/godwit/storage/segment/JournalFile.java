package dev.godwit.storage.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** An open file of the journal. It keeps its length. Used by one thread at a time. */
public interface JournalFile extends Closeable {
    long bytes() throws IOException;

    /** Writes the whole buffer at {@code position}; it is on stable storage when the call returns. */
    void writeDurably(ByteBuffer buffer, long position) throws IOException;

    /** Makes what another process wrote without syncing it survive a power cut. */
    void sync() throws IOException;

    /** Reads until the buffer is full or the file ends. */
    void read(ByteBuffer buffer, long position) throws IOException;
}
