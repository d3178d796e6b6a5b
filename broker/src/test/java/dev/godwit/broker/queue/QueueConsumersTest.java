package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.conformance.Spec;
import dev.godwit.storage.record.JournalRecord.MessageAnnotated;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who of its consumers a queue gives a message, and what becomes of those that come back. */
class QueueConsumersTest extends PlainQueue {
    @Test
    void givesNoMoreThanTheLimitAndGoesOnWhenItMoves() {
        var consumer = new RecordedConsumer(2);
        sendAndCommit("a", "b", "c");
        assertThat(consumer.bodies()).containsExactly("a", "b");
        loop.run(() -> consumer.door.setLimit(3));
        assertThat(consumer.bodies()).containsExactly("a", "b", "c");
    }

    @Test
    void takesTurnsBetweenConsumersWithCredit() {
        var first = new RecordedConsumer(10);
        var second = new RecordedConsumer(1);
        sendAndCommit("a", "b", "c", "d");
        assertThat(first.bodies()).containsExactly("a", "c", "d");
        assertThat(second.bodies()).containsExactly("b");
    }

    @Test
    void returnedMessageComesBackBeforeThoseNeverGivenOut() {
        var consumer = new RecordedConsumer(2);
        sendAndCommit("a", "b", "c");
        loop.run(() -> {
            consumer.door.giveBack(consumer.entries.get(1), false, false);
            consumer.door.giveBack(consumer.entries.get(0), false, false);
            consumer.door.setLimit(5);
        });
        assertThat(consumer.bodies()).containsExactly("a", "b", "a", "b", "c");
    }

    /** It gave the message back twice: by leaving, and by name, because the message was on its way when it left. */
    @Test
    void leavesAMessageWithItsNextConsumerWhateverItsFormerOneStillSays() {
        var remote = new ManualEventLoop();
        var former = new RecordedConsumer(remote, door, 1);
        loop.runTasks();
        sendAndCommit("a");
        var next = new RecordedConsumer(1);
        var third = new RecordedConsumer(1);
        remote.run(former.door::leave);
        var entry = former.entries.get(0);
        loop.runTasks();
        assertThat(next.bodies()).containsExactly("a");

        remote.run(() -> {
            former.door.giveBack(entry, false, false);
            former.door.reject(entry, null);
            former.door.setAside(entry, "its second half is missing");
            former.door.consume(entry);
        });
        loop.runTasks();

        assertThat(third.bodies()).isEmpty();
        assertThat(deadLetters.taken).isEmpty();
        assertThat(statistics().acquired()).isEqualTo(1);
        loop.run(() -> next.door.consume(next.entries.get(0)));
        assertThat(statistics().consumed()).isEqualTo(1);
    }

    @Test
    void mergesWhatConsumersAddAndRecordsAllOfIt() throws MalformedMessageException {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a");
        giveBackWith(consumer, Map.of(Symbol.of("x-opt-first"), "1", Symbol.of("x-opt-both"), "old"));
        giveBackWith(consumer, Map.of(Symbol.of("x-opt-second"), "2", Symbol.of("x-opt-both"), "new"));
        loop.run(() -> consumer.door.setLimit(3));

        var expected = Map.<Symbol, Object>of(
                Symbol.of("x-opt-first"), "1", Symbol.of("x-opt-both"), "new", Symbol.of("x-opt-second"), "2");
        var added = Objects.requireNonNull(consumer.entries.get(2).annotations());
        assertThat(added.annotations()).isEqualTo(expected);
        var recorded = (MessageAnnotated) log.records.get(log.records.size() - 1);
        assertThat(recorded.queueId()).isEqualTo(QUEUE_ID);
        assertThat(recorded.messageIndex()).isEqualTo(1);
        assertThat(AddedAnnotations.decode(recorded.annotations()).annotations())
                .isEqualTo(expected);
        assertThat(consumer.entries.get(2).deliveryCount()).isZero();
    }

    @Test
    void takesNoMoreAnnotationsThanAMessageMayBeGiven() {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a");
        giveBackWith(consumer, Map.of(Symbol.of("x-opt-kept"), "1"));
        giveBackWith(consumer, Map.of(Symbol.of("x-opt-long"), "x".repeat(4 * 1024)));
        loop.run(() -> consumer.door.setLimit(3));

        assertThat(consumer.bodies()).containsExactly("a", "a", "a");
        assertThat(Objects.requireNonNull(consumer.entries.get(2).annotations()).annotations())
                .isEqualTo(Map.of(Symbol.of("x-opt-kept"), "1"));
    }

    private static Stream<Object> unwritable() {
        Object deep = 1;
        for (int depth = 0; depth < 40; depth++) {
            deep = List.of(deep);
        }
        var nullKey = new HashMap<@Nullable Object, Object>();
        nullKey.put(null, 1);
        return Stream.of(
                new int[] {1}, new Object(), deep, nullKey, Map.of(List.of("key"), 1), Symbol.of("\u00e9"), "\ud800");
    }

