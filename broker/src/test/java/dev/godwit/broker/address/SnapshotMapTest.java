package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SnapshotMapTest {
    private final SnapshotMap<Integer> map = new SnapshotMap<>();

    @Test
    void leavesASnapshotAsItWas() {
        map.put("a", 1);
        var one = map.snapshot();
        map.put("a", 2);
        map.put("b", 3);
        var two = map.snapshot();
        map.remove("a");

        assertThat(one).isEqualTo(Map.of("a", 1));
        assertThat(two).isEqualTo(Map.of("a", 2, "b", 3));
        assertThat(map).isEqualTo(Map.of("b", 3));
    }

    @Test
    void knowsNothingThatIsNotThere() {
        map.put("a", 1);

        assertThat(map.remove("b")).isNull();
        assertThat(map.get("b")).isNull();
        assertThat(map.snapshot().get("b")).isNull();
        assertThat(map.snapshot().containsKey("b")).isFalse();
        assertThat(map).hasSize(1);
    }

    @Test
    void holdsWhatAnyMapWouldHoldAfterTheSameChanges() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        var model = new HashMap<String, Integer>();
        var taken = new ArrayList<Map<String, Integer>>();
        var expected = new ArrayList<Map<String, Integer>>();
        for (int step = 0; step < 20_000; step++) {
            var name = "queue-" + random.nextInt(3_000);
            if (random.nextInt(3) == 0) {
                assertThat(map.remove(name)).as("seed %d", seed).isEqualTo(model.remove(name));
            } else {
                assertThat(map.put(name, step)).as("seed %d", seed).isEqualTo(model.put(name, step));
            }
            if (step % 1_000 == 0) {
                taken.add(map.snapshot());
                expected.add(new HashMap<>(model));
            }
        }
        assertThat(map).as("seed %d", seed).isEqualTo(model);
        assertThat(taken).as("seed %d", seed).isEqualTo(expected);
    }
}
