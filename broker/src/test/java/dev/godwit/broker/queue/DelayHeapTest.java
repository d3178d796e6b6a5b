package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DelayHeapTest {
    private static long number(long value) {
        return value >>> DelayHeap.NUMBER_SHIFT;
    }

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
                heap.add(
                        one.time, one.number << DelayHeap.NUMBER_SHIFT | 5, one.expiry, one.sequence, size(one.number));
            } else if (!model.isEmpty()) {
                model.sort(BY_DUE);
                var gone = model.remove(random.nextInt(3) == 0 ? random.nextInt(model.size()) : 0);
                var ids = new long[] {gone.number};
                assertThat(heap.bringToFront(ids, DelayHeapTest::number)).isEqualTo(1);
                assertThat(number(heap.value(0))).isEqualTo(gone.number);
                assertThat(heap.expiry(0)).isEqualTo(gone.expiry);
                assertThat(heap.sequence(0)).isEqualTo(gone.sequence);
                assertThat(heap.sizeBytes(0)).isEqualTo(size(gone.number));
                heap.removeFirst();
                assertThat(heap.bringToFront(ids, DelayHeapTest::number)).isZero();
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
            heap.removeFirst();
        }
        assertThat(heap.capacity()).isLessThan(64);
    }

    /** Not known of some. */
    private static int size(long number) {
        return number % 3 == 0 ? 0 : (int) number;
    }

    @Test
    void severalComeToTheFrontAtOnceAndTheOthersStayInOrder() {
        long seed = System.nanoTime();
        System.out.println("delay heap, several: seed " + seed);
        var random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            var heap = new DelayHeap();
            int count = 1 + random.nextInt(100);
            for (long number = 1; number <= count; number++) {
                heap.add(random.nextInt(60), number << DelayHeap.NUMBER_SHIFT | 3, random.nextInt(90), number);
            }
            var wanted =
                    random.longs(random.nextInt(50), 1, 120).distinct().sorted().toArray();
            long here = Arrays.stream(wanted).filter(number -> number <= count).count();
            assertThat(heap.bringToFront(wanted, DelayHeapTest::number))
                    .as("seed %s", seed)
                    .isEqualTo((int) here);
            for (int i = 0; i < here; i++) {
                assertThat(wanted).as("seed %s", seed).contains(heap.sequence(0));
                heap.removeFirst();
            }
            long last = Long.MIN_VALUE;
            for (; !heap.isEmpty(); heap.removeFirst()) {
                assertThat(wanted).as("seed %s", seed).doesNotContain(heap.sequence(0));
                assertThat(heap.firstDueMillis()).as("seed %s", seed).isGreaterThanOrEqualTo(last);
                last = heap.firstDueMillis();
            }
        }
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
