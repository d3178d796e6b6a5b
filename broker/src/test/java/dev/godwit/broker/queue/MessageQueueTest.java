package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.Header;
import dev.godwit.conformance.Spec;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How messages come into a queue, stay there and leave it. */
class MessageQueueTest extends PlainQueue {
    @Test
    void hidesMessageUntilTheJournalHasCommittedIt() {
        var consumer = new RecordedConsumer(10);
        var reply = send("a");
        assertThat(consumer.bodies()).isEmpty();
        assertThat(reply.endings).isEmpty();

        loop.run(log::commitAll);

        assertThat(reply.endings).containsExactly("safe");
        assertThat(consumer.bodies()).containsExactly("a");
        assertThat(log.records.get(0)).isInstanceOf(MessageEnqueued.class);
    }

    @Test
    void keepsNonDurableMessagesOutOfTheJournal() {
        var consumer = new RecordedConsumer(10);
        var reply = sendNonDurable("a");
        assertThat(reply.endings).containsExactly("safe");
        assertThat(consumer.bodies()).containsExactly("a");

        loop.run(() -> consumer.door.consume(consumer.entries.get(0)));
        assertThat(log.records).isEmpty();
    }

    @Test
    void nonDurableMessageDoesNotOvertakeADurableOneThatWaitsForTheDisk() {
        var consumer = new RecordedConsumer(10);
        send("durable");
        var reply = sendNonDurable("memory");
        assertThat(reply.endings).containsExactly("safe");
        assertThat(consumer.bodies()).isEmpty();

        loop.run(log::commitAll);

        assertThat(consumer.bodies()).containsExactly("durable", "memory");
    }

    @Test
    void keepsMessagesInOrderWhileTheJournalIsFullAndRecordsThemWhenItHasRoom() {
        var consumer = new RecordedConsumer(10);
        log.full = true;
        var first = send("a");
        var second = sendNonDurable("b");
        log.full = false;
        var third = send("c");
        assertThat(log.records).isEmpty();

        loop.advance(100);
        loop.run(log::commitAll);

        assertThat(List.of(first, second, third))
                .allSatisfy(reply -> assertThat(reply.endings).containsExactly("safe"));
        assertThat(consumer.bodies()).containsExactly("a", "b", "c");
    }

    @Test
    void refusesWhatWaitedForTheJournalWhenTheQueueIsDeleted() {
        log.full = true;
        var reply = send("a");
        loop.run(queue::delete);
        assertThat(reply.endings).containsExactly("deleted");
    }

    @Test
    void leavesUncommittedMessageInDoubtWhenTheJournalIsLost() {
        var consumer = new RecordedConsumer(10);
        var reply = send("a");
        loop.run(log::loseAll);
        assertThat(reply.endings).containsExactly("in doubt");
        assertThat(consumer.bodies()).isEmpty();
    }

    @Test
    void removalsOfOneTurnAreOneLazyRecordAndFreeTheirMemory() {
        var consumer = new RecordedConsumer(10);
        sendAndCommit("a", "b", "c");
        loop.run(() -> consumer.entries.forEach(consumer.door::consume));
        assertThat(log.records).hasSize(4).contains(new MessagesRemoved(QUEUE_ID, LongRanges.between(1, 3)));
        assertThat(log.lazyAppends).isEqualTo(1);

        loop.run(log::commitAll);
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void removalThatSomebodyWaitsForIsAnsweredAfterItsCommit() {
        var consumer = new RecordedConsumer(10);
        sendAndCommit("a");
        var safe = new ArrayList<String>();
        loop.run(() -> consumer.door.consume(consumer.entries.get(0), () -> safe.add("safe")));
        assertThat(safe).isEmpty();
        assertThat(log.lazyAppends).isZero();
        loop.run(log::commitAll);
        assertThat(safe).containsExactly("safe");
    }

    @Test
    void removalOutlivesAFullJournal() {
        var consumer = new RecordedConsumer(10);
        sendAndCommit("a");
        log.full = true;
        loop.run(() -> consumer.door.consume(consumer.entries.get(0)));
        assertThat(log.records).hasSize(1);
        log.full = false;
        loop.advance(100);
        assertThat(log.records).contains(new MessagesRemoved(QUEUE_ID, LongRanges.of(1)));
    }

    @Test
    void countsMessagesThatWaitForTheDiskAsMemory() {
        send("a");
        assertThat(memory.bytes()).isPositive();
        log.full = true;
        long before = memory.bytes();
        send("b");
        assertThat(memory.bytes()).isGreaterThan(before);
    }

    @Test
    @Spec("3.2.1/ttl")
    void expiresWhereverTheMessageStands() {
        send("keeps", new Header(true, 4, -1, false, 0));
        send("expires", new Header(true, 4, 500, false, 0));
        loop.run(log::commitAll);
        loop.advance(1_000);
        var consumer = new RecordedConsumer(10);
        assertThat(consumer.bodies()).containsExactly("keeps");
        assertThat(log.records).contains(new MessagesRemoved(QUEUE_ID, LongRanges.of(2)));
    }

    @Test
    void consumerThatHoldsAMessageKeepsItBeyondItsTime() {
        var consumer = new RecordedConsumer(1);
        send("a", new Header(true, 4, 500, false, 0));
        loop.run(log::commitAll);
        loop.advance(1_000);
        loop.run(() -> consumer.door.consume(consumer.entries.get(0)));
        assertThat(statistics().expired()).isZero();
        assertThat(statistics().consumed()).isEqualTo(1);
    }

    @Test
    void restoredMessagesStandInOrderWithTheirAttempts() {
        var stored = new StoredMessages();
        log.store(4, record(message("a", Header.DURABLE)));
        log.store(9, record(message("b", Header.DURABLE)));
        stored.add(4, 0, MessageEnqueued.NO_EXPIRY, 0);
        stored.add(9, 0, MessageEnqueued.NO_EXPIRY, 2);
        loop.run(() -> queue.restore(stored));
        var consumer = new RecordedConsumer(5);
        loop.run(log::answerReads);
        assertThat(consumer.bodies()).containsExactly("a", "b");
        assertThat(consumer.entries.get(1).deliveryCount()).isEqualTo(2);
        loop.run(() -> consumer.entries.forEach(consumer.door::consume));
        assertThat(((MessagesRemoved) log.records.get(0)).indexRanges()).hasToString("4,9");
    }

    @Test
    void deletedQueueTellsItsConsumersAndRemovesWhatItHeld() {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a", "b");
        loop.run(queue::delete);
        assertThat(consumer.heard).containsExactly("message a", "deleted");
        assertThat(log.records).contains(new MessagesRemoved(QUEUE_ID, LongRanges.between(1, 2)));
        assertThat(send("c").endings).containsExactly("deleted");
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void throwsWhenCalledOffItsEventLoop() {
        assertThatThrownBy(queue::statistics).hasMessageContaining("off its event loop");
    }
}
