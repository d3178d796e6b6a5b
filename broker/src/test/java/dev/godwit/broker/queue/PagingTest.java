package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue that holds references where it has no room for messages, and reads ahead what it gives out. */
class PagingTest extends PagedQueue {
    @Test
    void messageThatNobodyWaitsForCostsSixteenBytes() {
        sendAndCommit(0, 10_000);
        assertThat(memory.bytes()).isEqualTo(10_000 * 16);
        assertThat(statistics().ready()).isEqualTo(10_000);
    }

    @Test
    void messageThatAConsumerWaitsForNeverLeavesMemory() {
        var consumer = new RecordedConsumer(1_000);
        for (int i = 0; i < 10; i++) {
            sendAndCommit(100 * i, 100);
        }
        assertThat(consumer.numbers).isEqualTo(numbers(0, 1_000));
        assertThat(log.readsWaiting() + log.messagesRead).isZero();
    }

    @Test
    void messagesStayInMemoryWhileThereIsRoom() {
        giveMemory(MUCH_MEMORY);
        sendAndCommit(0, 1_000);
        var consumer = new RecordedConsumer(1_000);
        assertThat(consumer.numbers).isEqualTo(numbers(0, 1_000));
        assertThat(log.messagesRead).isZero();
    }

    @Test
    void firstReadIsSmallAndLaterOnesAreLargeAndOverlapWithDelivery() {
        sendAndCommit(0, 5_000);
        var consumer = new RecordedConsumer(100_000);
        assertThat(log.nextRead()).hasSizeLessThanOrEqualTo(32);
        assertThat(log.readsWaiting()).isEqualTo(2);
        loop.run(() -> log.answerRead(0));
        assertThat(consumer.numbers).isEqualTo(numbers(0, 32));
        assertThat(log.readsWaiting()).isEqualTo(2);
        int largest = 0;
        while (log.readsWaiting() > 0) {
            largest = Math.max(largest, log.nextRead().size());
            loop.run(() -> log.answerRead(0));
        }
        assertThat(largest).isGreaterThan(32);
        assertThat(consumer.numbers).isEqualTo(numbers(0, 5_000));
    }

    @Test
    void readsNoFurtherAheadThanItHasTo() {
        giveMemory(10_000_000);
        sendAndCommit(0, 50_000, "x".repeat(2_000));
        var consumer = new RecordedConsumer(0);
        long before = memory.bytes();
        long most = 0;
        for (int limit = 100; limit <= 20_000; limit += 100) {
            int upTo = limit;
            loop.run(() -> consumer.door.setLimit(upTo));
            answerReads();
            consumer.consumeAll();
            loop.run(log::commitAll);
            most = Math.max(most, memory.bytes());
        }
        assertThat(consumer.numbers).isEqualTo(numbers(0, 20_000));
        assertThat(most - before).isLessThan(8 << 20);
    }

