package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.QueueBench.numbers;
import static dev.godwit.broker.queue.QueueBench.selector;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.conformance.Spec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers that only look, at queues in memory and on the disk. */
class BrowsersTest extends SoughtQueue {
    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    @Spec("3.5.2/copy")
    void showsMessagesAndLeavesThemWhereTheyAre(long bytes) {
        useMemory(bytes);
        send(700);
        for (int round = 0; round < 2; round++) {
            var browser = new Taker(new Interest(null, true), 0);
            browser.drain(1_000);
            settle();
            assertThat(browser.drained).isOne();
            assertThat(browser.numbers()).isEqualTo(numbers(0, 700));
            browser.consumeAll();
            browser.leave();
        }
        assertThat(statistics().ready()).isEqualTo(700);
        var all = new Taker(Interest.ALL, 1_000);
        settle();
        assertThat(all.numbers()).isEqualTo(numbers(0, 700));
        assertThat(all.entries).allMatch(entry -> !entry.wasAcquiredBefore() && entry.deliveryCount() == 0);
    }

    @Test
    @Spec("3.5.2/copy")
    void whateverABrowserSaysOfACopyIsVoid() {
        send(3);
        var browser = new Taker(new Interest(null, true), 10);
        settle();
        browser.giveBack(0, true);
        browser.reject(0);
        browser.consumeAll();
        settle();
        assertThat(statistics().ready()).isEqualTo(3);
        assertThat(browser.numbers()).isEmpty();
    }

    @Test
    @Spec("3.5.2/copy-once")
    void aBrowserGoesOnWithWhatComesAndSeesEachMessageOnce() {
        send(3);
        var browser = new Taker(new Interest(null, true), 100);
        settle();
        var taker = new Taker(Interest.ALL, 3);
        settle();
        taker.leave();
        send(2);
        settle();
        assertThat(browser.numbers()).containsExactly(0, 1, 2, 3, 4);
    }

    @ParameterizedTest
    @ValueSource(longs = {IN_MEMORY, ON_DISK})
    void aBrowserDoesNotSeeWhatSomebodyHasAndSeesWhatCameBackWithItsDeliveryCount(long bytes) {
        useMemory(bytes);
        send(10);
        var taker = new Taker(Interest.ALL, 4);
        settle();
        taker.giveBack(1, true);
        settle();
        taker.move(0);
        var browser = new Taker(new Interest(null, true), 100);
        settle();
        assertThat(browser.numbers())
                .startsWith(taker.numbers().contains(1) ? 4 : 1)
                .doesNotContain(0, 2, 3);
        var selective = new Taker(new Interest(selector("even"), true), 100);
        settle();
        assertThat(selective.numbers()).containsExactly(4, 6, 8);
    }

    @Test
    void aBrowserLeavesNothingInMemoryOfWhatCameBack() {
        useMemory(ON_DISK);
        send(50);
        var taker = new Taker(Interest.ALL, 50);
        settle();
        taker.leave();
        settle();
        long before = memory.bytes();
        var browser = new Taker(new Interest(null, true), 100);
        settle();
        assertThat(browser.numbers()).isEqualTo(numbers(0, 50));
        assertThat(memory.bytes()).isEqualTo(before);
    }
}
