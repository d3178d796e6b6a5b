package dev.godwit.benchmarks.journal;

import com.sun.management.ThreadMXBean;
import com.sun.nio.file.ExtendedOpenOption;
import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.Journal;
import dev.godwit.storage.journal.JournalConfiguration;
import dev.godwit.storage.journal.JournalStatistics;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * Appends 1 KiB messages with so many at most awaiting the disk, removes each thousand when it is safe, and prints records
 * per second beside those of a bare loop that writes and syncs as many bytes at once. Arguments: a directory, seconds for
 * each figure.
 */
public final class JournalAppend {
    private static final int[] IN_FLIGHT = {1, 16, 128, 1024};
    private static final int BODY_BYTES = 1024;
    private static final int REMOVED_AT_ONCE = 1000;
    private static final int BLOCK_BYTES = 4096;
    private static final int FILE_BYTES = 64 * 1024 * 1024;

    private JournalAppend() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(args[0]);
        long nanos = (long) (Double.parseDouble(args[1]) * 1e9);
        run(directory, 1024, nanos, false);
        for (int inFlight : IN_FLIGHT) {
            double bare = bare(directory, inFlight, nanos);
            double journal = run(directory, inFlight, nanos, true);
            System.out.printf(
                    Locale.ROOT,
                    "in flight %4d: bare loop %,10.0f records/s, journal / bare %.2f%n",
                    inFlight,
                    bare,
                    journal / bare);
        }
    }

    private static final class Safe implements CommitListener {
        volatile long index;
        private final Thread appender = Thread.currentThread();

        @Override
        public void onCommitted(long committed) {
            index = committed;
            LockSupport.unpark(appender);
        }

        @Override
        public void onJournalLost() {
            throw new IllegalStateException("journal lost");
        }
    }

    private static double run(Path directory, int inFlight, long nanos, boolean print) throws Exception {
        Path files = Files.createTempDirectory(directory, "journal-append");
        var safe = new Safe();
        var configuration = JournalConfiguration.defaults(files);
        try (var journal = Journal.open(configuration, failure -> System.exit(1))) {
            journal.recover(shard -> null);
            ShardLog log = journal.shardLog(1, Runnable::run, safe);
            var body = ByteBuffer.allocateDirect(BODY_BYTES);
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = threads.getCurrentThreadAllocatedBytes();
            long begin = System.nanoTime();
            long removed = 1;
            long appended = 0;
            while (System.nanoTime() - begin < nanos) {
                long last = log.append(new MessageEnqueued(1, 1, body));
                appended++;
                while (last - safe.index >= inFlight) {
                    LockSupport.park();
                }
                if (safe.index - removed >= REMOVED_AT_ONCE) {
                    log.appendLazily(new MessagesRemoved(1, LongRanges.between(removed + 1, safe.index)));
                    removed = safe.index;
                }
            }
            double perSecond = appended * 1e9 / (System.nanoTime() - begin);
            if (print) {
                JournalStatistics done = journal.statistics();
                System.out.printf(
                        Locale.ROOT,
                        "in flight %4d: journal   %,10.0f records/s, %.1f records/sync, %d segments, %d waits for one,"
                                + " %d bytes allocated per append%n",
                        inFlight,
                        perSecond,
                        (double) done.recordsAppended() / done.batches(),
                        done.segments(),
                        done.segmentWaits(),
                        (threads.getCurrentThreadAllocatedBytes() - allocated) / appended);
            }
            return perSecond;
        } finally {
            delete(files);
        }
    }

    /** The same blocks, written directly and durably, one after the other, into a file filled beforehand. */
    private static double bare(Path directory, int records, long nanos) throws Exception {
        Path file = Files.createTempFile(directory, "bare", ".dat");
        int bytes = (records * BODY_BYTES + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        try (var channel =
                FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.DSYNC, ExtendedOpenOption.DIRECT)) {
            var buffer = ByteBuffer.allocateDirect(bytes + BLOCK_BYTES)
                    .alignedSlice(BLOCK_BYTES)
                    .slice(0, bytes);
            for (long at = 0; at + bytes <= FILE_BYTES; at += bytes) {
                channel.write(buffer.clear(), at);
            }
            long begin = System.nanoTime();
            long syncs = 0;
            long at = 0;
            while (System.nanoTime() - begin < nanos) {
                at = at + 2L * bytes > FILE_BYTES ? 0 : at + bytes;
                channel.write(buffer.clear(), at);
                syncs++;
            }
            return syncs * records * 1e9 / (System.nanoTime() - begin);
        } finally {
            Files.delete(file);
        }
    }

    private static void delete(Path files) throws Exception {
        try (var all = Files.list(files)) {
            for (Path each : all.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(files);
    }
}
