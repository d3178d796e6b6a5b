package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.Deferral;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Messages that consumers lay aside, and fetch by their numbers later. */
class DeferredMessagesTest {
    private static final long PLENTY_BYTES = 100_000_000;
    private static final AddressSettings BY_ANNOTATION =
            AddressSettings.NONE.with(AddressSetting.DEFERRAL, Deferral.ANNOTATION);
    private static final Map<Symbol, Object> DEFER = Map.of(Symbol.of("x-opt-deferred"), true);
    private static final Map<Symbol, Object> RETURN = Map.of(Symbol.of("x-opt-deferred"), false);

    private final QueueBench bench = new QueueBench(PLENTY_BYTES, BY_ANNOTATION);

    private QueueBench.Taker taker(int credit) {
        return bench.new Taker(Interest.ALL, credit);
    }

    private QueueBench.Taker fetcher(int credit, Long... numbers) {
        return bench.new Taker(Interest.inDeferred(List.of(numbers), false), credit);
    }

    private void apply(AddressSettings settings) {
        bench.loop.run(() -> bench.queue.apply(settings));
    }

    /** Returns its number. */
    private long defer(QueueBench.Taker taker, int place) {
        var entry = taker.entries.remove(place);
        bench.loop.run(() -> taker.door.giveBack(entry, false, false, DEFER));
        bench.settle();
        return entry.sequenceNumber();
    }

    private List<Long> listed() {
        return list(Long.MIN_VALUE, 100).stream()
                .map(DeferredMessage::sequenceNumber)
                .toList();
    }

    private List<DeferredMessage> list(long after, int count) {
        var found = new ArrayList<DeferredMessage>();
        new QueueDoor(bench.queue).listDeferred(after, count, found::addAll);
        bench.loop.runTasks();
        return found;
    }

    private void assertNothingIsLeft() {
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        assertThat(bench.memory.bytes()).isZero();
        assertThat(bench.statistics().deferred()).isZero();
        bench.loop.run(() -> assertThat(bench.queue.isEmpty()).isTrue());
    }

    @Test
    void consumersHearTheNumbersOfMessages() {
        var taker = taker(1);
        bench.sendMany(1, 4);
        var entry = taker.entries.get(0);
        var added = Objects.requireNonNull(entry.annotationsToSend());
        assertThat(added.annotations()).containsOnly(Map.entry(Symbol.of("x-opt-sequence-number"), entry.index()));
    }

