package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordLocationsTest {
    private final RecordLocations locations = new RecordLocations();

    @Test
    void keepsGenerationAndSize() {
        long location = RecordLocations.location(1_000_000, 3_000_000_000L);
        assertThat(RecordLocations.generation(location)).isEqualTo(1_000_000);
        assertThat(RecordLocations.bytes(location)).isEqualTo(3_000_000_000L);
    }

    @Test
    void removesAnyRangeHoweverWide() {
        for (long index : List.of(1L, 511L, 512L, 5_000L, 1L << 40)) {
            locations.put(index, RecordLocations.location(1, index));
        }
        var removed = new ArrayList<Long>();
        locations.removeRange(2, 512, (index, location) -> removed.add(index));
        assertThat(removed).containsExactlyInAnyOrder(511L, 512L);
        locations.removeRange(1, Long.MAX_VALUE, (index, location) -> removed.add(index));
        assertThat(removed).containsExactlyInAnyOrder(511L, 512L, 1L, 5_000L, 1L << 40);
        assertThat(locations.get(1)).isEqualTo(RecordLocations.NONE);
    }

    @Test
    void doesWhatAMapDoes() {
        var random = new Random(7);
        var map = new HashMap<Long, Long>();
        for (int i = 0; i < 100_000; i++) {
            long index = 1L + random.nextInt(5_000);
            int dice = random.nextInt(10);
            if (dice < 5) {
                long location = RecordLocations.location(1 + random.nextInt(9), i);
                locations.put(index, location);
                map.put(index, location);
            } else if (dice < 9) {
                assertThat(locations.remove(index)).isEqualTo(map.getOrDefault(index, 0L));
                map.remove(index);
            } else if (dice == 9 && random.nextInt(50) == 0) {
                long last = index + random.nextInt(2_000);
                locations.removeRange(index, last, (at, location) -> assertThat(map.remove(at))
                        .isEqualTo(location));
                assertThat(map.keySet()).noneMatch(at -> at >= index && at <= last);
            }
            assertThat(locations.get(index)).isEqualTo(map.getOrDefault(index, 0L));
        }
    }
}
