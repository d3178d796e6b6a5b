package dev.godwit.storage.journal;

import static dev.godwit.storage.segment.Records.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.godwit.storage.segment.MemoryFileLayer;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When records are told to be safe, and what happens when they cannot be. */
@Timeout(60)
class CommitTest {
    private final MemoryFileLayer files = new MemoryFileLayer();
    private final Semaphore writesAllowed = new Semaphore(Integer.MAX_VALUE / 2);
    private final Semaphore writesBegun = new Semaphore(0);
    private TestJournal journal;

    @BeforeEach
    void openJournal() throws Exception {
        journal = new TestJournal(
                files, TestJournal.configuration().withSegmentBytes(1024 * 1024).withPendingBytes(20_000, 80_000));
        journal.store(1, message("first"));
        files.hook((name, position, bytes) -> {
            if (position > 0) {
                writesBegun.release();
                writesAllowed.acquireUninterruptibly();
            }
        });
    }

    @AfterEach
    void closeJournal() {
        writesAllowed.release(1_000_000);
        journal.close();
    }

    @Test
    void gathersInOneSyncWhatComesDuringTheLast() throws Exception {
        holdWrites();
        long batches = journal.journal.statistics().batches();
        journal.log(1).append(message("alone"));
        writesBegun.acquire();

        var threads = new Thread[4];
        var done = new CountDownLatch(threads.length);
        for (int i = 0; i < threads.length; i++) {
            ShardLog log = journal.log(i + 2);
            threads[i] = new Thread(() -> {
                for (int n = 0; n < 100; n++) {
                    log.append(message("m" + n));
                }
                done.countDown();
            });
            threads[i].start();
        }
        done.await();
        writesAllowed.release(2);
        for (int shard = 2; shard < 2 + threads.length; shard++) {
            journal.awaitCommitted(shard, 101);
        }

        assertThat(journal.journal.statistics().batches() - batches).isEqualTo(2);
        assertThat(journal.told(2).commits.get(journal.told(2).commits.size() - 1))
                .isEqualTo(101);
    }

    @Test
    void tellsNothingBeforeTheSync() throws Exception {
        holdWrites();
        long index = journal.log(1).append(message("held"));
        writesBegun.acquire();
        assertThat(journal.told(1).committed).isLessThan(index);

        writesAllowed.release();
        journal.awaitCommitted(1, index);
    }

    @Test
    void syncsWhatWasAppendedLazilySoonOnAnIdleNode() {
        long before = journal.journal.statistics().batches();
        long last = 0;
        for (int i = 0; i < 50; i++) {
            last = journal.log(1).appendLazily(message("lazy " + i));
        }
        journal.awaitCommitted(1, last);
        assertThat(journal.journal.statistics().batches() - before).isLessThan(10);
    }

