package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A queue that holds references where it has no room for messages. */
class PagingTest {
    private static final long QUEUE_ID = 7;
    private static final int DELIVERY_ATTEMPTS_MAX = 3;

    /** Too little for any message that nobody waits for. */
    private static final long NO_MEMORY = 0;

    private static final long MUCH_MEMORY = 1 << 30;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final ManualLog log = new ManualLog();
    private final HeldDeadLetters deadLetters = new HeldDeadLetters();
    private MessageMemory memory = new MessageMemory(NO_MEMORY);
    private MessageQueue queue = newQueue();

    private MessageQueue newQueue() {
        return new MessageQueue(
                new QueueName(QUEUE_ID, "orders", true),
                loop,
                loop,
                log,
                deadLetters,
                new QueueLimits(DELIVERY_ATTEMPTS_MAX, memory));
    }

    private void giveMemory(long bytes) {
        memory = new MessageMemory(bytes);
        queue = newQueue();
    }

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

    @Test
    void rejectedMessageIsReadAgainForTheDeadLetters() {
        var consumer = new RecordedConsumer(10);
        sendAndCommit(0, 1);
        loop.run(() -> consumer.door.reject(consumer.entries.get(0), null));
        assertThat(deadLetters.numbers).isEmpty();
        answerReads();
        assertThat(deadLetters.numbers).containsExactly(0);
        loop.run(() -> deadLetters.replies.get(0).onSafe());
        assertThat(removals()).containsExactly(new MessagesRemoved(QUEUE_ID, LongRanges.of(1)));
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void messageThatFailedTooOftenIsReadAgainForTheDeadLetters() {
        var consumer = new RecordedConsumer(10);
        sendAndCommit(0, 1);
        for (int attempt = 0; attempt < DELIVERY_ATTEMPTS_MAX; attempt++) {
            var entry = consumer.entries.get(attempt);
            loop.run(() -> consumer.door.giveBack(entry, true, false));
            answerReads();
        }
        assertThat(deadLetters.numbers).containsExactly(0);
        assertThat(log.records.stream().filter(MessageReturned.class::isInstance))
                .hasSize(DELIVERY_ATTEMPTS_MAX);
    }

    @Test
    void onlySoManyRejectedMessagesAreInMemoryAtATime() {
        var consumer = new RecordedConsumer(10_000);
        for (int i = 0; i < 20; i++) {
            sendAndCommit(100 * i, 100);
        }
        loop.run(() -> consumer.entries.forEach(entry -> consumer.door.reject(entry, null)));
        answerReads();
        assertThat(deadLetters.numbers).hasSize(512);
        for (int answered = 0; answered < 2_000; answered++) {
            loop.run(deadLetters.replies.get(answered)::onSafe);
            answerReads();
            assertThat(deadLetters.numbers.size() - answered - 1).isLessThanOrEqualTo(512);
        }
        assertThat(deadLetters.numbers).isEqualTo(numbers(0, 2_000));
        loop.run(log::commitAll);
        assertThat(log.live()).isEmpty();
    }

    @Test
    void onlySoManyBytesOfLargeRejectedMessagesAreCopiedAtATime() {
        var stored = new StoredMessages();
        for (int i = 0; i < 10; i++) {
            long bytes = i < 5 ? 1L << 30 : 1_500_000;
            stored.addLarge(
                    10 * i + 9, 4, MessageEnqueued.NO_EXPIRY, 0, bytes, LongRanges.between(10 * i + 1, 10 * i + 8));
        }
        loop.run(() -> queue.restore(stored));
        var consumer = new RecordedConsumer(100);
        loop.run(() -> consumer.entries.forEach(entry -> consumer.door.reject(entry, null)));
        var begun = new ArrayList<Integer>();
        for (int answered = 0; answered < 10; answered++) {
            begun.add(deadLetters.large - answered);
            loop.run(deadLetters.replies.get(answered)::onSafe);
        }
        assertThat(begun).containsExactly(1, 1, 1, 1, 1, 2, 2, 2, 2, 1);
        assertThat(removals()).hasSize(10);
    }

    @Test
    void rejectedMessageThatCannotBeReadIsSetAside() {
        var consumer = new RecordedConsumer(10);
        sendAndCommit(0, 2);
        log.damaged.add(1L);
        loop.run(() -> consumer.entries.forEach(entry -> consumer.door.reject(entry, null)));
        answerReads();
        assertThat(deadLetters.numbers).containsExactly(1);
        assertThat(statistics().damaged()).isEqualTo(1);
    }

    private void answerReads() {
        while (log.readsWaiting() > 0) {
            loop.run(log::answerReads);
        }
    }

    private void restore(int messages) {
        var stored = new StoredMessages();
        for (int i = 0; i < messages; i++) {
            // As if the log had held them before its first record: far from the indices to come.
            long index = 1_000_000L + i;
            log.store(index, record(i, Header.DURABLE));
            stored.add(index, 0, MessageEnqueued.NO_EXPIRY, 0);
        }
        loop.run(() -> queue.restore(stored));
    }

    private List<MessagesRemoved> removals() {
        return log.records.stream()
                .filter(MessagesRemoved.class::isInstance)
                .map(MessagesRemoved.class::cast)
                .toList();
    }

    private void sendAndCommit(int first, int count) {
        sendAndCommit(first, count, "");
    }

    private void sendAndCommit(int first, int count, String filling) {
        for (int number = first; number < first + count; number++) {
            send(number, Header.DURABLE, filling);
        }
        loop.run(log::commitAll);
    }

    private void sendNonDurable(int number) {
        send(number, Header.DEFAULT, "");
    }

    private void send(int number, Header header, String filling) {
        var message = message(number, header, filling);
        loop.run(() -> new QueueDoor(queue).openProducer(loop).enqueue(message, EnqueueReply.NOBODY));
    }

    private MessageEnqueued record(int number, Header header) {
        var message = message(number, header, "");
        return new MessageEnqueued(
                QUEUE_ID, message.arrivalTimeMillis(), message.expiryTimeMillis(), 0, message.encoded());
    }

    private Message message(int number, Header header, String filling) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(number + " " + filling))
                .header(header)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    private static int number(Message message) {
        var text = String.valueOf(
                ((MessageBody.Value) AmqpMessage.decode(message.encoded()).body()).value());
        return Integer.parseInt(text.substring(0, text.indexOf(' ')));
    }

