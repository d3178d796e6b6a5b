package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Messages that consumers have for too long: their locks run out, or the consumer has to go. */
class DeliveryHoldsTest extends LockedQueue {
    private static final AddressSettings TIMED =
            AddressSettings.NONE.with(AddressSetting.CONSUMER_TIMEOUT, 2 * LOCK_MILLIS);

    @Test
    void messageThatIsNotSettledInTimeGoesBackAsAfterAFailedAttempt() {
        var slow = new Keeper(1);
        bench.sendMany(1, 4);
        assertThat(slow.numbers).containsExactly(0);
        advance(LOCK_MILLIS - 1);
        assertThat(slow.lost).isEmpty();
        assertThat(bench.statistics().acquired()).isEqualTo(1);
        advance(1);
        assertThat(slow.lost).hasSize(1);
        assertThat(bench.statistics().acquired()).isZero();
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.statistics().locksLost()).isEqualTo(1);

        var quick = new Keeper(1);
        assertThat(quick.numbers).containsExactly(0);
        assertThat(quick.entries.get(0).deliveryCount()).isEqualTo(1);
        assertThat(quick.entries.get(0).wasAcquiredBefore()).isTrue();
        quick.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void tellsUntilWhenAMessageIsLocked() {
        var consumer = new Keeper(1);
        long beforeMillis = bench.loop.nowMillis();
        bench.sendMany(1, 4);
        var hold = Objects.requireNonNull(consumer.entries.get(0).hold());
        assertThat(hold.isLocked()).isTrue();
        assertThat(hold.firstLockedUntilMillis()).isEqualTo(beforeMillis + LOCK_MILLIS);
        var added = Objects.requireNonNull(consumer.entries.get(0).annotationsToSend());
        assertThat(added.annotations().keySet())
                .extracting(Object::toString)
                .containsExactlyInAnyOrder("x-opt-locked-until", "x-opt-lock-token");
        assertThat(consumer.entries.get(0).annotations()).isNull();
    }

    private static ConsumerDoor.Acceptance heardBy(List<String> answers) {
        return new ConsumerDoor.Acceptance() {
            @Override
            public void run() {
                answers.add("safe");
            }

            @Override
            public void onLost() {
                answers.add("lost");
            }
        };
    }

    @Test
    void whoeverWaitsForAnAnswerHearsThatAnyOutcomeCameTooLate() {
        var outcomes = List.of(
                Outcome.Accepted.INSTANCE,
                Outcome.Released.INSTANCE,
                new Outcome.Rejected(null),
                new Outcome.Modified(true, false, Map.of()));
        for (var outcome : outcomes) {
            var consumer = new Keeper(1);
            bench.sendMany(1, 4);
            var entry = consumer.entries.get(0);
            advance(LOCK_MILLIS);
            var answers = new ArrayList<String>();
            bench.loop.run(() -> consumer.door.settle(entry, outcome, heardBy(answers)));
            bench.settle();
            assertThat(answers).as(outcome.toString()).containsExactly("lost");
            consumer.leave();

            var other = new Keeper(1);
            assertThat(other.numbers).hasSize(1);
            bench.loop.run(() -> other.door.settle(other.entries.get(0), outcome, heardBy(answers)));
            bench.settle();
            assertThat(answers).containsExactly("lost", "safe");
            other.leave();
            bench.loop.run(() -> bench.queue.purge(purged -> {}));
            bench.settle();
        }
        assertThat(deadLetters.letters).hasSize(1);
        assertNothingIsLeft();
    }

    @Test
    void consumerThatLosesItsLocksIsGivenNoMoreThanWhatItGetsDone() {
        var hangs = new Keeper(100);
        bench.sendMany(8, 4);
        assertThat(hangs.numbers).hasSize(8);
        var works = new Keeper(100);
        advance(LOCK_MILLIS);
        assertThat(hangs.lost).hasSize(8);
        // One that has lost as many as another one has to do is given as many.
        hangs.numbers.clear();
        works.consumeAll();
        for (int i = 0; i < 20; i++) {
            bench.sendMany(1, 4);
            works.consumeAll();
        }
        assertThat(hangs.numbers).isEmpty();

        // It has come back to life.
        works.move(0);
        bench.sendMany(1, 4);
        assertThat(hangs.numbers).hasSize(1);
        hangs.consumeAll();
        works.move(100);
        bench.sendMany(10, 4);
        assertThat(hangs.numbers).hasSizeGreaterThan(3);
    }

