package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.queue.ProducerSequences.ProducerKey;
import dev.godwit.storage.record.LongRanges;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProducerSequencesTest {
    private static final ProducerKey KEY = new ProducerKey(1, 2);

    private final MessageMemory memory = new MessageMemory(0);
    private final ProducerSequences producers = new ProducerSequences(memory);

    @Test
    void knowsExactlyWhatHasComeWhileGapsAreFew() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        System.out.println("producer sequences: -Dgodwit.seed=" + seed);
        var random = new Random(seed);
        Set<Long> come = new HashSet<>();
        // Over so many numbers there are never more gaps than are remembered.
        int numbers = 2 * ProducerSequences.GAPS_MAX;
        for (int step = 0; step < 2 * numbers; step++) {
            long next = random.nextInt(numbers);
            assertThat(producers.contains(KEY, next)).isEqualTo(come.contains(next));
            producers.add(KEY, next, step);
            come.add(next);
        }
        for (long number = 0; number < numbers; number++) {
            assertThat(producers.contains(KEY, number)).isEqualTo(come.contains(number));
        }
    }

    @Test
    void takesTheOldestGapForComeWhenThereAreTooMany() {
        int rows = ProducerSequences.GAPS_MAX + 10;
        var producer = producers.add(KEY, 10, 0);
        for (int i = 1; i <= rows; i++) {
            producer = producers.add(KEY, 10L * i, 0);
        }
        assertThat(producer.rows()).isEqualTo(ProducerSequences.GAPS_MAX + 1);
        assertThat(producers.contains(KEY, 11)).isTrue();
        assertThat(producers.contains(KEY, 5)).as("before all that came").isFalse();
        assertThat(producers.contains(KEY, 10L * rows - 1)).isFalse();
        assertThat(producers.contains(KEY, 10L * rows + 1)).isFalse();
    }

    @Test
    void replacesWhatAnOlderNoteSaid() {
        var outdated = producers.restore(KEY, LongRanges.between(1, 2), 100);
        var newer = producers.restore(KEY, LongRanges.between(1, 3), 200);
        assertThat(outdated.isForgotten).isTrue();
        assertThat(outdated.note).isNull();
        assertThat(newer.isForgotten).isFalse();
        assertThat(producers.contains(KEY, 3)).isTrue();
        producers.clear();
        assertThat(newer.isForgotten).isTrue();
    }

    @Test
    void forgetsThoseOfWhichNothingCameForLongest() {
        var other = new ProducerKey(1, 3);
        producers.add(KEY, 1, 100);
        producers.add(other, 1, 200);
        producers.add(KEY, 2, 300);
        assertThat(producers.forget(200, 10)).isTrue();
        assertThat(producers.contains(other, 1)).isFalse();
        assertThat(producers.contains(KEY, 1)).isTrue();
        producers.add(other, 5, 400);
        assertThat(producers.forget(0, 1)).isTrue();
        assertThat(producers.contains(KEY, 2)).isFalse();
        assertThat(producers.contains(other, 5)).isTrue();
    }

    @Test
    void goesOnAfterARestart() {
        producers.restore(KEY, LongRanges.ofBounds(new long[] {3, 5}), 1);
        producers.restore(KEY, LongRanges.ofBounds(new long[] {3, 6, 9, 9}), 2);
        producers.add(KEY, 7, 3);
        producers.add(KEY, 8, 3);
        assertThat(producers.size()).isEqualTo(1);
        assertThat(producers.contains(KEY, 2)).isFalse();
        for (long number = 3; number <= 9; number++) {
            assertThat(producers.contains(KEY, number)).isTrue();
        }
        assertThat(producers.contains(KEY, 10)).isFalse();
    }

    @Test
    void forgetsTheOldestWhenAllQueuesRememberTooMuch() {
        var others = new ProducerSequences(memory);
        int count = 32_000;
        for (int i = 0; i < count; i++) {
            for (long row = 0; row <= ProducerSequences.GAPS_MAX; row++) {
                others.add(new ProducerKey(1, i), 2 * row, 1);
            }
            producers.add(new ProducerKey(2, i), 0, 1);
        }
        assertThat(memory.isFullOfNumbers()).isTrue();
        assertThat(others.forget(0, count)).isTrue();
        assertThat(memory.isFullOfNumbers()).isFalse();
        assertThat(memory.numbersBytes()).isGreaterThan(MessageMemory.NUMBERS_BYTES_MAX / 100 * 99);
        assertThat(others.contains(new ProducerKey(1, 0), 0)).isFalse();
        assertThat(others.contains(new ProducerKey(1, count - 1), 0)).isTrue();
        assertThat(producers.forget(0, count)).isFalse();
        others.clear();
        producers.clear();
        assertThat(memory.numbersBytes()).isZero();
    }

    @Test
    void remembersOneAtLeast() {
        memory.addNumbers(MessageMemory.NUMBERS_BYTES_MAX);
        producers.add(new ProducerKey(1, 1), 0, 1);
        producers.add(new ProducerKey(1, 2), 0, 1);
        assertThat(producers.forget(0, 10)).isTrue();
        assertThat(producers.size()).isEqualTo(1);
        assertThat(producers.contains(new ProducerKey(1, 2), 0)).isTrue();
    }
}
