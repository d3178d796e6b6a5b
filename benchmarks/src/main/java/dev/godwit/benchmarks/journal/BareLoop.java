package dev.godwit.benchmarks.journal;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * The least that the journal could do: one thread writes batches of the journal's size, directly and durably, one after
 * the other, into a file filled beforehand. Where it {@code copies}, it lays out each record of a batch, too: header,
 * body, checksum. Owned by one thread.
 */
final class BareLoop implements AutoCloseable {
    private static final int BLOCK_BYTES = 4096;
    private static final int FILE_BYTES = 64 * 1024 * 1024;
    private static final int BATCH_HEADER_BYTES = 64;
    private static final int RECORD_FIELDS_BYTES = 32 + 4 * Long.BYTES;

    private final Path file;
    private final FileChannel channel;
    private final Bodies bodies;
    private final int records;
    private final boolean copies;
    private final ByteBuffer batch;
    private final CRC32C crc = new CRC32C();
    private long position;

    BareLoop(Path directory, Bodies bodies, int records, boolean copies) throws IOException {
        this.bodies = bodies;
        this.records = records;
        this.copies = copies;
        int bytes = BATCH_HEADER_BYTES + records * (RECORD_FIELDS_BYTES + Bodies.BYTES);
        int blockBytes = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        batch = ByteBuffer.allocateDirect(blockBytes + BLOCK_BYTES)
                .alignedSlice(BLOCK_BYTES)
                .slice(0, blockBytes);
        file = Files.createTempFile(directory, "bare", ".dat");
        channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.DSYNC, ExtendedOpenOption.DIRECT);
        var zeros = ByteBuffer.allocateDirect(1024 * 1024 + BLOCK_BYTES).alignedSlice(BLOCK_BYTES);
        zeros.limit(1024 * 1024);
        for (long at = 0; at < FILE_BYTES; at += zeros.limit()) {
            channel.write(zeros.rewind(), at);
        }
    }

    Measured run(long nanos) throws IOException {
        var stretch = new Measured.Stretch();
        long syncs = 0;
        while (stretch.nanos() < nanos) {
            if (copies) {
                layOut();
            }
            if (position + batch.capacity() > FILE_BYTES) {
                position = 0;
            }
            position += channel.write(batch.clear(), position);
            syncs++;
        }
        return stretch.end(syncs * records, syncs);
    }

    private void layOut() {
        int offset = BATCH_HEADER_BYTES;
        for (int i = 0; i < records; i++) {
            int end = offset + RECORD_FIELDS_BYTES + Bodies.BYTES;
            batch.putLong(offset + Long.BYTES, i);
            batch.put(offset + RECORD_FIELDS_BYTES, bodies.next(), 0, Bodies.BYTES);
            crc.reset();
            crc.update(batch.limit(end).position(offset + Integer.BYTES));
            batch.clear().putInt(offset, (int) crc.getValue());
            offset = end;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.delete(file);
    }
}
