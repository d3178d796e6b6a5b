package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A queue that keeps of each key the newest message, whose clock and disk are turned by hand. */
class LastValuesTest {
    private static final AddressSettings ON = AddressSettings.NONE.with(AddressSetting.LAST_VALUE_KEY, "stock");

    private QueueBench bench = new QueueBench(1_000_000, ON);
    private int sent;

    private int send(@Nullable Object key, boolean durable, int priority, long delayMillis) {
        var message =
                AmqpMessage.builder(new MessageBody.Value(sent)).header(new Header(durable, priority, -1, false, 0));
        if (key != null) {
            message.applicationProperty("stock", key);
        }
        if (delayMillis > 0) {
            message.messageAnnotation(Symbol.of("x-opt-delivery-delay"), delayMillis);
        }
        bench.send(new MessageReader().read(message.build().encode(), bench.loop.nowMillis()), EnqueueReply.NOBODY);
        bench.settle();
        bench.settle();
        return sent++;
    }

    private int send(@Nullable Object key) {
        return send(key, true, 4, 0);
    }

    private QueueBench.Taker taker(int credit) {
        return bench.new Taker(Interest.ALL, credit);
    }

    private List<Integer> rest() {
        return List.copyOf(taker(1_000).numbers);
    }

    private void restart() {
        bench.restart(ON);
        bench.settle();
    }

    @Test
    void keepsTheNewestOfEachKeyAtTheEndOfTheLine() {
        send("a");
        int b = send("b");
        int none = send(null);
        int otherNone = send(null);
        int a = send("a");
        assertThat(bench.statistics().ready()).isEqualTo(4);
        assertThat(bench.statistics().replaced()).isEqualTo(1);
        assertThat(bench.log.live()).hasSize(4);
        assertThat(rest()).containsExactly(b, none, otherNone, a);
    }

    @Test
    void replacesWhatIsOnTheDiskOnlyAndWhatIsInMemoryOnly() {
        for (boolean durable : new boolean[] {true, false}) {
            bench = new QueueBench(0, ON);
            for (int i = 0; i < 100; i++) {
                send("stock " + i % 10, durable, 4, 0);
            }
            assertThat(bench.queue.lastValues().size()).isEqualTo(10);
            assertThat(rest()).hasSize(10).isSubsetOf(sentLast(10));
            assertThat(bench.log.live()).hasSize(durable ? 10 : 0);
        }
    }

    private List<Integer> sentLast(int count) {
        return IntStream.range(sent - count, sent).boxed().toList();
    }

    @Test
    void replacesAcrossPrioritiesAndTypesApart() {
        send("1", true, 9, 0);
        int number = send(1);
        int low = send("1", true, 0, 0);
        assertThat(rest()).containsExactly(number, low);
    }

    @Test
    void doesNotTakeBackWhatIsOutdated() {
        send("a");
        var first = taker(1);
        int newer = send("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        first.giveBack(0);
        bench.settle();
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.statistics().replaced()).isEqualTo(1);
        assertThat(rest()).containsExactly(newer);
        assertThat(bench.log.live()).hasSize(1);
    }

    @Test
    void doesNotTakeItBackAlsoWhenTheNewerOneWasConsumed() {
        send("a");
        var first = taker(1);
        send("a");
        var second = taker(1);
        second.consumeAll();
        bench.settle();
        first.giveBack(0);
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        assertThat(bench.statistics().ready()).isZero();
    }

    @Test
    void replacesWhatCameBack() {
        send("a");
        var taker = taker(1);
        taker.giveBack(0);
        taker.leave();
        int newer = send("a");
        assertThat(rest()).containsExactly(newer);
        assertThat(bench.log.live()).hasSize(1);
    }

    @Test
    void consumingAnOutdatedMessageLeavesTheNewerOne() {
        send("a");
        var taker = taker(1);
        int newer = send("a");
        taker.consumeAll();
        bench.settle();
        int newest = send("a");
        assertThat(newest).isGreaterThan(newer);
        assertThat(rest()).containsExactly(newest);
    }

    @Test
    void remembersNothingOfAMessageThatLeftInTheRoundInWhichItWasReplaced() {
        var afterRound = new ArrayList<Runnable>();
        var values = new LastValues(new LastValues.Outdating() {
            @Override
            public boolean replace(long sequence) {
                return false;
            }

            @Override
            public boolean isInLine(long sequence) {
                return true;
            }

            @Override
            public void betweenRounds(Runnable task) {
                afterRound.add(task);
            }
        });
        values.apply(ON);
        for (boolean leaves : new boolean[] {true, false}) {
            var older = entry(10);
            values.onLinedUp(older);
            values.onLinedUp(entry(11));
            if (leaves) {
                values.onLeft(older);
            }
            afterRound.forEach(Runnable::run);
            afterRound.clear();
            assertThat(values.outdated()).isEqualTo(leaves ? 0 : 1);
            values.onLeft(entry(11));
        }
    }

    private QueueEntry entry(long sequence) {
        var message = AmqpMessage.builder(new MessageBody.Value(sequence)).applicationProperty("stock", "a");
        var entry = new QueueEntry(
                bench.queue,
                new MessageReader().read(message.build().encode(), bench.loop.nowMillis()),
                EnqueueReply.NOBODY);
        entry.takeSequence(sequence);
        return entry;
    }

    @Test
    void countsAScheduledMessageFromItsTimeOn() {
        int later = send("a", true, 4, 1_000);
        int now = send("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(now).isGreaterThan(later);
        bench.loop.advance(1_000);
        bench.settle();
        assertThat(rest()).containsExactly(later);
    }

    @Test
    void knowsTheKeysAfterARestart() {
        send("a");
        int b = send("b");
        int scheduled = send("c", true, 4, 1_000);
        restart();
        int a = send("a");
        int c = send("c");
        assertThat(c).isGreaterThan(scheduled);
        assertThat(bench.statistics().ready()).isEqualTo(3);
        bench.loop.advance(1_000);
        bench.settle();
        assertThat(rest()).containsExactly(b, a, scheduled);
    }

    /** The newer one is on the disk, the removal of the older one is not. */
    @Test
    void keepsTheNewestAfterACrashInBetween() {
        send("a");
        var message = AmqpMessage.builder(new MessageBody.Value(sent))
                .header(new Header(true, 4, -1, false, 0))
                .applicationProperty("stock", "a");
        bench.send(new MessageReader().read(message.build().encode(), bench.loop.nowMillis()), EnqueueReply.NOBODY);
        bench.loop.run(() -> bench.log.commitNext());
        assertThat(bench.log.live()).hasSize(2);
        restart();
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(rest()).containsExactly(sent);
        bench.settle();
        assertThat(bench.log.live()).hasSize(1);
    }

    @Test
    void forgetsKeysWithTheirMessages() {
        for (int i = 0; i < 100; i++) {
            send("stock " + i);
        }
        assertThat(bench.queue.lastValues().size()).isEqualTo(100);
        var taker = taker(60);
        taker.consumeAll();
        bench.settle();
        bench.loop.run(() -> bench.queue.purge(messages -> {}));
        bench.settle();
        assertThat(bench.queue.lastValues().size()).isZero();
    }
}
