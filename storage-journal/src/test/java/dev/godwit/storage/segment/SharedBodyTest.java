package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Messages that have their body from one record: it is there as long as one of them is, and no longer. */
class SharedBodyTest {
    private static final JournalRecord.BodyStored BODY = Records.body(5_000, 1);

    private final MemoryFileLayer files = new MemoryFileLayer();
    private final LogModel model = new LogModel();
    private final HandTurnedLog log = open();

    @Test
    void isReadBackWithEachMessage() throws IOException {
        long body = store(BODY);
        long first = store(Records.copy(7, body));
        long second = store(Records.copy(8, body));
        log.release(1, body);
        log.turnUntilIdle();

        assertThat(log.read(1, first, second))
                .isEqualTo(Map.of(
                        first, Records.copy(7, body).with(BODY),
                        second, Records.copy(8, body).with(BODY)));
        model.check(log.reopened(), model.size());
    }

    @Test
    void isWrittenOnce() throws IOException {
        long before = log.log.counters().bytesWritten();
        long body = append(BODY);
        for (int queue = 1; queue <= 100; queue++) {
            append(Records.copy(queue, body));
        }
        log.turnUntilIdle();
        assertThat(log.log.counters().bytesWritten() - before).isLessThan(4L * 5_000);
    }

    @Test
    void goesWithTheLastMessage() throws IOException {
        long body = store(BODY);
        long first = store(Records.copy(7, body));
        long second = store(Records.copy(8, body));
        log.release(1, body);
        store(Records.removed(first));
        assertThat(liveBytes()).isGreaterThan(4_000);

        store(Records.removed(second));
        assertThat(liveBytes()).isZero();
        model.check(log.reopened(), model.size());
    }

    /** A message may have to wait until it is recorded, and those before it be consumed meanwhile. */
    @Test
    void waitsForItsWriter() throws IOException {
        long body = store(BODY);
        store(Records.removed(store(Records.copy(7, body))));
        assertThat(liveBytes()).isGreaterThan(4_000);

        long late = store(Records.copy(8, body));
        log.release(1, body);
        log.turnUntilIdle();
        assertThat(log.read(1, late)).containsEntry(late, Records.copy(8, body).with(BODY));
        store(Records.removed(late));
        assertThat(liveBytes()).isZero();
    }

    @Test
    void goesWithAWriterOfWhomNothingFollowed() throws IOException {
        long body = store(BODY);
        log.release(1, body);
        log.turnUntilIdle();
        assertThat(liveBytes()).isZero();
    }

    /** A range of indices that all share one body, in pages that go with them. */
    @Test
    void goesWithARangeOfMessages() throws IOException {
        long body = append(BODY);
        long first = append(Records.copy(7, body));
        long last = first;
        for (int queue = 8; queue < 2_000; queue++) {
            last = append(Records.copy(queue, body));
            log.turn();
        }
        log.release(1, body);
        var range = new long[(int) (last - first + 1)];
        for (int i = 0; i < range.length; i++) {
            range[i] = first + i;
        }
        store(Records.removed(range));
        assertThat(liveBytes()).isZero();
    }

    /** Nobody is left to release it: a start knows who shares it by the messages alone. */
    @Test
    void isForgottenAtAStartWhenNobodySharesIt() throws IOException {
        long kept = store(BODY);
        long copy = store(Records.copy(7, kept));
        store(Records.body(3_000, 2));

        HandTurnedLog reopened = log.reopened();
        assertThat(reopened.log.counters().liveBytes()).isBetween(4_000L, 6_999L);
        assertThat(reopened.read(1, copy))
                .containsEntry(copy, Records.copy(7, kept).with(BODY));
        reopened.store(1, Records.removed(copy));
        assertThat(reopened.log.counters().liveBytes()).isZero();
    }

    /** With many segments and checkpoints behind it: it is moved, and found where it is moved to. */
    @Test
    void isMovedForwardAndKnownToCheckpoints() throws IOException {
        long body = store(BODY);
        long copy = store(Records.copy(7, body));
        long large = store(Records.body(30_000, 3));
        long ofLarge = store(Records.copy(7, large));
        log.release(1, body);
        log.release(1, large);
        for (int i = 0; i < 200; i++) {
            store(Records.removed(store(Records.message(15_000, i))));
        }
        assertThat(CheckpointFiles.all(files)).isNotEmpty();
        assertThat(log.log.counters().segments()).isLessThan(10);

        for (HandTurnedLog each :
                new HandTurnedLog[] {log.reopened(), new HandTurnedLog(files.copyWithoutCheckpoints())}) {
            model.check(each, model.size());
            assertThat(each.log.counters().liveBytes()).isGreaterThan(30_000);
            each.store(1, Records.removed(copy));
            each.store(1, Records.removed(ofLarge));
            assertThat(each.log.counters().liveBytes()).isZero();
        }
    }

    @Test
    void losesTheMessagesWithTheirBody() throws IOException {
        var at = new int[1];
        files.hook((name, position, bytes) -> at[0] = position);
        long body = store(BODY);
        int positionOfBody = at[0];
        long copy = store(Records.copy(7, body));
        long behind = store(Records.message("behind it"));
        files.contentOf(files.segmentNames().get(0))[positionOfBody + 2_000] ^= 1;

        HandTurnedLog damaged = HandTurnedLog.acceptingLoss(files);
        assertThat(damaged.replay(1).order()).doesNotContain(body, copy).contains(behind);
        assertThat(damaged.unreadable).isEmpty();
        damaged.store(1, Records.removed(behind));
        assertThat(damaged.log.counters().liveBytes()).isZero();
    }

    /** As none was ever written; what it has is not given away as if it were a message. */
    @Test
    void isNoOtherRecord() throws IOException {
        long message = store(Records.message("not to be shared"));
        long copy = log.append(1, Records.copy(7, message));
        log.turnUntilIdle();
        assertThat(log.read(1, copy)).isEmpty();
        assertThat(log.unreadable)
                .singleElement()
                .asString()
                .contains("record " + message + " is no body to be shared");
    }

    /** What a start needs of the segments; whatever is written last brings it up to date. */
    private long liveBytes() throws IOException {
        store(Records.removed(1));
        return log.log.counters().liveBytes();
    }

    private HandTurnedLog open() {
        try {
            var opened = new HandTurnedLog(files);
            opened.store(1, new JournalRecord.EpochBegun());
            return opened;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private long append(JournalRecord record) {
        long index = log.append(1, record);
        model.onAppended(1, index, record);
        return index;
    }

    private long store(JournalRecord record) throws IOException {
        long index = append(record);
        log.turnUntilIdle();
        return index;
    }
}
