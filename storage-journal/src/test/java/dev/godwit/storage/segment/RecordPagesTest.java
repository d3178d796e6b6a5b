package dev.godwit.storage.segment;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RecordPagesTest {
    private record Entry(long location, long owner, int attributes, long expiry) {}

    private final RecordPages pages = new RecordPages();

    @Test
    void packsWhereARecordLies() {
        for (long generation : List.of(1L, 1_000_000L, 1L << 40)) {
            for (long bytes : List.of(32L, 33L, 100L, 4096L, 300_000L, 3_000_000_000L)) {
                long location = Location.of(generation, 1_073_741_823, bytes);
                assertThat(Location.generation(location, Math.max(1, generation - 1_000)))
                        .isEqualTo(generation);
                assertThat(Location.generation(location, generation)).isEqualTo(generation);
                assertThat(Location.offset(location)).isEqualTo(1_073_741_823);
                assertThat(Location.bytesAtMost(location)).isBetween(bytes, bytes + bytes / 4);
                assertThat(Location.bytesAtLeast(location)).isBetween(bytes - bytes / 5 - 1, bytes);
                assertThat(Location.of(generation, 1_073_741_823, Location.bytesAtMost(location)))
                        .as("moved, it counts as before")
                        .isEqualTo(location);
            }
        }
    }

    @Test
    void removesAnyRangeHoweverWide() {
        for (long index : List.of(1L, 511L, 512L, 5_000L, 300_000L, 1L << 40)) {
            pages.put(index, Location.of(1, (index & 0xFFFF) + 4096, 100), 7, 0, RecordPages.NO_EXPIRY);
        }
        var removed = new ArrayList<Long>();
        pages.removeRange(2, 512, (index, location, share) -> removed.add(index));
        assertThat(removed).containsExactly(511L, 512L);
        pages.removeRange(1, Long.MAX_VALUE - 1, (index, location, share) -> removed.add(index));
        assertThat(removed).containsExactly(511L, 512L, 1L, 5_000L, 300_000L, 1L << 40);
        assertThat(pages.count()).isZero();
        assertThat(pages.ceilingPage(0)).isNull();
    }

    @Test
    void doesWhatAMapDoes() {
        long seed = Long.getLong("godwit.test.seed", System.nanoTime());
        System.out.println("record pages: seed " + seed);
        var random = new Random(seed);
        var map = new TreeMap<Long, Entry>();
        for (int i = 0; i < 200_000; i++) {
            long index = 1L + random.nextInt(i % 3 == 0 ? 2_000_000 : 5_000);
            int dice = random.nextInt(10);
            if (dice < 5) {
                var entry = new Entry(
                        Location.of(1 + random.nextInt(9), 4096 + i, 32 + i),
                        random.nextInt(4) == 0 ? random.nextInt(5) - 2 : 1,
                        random.nextInt(8) == 0 ? random.nextInt(65_536) : 4,
                        random.nextInt(100) == 0 ? i : RecordPages.NO_EXPIRY);
                pages.put(index, entry.location(), entry.owner(), entry.attributes(), entry.expiry());
                map.put(index, entry);
            } else if (dice < 9) {
                Entry known = map.remove(index);
                assertThat(pages.remove(index)).isEqualTo(known == null ? Location.NONE : known.location());
            } else if (random.nextInt(50) == 0) {
                long last = index + random.nextInt(2_000);
                pages.removeRange(index, last, (at, location, share) -> assertThat(
                                map.remove(at).location())
                        .isEqualTo(location));
                assertThat(map.subMap(index, last + 1)).isEmpty();
            }
            assertThat(pages.get(index))
                    .isEqualTo(map.containsKey(index) ? map.get(index).location() : Location.NONE);
        }
        assertThat(pages.count()).isEqualTo(map.size());
        var found = new TreeMap<Long, Entry>();
        pages.forEach((index, page) -> {
            int entry = RecordPage.entryOf(index);
            assertThat(found.isEmpty() || found.lastKey() < index).isTrue();
            found.put(
                    index,
                    new Entry(
                            page.locations[entry],
                            page.owner(entry),
                            page.attributes(entry),
                            page.expiryTimeMillis(entry)));
        });
        assertThat(found).isEqualTo(map);
    }
}
