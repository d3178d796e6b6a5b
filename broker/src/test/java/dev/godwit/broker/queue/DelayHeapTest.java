package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DelayHeapTest {
    private record Model(long time, long number, long expiry, long sequence) {
        long due() {
            return Math.min(time, expiry);
        }
    }

    private static final Comparator<Model> BY_DUE =
            Comparator.comparingLong(Model::due).thenComparingLong(Model::number);

    @Test
    void behavesLikeASortedListWhateverIsAddedAndRemoved() {
        long seed = System.nanoTime();
        System.out.println("delay heap: seed " + seed);
        var random = new Random(seed);
        var heap = new DelayHeap();
        var model = new ArrayList<Model>();
        long number = 0;
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(100) < (step / 2_000 % 2 == 0 ? 70 : 30)) {
                number++;
                var one = new Model(
                        random.nextInt(500),
                        number,
                        random.nextInt(4) == 0 ? random.nextInt(800) : QueueEntry.NEVER_EXPIRES,
                        random.nextInt(5) == 0 ? number : DelayHeap.NO_SEQUENCE);
                model.add(one);
                heap.add(one.time, one.number << DelayHeap.NUMBER_SHIFT | 5, one.expiry, one.sequence);
            } else if (!model.isEmpty()) {
                model.sort(BY_DUE);
                var gone = model.remove(random.nextInt(3) == 0 ? random.nextInt(model.size()) : 0);
                int at = heap.find(gone.number, 7, 5);
                assertThat(heap.time(at)).isEqualTo(gone.time);
                assertThat(heap.expiry(at)).isEqualTo(gone.expiry);
                assertThat(heap.sequence(at)).isEqualTo(gone.sequence);
                heap.remove(at);
                assertThat(heap.find(gone.number, 7, 5)).isEqualTo(-1);
            }
            assertThat(heap.size()).isEqualTo(model.size());
            if (!model.isEmpty()) {
                assertThat(heap.firstDueMillis())
                        .isEqualTo(model.stream().min(BY_DUE).orElseThrow().due());
            }
        }
        model.sort(BY_DUE);
        for (var each : model) {
            assertThat(heap.value(0) >>> DelayHeap.NUMBER_SHIFT).isEqualTo(each.number);
            heap.remove(0);
        }
        assertThat(heap.capacity()).isLessThan(64);
    }

    @Test
    void findsNothingByOtherBits() {
        var heap = new DelayHeap();
        heap.add(1, 9L << DelayHeap.NUMBER_SHIFT | 1, QueueEntry.NEVER_EXPIRES, DelayHeap.NO_SEQUENCE);
        assertThat(heap.find(9, 1, 0)).isEqualTo(-1);
        assertThat(heap.find(9, 1, 1)).isZero();
    }

    @Test
    void pagesThroughAllInTheOrderOfTheirTimes() {
        var random = new Random(1);
        var heap = new DelayHeap();
        for (long number = 1; number <= 500; number++) {
            heap.add(random.nextInt(60), number << DelayHeap.NUMBER_SHIFT, random.nextInt(60), 0);
        }
        var numbers = new ArrayList<Long>();
        long time = Long.MIN_VALUE;
        long number = 0;
        for (int[] page = heap.next(time, number, 7); page.length > 0; page = heap.next(time, number, 7)) {
            for (int at : page) {
                assertThat(heap.time(at)).isGreaterThanOrEqualTo(time);
                time = heap.time(at);
                number = heap.value(at) >>> DelayHeap.NUMBER_SHIFT;
                numbers.add(number);
            }
        }
        assertThat(numbers).hasSize(500).doesNotHaveDuplicates();
        assertThat(heap.next(Long.MIN_VALUE, 0, 0)).isEmpty();
    }
}
