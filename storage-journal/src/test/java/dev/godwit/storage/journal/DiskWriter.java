package dev.godwit.storage.journal;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import dev.godwit.storage.segment.Records;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A process that writes a journal, for {@link RealDiskTest} to cut off: messages that come and go, each told on standard
 * output, and then how far they are safe. Ends with the exit code of a failed disk when its disk fails.
 */
final class DiskWriter {
    static final int SHARD = 1;
    static final int FAILED = 6;
    private static final int MESSAGES_KEPT = 300;
    private static final int STAYS_EACH = 31;
    private static final long PAUSE_NANOS = 20_000;

    private final PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false);
    private final ArrayDeque<Long> queue = new ArrayDeque<>();
    private final Journal journal;
    private final ShardLog log;
    private volatile long committed;

    private DiskWriter(Path directory) throws JournalOpenException {
        journal = Journal.open(configuration(directory), DiskWriter::onFailed);
        journal.recover(shard -> new RecoveredMessages());
        log = journal.shardLog(SHARD, Runnable::run, new CommitListener() {
            @Override
            public void onCommitted(long index) {
                committed = index;
                say("c " + index);
                flush();
            }

            @Override
            public void onJournalLost() {
                // The process ends anyway.
            }
        });
    }

    static JournalConfiguration configuration(Path directory) {
        return JournalConfiguration.defaults(directory)
                .withSegmentBytes(1024 * 1024)
                .withPendingBytes(256 * 1024, 1024 * 1024);
    }

    private static void onFailed(IOException failure) {
        System.err.println("failed: " + failure);
        Runtime.getRuntime().halt(FAILED);
    }

    /**
     * Writes until it is stopped.
     *
     * @param args the journal's directory, and {@code write}, {@code grow} or {@code fill}
     */
    public static void main(String[] args) throws Exception {
        new DiskWriter(Path.of(args[0])).run(args[1]);
    }

    static JournalRecord.MessageEnqueued messageOf(long seed) {
        return Records.message(100 + (int) (seed * 37 % 2_000), (int) seed);
    }

    private void run(String what) {
        if (what.equals("fill")) {
            fillAndDrain();
        } else {
            while (true) {
                passOne(what.equals("write"));
            }
        }
    }

    private synchronized void say(String line) {
        out.println(line);
    }

    private synchronized void flush() {
        out.flush();
    }

    private void passOne(boolean removing) {
        enqueue();
        if (removing && queue.size() > MESSAGES_KEPT) {
            long oldest = queue.remove();
            if (oldest % STAYS_EACH != 0) {
                remove(oldest);
            }
        }
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    /** Told before it may be safe: so whatever is found later was told. */
    private boolean enqueue() {
        long index = log.lastIndex() + 1;
        say("m " + index);
        try {
            log.append(messageOf(index));
        } catch (JournalFullException e) {
            LockSupport.parkNanos(50 * PAUSE_NANOS);
            return false;
        }
        queue.add(index);
        return true;
    }

    private void remove(long message) {
        say("x " + (log.lastIndex() + 1) + " " + message);
        while (true) {
            try {
                log.appendLazily(new MessagesRemoved(Records.QUEUE, LongRanges.of(message)));
                return;
            } catch (JournalFullException e) {
                LockSupport.parkNanos(50 * PAUSE_NANOS);
            }
        }
    }

    private void fillAndDrain() {
        while (!journal.statistics().diskFull()) {
            enqueue();
        }
        say("full");
        flush();
        while (!queue.isEmpty()) {
            remove(queue.remove());
        }
        await(() -> !journal.isCongested());
        say("drained");
        for (int i = 0; i < 200; ) {
            i += enqueue() ? 1 : 0;
        }
        long last = log.lastIndex();
        await(() -> committed >= last);
        journal.close();
        say("done");
        flush();
        System.exit(0);
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
