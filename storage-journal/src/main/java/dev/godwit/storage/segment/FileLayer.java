package dev.godwit.storage.segment;

import java.io.IOException;
import java.util.List;

/**
 * The journal's directory, as much of it as the journal needs. Names are file names without a path. Each call blocks;
 * none is retried when it fails. Implementations allow calls from several threads at once.
 */
public interface FileLayer {
    /**
     * What position, length and memory address of a write must be a multiple of, and of a read from a file that was opened
     * for fetching; divides a block.
     */
    int alignmentBytes();

    /** Every file there is, in no order. */
    List<String> names() throws IOException;

    /** What new files may take; {@link Long#MAX_VALUE} when that is not known. */
    long usableBytes();

    /**
     * Makes a file of that many zero bytes, all of them on stable storage before the call returns.
     *
     * @throws DiskFullException there is no room for it; the file is not there
     */
    void createZeroed(String name, long bytes) throws IOException;

    /** Makes an empty file, or empties the one there is, to be written once. */
    GrowingFile create(String name) throws IOException;

    JournalFile openForWriting(String name) throws IOException;

    /** For reading what was just written, or all of a file. */
    JournalFile openForReading(String name) throws IOException;

    /** For reading whole blocks that will hardly be read again: past the page cache, where that can be done. */
    JournalFile openForFetching(String name) throws IOException;

    /**
     * Gives a file another name, in one step; durable with the next {@link #syncDirectory}.
     *
     * @throws DiskFullException there is no room for the name; the file has its old one
     */
    void rename(String from, String to) throws IOException;

    void delete(String name) throws IOException;

    /** Makes what was created, renamed and deleted until now survive a power cut. */
    void syncDirectory() throws IOException;
}