    private static List<Integer> numbers(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    private QueueStatistics statistics() {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(queue.statistics()));
        return read.get(0);
    }

    private static final class HeldDeadLetters implements DeadLetters {
        final List<Integer> numbers = new ArrayList<>();
        final List<EnqueueReply> replies = new ArrayList<>();
        int large;

        @Override
        public boolean isLastResort(String name) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            numbers.add(number(message));
            replies.add(reply);
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            large++;
            replies.add(reply);
        }
    }

    /** Takes each message out of its entry, as a link does. */
    private final class RecordedConsumer implements ConsumerPort {
        final List<Integer> numbers = new ArrayList<>();
        final List<QueueEntry> entries = new ArrayList<>();
        final ConsumerDoor door;
        int drained;
        int drainsToCome;
        Runnable whenDrained = () -> {};
        private int consumed;

        RecordedConsumer(long limit) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> {
                var mine = new QueueDoor(queue).openConsumer(loop, this);
                opened.add(mine);
                mine.setLimit(limit);
            });
            door = opened.get(0);
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
            var message = entry.takeMessage();
            if (message != null) {
                numbers.add(number(message));
            } else {
                assertThat(entry.large()).as("a message came without its bytes").isNotNull();
            }
        }

        @Override
        public void onDrained() {
            drained++;
            whenDrained.run();
            if (drainsToCome > 0) {
                drainsToCome--;
                door.drain(1_000);
            }
        }

        @Override
        public void onQueueDeleted() {}

        void consumeAll() {
            loop.run(() -> {
                while (consumed < entries.size()) {
                    door.consume(entries.get(consumed++));
                }
            });
        }
    }
}
