package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.LongRanges;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a start makes of transactions whose records are not all there, or not all applied. */
class TransactionRecoveryTest {
    private static final UUID TRANSACTION = new UUID(1, 2);
    private static final int FIRST_RECORD = 64;
    private static final int BATCHES_MAX = 200;
    private static final int MOVING_BATCHES = 60;

    private final MemoryFileLayer files = new MemoryFileLayer();

    @Test
    void tellsNoAnnotationsOfWhatADecidedTransactionRemoved() throws IOException {
        var log = new HandTurnedLog(files);
        long gone = log.store(2, Records.message("gone"));
        long stays = log.store(2, Records.message("stays"));
        log.store(2, Records.annotated(gone, "of the one that is gone"));
        log.store(2, Records.annotated(stays, "of the one that stays"));
        log.store(2, new JournalRecord.TransactionPrepared(TRANSACTION, 1, LongRanges.NONE, LongRanges.of(gone)));
        log.store(1, new JournalRecord.TransactionCommitted(TRANSACTION, List.of(2), LongRanges.NONE, LongRanges.NONE));

        var replay = log.reopened().replay(2);
        assertThat(replay.order()).containsExactly(stays);
        assertThat(replay.annotations())
                .extracting(JournalRecord.MessageAnnotated::messageIndex)
                .containsExactly(stays);
    }

    /** However often it is opened, and wherever its records lie by then. */
    @Test
    void tellsWhatATransactionPostedThatStaysPreparedUntilItIsCommitted() throws IOException {
        var log = new HandTurnedLog(files);
        long wouldLeave = log.store(1, Records.message("would leave"));
        long posted = log.store(1, new JournalRecord.MessagePosted(Records.message("posted")));
        long alone = log.store(1, new JournalRecord.MessagePosted(Records.message("of nobody")));
        log.store(
                1,
                new JournalRecord.TransactionPrepared(
                        TRANSACTION, 1, LongRanges.of(posted), LongRanges.of(wouldLeave)));
        log.store(4, Records.message(40_000, 0));

        assertThat(new HandTurnedLog(files.copyWithoutCheckpoints()).replay(1).order())
                .containsExactly(wouldLeave);
        var inDoubt = log;
        for (int start = 0; start < 3; start++) {
            inDoubt = HandTurnedLog.inDoubtOf(filesAfterMoves(inDoubt), TRANSACTION);
            assertThat(inDoubt.replay(1).order())
                    .containsExactly(wouldLeave, posted)
                    .doesNotContain(alone);
            assertThat(inDoubt.replay(1).prepared()).containsOnlyKeys(TRANSACTION);
            assertThat(inDoubt.replay(1).committed()).isEmpty();
        }
        inDoubt.store(
                1,
                new JournalRecord.TransactionCommitted(
                        TRANSACTION, List.of(), LongRanges.of(posted), LongRanges.of(wouldLeave)));
        var after = inDoubt.reopened().replay(1);
        assertThat(after.order()).containsExactly(posted);
        assertThat(after.prepared()).isEmpty();
    }

    /** So much passes through the log that its oldest segments are freed, and what is alive in them is copied. */
    private static MemoryFileLayer filesAfterMoves(HandTurnedLog log) throws IOException {
        for (int i = 0; i < MOVING_BATCHES; i++) {
            log.store(5, Records.removed(log.store(5, Records.message(15_000, i))));
        }
        return log.files.copyWithoutCheckpoints();
    }

    /** Until the segment of the posted message is freed, both are there: the record that was posted, and its copy. */
    @Test
    void keepsAMessageWhoseCopyProvesTheCommitThatIsLost() throws IOException {
        var log = new HandTurnedLog(files);
        long posted = log.store(1, new JournalRecord.MessagePosted(Records.message("posted")));
        log.store(3, Records.message(40_000, 0));
        var commits = new Batches(files);
        log.store(
                1,
                new JournalRecord.TransactionCommitted(TRANSACTION, List.of(), LongRanges.of(posted), LongRanges.NONE));
        var commit = commits.last();
        log.store(4, Records.message(20_000, 1));

        var both = filesWithRecordAndCopy(log);
        both.contentOf(commit.file())[commit.position() + FIRST_RECORD + 20] ^= 1;

        assertThat(HandTurnedLog.acceptingLoss(both).replay(1).order()).containsExactly(posted);
    }

    private MemoryFileLayer filesWithRecordAndCopy(HandTurnedLog log) throws IOException {
        for (int i = 0; i < BATCHES_MAX; i++) {
            long passing = log.append(5, Records.message(15_000, i));
            while (log.turn()) {
                if (keys(files).stream().filter(key -> key.startsWith("1/1/")).count() == 2) {
                    return files.copyWithoutCheckpoints();
                }
            }
            log.append(5, Records.removed(passing));
        }
        throw new AssertionError("the posted message was never copied");
    }

    private static List<String> keys(MemoryFileLayer journal) throws IOException {
        return RecordSighting.in(journal).stream().map(each -> each.key).toList();
    }

    private record Batch(String file, int position) {}

    /** Remembers where the last batch was written. */
    private static final class Batches {
        private Batch last = new Batch("", 0);

        Batches(MemoryFileLayer files) {
            files.hook((name, position, bytes) -> {
                if (position > 0) {
                    last = new Batch(name, position);
                }
            });
        }

        Batch last() {
            return last;
        }
    }
}
