package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReferencesTest {
    @Test
    void isARowWhateverIsAddedTakenAndChanged() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        var row = new References();
        List<Long> model = new ArrayList<>();
        long first = 1L + random.nextInt(1_000);
        for (int step = 0; step < 200_000; step++) {
            boolean grows = random.nextInt(100) < (step / 20_000 % 2 == 0 ? 60 : 40);
            if (grows) {
                model.add((long) step + 1);
                row.addLast(first + model.size() - 1, step + 1);
            } else if (!model.isEmpty()) {
                assertThat(row.removeFirst()).as("seed %d", seed).isEqualTo(model.remove(0));
                first++;
            }
            if (!model.isEmpty() && random.nextInt(10) == 0) {
                int place = random.nextInt(model.size());
                int count = Math.min(model.size() - place, random.nextInt(20) == 0 ? 1_200 : 1);
                for (int gone = place; gone < place + count; gone++) {
                    model.set(gone, Reference.GONE);
                    row.remove(first + gone);
                }
                place = random.nextInt(model.size());
                assertThat(row.get(first + place)).as("seed %d", seed).isEqualTo(model.get(place));
                int next = place;
                while (next < model.size() && model.get(next) == Reference.GONE) {
                    next++;
                }
                assertThat(row.nextPresent(first + place)).as("seed %d", seed).isEqualTo(first + next);
            }
            assertThat(row.size()).as("seed %d", seed).isEqualTo(model.size());
            assertThat(row.contains(first + model.size())).isFalse();
        }
    }

    @Test
    void refusesASequenceThatDoesNotFollow() {
        var row = new References();
        row.addLast(5, 1);
        assertThatThrownBy(() -> row.addLast(7, 2)).hasMessageContaining("7 does not follow 5");
        assertThatThrownBy(() -> row.get(6)).hasMessageContaining("not among");
    }

    @Test
    void packsAMessageIntoEightBytes() {
        long index = (1L << 48) - 1;
        int attributes = MessageAttributes.of(9, 1_100);
        long reference = Reference.of(index, attributes, 7);
        assertThat(Reference.index(reference)).isEqualTo(index);
        assertThat(Reference.attributes(reference)).isEqualTo(attributes);
        assertThat(Reference.deliveryCount(reference)).isEqualTo(7);
        assertThat(Reference.isKept(reference) || Reference.isLarge(reference)).isFalse();
        assertThat(Reference.isLarge(Reference.ofLarge(1, attributes, 0))).isTrue();
        assertThat(Reference.deliveryCount(Reference.of(1, 0, 1_000))).isEqualTo(Reference.ATTEMPTS_MAX);
        assertThatThrownBy(() -> Reference.of(index + 1, 0, 0)).hasMessageContaining("index");
    }

    @Test
    void sizeClassIsNeverTooSmallAndAtMostTwiceTheSize() {
        for (long size : new long[] {1, 63, 64, 65, 128, 129, 1_100, 1 << 20, (1 << 20) + 1, Integer.MAX_VALUE}) {
            assertThat(MessageAttributes.sizeBytesAtMost(MessageAttributes.of(4, size)))
                    .isBetween(size, Math.max(64, 2 * size - 1));
            assertThat(MessageAttributes.priority(MessageAttributes.of(4, size)))
                    .isEqualTo(4);
        }
    }
}
