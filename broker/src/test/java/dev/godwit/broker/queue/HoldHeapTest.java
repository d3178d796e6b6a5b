package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The order in which deliveries run out, against a list that is searched. */
class HoldHeapTest {
    private static final int STEPS = 20_000;

    /** Prints its seed; runs with {@code -Dgodwit.seed=…} again. */
    @Test
    void theFirstOneIsTheOneThatIsDueFirst() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        System.out.println("hold heap: seed " + seed);
        var random = new Random(seed);
        var bench = new QueueBench(0, AddressSettings.NONE);
        var holds = new DeliveryHolds(bench.queue, bench.loop);
        var heap = new HoldHeap();
        var here = new ArrayList<DeliveryHold>();
        for (int step = 0; step < STEPS; step++) {
            int what = random.nextInt(here.size() > 300 ? 20 : 10);
            if (what < 5) {
                var entry = QueueEntry.unread(bench.queue, step + 1, 0, 0, 0);
                entry.takeSequence(random.nextInt());
                var hold = new DeliveryHold(
                        holds, entry, new LockToken(new UUID(0, step)), 0, random.nextInt(100), DeliveryHold.NEVER);
                here.add(hold);
                heap.add(hold);
            } else if (what < 7 && !here.isEmpty()) {
                var moved = here.get(random.nextInt(here.size()));
                moved.lockUntil(random.nextInt(100));
                heap.move(moved);
            } else if (!here.isEmpty()) {
                var gone = here.remove(random.nextInt(here.size()));
                heap.remove(gone);
                heap.remove(gone);
            }
            assertThat(heap.size()).isEqualTo(here.size());
            var first = heap.first();
            if (here.isEmpty()) {
                assertThat(first).isNull();
            } else {
                var expected = here.stream()
                        .min(Comparator.comparingLong(DeliveryHold::dueMillis)
                                .thenComparing(hold -> hold.entry().sequence()))
                        .orElseThrow();
                assertThat(first).isSameAs(expected);
            }
        }
    }
}
