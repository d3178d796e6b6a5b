package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SequenceListTest {
    /** Prints its seed when it fails; runs with {@code -Dgodwit.seed=…} again. */
    @Test
    void isASortedSet() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        var list = new SequenceList();
        var model = new TreeSet<Long>();
        long next = 0;
        for (int step = 0; step < 20_000; step++) {
            int what = random.nextInt(10);
            if (what < 4) {
                next += 1 + random.nextInt(3);
                assertThat(list.add(next)).isEqualTo(model.add(next));
            } else if (what < 6) {
                long number = random.nextInt((int) next + 1);
                assertThat(list.add(number)).as("seed %d", seed).isEqualTo(model.add(number));
            } else if (!model.isEmpty()) {
                int place = what < 9 ? 0 : random.nextInt(model.size());
                long number = list.get(place);
                list.remove(place);
                assertThat(model.remove(number)).as("seed %d", seed).isTrue();
            }
            assertThat(list.size()).isEqualTo(model.size());
            if (step % 50 == 0) {
                var found = new ArrayList<Long>();
                for (int place = 0; place < list.size(); place++) {
                    found.add(list.get(place));
                    assertThat(list.placeOf(list.get(place))).isEqualTo(place);
                }
                assertThat(found).as("seed %d", seed).containsExactlyElementsOf(model);
            }
        }
    }

    @Test
    void findsThePlaceOfWhatIsNotHere() {
        var list = new SequenceList();
        assertThat(list.placeOf(5)).isZero();
        list.add(4);
        list.add(8);
        assertThat(list.placeOf(4)).isZero();
        assertThat(list.placeOf(5)).isEqualTo(1);
        assertThat(list.placeOf(9)).isEqualTo(2);
    }
}