    @Test
    void whatTheConsumerSaysOfAMessageThatItLostIsVoidAlsoWhenItHasItAgain() {
        var consumer = new Keeper(2);
        bench.sendMany(1, 4);
        var first = consumer.entries.get(0);
        advance(LOCK_MILLIS);
        assertThat(consumer.numbers).containsExactly(0, 0);
        var second = consumer.entries.get(0);
        assertThat(second).isNotSameAs(first);

        var answers = new ArrayList<String>();
        bench.loop.run(() -> consumer.door.consume(first, heardBy(answers)));
        bench.loop.run(() -> consumer.door.giveBack(first, true, true, Map.of()));
        bench.loop.run(() -> consumer.door.reject(first, null));
        bench.settle();
        assertThat(answers).containsExactly("lost");
        assertThat(bench.statistics().acquired()).isEqualTo(1);

        bench.loop.run(() -> consumer.door.consume(second, heardBy(answers)));
        bench.settle();
        assertThat(answers).containsExactly("lost", "safe");
        assertNothingIsLeft();
    }

    @Test
    void whatIsSettledInTimeIsForgotten() {
        var consumer = new Keeper(100);
        bench.sendMany(100, 4);
        assertThat(holds()).isEqualTo(100);
        consumer.consumeAll();
        assertThat(holds()).isZero();
        advance(10 * LOCK_MILLIS);
        assertThat(consumer.lost).isEmpty();
        assertNothingIsLeft();
    }

    @Test
    void manyLocksThatRunOutAtOnceGoBackInOrderAndInSlices() {
        int count = 2 * DeliveryHolds.TAKEN_MAX + 10;
        var slow = new Keeper(count);
        bench.sendMany(count, 4);
        assertThat(slow.numbers).hasSize(count);
        advance(LOCK_MILLIS + 5);
        assertThat(slow.lost).hasSize(count);
        var next = new Keeper(count);
        assertThat(next.numbers).isSorted().hasSize(count);
        next.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void locksThatRunOutAtOnceAreLostInTheOrderOfTheQueue() {
        var slow = new Keeper(50);
        bench.sendMany(50, 4);
        advance(LOCK_MILLIS);
        assertThat(slow.lost).hasSize(50).extracting(QueueEntry::sequence).isSorted();
    }

    @Test
    void consumerSeesByTheHoldThatItHasLostAMessage() {
        var slow = new Keeper(3);
        bench.sendMany(3, 4);
        assertThat(slow.entries)
                .allMatch(entry -> !Objects.requireNonNull(entry.hold()).isLost());
        slow.move(0);
        advance(LOCK_MILLIS);
        assertThat(slow.lost).hasSize(3).allMatch(entry -> Objects.requireNonNull(entry.hold())
                .isLost());
    }

    @Test
    void whatWasNeverSentGoesBackWithoutHavingFailed() {
        apply(LOCKED.with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 1L).with(AddressSetting.RETRY_DELAY, 300L));
        var behind = new Keeper(1, false, false);
        bench.sendMany(1, 4);
        advance(LOCK_MILLIS);
        assertThat(behind.lost).hasSize(1);
        assertThat(deadLetters.letters).isEmpty();
        var next = new Keeper(1);
        assertThat(next.numbers).containsExactly(0);
        assertThat(next.entries.get(0).deliveryCount()).isZero();
        advance(LOCK_MILLIS);
        assertThat(deadLetters.letters).hasSize(1);
        assertNothingIsLeft();
    }