    @Test
    void bytesBoundAReadOfLongMessages() {
        giveMemory(MUCH_MEMORY / 64);
        sendAndCommit(0, 100, "x".repeat(1 << 20));
        new RecordedConsumer(1_000);
        assertThat(log.nextRead()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void keepsOrderWhenALaterReadIsAnsweredFirst() {
        sendAndCommit(0, 200);
        var consumer = new RecordedConsumer(1_000);
        loop.run(() -> log.answerRead(1));
        assertThat(consumer.numbers).isEmpty();
        answerReads();
        assertThat(consumer.numbers).isEqualTo(numbers(0, 200));
    }

    @Test
    void newMessagesStandBehindThoseThatAreBeingRead() {
        sendAndCommit(0, 40);
        var consumer = new RecordedConsumer(1_000);
        sendAndCommit(40, 5);
        sendNonDurable(45);
        sendAndCommit(46, 4);
        assertThat(consumer.numbers).isEmpty();
        answerReads();
        assertThat(consumer.numbers).isEqualTo(numbers(0, 50));
    }

    @Test
    void nonDurableMessageKeepsItsPlaceAmongReferences() {
        sendAndCommit(0, 10);
        sendNonDurable(10);
        sendAndCommit(11, 10);
        var consumer = new RecordedConsumer(1_000);
        answerReads();
        assertThat(consumer.numbers).isEqualTo(numbers(0, 21));
        consumer.consumeAll();
        loop.run(log::commitAll);
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void goesOnFromMemoryWhenConsumersHaveCaughtUp() {
        giveMemory(MUCH_MEMORY);
        restore(500);
        var consumer = new RecordedConsumer(100_000);
        int sent = 500;
        for (int i = 0; i < 20; i++) {
            sendAndCommit(sent, 10);
            sent += 10;
            answerReads();
        }
        int readUntilCaughtUp = log.messagesRead;
        for (int i = 0; i < 100; i++) {
            sendAndCommit(sent, 10);
            sent += 10;
        }
        assertThat(consumer.numbers).isEqualTo(numbers(0, sent));
        assertThat(log.messagesRead).isEqualTo(readUntilCaughtUp);
        assertThat(readUntilCaughtUp).isLessThanOrEqualTo(700);
    }

    @Test
    void messageWithAConsumerCostsNoBytesOfIts() {
        giveMemory(MUCH_MEMORY);
        var consumer = new RecordedConsumer(100);
        sendAndCommit(0, 100, "x".repeat(10_000));
        assertThat(consumer.entries).hasSize(100).allSatisfy(entry -> assertThat(entry.message())
                .isNull());
        assertThat(memory.bytes()).isLessThan(100 * 200);
    }

    @Test
    void returnedMessageIsReadAgainBeforeYoungerOnesAreGivenOut() {
        giveMemory(MUCH_MEMORY);
        var consumer = new RecordedConsumer(3);
        sendAndCommit(0, 6);
        loop.run(() -> {
            consumer.door.giveBack(consumer.entries.get(2), false, false);
            consumer.door.giveBack(consumer.entries.get(0), true, false);
            consumer.door.setLimit(100);
        });
        assertThat(consumer.numbers).containsExactly(0, 1, 2);
        assertThat(log.nextRead()).containsExactly(1L, 3L);
        answerReads();
        assertThat(consumer.numbers).containsExactly(0, 1, 2, 0, 2, 3, 4, 5);
        assertThat(consumer.entries.get(3).deliveryCount()).isEqualTo(1);
    }

    @Test
    void messageThatCannotBeReadIsCountedSetAsideAndHoldsUpNobody() {
        sendAndCommit(0, 5);
        log.damaged.add(3L);
        var consumer = new RecordedConsumer(100);
        answerReads();
        assertThat(consumer.numbers).containsExactly(0, 1, 3, 4);
        assertThat(statistics().damaged()).isEqualTo(1);
        assertThat(statistics().ready()).isZero();
        consumer.consumeAll();
        loop.run(log::commitAll);
        assertThat(log.live()).containsExactly(3L);
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void whatIsNoMessageIsSetAside() {
        sendAndCommit(0, 3);
        log.store(2, new MessageEnqueued(QUEUE_ID, 0, ByteBuffer.wrap(new byte[] {1, 2, 3})));
        var consumer = new RecordedConsumer(100);
        answerReads();
        assertThat(consumer.numbers).containsExactly(0, 2);
        assertThat(statistics().damaged()).isEqualTo(1);
    }

    @Test
    void returnedMessageThatCannotBeReadHoldsUpNobody() {
        var consumer = new RecordedConsumer(2);
        sendAndCommit(0, 3);
        answerReads();
        log.damaged.add(1L);
        loop.run(() -> {
            consumer.door.giveBack(consumer.entries.get(0), false, false);
            consumer.door.setLimit(10);
        });
        answerReads();
        assertThat(consumer.numbers).containsExactly(0, 1, 2);
        assertThat(statistics().damaged()).isEqualTo(1);
    }

    @Test
    void drainEndsWhenWhatHadToBeReadWasGiven() {
        sendAndCommit(0, 100);
        var consumer = new RecordedConsumer(0);
        loop.run(() -> consumer.door.drain(1_000));
        assertThat(consumer.drained).isZero();
        answerReads();
        assertThat(consumer.numbers).isEqualTo(numbers(0, 100));
        assertThat(consumer.drained).isEqualTo(1);
    }

    @Test
    void drainOfAFewEndsWithTheCredit() {
        sendAndCommit(0, 100);
        var consumer = new RecordedConsumer(0);
        loop.run(() -> consumer.door.drain(10));
        answerReads();
        assertThat(consumer.numbers).isEqualTo(numbers(0, 10));
        assertThat(consumer.drained).isEqualTo(1);
    }

    @Test
    void consumersThatDrainAgainWhenTheyHearOfTheEndAreToldOnceForEachDrain() {
        sendAndCommit(0, 100);
        var consumers = List.of(new RecordedConsumer(0), new RecordedConsumer(0), new RecordedConsumer(0));
        consumers.forEach(consumer -> consumer.drainsToCome = 1);
        consumers.forEach(consumer -> loop.run(() -> consumer.door.drain(1_000)));
        answerReads();
        assertThat(consumers).allMatch(consumer -> consumer.drained == 2);
        assertThat(consumers.stream()
                        .mapToInt(consumer -> consumer.entries.size())
                        .sum())
                .isEqualTo(100);
    }

    @Test
    void consumerThatLeavesWhenAnotherHearsOfItsEndHearsNothing() {
        sendAndCommit(0, 100);
        var other = new RecordedConsumer(0);
        var first = new RecordedConsumer(0);
        first.whenDrained = other.door::leave;
        other.whenDrained = first.door::leave;
        loop.run(() -> other.door.drain(1_000));
        loop.run(() -> first.door.drain(1_000));
        answerReads();
        assertThat(first.drained + other.drained).isEqualTo(1);
    }

    @Test
    void whatWasConsumedIsRemovedAlsoWhenAConsumerFailsInTheSameTurn() {
        sendAndCommit(0, 10);
        var consumer = new RecordedConsumer(10);
        answerReads();
        sendAndCommit(10, 10);
        var other = new RecordedConsumer(0);
        var failing = new RecordedConsumer(0);
        failing.whenDrained = () -> {
            throw new IllegalArgumentException("a consumer's own failure");
        };
        loop.run(() -> other.door.drain(100));
        loop.run(() -> failing.door.drain(100));
        assertThatThrownBy(() -> loop.run(() -> {
                    consumer.entries.forEach(consumer.door::consume);
                    log.answerReads();
                }))
                .hasMessage("a consumer's own failure");
        assertThat(removals()).hasSize(1);
        assertThat(other.drained).isEqualTo(1);
    }

    @Test
    void whatWasReadForAConsumerThatLeftGoesToTheNext() {
        sendAndCommit(0, 100);
        var first = new RecordedConsumer(100);
        loop.run(first.door::leave);
        answerReads();
        assertThat(first.numbers).isEmpty();
        var second = new RecordedConsumer(100);
        answerReads();
        assertThat(second.numbers).isEqualTo(numbers(0, 100));
    }
}
