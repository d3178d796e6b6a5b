package dev.godwit.storage.segment;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that is written from beginning to end, once. Used by one thread at a time. */
public interface GrowingFile extends Closeable {
    void append(ByteBuffer bytes) throws IOException;

    /** Makes what was appended survive a power cut. */
    void sync() throws IOException;
}