    @Test
    void whoIsSentMessagesSettledHasNoLockAndNoTimeout() {
        apply(LOCKED.with(AddressSetting.CONSUMER_TIMEOUT, LOCK_MILLIS));
        var consumer = new Keeper(2, true, true);
        bench.sendMany(1, 4);
        assertThat(consumer.entries.get(0).hold()).isNull();
        assertThat(holds()).isZero();
        advance(10 * LOCK_MILLIS);
        assertThat(consumer.numbers).containsExactly(0);
        assertThat(consumer.heldTooLongMillis).isEmpty();
        consumer.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void ofLockAndTimeoutTheOneThatEndsFirstCounts() {
        var holds = bench.queue.settlements().holds();
        var entry = QueueEntry.unread(bench.queue, 1, 0, 0, 0);
        assertThat(new DeliveryHold(holds, entry, null, 0, 10, 20).endsByTimeout())
                .isFalse();
        assertThat(new DeliveryHold(holds, entry, null, 0, 20, 10).endsByTimeout())
                .isTrue();
        assertThat(new DeliveryHold(holds, entry, null, 0, DeliveryHold.NEVER, 10).endsByTimeout())
                .isTrue();
    }

    @Test
    void messageThatIsOnlyInMemoryGoesBackToo() {
        var consumer = new Keeper(2);
        bench.sendOne(4, false, EnqueueReply.NOBODY);
        advance(LOCK_MILLIS);
        assertThat(consumer.numbers).containsExactly(0, 0);
        consumer.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void lastAttemptEndsAmongTheDeadLetters() {
        apply(LOCKED.with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 2L));
        var consumer = new Keeper(5);
        bench.sendMany(1, 4);
        advance(LOCK_MILLIS);
        assertThat(deadLetters.letters).isEmpty();
        advance(LOCK_MILLIS);
        assertThat(consumer.numbers).containsExactly(0, 0);
        assertThat(deadLetters.letters).hasSize(1);
        var letter = deadLetters.letters.get(0);
        assertThat(letter.reason()).isEqualTo(DeadLetter.Reason.LOCK_LOST);
        assertThat(letter.attempts()).isEqualTo(2);
        assertThat(Objects.requireNonNull(letter.error()).condition().value()).isEqualTo("godwit:lock-lost");
        assertNothingIsLeft();
    }

    @Test
    void attemptsAreKeptOverARestart() {
        var consumer = new Keeper(1);
        bench.sendMany(1, 4);
        advance(LOCK_MILLIS);
        assertThat(bench.log.records)
                .filteredOn(MessageReturned.class::isInstance)
                .extracting(record -> ((MessageReturned) record).deliveryCount())
                .containsExactly(1);
        consumer.leave();
    }

    @Test
    void waitsForTheRetryDelay() {
        apply(LOCKED.with(AddressSetting.RETRY_DELAY, 300L));
        var consumer = new Keeper(5);
        bench.sendMany(1, 4);
        advance(LOCK_MILLIS + 299);
        assertThat(consumer.numbers).containsExactly(0);
        assertThat(bench.statistics().scheduled()).isEqualTo(1);
        advance(1);
        assertThat(consumer.numbers).containsExactly(0, 0);
    }

    @Test
    void restOfItsGroupWaitsForItsNextAttempt() {
        apply(LOCKED.with(AddressSetting.RETRY_DELAY, 300L));
        var consumer = new Keeper(1);
        bench.sendGroups("a", "a", "b");
        advance(LOCK_MILLIS);
        consumer.numbers.clear();
        consumer.move(5);
        bench.settle();
        assertThat(consumer.numbers).containsExactly(2);
        advance(300);
        assertThat(consumer.numbers).containsExactly(2, 0, 1);
        consumer.consumeAll();
        consumer.leave();
        assertNothingIsLeft();
    }

    @Test
    void groupGoesOnInOrderWithAnotherConsumer() {
        var slow = new Keeper(1);
        bench.sendGroups("a", "a", "a");
        var quick = new Keeper(10);
        assertThat(quick.numbers).isEmpty();
        advance(LOCK_MILLIS);
        assertThat(slow.lost).hasSize(1);
        slow.leave();
        bench.settle();
        assertThat(quick.numbers).containsExactly(0, 1, 2);
        quick.consumeAll();
        quick.leave();
        assertNothingIsLeft();
    }

    @Test
    void messageThatANewerOneReplacesDoesNotComeBack() {
        apply(LOCKED.with(AddressSetting.LAST_VALUE_KEY, "stock"));
        var consumer = new Keeper(1);
        bench.repeat(1, 4, true, QueueBench.NO_TTL, QueueBench.group(null), EnqueueReply.NOBODY);
        bench.repeat(54, 4, true, QueueBench.NO_TTL, QueueBench.group(null), EnqueueReply.NOBODY);
        bench.settle();
        advance(LOCK_MILLIS);
        consumer.numbers.clear();
        assertThat(consumer.take(5)).containsExactly(54);
        consumer.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void newDurationHoldsForWhatIsGivenOutFromThenOn() {
        var consumer = new Keeper(3);
        bench.sendMany(1, 4);
        apply(AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS / 2));
        bench.sendMany(1, 4);
        apply(AddressSettings.NONE);
        bench.sendMany(1, 4);
        assertThat(consumer.entries.get(2).hold()).isNull();
        consumer.move(0);
        advance(LOCK_MILLIS / 2);
        assertThat(consumer.lost).hasSize(1);
        advance(LOCK_MILLIS / 2);
        assertThat(consumer.lost).hasSize(2);
        advance(10 * LOCK_MILLIS);
        assertThat(consumer.lost).hasSize(2);
        assertThat(bench.statistics().acquired()).isEqualTo(1);
    }

    @Test
    void retiredMessageHasNoLockUntilARollbackBringsItBack() {
        var consumer = new Keeper(2);
        bench.sendMany(1, 4);
        var entry = consumer.entries.get(0);
        var holder = holder(entry);
        var branch = new ShardBranch(bench.log, bench.loop);
        assertThat(retire(branch, entry, holder)).isTrue();
        advance(3 * LOCK_MILLIS);
        assertThat(consumer.lost).isEmpty();
        bench.loop.run(branch::rollBack);
        assertThat(entry.state()).isEqualTo(EntryState.ACQUIRED);
        advance(LOCK_MILLIS - 1);
        assertThat(consumer.lost).isEmpty();
        advance(1);
        assertThat(consumer.lost).containsExactly(entry);
        // And what comes of it in a transaction now is nothing.
        assertThat(retire(new ShardBranch(bench.log, bench.loop), entry, holder))
                .isFalse();
    }

    @Test
    void committedRetirementLeavesNoLock() {
        var consumer = new Keeper(1);
        bench.sendMany(1, 4);
        var branch = new ShardBranch(bench.log, bench.loop);
        var entry = consumer.entries.get(0);
        assertThat(retire(branch, entry, holder(entry))).isTrue();
        bench.loop.run(() -> branch.commit(new UUID(1, 1), List.of(), false, isKept -> {}));
        bench.settle();
        assertThat(holds()).isZero();
        assertNothingIsLeft();
    }

    @Test
    void consumerThatHasAMessageForTooLongHasToGo() {
        apply(TIMED);
        var slow = new Keeper(3);
        bench.sendMany(1, 4);
        advance(LOCK_MILLIS);
        bench.sendMany(2, 4);
        advance(LOCK_MILLIS - 1);
        assertThat(slow.heldTooLongMillis).isEmpty();
        advance(1);
        assertThat(slow.heldTooLongMillis).containsExactly(2 * LOCK_MILLIS);
        assertThat(bench.statistics().consumerTimeouts()).isEqualTo(1);
        assertThat(bench.statistics().consumers()).isZero();
        assertThat(bench.statistics().ready()).isEqualTo(3);

        var next = new Keeper(3);
        assertThat(next.numbers).containsExactly(0, 1, 2);
        // Only what was out for too long counts as an attempt.
        assertThat(next.entries).extracting(QueueEntry::deliveryCount).containsExactly(1, 0, 0);
        assertThat(next.entries.get(0).hold()).isNotNull();
        assertThat(next.entries.get(0).annotationsToSend()).isNull();
        next.consumeAll();
        assertNothingIsLeft();
    }

    @Test
    void lastMessageThatIsHeldForTooLongEndsAmongTheDeadLetters() {
        apply(TIMED.with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 1L));
        new Keeper(1);
        bench.sendMany(1, 4);
        advance(2 * LOCK_MILLIS);
        assertThat(deadLetters.letters)
                .extracting(DeadLetter::reason)
                .containsExactly(DeadLetter.Reason.CONSUMER_TIMEOUT);
        assertNothingIsLeft();
    }

    @Test
    void deletedQueueHasNoLocks() {
        var consumer = new Keeper(2);
        bench.sendMany(2, 4);
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(holds()).isZero();
        advance(2 * LOCK_MILLIS);
        assertThat(consumer.lost).isEmpty();
    }

    @Test
    void browserHasNoLock() {
        bench.sendMany(1, 4);
        var browser = bench.new Taker(new Interest(null, true), 1);
        assertThat(browser.entries.get(0).hold()).isNull();
        assertThat(holds()).isZero();
    }
}
