package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ExpiryHeapTest {
    @Test
    void shrinksByHalvesWhenItIsEmptied() {
        var heap = new ExpiryHeap();
        for (int i = 0; i < 100_000; i++) {
            heap.add(i, i);
        }
        for (int i = 0; i < 100_000; i++) {
            assertThat(heap.removeFirst()).isEqualTo(i);
            assertThat(heap.capacity()).isLessThanOrEqualTo(Math.max(16, 4 * heap.size() + 3));
        }
        heap.add(7, 7);
        assertThat(heap.firstTimeMillis()).isEqualTo(7);
    }

    @Test
    void givesTheEarliestFirstAlsoAfterSomeWereDropped() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var heap = new ExpiryHeap();
        var model = new TreeSet<Long>();
        for (int step = 0; step < 50_000; step++) {
            int what = random.nextInt(100);
            if (what < 55) {
                // The sequence number says the time, so that equal times do not matter.
                long time = random.nextInt(1_000_000);
                if (model.add(time)) {
                    heap.add(time, -time);
                }
            } else if (what < 99) {
                if (!model.isEmpty()) {
                    long first = model.pollFirst();
                    assertThat(heap.firstTimeMillis()).as("seed %d", seed).isEqualTo(first);
                    assertThat(heap.removeFirst()).as("seed %d", seed).isEqualTo(-first);
                }
            } else if (random.nextInt(50) == 0) {
                model.removeIf(time -> time % 3 == 0);
                heap.retain(sequence -> sequence % 3 != 0);
            }
            assertThat(heap.size()).as("seed %d", seed).isEqualTo(model.size());
        }
    }
}
