package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GatheringTest {
    private static final LogSettings SETTINGS = new LogSettings(64 * 1024, 1, 2, 3, 60_000, 0, 0, 0);

    private final AppendQueue queue = new AppendQueue(Watch.with(1));
    private final DiskSpace space = new DiskSpace(() -> 1, 0);
    private final Gathering gathering = new Gathering(queue, space, SETTINGS);
    private final ShardTail tail = new ShardTail(1);

    @Test
    void isDueWhenSomethingMustNotWait() {
        append(1, true);
        gathering.look();
        assertThat(gathering.isDue()).isFalse();
        assertThat(gathering.isEmpty()).isFalse();
        assertThat(gathering.nanosLeft()).isPositive();

        append(2, false);
        gathering.look();
        assertThat(gathering.isDue()).isTrue();
    }

    @Test
    void isDueWhenWhatCanWaitFillsABatch() {
        int each = 1_000;
        for (int i = 1; i <= SETTINGS.batchBytes() / each; i++) {
            append(i, true);
        }
        gathering.look();
        assertThat(gathering.isDue()).isFalse();

        append(1_000, true);
        gathering.look();
        assertThat(gathering.isDue()).isTrue();
    }

    @Test
    void makesAllWaitOnAFullDisk() {
        space.is(true, 2, 0);
        append(1, false);
        gathering.look();
        assertThat(gathering.isDue()).isFalse();

        space.is(false, 2, Long.MAX_VALUE);
        assertThat(gathering.isDue()).isTrue();
    }

    @Test
    void givesAllInItsOrderBehindWhatIsPutFirst() {
        append(1, true);
        append(2, false);
        append(3, false);
        append(4, true);
        gathering.look();
        gathering.addFirst(new Append(tail).fill(9, 1, null, 0, true));

        List<Long> given = new ArrayList<>(indices());
        append(5, false);
        while (gathering.hasMore()) {
            given.addAll(indices());
        }
        assertThat(given).containsExactly(9L, 1L, 2L, 3L, 4L, 5L);

        gathering.onBatch();
        assertThat(gathering.isEmpty()).isTrue();
        assertThat(gathering.isDue()).isFalse();
    }

    @Test
    void isStillDueWhenABatchHadNoRoomForWhatMustNotWait() {
        append(1, true);
        append(2, false);
        gathering.look();
        gathering.next();
        gathering.onBatch();
        assertThat(gathering.isDue()).isTrue();
    }

    private List<Long> indices() {
        var indices = new ArrayList<Long>();
        for (Append append = gathering.next(); append != null; append = gathering.next()) {
            indices.add(append.index());
        }
        return indices;
    }

    private void append(long index, boolean lazy) {
        queue.offer(new Append(tail).fill(index, 1, Records.message(10, 1), 1_000, lazy));
    }
}
