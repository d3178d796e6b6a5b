package dev.godwit.distribution.perf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SequenceBitsTest {
    @Test
    void behavesAsASetOfNumbers() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        System.out.println("SequenceBitsTest: -Dgodwit.seed=" + seed);
        var random = new Random(seed);
        var bits = new SequenceBits();
        var set = new HashSet<Long>();
        for (int i = 0; i < 100_000; i++) {
            long number = random.nextInt(1_000_000);
            assertThat(bits.add(number)).isEqualTo(set.add(number));
        }
        assertThat(bits.size()).isEqualTo(set.size());
        var listed = new ArrayList<Long>();
        bits.forEach(listed::add);
        assertThat(listed).containsExactlyElementsOf(new TreeSet<>(set));
        assertThat(bits.contains(2_000_000)).isFalse();
        assertThat(bits.contains(-1)).isFalse();
    }

    @Test
    void countsWhatTwoSetsHaveInCommon() {
        var left = new SequenceBits();
        var right = new SequenceBits();
        for (long number : new long[] {0, 63, 64, 262_143, 262_144}) {
            left.add(number);
        }
        for (long number : new long[] {63, 262_144, 500_000}) {
            right.add(number);
        }
        assertThat(left.addAll(right)).isEqualTo(2);
        assertThat(left.size()).isEqualTo(6);
        assertThat(left.contains(500_000)).isTrue();
    }
}
