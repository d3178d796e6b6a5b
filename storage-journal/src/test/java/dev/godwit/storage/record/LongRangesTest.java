package dev.godwit.storage.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LongRangesTest {
    @Test
    void joinsNeighboursAndDuplicates() {
        var ranges = LongRanges.covering(new long[] {9, 3, 1, 2, 3, 7, 99}, 6);
        assertThat(ranges).hasToString("1-3,7,9");
        assertThat(ranges).isEqualTo(LongRanges.ofBounds(new long[] {1, 3, 7, 7, 9, 9}));
    }

    @Test
    void refusesBoundsThatAreNotAscending() {
        assertThatThrownBy(() -> LongRanges.ofBounds(new long[] {1, 3, 3, 4})).hasMessageContaining("ascending");
        assertThatThrownBy(() -> LongRanges.ofBounds(new long[] {5, 4})).hasMessageContaining("ascending");
        assertThatThrownBy(() -> LongRanges.ofBounds(new long[] {5})).hasMessageContaining("pairs");
        assertThatThrownBy(() -> LongRanges.between(2, 1)).hasMessageContaining("after");
    }
}
