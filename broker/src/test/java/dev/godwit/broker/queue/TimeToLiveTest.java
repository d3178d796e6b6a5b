package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.Deferral;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** How long messages live whose queue bounds that, and where they go when they have expired. */
class TimeToLiveTest {
    private static final long PLENTY_BYTES = 100_000_000;
    private static final long LONG_MILLIS = 120_000;
    private static final AddressSettings BOUNDED = AddressSettings.NONE.with(AddressSetting.MESSAGE_TTL, 1_000L);
    private static final AddressSettings KEPT = BOUNDED.with(AddressSetting.EXPIRY_ADDRESS, "expired");

    private final Elsewhere elsewhere = new Elsewhere();

    /** Where messages go that have expired. */
    private static final class Elsewhere implements DeadLetters {
        final List<Integer> numbers = new ArrayList<>();
        final List<DeadLetter> reasons = new ArrayList<>();
        final List<EnqueueReply> replies = new ArrayList<>();
        boolean answers = true;
        boolean takes = true;
        int offered;

        @Override
        public boolean isLastResort(String queue) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            offered++;
            if (!answers) {
                replies.add(reply);
            } else if (takes) {
                numbers.add(QueueBench.number(message));
                reasons.add(why);
                reply.onSafe();
            } else {
                reply.onRefused();
            }
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("nothing large was sent");
        }
    }

    private QueueBench bench(AddressSettings settings) {
        return new QueueBench(PLENTY_BYTES, settings, elsewhere);
    }

    private static void assertNothingIsLeft(QueueBench bench) {
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        assertThat(bench.memory.bytes()).isZero();
        bench.loop.run(() -> assertThat(bench.queue.isEmpty()).isTrue());
    }

    private static List<Integer> numbers(int from, int to) {
        var numbers = new ArrayList<Integer>();
        for (int number = from; number < to; number++) {
            numbers.add(number);
        }
        return numbers;
    }

    @Test
    void earlierOfItsOwnTimeAndThatOfTheQueueCounts() {
        var bench = bench(BOUNDED);
        bench.sendOne(4, true, QueueBench.NO_TTL, EnqueueReply.NOBODY);
        bench.sendOne(4, true, LONG_MILLIS, EnqueueReply.NOBODY);
        bench.sendOne(4, true, 300, EnqueueReply.NOBODY);
        bench.sendOne(4, false, QueueBench.NO_TTL, EnqueueReply.NOBODY);
        bench.settle();
        bench.loop.advance(300);
        assertThat(bench.statistics().expired()).isEqualTo(1);
        bench.loop.advance(699);
        assertThat(bench.statistics().expired()).isEqualTo(1);
        bench.loop.advance(1);
        assertThat(bench.statistics().expired()).isEqualTo(4);
        assertThat(elsewhere.offered).isZero();
        assertNothingIsLeft(bench);
    }

    @Test
    void whatIsThereAlreadyLivesAsItDid() {
        var bench = bench(AddressSettings.NONE);
        bench.sendMany(1, 4);
        bench.loop.run(() -> bench.queue.apply(BOUNDED));
        bench.sendMany(1, 4);
        bench.loop.run(() -> bench.queue.apply(AddressSettings.NONE));
        bench.sendMany(1, 4);
        bench.loop.advance(LONG_MILLIS);
        assertThat(bench.new Taker(Interest.ALL, 5).numbers).containsExactly(0, 2);
    }

    @Test
    void restartGivesItNoMoreTime() {
        var bench = bench(BOUNDED);
        bench.sendMany(1, 4);
        bench.loop.advance(600);
        bench.restart(AddressSettings.NONE);
        bench.loop.advance(399);
        assertThat(bench.statistics().ready()).isEqualTo(1);
        bench.loop.advance(1);
        bench.settle();
        assertThat(bench.statistics().expired()).isEqualTo(1);
        assertNothingIsLeft(bench);
    }

    @Test
    void whatWasReadBackFromTheDiskAndComesBackLivesNoLonger() {
        var bench = new QueueBench(0, BOUNDED, elsewhere);
        bench.sendMany(4, 4);
        var all = bench.new Taker(Interest.ALL, 1);
        var some = bench.new Taker(new Interest(QueueBench.selector("n >= 2"), false), 1);
        assertThat(all.numbers).containsExactly(0);
        assertThat(some.numbers).containsExactly(2);
        all.giveBack(0);
        some.giveBack(0);
        all.move(0);
        some.move(0);
        bench.loop.advance(LONG_MILLIS);
        bench.settle();
        assertThat(all.take(10)).isEmpty();
        assertThat(bench.statistics().ready()).isZero();
        assertThat(bench.statistics().expired()).isEqualTo(4);
        assertNothingIsLeft(bench);
    }

    @Test
    void whatTheBrokerBringsIsLeftAsItIs() {
        var bench = bench(KEPT);
        var transfer = new EnqueueReply() {
            @Override
            public boolean isTransfer() {
                return true;
            }

            @Override
            public void onSafe() {}

            @Override
            public void onRefused() {}

            @Override
            public void onInDoubt() {}
        };
        bench.sendOne(4, true, QueueBench.NO_TTL, transfer);
        bench.settle();
        bench.loop.advance(LONG_MILLIS);
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void scheduledMessageLivesSoLongFromItsTimeOn() {
        var bench = bench(BOUNDED);
        var encoded = AmqpMessage.builder(new MessageBody.Value(0))
                .header(new Header(true, 4, QueueBench.NO_TTL, false, 0))
                .messageAnnotation(Symbol.of("x-opt-delivery-time"), bench.loop.nowMillis() + 5_000)
                .build()
                .encode();
        bench.send(new MessageReader().read(encoded, bench.loop.nowMillis()), EnqueueReply.NOBODY);
        bench.settle();
        bench.loop.advance(5_999);
        assertThat(bench.statistics().ready()).isEqualTo(1);
        bench.loop.advance(1);
        assertThat(bench.statistics().expired()).isEqualTo(1);
        assertNothingIsLeft(bench);
    }

    @Test
    void expiredMessagesGoWhereTheirQueueSays() {
        for (long memoryBytes : new long[] {0, PLENTY_BYTES}) {
            elsewhere.numbers.clear();
            elsewhere.reasons.clear();
            var bench = new QueueBench(memoryBytes, KEPT, elsewhere);
            bench.sendMany(2_000, 4);
            bench.sendOne(4, false, QueueBench.NO_TTL, EnqueueReply.NOBODY);
            bench.settle();
            bench.loop.advance(999);
            bench.settle();
            assertThat(elsewhere.numbers).isEmpty();
            bench.loop.advance(1);
            bench.settle();
            assertThat(elsewhere.numbers).containsExactlyInAnyOrderElementsOf(numbers(0, 2_001));
            assertThat(bench.statistics().expired()).isEqualTo(2_001);
            var why = elsewhere.reasons.get(0);
            assertThat(why.reason()).isEqualTo(DeadLetter.Reason.EXPIRED);
            assertThat(why.fromQueue()).isEqualTo("orders");
            assertThat(why.toAddress()).isEqualTo("expired");
            assertNothingIsLeft(bench);
        }
    }

    @Test
    void whatExpiresAsItIsToBeGivenOutGoesThereToo() {
        var bench = bench(KEPT);
        var taker = bench.new Taker(Interest.ALL, 1);
        bench.sendMany(1, 4);
        bench.loop.advance(2_000);
        // Not while a consumer has it.
        assertThat(elsewhere.numbers).isEmpty();
        taker.giveBack(0);
        bench.loop.advance(100);
        bench.settle();
        assertThat(elsewhere.numbers).containsExactly(0);
        assertThat(taker.numbers).containsExactly(0);
        assertNothingIsLeft(bench);
    }

    @Test
    void whatWasLaidAsideOrWaitsForItsNextAttemptGoesThereToo() {
        var settings = KEPT.with(AddressSetting.DEFERRAL, Deferral.ANNOTATION)
                .with(AddressSetting.RETRY_DELAY, 500L)
                .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 0L);
        var bench = bench(settings);
        var taker = bench.new Taker(Interest.ALL, 2);
        bench.sendMany(2, 4);
        var first = taker.entries.get(0);
        var second = taker.entries.get(1);
        bench.loop.run(() -> taker.door.giveBack(first, false, false, Map.of(Symbol.of("x-opt-deferred"), true)));
        bench.loop.advance(900);
        bench.loop.run(() -> taker.door.giveBack(second, true, false));
        assertThat(bench.statistics().deferred()).isEqualTo(1);
        assertThat(bench.statistics().scheduled()).isEqualTo(1);
        bench.loop.advance(1_000);
        bench.settle();
        assertThat(elsewhere.numbers).containsExactlyInAnyOrder(0, 1);
        var why = elsewhere.reasons.get(elsewhere.numbers.indexOf(1));
        assertThat(why.attempts()).isEqualTo(1);
        assertNothingIsLeft(bench);
    }

    @Test
    void whatIsNotTakenThereIsOfferedAgainAndGivenToNobody() {
        elsewhere.takes = false;
        var bench = bench(KEPT);
        bench.sendMany(3, 4);
        bench.loop.advance(1_000);
        bench.settle();
        assertThat(elsewhere.offered).isEqualTo(3);
        assertThat(bench.new Taker(Interest.ALL, 5).numbers).isEmpty();
        bench.loop.advance(ExpiredMessages.RETRY_MILLIS);
        bench.settle();
        assertThat(elsewhere.offered).isEqualTo(6);
        bench.loop.run(() -> assertThat(bench.queue.isEmpty()).isFalse());
        elsewhere.takes = true;
        bench.loop.advance(ExpiredMessages.RETRY_MILLIS);
        bench.settle();
        assertThat(elsewhere.numbers).containsExactlyInAnyOrder(0, 1, 2);
        assertThat(bench.statistics().expired()).isEqualTo(3);
        assertNothingIsLeft(bench);
    }

    @Test
    void onlySoManyLeaveTheirPlaceWhileThereIsNoRoomForThem() {
        elsewhere.answers = false;
        var bench = new QueueBench(0, KEPT, elsewhere);
        int more = 500;
        bench.sendMany(ExpiredMessages.LEAVING_MAX + more, 4);
        bench.loop.advance(5_000);
        bench.settle();
        assertThat(bench.statistics().expired()).isEqualTo(ExpiredMessages.LEAVING_MAX);
        assertThat(bench.statistics().ready()).isEqualTo(more);
        elsewhere.answers = true;
        bench.loop.run(() -> {
            var first = List.copyOf(elsewhere.replies);
            elsewhere.replies.clear();
            first.forEach(EnqueueReply::onSafe);
        });
        bench.settle();
        bench.loop.advance(5_000);
        bench.settle();
        assertThat(bench.statistics().expired()).isEqualTo(ExpiredMessages.LEAVING_MAX + more);
        assertNothingIsLeft(bench);
    }

    @Test
    void nothingExpiresIntoItsOwnQueue() {
        var bench = bench(BOUNDED.with(AddressSetting.EXPIRY_ADDRESS, "orders"));
        bench.sendMany(1, 4);
        bench.loop.advance(1_000);
        assertThat(elsewhere.offered).isZero();
        assertThat(bench.statistics().expired()).isEqualTo(1);
        assertNothingIsLeft(bench);
    }

    @Test
    void goesWithItsQueueWhileItIsNotTaken() {
        elsewhere.takes = false;
        var bench = bench(KEPT);
        bench.sendMany(2, 4);
        bench.loop.advance(1_000);
        bench.settle();
        bench.loop.run(bench.queue::delete);
        bench.loop.advance(ExpiredMessages.RETRY_MILLIS);
        assertNothingIsLeft(bench);
        assertThat(elsewhere.offered).isEqualTo(2);
    }

    @Test
    void newestOfItsKeyIsReplacedNoMoreWhenItHasExpired() {
        var bench = bench(KEPT.with(AddressSetting.LAST_VALUE_KEY, "stock"));
        bench.repeat(1, 4, true, QueueBench.NO_TTL, QueueBench.group(null), EnqueueReply.NOBODY);
        bench.settle();
        bench.loop.advance(1_000);
        bench.settle();
        bench.repeat(54, 4, true, QueueBench.NO_TTL, QueueBench.group(null), EnqueueReply.NOBODY);
        bench.settle();
        assertThat(elsewhere.numbers).containsExactly(1);
        assertThat(bench.statistics().replaced()).isZero();
        assertThat(bench.new Taker(Interest.ALL, 2).numbers).containsExactly(54);
    }

    @Test
    void consumersReadNoTimeToLiveThatNobodyGave() {
        var bench = bench(BOUNDED);
        var headers = new ArrayList<Boolean>();
        var taker = bench.new Taker(Interest.ALL, 0) {
            @Override
            public void onMessage(QueueEntry entry) {
                var message = Objects.requireNonNull(entry.takeMessage());
                headers.add(message.head(0, true, entry.leftMillis()).hasRemaining());
            }
        };
        bench.sendOne(4, true, QueueBench.NO_TTL, EnqueueReply.NOBODY);
        bench.sendOne(4, true, LONG_MILLIS, EnqueueReply.NOBODY);
        bench.settle();
        taker.move(2);
        bench.settle();
        assertThat(headers).containsExactly(false, true);
    }
}
