package dev.godwit.storage.format;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * CRC32C, bound to one segment of one journal by a salt, so that what a recycled file still holds from its former life
 * never verifies. Not thread-safe: each reader and writer has its own.
 */
public final class Checksum {
    private final CRC32C crc = new CRC32C();

    /** Differs between any two of 2³² successive generations of a journal, and between journals. */
    public static int salt(UUID journalId, long generation) {
        var id = ByteBuffer.allocate(16)
                .putLong(journalId.getMostSignificantBits())
                .putLong(journalId.getLeastSignificantBits())
                .flip();
        var crc = new CRC32C();
        crc.update(id);
        return (int) crc.getValue() ^ (int) generation * 0x9E3779B1;
    }

    /** Of the bytes from {@code from} up to {@code to}, both absolute; position and limit of the buffer stay. */
    int of(ByteBuffer buffer, int from, int to) {
        int position = buffer.position();
        int limit = buffer.limit();
        crc.reset();
        buffer.limit(to).position(from);
        crc.update(buffer);
        buffer.limit(limit).position(position);
        return (int) crc.getValue();
    }

    /** Folds a record's checksum into its batch's digest; order counts. */
    static int fold(int digest, int recordChecksum) {
        return Integer.rotateLeft(digest, 5) * 0x9E3779B1 ^ recordChecksum;
    }
}
