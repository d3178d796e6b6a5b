package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.record.JournalRecord;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A disk without room for one more segment: what makes room is still written, until there is some. */
@Timeout(20)
class FullDiskTest {
    private static final int SEGMENT_BYTES = HandTurnedLog.SEGMENT_BYTES;
    private static final int CHECKPOINTS_BYTES = SEGMENT_BYTES - 1;
    private static final int FIRST_SEGMENTS = 4;
    private static final int IDLE_TURNS_MAX = 10_000;

    private final FaultyFileLayer files = new FaultyFileLayer(new Random(1));
    private final LogModel model = new LogModel();

    @Test
    void isFullWhenOnlyTheReserveIsLeft() throws IOException {
        files.capacity(10L * SEGMENT_BYTES + CHECKPOINTS_BYTES);
        var log = new HandTurnedLog(files);
        assertThat(log.log.space().isFull()).isFalse();
        assertThat(log.log.space().segmentsLeft()).isEqualTo(3);

        fill(log, 500);
        assertThat(log.log.space().isFull()).isTrue();
        assertThat(log.log.space().isExhausted()).isFalse();
        assertThat(log.log.counters().segments()).isEqualTo(8);
        assertThat(log.log.space().segmentsLeft()).isEqualTo(2);
        model.check(log.reopened(), model.size());
    }

    @Test
    void goesOnWhenSomebodyElseMadeRoom() throws IOException {
        files.capacity(8L * SEGMENT_BYTES + CHECKPOINTS_BYTES);
        var log = new HandTurnedLog(files);
        fill(log, 500);
        log.log.lookForRoom();
        assertThat(log.log.space().isFull()).isTrue();

        files.capacity(20L * SEGMENT_BYTES + CHECKPOINTS_BYTES);
        log.log.lookForRoom();
        assertThat(log.log.space().isFull()).isFalse();
        fill(log, 500);
        assertThat(log.log.counters().segments()).isEqualTo(18);
    }

    @Test
    void goesOnWhenConsumersMadeRoom() throws IOException {
        files.capacity(12L * SEGMENT_BYTES);
        var log = new HandTurnedLog(files);
        for (int round = 0; round < 5; round++) {
            List<Long> filled = fill(log, 900);
            assertThat(log.log.space().isFull()).isTrue();
            for (int at = 0; at < filled.size(); at += 20) {
                remove(log, filled.subList(at, Math.min(at + 20, filled.size())));
            }
            assertThat(log.log.space().isFull()).isFalse();
        }
        assertThat(log.log.counters().liveBytes()).isZero();
        model.check(log.reopened(), model.size());
    }

    /** Each removal takes a block, many times what it frees: the reserve is not enough, and has to be won back. */
    @Test
    void drainsOneByOneInOrder() throws IOException {
        files.capacity(14L * SEGMENT_BYTES);
        var log = new HandTurnedLog(files);
        drain(log, fill(log, 200));
    }

    @Test
    void drainsOneByOneInAnyOrder() throws IOException {
        files.capacity(14L * SEGMENT_BYTES);
        var log = new HandTurnedLog(files);
        List<Long> filled = new ArrayList<>(fill(log, 200));
        Collections.shuffle(filled, new Random(7));
        drain(log, filled);
    }

    /** Records that fill a segment badly leave waste that no copying wins back: it has to come to an end. */
    @Test
    void copiesNothingInVain() throws IOException {
        files.capacity(14L * SEGMENT_BYTES);
        var log = new HandTurnedLog(files);
        fill(log, 7_500);
        for (int i = 0; log.log.space().segmentsLeft() > 1; i++) {
            remove(log, List.of(append(log, Records.returned(1, i))));
        }
        log.turnUntilIdle();
        long written = log.log.counters().bytesWritten();
        assertThat(log.turn()).isFalse();
        assertThat(log.log.counters().bytesWritten()).isEqualTo(written);
    }

    @Test
    void opensOnAFullDiskWithWhatIsLeftOfTheReserve() throws IOException {
        files.capacity(10L * SEGMENT_BYTES + CHECKPOINTS_BYTES);
        List<Long> filled = fill(new HandTurnedLog(files), 500);

        FaultyFileLayer next = files.next();
        next.capacity(10L * SEGMENT_BYTES + CHECKPOINTS_BYTES);
        var log = new HandTurnedLog(next);
        model.check(log, model.size());
        assertThat(log.log.space().isFull()).isTrue();
        for (int at = 0; at < filled.size(); at += 20) {
            remove(log, filled.subList(at, Math.min(at + 20, filled.size())));
        }
        assertThat(log.log.space().isFull()).isFalse();
        model.check(log.reopened(), model.size());
    }

    @Test
    void saysWhatItNeedsWhenThereIsNoRoomToBegin() {
        files.capacity(FIRST_SEGMENTS * SEGMENT_BYTES - 1L);
        assertThatThrownBy(() -> new HandTurnedLog(files))
                .isInstanceOf(DiskFullException.class)
                .hasMessageContaining("needs " + FIRST_SEGMENTS * SEGMENT_BYTES + " bytes")
                .hasMessageContaining("free some space");
        assertThat(files.names()).isEmpty();
    }

    @Test
    void fillsTheReserveOfAJournalThatHasNone() throws IOException {
        var log = new HandTurnedLog(files, new LogSettings(SEGMENT_BYTES, 1, 0, 3, 0, 0, 0, 0));
        model.onAppended(1, log.store(1, Records.message("m")), Records.message("m"));
        assertThat(log.log.space().segmentsLeft()).isEqualTo(1);

        HandTurnedLog reopened = new HandTurnedLog(files.next());
        model.check(reopened, 1);
        assertThat(reopened.log.space().segmentsLeft()).isEqualTo(3);
    }

    private long append(HandTurnedLog log, JournalRecord record) {
        long index = log.append(1, record);
        model.onAppended(1, index, record);
        return index;
    }

    /** Until the disk is full, in large batches. */
    private List<Long> fill(HandTurnedLog log, int messageBytes) throws IOException {
        var filled = new ArrayList<Long>();
        while (!log.log.space().isFull()) {
            for (int i = 0; i < 10 && log.log.pendingBytes() < log.log.space().intakeRoomBytes() / 2; i++) {
                filled.add(append(log, Records.message(messageBytes, i)));
            }
            log.turn();
        }
        log.turnUntilIdle();
        return filled;
    }

    private void remove(HandTurnedLog log, List<Long> indices) throws IOException {
        append(log, Records.removed(indices.stream().mapToLong(Long::longValue).toArray()));
        log.turn();
    }

    private void drain(HandTurnedLog log, List<Long> filled) throws IOException {
        int fewest = log.log.space().segmentsLeft();
        var left = new ArrayDeque<>(filled);
        while (!left.isEmpty()) {
            for (int turns = 0; log.log.space().isExhausted(); turns++) {
                assertThat(turns).as("turns without room").isLessThan(IDLE_TURNS_MAX);
                log.turn();
            }
            remove(log, List.of(left.remove()));
            fewest = Math.min(fewest, log.log.space().segmentsLeft());
        }
        log.turnUntilIdle();
        assertThat(fewest).as("the reserve was nearly used up").isLessThan(2);
        assertThat(log.log.space().isFull()).isFalse();
        assertThat(log.log.counters().liveBytes()).isZero();
        model.check(log.reopened(), model.size());
    }
}
