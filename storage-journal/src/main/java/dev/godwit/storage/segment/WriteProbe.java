package dev.godwit.storage.segment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Finds out how long a small write takes to be durable, one way and another. The two take turns, so that what else the
 * disk does hits both. Lives for the length of {@link #compare}.
 */
final class WriteProbe {
    private static final String FILE = "write.probe";
    private static final int BLOCK_BYTES = 4096;
    private static final int WRITES = 24;
    private static final int WRITES_MIN = 3;
    private static final long NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(60);

    private final NioFileLayer direct;
    private final NioFileLayer buffered;
    private final ByteBuffer block;

    WriteProbe(NioFileLayer direct, NioFileLayer buffered) {
        this.direct = direct;
        this.buffered = buffered;
        block = ByteBuffer.allocateDirect(2 * BLOCK_BYTES)
                .alignedSlice(BLOCK_BYTES)
                .slice(0, BLOCK_BYTES);
    }

    /** The best of each, for what else the machine does only makes them worse. */
    record Result(long directNanos, long bufferedNanos) {}

    /** @throws IOException the direct way does not work here, or there is no room to try */
    Result compare() throws IOException {
        direct.createZeroed(FILE, 2L * WRITES * BLOCK_BYTES);
        var directNanos = new long[WRITES];
        var bufferedNanos = new long[WRITES];
        int done = 0;
        long begin = System.nanoTime();
        try (JournalFile one = direct.openForWriting(FILE);
                JournalFile other = buffered.openForWriting(FILE)) {
            while (done < WRITES && (done < WRITES_MIN || System.nanoTime() - begin < NANOS_MAX)) {
                directNanos[done] = write(one, (long) done * BLOCK_BYTES);
                bufferedNanos[done] = write(other, (long) (WRITES + done) * BLOCK_BYTES);
                done++;
            }
        } finally {
            direct.delete(FILE);
        }
        return new Result(best(directNanos, done), best(bufferedNanos, done));
    }

    private long write(JournalFile file, long position) throws IOException {
        long begin = System.nanoTime();
        file.writeDurably(block.clear(), position);
        return System.nanoTime() - begin;
    }

    private static long best(long[] nanos, int count) {
        return Arrays.stream(nanos, 0, count).min().orElseThrow();
    }
}