    @Test
    void takesLazyRecordsAlongWithTheNextBatch() throws Exception {
        try (var patient = new TestJournal(
                new MemoryFileLayer(), TestJournal.configuration().withLazySyncMillis(1_000))) {
            patient.store(1, message("first"));
            long batches = patient.journal.statistics().batches();
            for (int i = 0; i < 10; i++) {
                patient.log(1).appendLazily(message("lazy"));
            }
            long begin = System.nanoTime();
            patient.store(1, message("urgent"));
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin)).isLessThan(900);
            assertThat(patient.journal.statistics().batches() - batches).isEqualTo(1);
        }
    }

    @Test
    void callsTheOwnerOnceForAllBatchesSinceItsLastTurn() {
        var turns = new ConcurrentLinkedQueue<Runnable>();
        var told = new TestJournal.Told();
        ShardLog log = journal.journal.shardLog(9, turns::add, told);
        for (int i = 0; i < 5; i++) {
            log.append(message("m" + i));
            journal.store(1, message("wakes the writer"));
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> journal.journal.statistics().pendingBytes() == 0);
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> !turns.isEmpty());

        assertThat(turns).hasSize(1);
        assertThat(told.commits).isEmpty();
        turns.remove().run();
        assertThat(told.commits).containsExactly(6L);
    }

    @Test
    void writesInOneGoWhatTheOwnerAppendedInOneTurn() {
        var turns = new ConcurrentLinkedQueue<Runnable>();
        var told = new TestJournal.Told();
        ShardLog log = journal.journal.shardLog(9, turns::add, told);
        turnUntilCommitted(turns, told, log.append(message("opens the shard")));
        long last = 0;
        while (turns.isEmpty() || journal.journal.statistics().pendingBytes() == 0) {
            // Until the writer is found asleep: then the record is pending, and a turn to wake the writer is asked for.
            turnUntilCommitted(turns, told, last);
            last = log.append(message("first"));
        }
        long batches = journal.journal.statistics().batches();
        for (int i = 0; i < 15; i++) {
            last = log.append(message("m" + i));
        }
        assertThat(journal.journal.statistics().batches()).isEqualTo(batches);

        turnUntilCommitted(turns, told, last);
        assertThat(journal.journal.statistics().batches()).isEqualTo(batches + 1);
    }

    @Test
    void doesNotWaitForTheEndOfATurnThatAppendsMuch() throws Exception {
        try (var roomy = new TestJournal(
                new MemoryFileLayer(), TestJournal.configuration().withSegmentBytes(1024 * 1024))) {
            var turns = new ConcurrentLinkedQueue<Runnable>();
            ShardLog log = roomy.journal.shardLog(9, turns::add, new TestJournal.Told());
            for (int i = 0; i < 100; i++) {
                log.append(message(10_000, i));
            }
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> roomy.journal.statistics().recordsAppended() > 70);
        }
    }

    private static void turnUntilCommitted(Queue<Runnable> turns, TestJournal.Told told, long index) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(10))
                .until(() -> {
                    for (Runnable turn = turns.poll(); turn != null; turn = turns.poll()) {
                        turn.run();
                    }
                    return told.committed >= index;
                });
    }

    @Test
    void refusesMoreThanMayBePendingAndSaysSoBefore() throws Exception {
        holdWrites();
        ShardLog log = journal.log(1);
        log.append(message("held"));
        writesBegun.acquire();
        assertThat(log.isCongested()).isFalse();
        long last = 0;
        for (int i = 0; i < 7; i++) {
            last = log.append(message(10_000, i));
        }
        assertThat(log.isCongested()).isTrue();
        assertThatThrownBy(() -> log.append(message(10_000, 9))).isInstanceOf(JournalFullException.class);
        assertThat(log.lastIndex()).isEqualTo(last);

        assertThat(log.appendLazily(message(10_000, 10))).isEqualTo(last + 1);
        writesAllowed.release(2);
        journal.awaitCommitted(1, last + 1);
        assertThat(log.isCongested()).isFalse();
        assertThat(log.append(message("again"))).isEqualTo(last + 2);
        writesAllowed.release();
    }

    @Test
    void takesARecordLargerThanMayBePendingWhenItIsAlone() {
        long index = journal.log(1).append(message(300_000, 1));
        journal.awaitCommitted(1, index);
    }

    @Test
    void neverConfirmsNorWritesAgainAfterAFailedSync() {
        var failure = new IOException("Input/output error");
        files.hook((name, position, bytes) -> {
            if (position > 0) {
                writesBegun.release();
                throw failure;
            }
        });
        long safe = journal.told(1).committed;
        journal.log(1).append(message("doomed"));
        journal.log(2);
        await().atMost(Duration.ofSeconds(10)).until(() -> journal.told(1).lost && journal.told(2).lost);

        assertThat(journal.failures).containsExactly(failure);
        assertThat(journal.told(1).committed).isEqualTo(safe);
        assertThatThrownBy(() -> journal.log(1).append(message("late"))).hasMessageContaining("lost");
        assertThat(journal.told(3).lost).isTrue();
        journal.close();
        assertThat(writesBegun.availablePermits()).isEqualTo(1);
    }

    @Test
    void stopsWhenTheNextSegmentCannotBeMadeReady() {
        files.hook((name, position, bytes) -> {
            if (position == 0) {
                throw new IOException("No space left on device");
            }
        });
        for (int i = 0; i < 60 && journal.failures.isEmpty() && !journal.told(1).lost; i++) {
            try {
                journal.log(1).append(message(30_000, i));
            } catch (JournalFullException e) {
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> journal.journal.statistics().pendingBytes() == 0 || journal.told(1).lost);
            } catch (IllegalStateException lost) {
                // It was lost after the loop had looked.
                assertThat(lost).hasMessageContaining("lost");
                break;
            }
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> journal.told(1).lost);
        assertThat(journal.failures).hasSize(1);
        assertThat(journal.failures.get(0)).hasMessageContaining("No space left on device");
    }

    private void holdWrites() {
        writesAllowed.drainPermits();
    }
}
