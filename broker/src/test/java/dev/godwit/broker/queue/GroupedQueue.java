package dev.godwit.broker.queue;

import dev.godwit.broker.policy.AddressSettings;
import java.util.stream.IntStream;

/** A queue whose messages have groups, and its consumers. */
abstract class GroupedQueue {
    static final long PLENTY_BYTES = 100_000_000;
    static final long RETRY_MILLIS = 1_000;

    QueueBench bench = new QueueBench(PLENTY_BYTES, AddressSettings.NONE);

    QueueBench.Taker taker(int credit) {
        return bench.new Taker(Interest.ALL, credit);
    }

    QueueBench.Taker selective(String selector, int credit) {
        return bench.new Taker(new Interest(QueueBench.selector(selector), false), credit);
    }

    void apply(AddressSettings settings) {
        bench.loop.run(() -> bench.queue.apply(settings));
        bench.settle();
    }

    static void consume(QueueBench.Taker taker) {
        taker.consumeAll();
    }

    void fail(QueueBench.Taker taker, int place) {
        var entry = taker.entries.remove(place);
        bench.loop.run(() -> taker.door.giveBack(entry, true, false));
        bench.settle();
    }

    void giveBack(QueueBench.Taker taker, int place, boolean neverAgain) {
        var entry = taker.entries.remove(place);
        bench.loop.run(() -> taker.door.giveBack(entry, false, neverAgain));
        bench.settle();
    }

    void send(String group, int count) {
        for (int i = 0; i < count; i++) {
            bench.sendGroups(group);
        }
    }

    static Integer[] numbers(int... numbers) {
        return IntStream.of(numbers).boxed().toArray(Integer[]::new);
    }
}
