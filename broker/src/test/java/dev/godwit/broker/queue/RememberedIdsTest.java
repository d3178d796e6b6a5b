package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RememberedIdsTest {
    private record Id(long high, long low) {}

    /** Ids that differ in few bits, so that they meet in the table, come and go; prints its seed. */
    @Test
    void findsWhatCameLastAndNothingElse() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        System.out.println("remembered ids: -Dgodwit.seed=" + seed);
        var random = new Random(seed);
        var ids = new RememberedIds();
        var expected = new HashMap<Id, Long>();
        var order = new ArrayDeque<Id>();
        int sizeMax = 50 + random.nextInt(1_000);
        for (int step = 0; step < 100_000; step++) {
            var id = new Id(random.nextInt(3), random.nextInt(700) * (random.nextBoolean() ? 1L : 128L));
            assertThat(ids.find(id.high, id.low)).isEqualTo(expected.getOrDefault(id, RememberedIds.UNKNOWN));
            if (order.size() < sizeMax && random.nextInt(5) < 3) {
                expected.put(id, ids.end());
                order.addLast(id);
                ids.add(id.high, id.low, step, 2L * step);
            } else if (!order.isEmpty()) {
                expected.remove(order.removeFirst(), ids.begin());
                ids.removeFirst();
            }
            assertThat(ids.size()).isEqualTo(order.size());
        }
        long position = ids.begin();
        for (var id : order) {
            assertThat(new Id(ids.high(position), ids.low(position))).isEqualTo(id);
            assertThat(ids.index(position)).isEqualTo(2 * ids.timeMillis(position));
            position++;
        }
        ids.clear();
        assertThat(ids.isEmpty()).isTrue();
        order.forEach(id -> assertThat(ids.find(id.high, id.low)).isEqualTo(RememberedIds.UNKNOWN));
    }
}
