package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.segment.FaultyFileLayer.Fault;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * One journal, many lives: each works at random until it stops in the midst of some file operation, or at rest, or its
 * disk becomes full and is drained again. What the next life finds is what was safe, and nothing that was removed.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
class DiskFaultTest {
    private static final long SOAK_MILLIS = Long.getLong("godwit.test.soakMillis", 4_000);
    private static final List<Fault> FAULTS = List.of(Fault.values());
    private static final int LIVES_PER_JOURNAL = 20;
    private static final int STEPS_MAX = 600;
    private static final int OPERATIONS_MAX = 160;

    private long lives;
    private long confirmed;
    private long faults;
    private long fullTimes;

    @Test
    void losesNothingAndBringsNothingBackWhateverTheDiskDoes() {
        long base = Long.getLong("godwit.test.seed", System.nanoTime());
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(SOAK_MILLIS);
        int journals = 0;
        while (journals == 0 || System.nanoTime() < end) {
            long seed = base + journals++;
            try {
                new Lives(new Random(seed)).liveAll();
            } catch (Exception | AssertionError e) {
                throw new AssertionError("rerun with -Dgodwit.test.soakMillis=0 -Dgodwit.test.seed=" + seed, e);
            }
        }
        System.out.printf(
                "disk faults: seed %d, journals=%d lives=%d confirmed=%d faults=%d full=%d lost=0 resurrected=0%n",
                base, journals, lives, confirmed, faults, fullTimes);
        assertThat(faults).isPositive();
        assertThat(fullTimes).isPositive();
    }

    private final class Lives {
        private final Random random;
        private final LogModel model = new LogModel();
        private FaultyFileLayer files;
        private int safe;

        Lives(Random random) {
            this.random = random;
            files = new FaultyFileLayer(random);
        }

        void liveAll() throws IOException {
            for (int life = 0; life < LIVES_PER_JOURNAL; life++) {
                lives++;
                if (life % 4 == 3) {
                    liveOnAFullDisk();
                } else {
                    live();
                }
                files = files.next();
            }
            model.checkAndCutTo(new HandTurnedLog(files), safe);
        }

        private HandTurnedLog open() throws IOException {
            var log = new HandTurnedLog(files);
            model.checkAndCutTo(log, safe);
            safe = model.size();
            return log;
        }

        private void live() throws IOException {
            Fault how = FAULTS.get(random.nextInt(FAULTS.size()));
            files.failAfter(1 + random.nextInt(OPERATIONS_MAX), how);
            HandTurnedLog log = null;
            try {
                log = open();
                work(log);
            } catch (IOException stopped) {
                if (!isStop(stopped)) {
                    throw stopped;
                }
                faults++;
            }
            if (log != null) {
                noteSafe(log);
            }
            assertThat(files.writesAfterError()).isZero();
        }

        private boolean isStop(Throwable failure) {
            return failure instanceof FaultyFileLayer.Stopped
                    || (failure.getCause() != null && isStop(failure.getCause()));
        }

        private void work(HandTurnedLog log) throws IOException {
            var load = new RandomLoad(random, model, log);
            for (int step = random.nextInt(STEPS_MAX); step > 0; step--) {
                load.step();
            }
        }

        private void noteSafe(HandTurnedLog log) {
            int now = model.safeCount(log);
            confirmed += now - safe;
            safe = now;
        }

        private void liveOnAFullDisk() throws IOException {
            HandTurnedLog log = open();
            long usedBytes = files.names().stream()
                    .mapToLong(name -> files.contentOf(name).length)
                    .sum();
            files.capacity(usedBytes + random.nextInt(4 * HandTurnedLog.SEGMENT_BYTES));
            var load = new RandomLoad(random, model, log);
            if (load.fill(STEPS_MAX * 10)) {
                fullTimes++;
            }
            if (random.nextBoolean()) {
                load.drain();
                assertThat(log.log.space().isFull())
                        .as(
                                "full after all is consumed, with %d segments, %d bytes live, %d segments left, files %s",
                                log.log.counters().segments(),
                                log.log.counters().liveBytes(),
                                log.log.space().segmentsLeft(),
                                files.names())
                        .isFalse();
            } else if (random.nextBoolean()) {
                log.turnUntilIdle();
                assertThat(log.log.pendingBytes())
                        .as("bytes that are never written")
                        .isZero();
            }
            noteSafe(log);
        }
    }
}