    @Test
    void nobodyIsGivenWhatWasLaidAsideUnlessHeAsksForIt() {
        var taker = taker(3);
        bench.sendMany(3, 4);
        long number = defer(taker, 1);
        assertThat(bench.statistics().deferred()).isEqualTo(1);
        assertThat(bench.statistics().scheduled()).isZero();
        taker.consumeAll();
        assertThat(taker.take(5)).isEmpty();
        assertThat(bench.new Taker(new Interest(QueueBench.selector("n >= 0"), false), 5).numbers)
                .isEmpty();
        assertThat(bench.new Taker(new Interest(null, true), 5).numbers).isEmpty();
        bench.loop.advance(100_000_000);
        assertThat(taker.take(5)).isEmpty();

        var fetcher = fetcher(5, number);
        assertThat(fetcher.numbers).containsExactly(1);
        assertThat(bench.statistics().deferred()).isZero();
        assertThat(bench.statistics().acquired()).isEqualTo(1);
        assertThat(fetcher.entries.get(0).deliveryCount()).isZero();
        fetcher.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void fetchesInTheOrderInWhichItNamesThemAndWithinItsCredit() {
        var taker = taker(5);
        bench.sendMany(5, 4);
        var numbers = new ArrayList<Long>();
        while (!taker.entries.isEmpty()) {
            numbers.add(defer(taker, 0));
        }
        var fetcher = fetcher(2, numbers.get(3), 999_999L, numbers.get(1), numbers.get(1), numbers.get(4));
        assertThat(fetcher.numbers).containsExactly(3, 1);
        assertThat(fetcher.take(5)).containsExactly(4);
        assertThat(fetcher.take(5)).isEmpty();
        assertThat(listed()).containsExactly(numbers.get(0), numbers.get(2));
    }

    @Test
    void fetchThatDrainsHearsOfItsEnd() {
        var taker = taker(2);
        bench.sendMany(2, 4);
        long number = defer(taker, 0);
        var fetcher = fetcher(0, number, 12345L);
        bench.loop.run(() -> fetcher.door.drain(5));
        bench.settle();
        assertThat(fetcher.numbers).containsExactly(0);
        assertThat(fetcher.drained).isEqualTo(1);
    }

    @Test
    void whatIsGivenBackStaysLaidAsideUnlessTheConsumerSaysOtherwise() {
        var taker = taker(1);
        bench.sendMany(1, 4);
        long number = defer(taker, 0);
        var first = fetcher(1, number);
        var entry = first.entries.remove(0);
        bench.loop.run(() -> first.door.giveBack(entry, true, false, Map.of()));
        assertThat(listed()).containsExactly(number);
        assertThat(list(Long.MIN_VALUE, 1).get(0).failedAttempts()).isEqualTo(1);
        fetcher(1, number).leave();
        assertThat(listed()).containsExactly(number);

        var last = fetcher(1, number);
        var again = last.entries.remove(0);
        bench.loop.run(() -> last.door.giveBack(again, false, false, RETURN));
        assertThat(listed()).isEmpty();
        assertThat(taker.take(1)).containsExactly(0);
        taker.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void operatorHasItGivenOutLikeOthersAgain() {
        var taker = taker(2);
        bench.sendMany(2, 4);
        long number = defer(taker, 0);
        taker.consumeAll();
        bench.sendMany(1, 4);
        var returned = new ArrayList<Integer>();
        new QueueDoor(bench.queue).returnDeferred(List.of(number, 999L, number), returned::add);
        bench.loop.runTasks();
        bench.settle();
        assertThat(returned).containsExactly(1);
        assertThat(bench.statistics().ready()).isEqualTo(2);
        bench.restart(BY_ANNOTATION);
        var all = taker(5);
        assertThat(all.numbers).containsExactly(0, 2);
        all.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void stayingSoSurvivesARestart() {
        var taker = taker(3);
        bench.sendMany(3, 4);
        long number = defer(taker, 1);
        long returned = defer(taker, 1);
        var fetcher = fetcher(1, returned);
        var entry = fetcher.entries.remove(0);
        bench.loop.run(() -> fetcher.door.giveBack(entry, false, false, RETURN));
        bench.settle();
        bench.restart(BY_ANNOTATION);
        bench.settle();
        assertThat(listed()).containsExactly(number);
        assertThat(bench.statistics().deferred()).isEqualTo(1);
        var all = taker(5);
        assertThat(all.numbers).containsExactly(0, 2);
        all.consumeAll();
        var again = fetcher(1, number);
        assertThat(again.numbers).containsExactly(1);
        assertThat(again.entries.get(0).wasAcquiredBefore()).isTrue();
        again.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void messageThatIsOnlyInMemoryHasANumberToo() {
        var taker = taker(2);
        bench.sendOne(4, false, EnqueueReply.NOBODY);
        bench.sendOne(4, false, EnqueueReply.NOBODY);
        long second = defer(taker, 1);
        long first = defer(taker, 0);
        assertThat(first).isNegative().isNotEqualTo(second);
        var fetcher = fetcher(5, first, second);
        assertThat(fetcher.numbers).containsExactly(0, 1);
        fetcher.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void expiresWhenItsTimeHasCome() {
        var taker = taker(1);
        bench.sendOne(4, true, 500, EnqueueReply.NOBODY);
        bench.settle();
        long number = defer(taker, 0);
        bench.loop.advance(499);
        assertThat(listed()).containsExactly(number);
        bench.loop.advance(61_000);
        assertThat(listed()).isEmpty();
        assertThat(bench.statistics().expired()).isEqualTo(1);
        assertThat(fetcher(1, number).numbers).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void isListedInPages() {
        var taker = taker(5);
        bench.sendMany(5, 4);
        while (!taker.entries.isEmpty()) {
            defer(taker, taker.entries.size() - 1);
        }
        var first = list(Long.MIN_VALUE, 2);
        assertThat(first).hasSize(2);
        var second = list(first.get(1).sequenceNumber(), 10);
        assertThat(second).hasSize(3);
        assertThat(listed()).isSorted().hasSize(5);
    }

    @Test
    void whoAsksWhyItIsNotDeliveredHearsThatItWasLaidAside() {
        var taker = taker(1);
        bench.sendMany(1, 4);
        long number = defer(taker, 0);
        var told = new ArrayList<DeliveryExplanation>();
        bench.loop.run(() -> bench.queue.explain(DeliveryQuestion.ofNumber(number), told::add));
        bench.settle();
        assertThat(told).hasSize(1);
        assertThat(told.get(0).elsewhere()).isEqualTo(Map.of(WaitingReason.DEFERRED, 1L));
        assertThat(told.get(0).messages())
                .extracting(each -> each.why().reason())
                .containsExactly(WaitingReason.DEFERRED);
    }

    @Test
    void isPurgedAndNotCancelled() {
        var taker = taker(2);
        bench.sendMany(2, 4);
        defer(taker, 0);
        taker.consumeAll();
        var cancelled = new ArrayList<Long>();
        new QueueDoor(bench.queue).cancelAllScheduled(cancelled::add);
        bench.loop.runTasks();
        bench.settle();
        assertThat(cancelled).containsExactly(0L);
        var purged = new ArrayList<Long>();
        bench.loop.run(() -> bench.queue.purge(purged::add));
        bench.settle();
        assertThat(purged).containsExactly(1L);
        assertNothingIsLeft();
    }

    @Test
    void goesWithItsQueue() {
        var taker = taker(2);
        bench.sendMany(2, 4);
        long number = defer(taker, 0);
        fetcher(0, number);
        bench.loop.run(bench.queue::delete);
        assertNothingIsLeft();
    }

    @Test
    void whatIsBeingReadWhenItsConsumerLeavesStaysLaidAside() {
        var taker = taker(1);
        bench.sendMany(1, 4);
        long number = defer(taker, 0);
        var opened = new ArrayList<ConsumerDoor>();
        bench.loop.run(() -> opened.add(new QueueDoor(bench.queue)
                .openConsumer(bench.loop, taker, Interest.inDeferred(List.of(number), false))));
        bench.loop.run(() -> opened.get(0).setLimit(1));
        assertThat(bench.log.readsWaiting()).isEqualTo(1);
        bench.loop.run(opened.get(0)::leave);
        assertThat(listed()).containsExactly(number);
        bench.settle();
        assertThat(listed()).containsExactly(number);
        assertThat(fetcher(1, number).numbers).containsExactly(0);
        bench.loop.run(bench.queue::delete);
        assertNothingIsLeft();
    }

    @Test
    void whatIsBeingReadWhenItsQueueIsDeletedGoesWithIt() {
        for (boolean consumerLeaves : new boolean[] {false, true}) {
            var deleted = new QueueBench(PLENTY_BYTES, BY_ANNOTATION);
            var taker = deleted.new Taker(Interest.ALL, 1);
            deleted.sendMany(1, 4);
            var entry = taker.entries.remove(0);
            deleted.loop.run(() -> taker.door.giveBack(entry, false, false, DEFER));
            deleted.settle();
            var opened = new ArrayList<ConsumerDoor>();
            deleted.loop.run(() -> {
                var door = new QueueDoor(deleted.queue)
                        .openConsumer(deleted.loop, taker, Interest.inDeferred(List.of(entry.sequenceNumber()), false));
                door.setLimit(1);
                opened.add(door);
            });
            assertThat(deleted.log.readsWaiting()).isEqualTo(1);
            deleted.loop.run(deleted.queue::delete);
            if (consumerLeaves) {
                deleted.loop.run(opened.get(0)::leave);
            }
            deleted.settle();
            assertThat(deleted.log.live()).isEmpty();
            assertThat(deleted.memory.bytes()).isZero();
        }
    }

    @Test
    void whatTheDeadLettersDoNotTakeStaysLaidAside() {
        var letters = new ArrayList<EnqueueReply>();
        var refusing = new QueueBench(PLENTY_BYTES, BY_ANNOTATION, new DeadLetters() {
            @Override
            public boolean isLastResort(String queue) {
                return false;
            }

            @Override
            public void take(DeadLetter why, Message message, EnqueueReply reply) {
                letters.add(reply);
            }

            @Override
            public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
                throw new AssertionError("nothing large was sent");
            }
        });
        var taker = refusing.new Taker(Interest.ALL, 5);
        refusing.sendMany(1, 4);
        var entry = taker.entries.remove(0);
        long number = entry.sequenceNumber();
        refusing.loop.run(() -> taker.door.giveBack(entry, false, false, DEFER));
        refusing.settle();
        var fetcher = refusing.new Taker(Interest.inDeferred(List.of(number), false), 1);
        refusing.loop.run(() -> fetcher.door.reject(fetcher.entries.remove(0), null));
        refusing.settle();
        assertThat(letters).hasSize(1);
        refusing.loop.run(letters.get(0)::onRefused);
        refusing.loop.advance(10_000);
        refusing.settle();
        assertThat(taker.entries).isEmpty();
        assertThat(refusing.statistics().deferred()).isEqualTo(1);
        var again = refusing.new Taker(Interest.inDeferred(List.of(number), false), 1);
        assertThat(again.numbers).containsExactly(0);
    }

    @Test
    void whatIsNotGivenBecauseCreditWasTakenBackComesInItsOrderLater() {
        var taker = taker(4);
        bench.sendMany(4, 4);
        var numbers = new ArrayList<Long>();
        while (!taker.entries.isEmpty()) {
            numbers.add(defer(taker, 0));
        }
        var fetcher = fetcher(0, numbers.toArray(new Long[0]));
        bench.loop.run(() -> fetcher.door.setLimit(4));
        assertThat(bench.log.readsWaiting()).isPositive();
        bench.loop.run(() -> fetcher.door.setLimit(1));
        bench.settle();
        assertThat(fetcher.numbers).containsExactly(0);
        assertThat(fetcher.take(5)).containsExactly(1, 2, 3);
    }

    @Test
    void damagedOneIsSetAside() {
        var taker = taker(1);
        bench.sendMany(1, 4);
        long number = defer(taker, 0);
        bench.log.damaged.add(number);
        var fetcher = fetcher(1, number);
        assertThat(fetcher.numbers).isEmpty();
        assertThat(bench.statistics().damaged()).isEqualTo(1);
        assertThat(listed()).isEmpty();
    }

    @Test
    void browserThatNamesItIsShownIt() {
        var taker = taker(1);
        bench.sendMany(1, 4);
        long number = defer(taker, 0);
        var browser = bench.new Taker(Interest.inDeferred(List.of(number), true), 3);
        assertThat(browser.numbers).containsExactly(0);
        assertThat(browser.entries.get(0).state()).isEqualTo(EntryState.SHOWN);
        assertThat(listed()).containsExactly(number);
    }

    @Test
    void keepsNothingOfItsGroupWaiting() {
        var taker = taker(1);
        bench.sendGroups("a", "a", "a");
        long number = defer(taker, 0);
        assertThat(taker.take(2)).containsExactly(1, 2);
        var fetcher = fetcher(1, number);
        assertThat(fetcher.numbers).containsExactly(0);
        fetcher.consumeAll();
        taker.consumeAll();
        taker.leave();
        assertNothingIsLeft();
    }

    @Test
    void replacedOneIsNotFetched() {
        apply(BY_ANNOTATION.with(AddressSetting.LAST_VALUE_KEY, "stock"));
        var taker = taker(1);
        bench.repeat(1, 4, true, QueueBench.NO_TTL, QueueBench.group(null), EnqueueReply.NOBODY);
        bench.settle();
        long number = defer(taker, 0);
        bench.repeat(54, 4, true, QueueBench.NO_TTL, QueueBench.group(null), EnqueueReply.NOBODY);
        bench.settle();
        assertThat(fetcher(1, number).numbers).isEmpty();
        assertThat(taker.take(1)).containsExactly(54);
        taker.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void fetchedOneHasALock() {
        apply(BY_ANNOTATION.with(AddressSetting.LOCK_DURATION, 1_000L));
        var taker = taker(1);
        bench.sendMany(1, 4);
        long number = defer(taker, 0);
        var fetcher = fetcher(1, number);
        assertThat(fetcher.numbers).containsExactly(0);
        fetcher.entries.get(0).onSent();
        bench.loop.advance(1_000);
        bench.settle();
        assertThat(listed()).containsExactly(number);
        assertThat(list(Long.MIN_VALUE, 1).get(0).failedAttempts()).isEqualTo(1);
        assertThat(taker.take(1)).isEmpty();
    }

    @Test
    void undeliverableHereDefersWhereThatIsAgreed() {
        apply(AddressSettings.NONE.with(AddressSetting.DEFERRAL, Deferral.UNDELIVERABLE_HERE));
        var taker = taker(1);
        bench.sendMany(1, 4);
        var entry = taker.entries.remove(0);
        bench.loop.run(() -> taker.door.giveBack(entry, false, true, Map.of()));
        assertThat(listed()).containsExactly(entry.sequenceNumber());
        var same = fetcher(1, entry.sequenceNumber());
        assertThat(same.numbers).containsExactly(0);

        // What a link cannot send stays for others.
        bench.sendMany(1, 4);
        taker.take(1);
        taker.giveBackUnsendable(0);
        assertThat(listed()).isEmpty();
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void nothingIsLaidAsideWhereTheQueueDoesNotAllowIt() {
        apply(AddressSettings.NONE);
        var taker = taker(1);
        bench.sendMany(1, 4);
        assertThat(taker.entries.get(0).annotationsToSend()).isNull();
        defer(taker, 0);
        assertThat(listed()).isEmpty();
        assertThat(taker.take(1)).containsExactly(0);
    }

    @Test
    void noSenderCanLayAMessageAside() {
        assertThat(DeliveryTime.of(Map.of(Symbol.of("x-opt-delivery-time"), Long.MAX_VALUE), 0))
                .isLessThan(DeliveryTime.DEFERRED);
        assertThat(DeliveryTime.of(Map.of(Symbol.of("x-opt-delivery-delay"), DeliveryTime.DEFERRED), 5))
                .isLessThan(DeliveryTime.DEFERRED);
    }
}
