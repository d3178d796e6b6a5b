package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.format.SegmentHeader;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which records of a segment are to be moved, and how much is read for them. */
class StragglerListTest {
    private static final int SEGMENT_BYTES = 64 * 1024 * 1024;

    private final SegmentLine segments = new SegmentLine();
    private final LiveRecords live = new LiveRecords(segments);
    private final Segment oldest = segment(7);

    StragglerListTest() {
        segments.add(oldest);
        segments.add(segment(8));
        live.endRecovery();
    }

    @Test
    void listsWhatIsAliveInTheSegmentByItsPlaceThere() {
        live.add(1, 5, Records.message("later"), 7, 90_000, 60);
        live.add(2, 1, Records.message("first"), 7, 4160, 60);
        live.add(1, 6, Records.message("elsewhere"), 8, 5000, 60);
        live.add(1, 4, Records.message("in between"), 7, 6000, 60);

        var list = new StragglerList(oldest, live);
        assertThat(list.offset()).isEqualTo(4160);
        list.remove();
        assertThat(list.offset()).isEqualTo(6000);
        list.remove();
        assertThat(list.offset()).isEqualTo(90_000);
        list.remove();
        assertThat(list.isEmpty()).isTrue();
    }

    @Test
    void readsNeighboursAtOnceAndLeavesOutWhatIsDeadBetweenOthers() {
        live.add(1, 1, Records.message("a"), 7, 4160, 60);
        live.add(1, 2, Records.message("b"), 7, 20_000, 60);
        live.add(1, 3, Records.message("c"), 7, 40_000_000, 60);

        var list = new StragglerList(oldest, live);
        assertThat(list.bytesToRead()).isBetween(20_000 - 4160 + 60, 40_000);
        list.remove();
        assertThat(list.bytesToRead()).isZero();
        list.remove();
        assertThat(list.bytesToRead()).isBetween(60, 20_000);
    }

    private static Segment segment(long generation) {
        return new Segment(
                new SegmentHeader(new UUID(1, 2), generation, SEGMENT_BYTES, 0), Segment.fileName(generation));
    }
}