    @ParameterizedTest
    @MethodSource("unwritable")
    void aMessageComesBackWithoutTheAnnotationsThatCannotBeWritten(Object value) {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a");
        giveBackWith(consumer, Map.of(Symbol.of("x-opt-kept"), "1"));
        giveBackWith(consumer, Map.of(Symbol.of("x-opt-strange"), value));

        assertThat(consumer.bodies()).containsExactly("a", "a", "a");
        assertThat(Objects.requireNonNull(consumer.entries.get(2).annotations()).annotations())
                .isEqualTo(Map.of(Symbol.of("x-opt-kept"), "1"));
        loop.run(() -> consumer.door.consume(consumer.entries.get(2)));
        assertThat(log.records).contains(new MessagesRemoved(QUEUE_ID, LongRanges.of(1)));
    }

    @Test
    @Spec({"3.4.4/released", "3.4.5/delivery-failed"})
    void releaseLeavesTheDeliveryCountAndFailureRaisesItOnTheDisk() {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a");
        loop.run(() -> {
            consumer.door.giveBack(consumer.entries.get(0), false, false);
            consumer.door.setLimit(2);
        });
        assertThat(consumer.entries.get(1).deliveryCount()).isZero();
        assertThat(consumer.entries.get(1).wasAcquiredBefore()).isTrue();

        loop.run(() -> {
            consumer.door.giveBack(consumer.entries.get(1), true, false);
            consumer.door.setLimit(3);
        });
        assertThat(consumer.entries.get(2).deliveryCount()).isEqualTo(1);
        assertThat(log.records).contains(new MessageReturned(QUEUE_ID, 1, 1));
    }

    @Test
    @Spec("3.4.5/undeliverable-here")
    void undeliverableHereNeverComesBackToThatConsumerAndHoldsUpNobody() {
        var picky = new RecordedConsumer(1);
        sendAndCommit("a", "b");
        loop.run(() -> {
            picky.door.giveBack(picky.entries.get(0), false, true);
            picky.door.setLimit(5);
        });
        assertThat(picky.bodies()).containsExactly("a", "b");

        var other = new RecordedConsumer(5);
        assertThat(other.bodies()).containsExactly("a");
    }

    @Test
    void leavingConsumerGivesBackInOrderWhatItHas() {
        var first = new RecordedConsumer(3);
        sendAndCommit("a", "b", "c");
        loop.run(() -> {
            first.door.consume(first.entries.get(1));
            first.door.leave();
        });
        var second = new RecordedConsumer(5);
        assertThat(second.bodies()).containsExactly("a", "c");
        assertThat(second.entries.get(0).deliveryCount()).isZero();
    }

    @Test
    void drainGivesAllThereIsAndTakesTheRestOfTheCreditAway() {
        var consumer = new RecordedConsumer(0);
        sendAndCommit("a", "b");
        loop.run(() -> consumer.door.drain(10));
        assertThat(consumer.heard).containsExactly("message a", "message b", "drained");
        sendAndCommit("c");
        assertThat(consumer.bodies()).containsExactly("a", "b");
    }

    @Test
    void drainOfAnEmptyQueueEndsAtOnce() {
        var consumer = new RecordedConsumer(0);
        loop.run(() -> consumer.door.drain(1));
        assertThat(consumer.heard).containsExactly("drained");
    }

    @Test
    void consumerThatGivesEverythingBackAtOnceDoesNotBreakTheRound() {
        sendAndCommit("a", "b", "c");
        var first = new RecordedConsumer(3);
        loop.run(first.door::leave);
        // Has credit at its queue, but none at its peer.
        var refusing = new AnsweringConsumer(5, (its, entry) -> its.giveBack(entry, false, false));
        var other = new RecordedConsumer(5);
        assertThat(refusing.seen).isEqualTo(5);
        assertThat(other.bodies()).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void consumerThatLeavesWhileItIsGivenAMessageGetsNoMoreAndLeavesAllOfItToOthers() {
        sendAndCommit("a", "b", "c");
        var leaving = new AnsweringConsumer(5, (its, entry) -> its.leave());
        assertThat(leaving.seen).isEqualTo(1);
        assertThat(new RecordedConsumer(5).bodies()).containsExactly("a", "b", "c");
    }

    @Test
    void forgetsConsumersThatLeftAlsoWhenNoMessageComes() {
        for (int i = 0; i < 100; i++) {
            var consumer = new RecordedConsumer(10);
            loop.run(consumer.door::leave);
        }
        assertThat(statistics().consumers()).isZero();
        loop.run(() -> assertThat(queue.consumersInRotation()).isZero());
    }

    /** Says something to its queue while it is given a message. */
    private final class AnsweringConsumer implements ConsumerPort {
        int seen;
        private final BiConsumer<ConsumerDoor, QueueEntry> answer;
        private @Nullable ConsumerDoor door;

        AnsweringConsumer(long limit, BiConsumer<ConsumerDoor, QueueEntry> answer) {
            this.answer = answer;
            loop.run(() -> {
                door = QueueConsumersTest.this.door.openConsumer(loop, this);
                door.setLimit(limit);
            });
        }

        @Override
        public void onMessage(QueueEntry entry) {
            seen++;
            if (door != null) {
                answer.accept(door, entry);
            }
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }
}
