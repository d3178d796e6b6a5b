package dev.godwit.broker.queue;

import static dev.godwit.broker.queue.QueueBench.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.Sweep.Progress;
import dev.godwit.broker.queue.Sweep.State;
import dev.godwit.broker.queue.Sweep.Work;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SweepTest {
    private static final long NO_LIMIT = Long.MAX_VALUE;

    private final QueueBench bench = new QueueBench(1 << 20, AddressSettings.NONE);
    private final Elsewhere elsewhere = new Elsewhere();
    private final List<Progress> endings = new ArrayList<>();

    private Sweep sweep(Work work, @Nullable String selector, long limit, long perSecond) {
        var filter = selector == null ? null : QueueBench.selector(selector);
        var plan = new Sweep.Plan(work, filter, limit, perSecond);
        var begun = new ArrayList<Sweep>();
        bench.loop.run(() -> begun.add(new QueueDoor(bench.queue).sweep(plan, elsewhere, endings::add)));
        bench.settle();
        return begun.get(0);
    }

    private Progress progress(Sweep sweep) {
        var told = new ArrayList<Progress>();
        bench.loop.run(() -> told.add(sweep.progress()));
        return told.get(0);
    }

    @Test
    void movesWhatTheFilterWantsInOrder() {
        bench.sendMany(9, 4);
        sweep(Work.MOVE, "third = TRUE", NO_LIMIT, 0);
        assertThat(elsewhere.numbers).containsExactly(0, 3, 6);
        assertThat(endings).containsExactly(new Progress(State.DONE, 3, 0));
        assertThat(bench.new Taker(Interest.ALL, 20).numbers).containsExactly(1, 2, 4, 5, 7, 8);
    }

    @Test
    void goesThroughAQueueThatIsOnTheDisk() {
        var deep = new QueueBench(0, AddressSettings.NONE);
        deep.sendMany(5_000, 4);
        var plan = new Sweep.Plan(Work.MOVE, QueueBench.selector("third = TRUE"), NO_LIMIT, 0);
        deep.loop.run(() -> new QueueDoor(deep.queue).sweep(plan, elsewhere, endings::add));
        deep.settle();
        assertThat(endings).containsExactly(new Progress(State.DONE, 1_667, 0));
        assertThat(elsewhere.numbers).isSorted().hasSize(1_667).contains(4_998);
        assertThat(deep.statistics().ready()).isEqualTo(3_333);
    }

    @Test
    void removesHereWhatIsSafeThere() {
        bench.sendMany(3, 4);
        elsewhere.holds = true;
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(elsewhere.numbers).containsExactly(0, 1, 2);
        assertThat(bench.log.live()).hasSize(3);
        assertThat(bench.statistics().acquired()).isEqualTo(3);
        bench.loop.run(elsewhere.held.remove()::onSafe);
        bench.settle();
        assertThat(bench.log.live()).hasSize(2);
        assertThat(endings).isEmpty();
        elsewhere.answerAll();
        assertThat(endings).isEmpty();
        bench.settle();
        assertThat(endings).containsExactly(new Progress(State.DONE, 3, 0));
        assertThat(bench.log.live()).isEmpty();
    }

    @Test
    void whatIsNotTakenStaysInItsPlaceAndIsNotTriedAgain() {
        bench.sendMany(4, 4);
        elsewhere.refused = List.of(1);
        elsewhere.unknown = List.of(2);
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(endings).containsExactly(new Progress(State.DONE, 2, 2));
        assertThat(elsewhere.asked).containsExactly(0, 1, 2, 3);
        var left = bench.new Taker(Interest.ALL, 20);
        assertThat(left.numbers).containsExactly(1, 2);
        assertThat(left.entries)
                .allSatisfy(entry -> assertThat(entry.deliveryCount()).isZero());
    }

    @Test
    void passesByWhatHasNowhereToGo() {
        bench.sendMany(2_000, 4);
        elsewhere.unwanted = numbers(0, 1_500);
        sweep(Work.MOVE, "n >= 1000", NO_LIMIT, 0);
        assertThat(endings).containsExactly(new Progress(State.DONE, 500, 500));
        assertThat(elsewhere.numbers).isEqualTo(numbers(1_500, 2_000));
        assertThat(bench.statistics().returned()).isZero();
    }

    @Test
    void givesUpWhereTooManyAreRefused() {
        bench.sendMany(5_000, 4);
        elsewhere.refused = numbers(0, 5_000);
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(endings).hasSize(1);
        assertThat(endings.get(0).state()).isEqualTo(State.GIVEN_UP);
        assertThat(endings.get(0).stayed()).isBetween(1_000L, 1_300L);
        assertThat(bench.statistics().ready()).isEqualTo(5_000);
        assertThat(bench.new Taker(Interest.ALL, 3).numbers).containsExactly(0, 1, 2);
    }

    @Test
    void worksWhereConsumersOfSeveralPrioritiesAre() {
        bench.sendMany(3_000, 4);
        var urgent = bench.new Taker(new Interest(QueueBench.selector("n = 2999"), false, 5), 10);
        elsewhere.refused = numbers(0, 900);
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(endings).containsExactly(new Progress(State.DONE, 2_099, 900));
        assertThat(urgent.numbers).containsExactly(2_999);
        assertThat(bench.statistics().ready()).isEqualTo(900);
    }

    @Test
    void countsWithoutMovingAnything() {
        bench.sendMany(1_500, 4);
        elsewhere.unknown = numbers(0, 1_500);
        sweep(Work.COUNT, "third = TRUE", NO_LIMIT, 0);
        assertThat(endings).containsExactly(new Progress(State.DONE, 500, 0));
        assertThat(elsewhere.asked).hasSize(500);
        assertThat(bench.statistics().ready()).isEqualTo(1_500);
    }

    @Test
    void copiesAndRemoves() {
        bench.sendMany(600, 4);
        sweep(Work.COPY, null, NO_LIMIT, 0);
        assertThat(elsewhere.numbers).isEqualTo(numbers(0, 600));
        assertThat(bench.statistics().ready()).isEqualTo(600);
        sweep(Work.REMOVE, "n >= 2", NO_LIMIT, 0);
        assertThat(bench.log.live()).hasSize(2);
        assertThat(endings).containsExactly(new Progress(State.DONE, 600, 0), new Progress(State.DONE, 598, 0));
    }

    @Test
    void goesNoFurtherThanItsLimit() {
        bench.sendMany(10, 4);
        sweep(Work.MOVE, null, 4, 0);
        assertThat(elsewhere.numbers).containsExactly(0, 1, 2, 3);
        assertThat(endings).containsExactly(new Progress(State.DONE, 4, 0));
    }

    @Test
    void takesNoMoreThanWereThereAtTheBeginning() {
        bench.sendMany(3, 4);
        // Each message that goes brings another one.
        elsewhere.onTaken = () -> bench.queue.enqueue(new QueueEntry(
                bench.queue, QueueBench.message(99, 4, true, QueueBench.NO_TTL, 0), EnqueueReply.NOBODY));
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(endings).containsExactly(new Progress(State.DONE, 3, 0));
        assertThat(bench.statistics().ready()).isEqualTo(3);
    }

    @Test
    void goesNoFasterThanItsRate() {
        bench.sendMany(100, 4);
        var sweep = sweep(Work.MOVE, null, NO_LIMIT, 10);
        assertThat(elsewhere.numbers).hasSize(1);
        for (int tenth = 0; tenth < 20; tenth++) {
            bench.loop.advance(100);
            bench.settle();
        }
        assertThat(elsewhere.numbers).hasSizeBetween(19, 21);
        assertThat(progress(sweep).state()).isEqualTo(State.RUNNING);
        bench.loop.advance(60_000);
        bench.settle();
        assertThat(endings).containsExactly(new Progress(State.DONE, 100, 0));
    }

    @Test
    void bringsToItsEndWhatIsOnTheWayWhenItIsCancelled() {
        bench.sendMany(1_000, 4);
        elsewhere.holds = true;
        var sweep = sweep(Work.MOVE, null, NO_LIMIT, 0);
        int onTheWay = elsewhere.numbers.size();
        assertThat(onTheWay).isBetween(1, 256);
        bench.loop.run(sweep::cancel);
        bench.settle();
        assertThat(endings).isEmpty();
        elsewhere.answerAll();
        bench.settle();
        assertThat(endings).containsExactly(new Progress(State.CANCELLED, onTheWay, 0));
        assertThat(bench.statistics().ready()).isEqualTo(1_000 - onTheWay);
        assertThat(bench.statistics().consumers()).isZero();
    }

    /** A queue that may hold as many as that, and makes all others wait. */
    private MessageQueue full(long messagesMax) {
        var full = new MessageQueue(
                new QueueName(8, "full", true),
                bench.loop,
                bench.loop,
                bench.log,
                new NoDeadLetters(),
                new QueueLimits(0, bench.memory));
        bench.loop.run(() -> full.apply(AddressSettings.NONE.with(AddressSetting.MAX_MESSAGES, messagesMax)));
        return full;
    }

    @Test
    void whatWaitsForRoomGoesBackWhenItIsCancelled() {
        bench.sendMany(400, 4);
        var full = full(10);
        bench.loop.run(() -> elsewhere.onwards = new QueueDoor(full).openProducer(bench.loop));
        var sweep = sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(progress(sweep)).isEqualTo(new Progress(State.RUNNING, 10, 0));
        assertThat(bench.statistics().acquired()).isBetween(1L, 256L);
        bench.loop.run(sweep::cancel);
        bench.settle();
        assertThat(endings).hasSize(1);
        assertThat(endings.get(0).state()).isEqualTo(State.CANCELLED);
        assertThat(endings.get(0).done()).isEqualTo(10);
        assertThat(bench.statistics().ready()).isEqualTo(390);
        assertThat(bench.statistics().acquired()).isZero();
        assertThat(bench.new Taker(Interest.ALL, 2).numbers).containsExactly(10, 11);
        bench.loop.run(() -> full.apply(AddressSettings.NONE));
        bench.settle();
        bench.loop.run(() -> assertThat(full.statistics().ready()).isEqualTo(10));
    }

    @Test
    void oneThatIsCancelledWaitsNoLongerThanThatForWhatIsOnTheWay() {
        bench.sendMany(1_000, 4);
        elsewhere.holds = true;
        var sweep = sweep(Work.MOVE, null, NO_LIMIT, 0);
        bench.loop.run(sweep::cancel);
        bench.settle();
        bench.loop.advance(Sweep.CANCEL_PATIENCE_MILLIS - 1);
        assertThat(endings).isEmpty();
        bench.loop.advance(1);
        bench.settle();
        assertThat(endings).containsExactly(new Progress(State.CANCELLED, 0, 0));
        assertThat(bench.statistics().ready()).isEqualTo(1_000);
        assertThat(bench.new Taker(Interest.ALL, 2).numbers).containsExactly(0, 1);
        // Too late: it is here again, and somebody may have it.
        elsewhere.answerAll();
        bench.settle();
        assertThat(endings).hasSize(1);
        assertThat(bench.log.live()).hasSize(1_000);
    }

    @Test
    void noLockRunsOutOnIt() {
        bench.loop.run(() -> bench.queue.apply(AddressSettings.NONE
                .with(AddressSetting.LOCK_DURATION, 1_000L)
                .with(AddressSetting.CONSUMER_TIMEOUT, 2_000L)));
        bench.sendMany(3, 4);
        elsewhere.holds = true;
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        bench.loop.advance(60_000);
        bench.settle();
        assertThat(bench.statistics().acquired()).isEqualTo(3);
        elsewhere.answerAll();
        bench.settle();
        assertThat(endings).containsExactly(new Progress(State.DONE, 3, 0));
        assertThat(bench.log.live()).isEmpty();
    }

    @Test
    void endsWithItsQueue() {
        bench.sendMany(10, 4);
        elsewhere.holds = true;
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(endings).containsExactly(new Progress(State.QUEUE_DELETED, 0, 0));
        elsewhere.answerAll();
        bench.settle();
        assertThat(endings).hasSize(1);
    }

    @Test
    void leavesAloneWhatOthersHave() {
        bench.sendMany(4, 4);
        var taker = bench.new Taker(Interest.ALL, 2);
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(elsewhere.numbers).containsExactly(2, 3);
        taker.consumeAll();
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
    }

    @Test
    void worksBesideAnExclusiveConsumerAndTakesNoPlaceOfOne() {
        bench.loop.run(() -> bench.queue.apply(AddressSettings.NONE.with(AddressSetting.EXCLUSIVE_CONSUMER, true)));
        bench.sendMany(4, 4);
        var only = bench.new Taker(Interest.ALL, 1);
        elsewhere.holds = true;
        sweep(Work.MOVE, "n >= 2", NO_LIMIT, 0);
        assertThat(elsewhere.numbers).containsExactly(2, 3);
        assertThat(bench.statistics().consumers()).isEqualTo(1);
        only.consumeAll();
        only.leave();
        assertThat(bench.new Taker(Interest.ALL, 1).numbers).containsExactly(1);
    }

    @Test
    void movesMessagesOfGroupsAndLeavesThoseOfAGroupThatAConsumerHas() {
        bench.sendGroups("a", "b", "a", "b", "c");
        var owner = bench.new Taker(Interest.ALL, 1);
        assertThat(owner.numbers).containsExactly(0);
        sweep(Work.MOVE, null, NO_LIMIT, 0);
        assertThat(endings).containsExactly(new Progress(State.DONE, 3, 0));
        assertThat(elsewhere.numbers).containsExactly(1, 3, 4);
        owner.consumeAll();
        assertThat(owner.take(5)).containsExactly(2);
    }

    /** Where messages go, and how they fare there. */
    private final class Elsewhere implements Sweep.Destination, ProducerDoor {
        final List<Integer> asked = new ArrayList<>();
        final List<Integer> numbers = new ArrayList<>();
        final ArrayDeque<EnqueueReply> held = new ArrayDeque<>();
        List<Integer> refused = List.of();
        List<Integer> unknown = List.of();
        List<Integer> unwanted = List.of();
        boolean holds;

        @Nullable
        ProducerDoor onwards;

        Runnable onTaken = () -> {};

        @Override
        public boolean isChoosy() {
            return !unwanted.isEmpty();
        }

        @Override
        public boolean wants(Message message) {
            return !unwanted.contains(QueueBench.number(message));
        }

        @Override
        public void leave() {
            if (onwards != null) {
                onwards.leave();
            }
        }

        @Override
        public @Nullable ProducerDoor wayOf(Message message) {
            asked.add(QueueBench.number(message));
            return unknown.contains(QueueBench.number(message)) ? null : this;
        }

        @Override
        public void enqueue(Message message, EnqueueReply reply) {
            int number = QueueBench.number(message);
            if (refused.contains(number)) {
                reply.onRefused();
                return;
            }
            numbers.add(number);
            onTaken.run();
            if (onwards != null) {
                onwards.enqueue(message, reply);
            } else if (holds) {
                held.add(reply);
            } else {
                reply.onSafe();
            }
        }

        void answerAll() {
            bench.loop.run(() -> held.forEach(EnqueueReply::onSafe));
        }

        @Override
        public LargeMessageDoor openLarge(Message head, LargeMessageReply reply) {
            throw new AssertionError("no large message was sent");
        }
    }
}
