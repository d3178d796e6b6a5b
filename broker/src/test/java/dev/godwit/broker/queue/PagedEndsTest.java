package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.Header;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages of which there are references only, and that are deleted, expire or come back after a restart. */
class PagedEndsTest extends PagedQueue {
    @Test
    void answersThatComeAfterTheQueueWasDeletedAreForNobody() {
        sendAndCommit(0, 1_000);
        var consumer = new RecordedConsumer(10);
        answerReads();
        loop.run(() -> {
            consumer.door.giveBack(consumer.entries.get(0), false, false);
            consumer.door.setLimit(20);
        });
        assertThat(log.readsWaiting()).isPositive();
        loop.run(queue::delete);
        answerReads();
        loop.run(log::commitAll);
        assertThat(consumer.numbers).hasSize(10);
        assertThat(log.live()).isEmpty();
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void deletedQueueAlsoRemovesWhatWasSetAside() {
        sendAndCommit(0, 6);
        log.damaged.add(1L);
        log.store(2, new MessageEnqueued(QUEUE_ID, 0, ByteBuffer.wrap(new byte[] {1, 2, 3})));
        var consumer = new RecordedConsumer(100);
        answerReads();
        log.damaged.addAll(List.of(3L, 4L));
        loop.run(() -> {
            consumer.door.giveBack(consumer.entries.get(0), false, false);
            consumer.door.reject(consumer.entries.get(1), null);
            consumer.door.setAside(consumer.entries.get(2), "it is damaged");
        });
        answerReads();
        assertThat(statistics().damaged()).isEqualTo(5);
        assertThat(removals()).isEmpty();
        loop.run(queue::delete);
        loop.run(log::commitAll);
        assertThat(log.live()).isEmpty();
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void messageThatProvesUnreadableOnItsWayAwayEndsWithItsDeletedQueue() {
        sendAndCommit(0, 1);
        var consumer = new RecordedConsumer(1);
        answerReads();
        log.damaged.add(1L);
        loop.run(() -> consumer.door.reject(consumer.entries.get(0), null));
        loop.run(queue::delete);
        answerReads();
        loop.run(log::commitAll);
        assertThat(log.live()).isEmpty();
        assertThat(memory.bytes()).isZero();
        var idle = new ArrayList<Boolean>();
        loop.run(() -> idle.add(queue.isIdle()));
        assertThat(idle).containsExactly(true);
    }

    @Test
    void longQueueIsDeletedInSlices() {
        int messages = 35_000;
        restore(messages);
        var elsewhere = new ArrayList<Integer>();
        loop.run(() -> {
            queue.delete();
            loop.execute(() -> elsewhere.add(removals().size()));
        });
        assertThat(elsewhere).as("slices removed before others got their turn").containsExactly(1);
        loop.run(log::commitAll);
        assertThat(log.live()).isEmpty();
        assertThat(removals()).hasSize(4);
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void deletionWaitsForRoomInTheJournal() {
        restore(35_000);
        log.full = true;
        loop.run(queue::delete);
        loop.advance(100);
        log.full = false;
        loop.advance(100);
        loop.run(log::commitAll);
        assertThat(log.live()).isEmpty();
        assertThat(removals()).hasSizeGreaterThanOrEqualTo(4);
    }

    @Test
    void messagesExpireWithoutBeingRead() {
        send(0, new Header(true, 4, -1, false, 0), "");
        send(1, new Header(true, 4, 500, false, 0), "");
        send(2, new Header(true, 4, 900_000, false, 0), "");
        loop.run(log::commitAll);
        loop.advance(1_000);
        assertThat(statistics().expired()).isEqualTo(1);
        assertThat(removals()).containsExactly(new MessagesRemoved(QUEUE_ID, LongRanges.of(2)));
        var consumer = new RecordedConsumer(10);
        answerReads();
        assertThat(consumer.numbers).containsExactly(0, 2);
    }

    @Test
    void messageExpiresWhileItIsBeingRead() {
        send(0, new Header(true, 4, 500, false, 0), "");
        send(1, Header.DURABLE, "");
        loop.run(log::commitAll);
        var consumer = new RecordedConsumer(10);
        assertThat(log.readsWaiting()).isEqualTo(1);
        loop.advance(1_000);
        answerReads();
        assertThat(consumer.numbers).containsExactly(1);
        assertThat(statistics().expired()).isEqualTo(1);
    }

    @Test
    void restoredMessageExpiresAtItsTime() {
        var stored = new StoredMessages();
        log.store(3, record(0, Header.DURABLE));
        stored.add(3, 0, loop.nowMillis() + 500, 0);
        loop.run(() -> queue.restore(stored));
        loop.advance(1_000);
        assertThat(statistics().expired()).isEqualTo(1);
        assertThat(statistics().ready()).isZero();
    }

    @Test
    void expiryCostsLittleForMessagesThatAreConsumedLongBefore() {
        var heap = new StoredMessages();
        loop.run(() -> queue.restore(heap));
        var consumer = new RecordedConsumer(1_000_000);
        for (int i = 0; i < 20_000; i++) {
            send(i, new Header(true, 4, 3_600_000, false, 0), "");
            loop.run(log::commitAll);
            consumer.consumeAll();
        }
        assertThat(heap.expiryTimes().size()).isLessThan(3_000);
    }

    @Test
    void restoredMessagesKnowTheirAttemptsHoweverMany() {
        var stored = new StoredMessages();
        int[] attempts = {0, 1, 30, 31, 32, 5_000};
        for (int i = 0; i < attempts.length; i++) {
            log.store(10 + i, record(i, Header.DURABLE));
            stored.add(10 + i, 0, MessageEnqueued.NO_EXPIRY, attempts[i]);
        }
        loop.run(() -> queue.restore(stored));
        var consumer = new RecordedConsumer(100);
        answerReads();
        assertThat(consumer.entries.stream().mapToInt(QueueEntry::deliveryCount))
                .containsExactly(0, 1, 30, 31, 32, 5_000);
    }

    @Test
    void attemptsAreForgottenWithTheirMessageHoweverItLeaves() {
        var stored = new StoredMessages();
        for (int i = 0; i < 100; i++) {
            log.store(10 + i, record(i, Header.DURABLE));
            stored.add(10 + i, 0, i < 10 ? loop.nowMillis() + 1_000 : MessageEnqueued.NO_EXPIRY, 40);
        }
        log.damaged.add(25L);
        log.store(26, new MessageEnqueued(QUEUE_ID, 0, ByteBuffer.wrap(new byte[] {1, 2, 3})));
        loop.run(() -> queue.restore(stored));
        var consumer = new RecordedConsumer(100);
        assertThat(log.readsWaiting()).isPositive();
        loop.advance(5_000);
        assertThat(statistics().expired()).isEqualTo(10);
        answerReads();
        assertThat(consumer.entries).hasSize(88).allMatch(entry -> entry.deliveryCount() == 40);
        assertThat(stored.manyAttempts()).isEmpty();
    }

    @Test
    void givesALargeMessageWithWhereItsPartsAre() {
        var stored = new StoredMessages();
        log.store(1, record(0, Header.DURABLE));
        stored.add(1, 0, MessageEnqueued.NO_EXPIRY, 0);
        stored.addLarge(9, 4, MessageEnqueued.NO_EXPIRY, 2, 1L << 30, LongRanges.between(2, 8));
        loop.run(() -> queue.restore(stored));
        var consumer = new RecordedConsumer(100);
        answerReads();
        assertThat(consumer.entries).hasSize(2);
        assertThat(consumer.entries.get(1).large()).isEqualTo(new LargeMessage(4, 1L << 30, LongRanges.between(2, 8)));
        assertThat(consumer.entries.get(1).deliveryCount()).isEqualTo(2);
        consumer.consumeAll();
        assertThat(removals().get(0).indexRanges()).hasToString("1,9");
    }
}
