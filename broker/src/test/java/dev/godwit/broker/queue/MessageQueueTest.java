package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.conformance.Spec;
import dev.godwit.storage.record.JournalRecord.MessageAnnotated;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MessageQueueTest {
    private static final long QUEUE_ID = 7;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final ManualLog log = new ManualLog();
    private final RecordedDeadLetters deadLetters = new RecordedDeadLetters();
    private final MessageMemory memory = new MessageMemory(1_000_000);
    private final MessageQueue queue = new MessageQueue(
            new QueueName(QUEUE_ID, "orders", true), loop, loop, log, deadLetters, new QueueLimits(3, memory));
    private final QueueDoor door = new QueueDoor(queue);
    private final ProducerDoor producer = door.openProducer(loop);

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
        assertThat(reply.endings).containsExactly("refused");
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
    void saysOfADeadLetterWhatItKnows() {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a");
        giveBackWith(consumer, Map.of(Symbol.of("x-opt-mine"), "1"));
        loop.run(() -> consumer.door.setLimit(2));
        loop.run(() -> consumer.door.reject(consumer.entries.get(1), AmqpError.DECODE_ERROR.because("what is this")));

        var why = deadLetters.reasons.get(0);
        assertThat(why.fromQueue()).isEqualTo("orders");
        assertThat(why.reason()).isEqualTo(DeadLetter.Reason.REJECTED);
        assertThat(why.attempts()).isEqualTo(1);
        assertThat(why.error()).isEqualTo(AmqpError.DECODE_ERROR.because("what is this"));
        assertThat(Objects.requireNonNull(why.added()).annotations()).isEqualTo(Map.of(Symbol.of("x-opt-mine"), "1"));
    }

    private void giveBackWith(RecordedConsumer consumer, Map<Symbol, Object> annotations) {
        var last = consumer.entries.get(consumer.entries.size() - 1);
        loop.run(() -> {
            consumer.door.giveBack(last, false, false, annotations);
            consumer.door.setLimit(consumer.entries.size() + 1L);
        });
        loop.run(log::commitAll);
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
    void rejectedMessageGoesToTheDeadLettersAndLeavesWhenItIsSafeThere() {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a");
        loop.run(() -> consumer.door.reject(consumer.entries.get(0), AmqpError.DECODE_ERROR.because("bad")));
        assertThat(deadLetters.taken).containsExactly("orders: amqp:decode-error");
        assertThat(log.records).hasSize(1);

        loop.run(deadLetters.replies.get(0)::onSafe);
        assertThat(log.records).contains(new MessagesRemoved(QUEUE_ID, LongRanges.of(1)));
    }

    @Test
    void rejectedMessageStaysWhenTheDeadLettersCannotTakeIt() {
        var consumer = new RecordedConsumer(1);
        sendAndCommit("a");
        loop.run(() -> consumer.door.reject(consumer.entries.get(0), null));
        loop.run(deadLetters.replies.get(0)::onRefused);
        loop.run(() -> consumer.door.setLimit(2));
        loop.run(log::answerReads);
        assertThat(consumer.bodies()).as("not in a circle").containsExactly("a");
        loop.advance(1_000);
        loop.run(log::answerReads);
        assertThat(consumer.bodies()).containsExactly("a", "a");
    }

    @Test
    void rejectedMessagesStayWhenNoDeadLettersCanBeMadeOfThem() {
        var consumer = new RecordedConsumer(2);
        sendAndCommit("a", "b");
        deadLetters.broken = true;
        loop.run(() -> {
            consumer.door.reject(consumer.entries.get(0), null);
            consumer.door.reject(consumer.entries.get(1), null);
        });
        loop.run(log::answerReads);
        deadLetters.broken = false;
        loop.run(() -> consumer.door.setLimit(4));
        loop.advance(1_000);
        loop.run(log::answerReads);
        assertThat(consumer.bodies()).containsExactly("a", "b", "a", "b");

        loop.run(() -> consumer.door.reject(consumer.entries.get(2), null));
        loop.run(log::answerReads);
        assertThat(deadLetters.taken).hasSize(1);
    }

    @Test
    void messageThatFailedTooOftenIsDeadLettered() {
        var consumer = new RecordedConsumer(10);
        sendAndCommit("a");
        for (int attempt = 0; attempt < 3; attempt++) {
            var entry = consumer.entries.get(attempt);
            loop.run(() -> consumer.door.giveBack(entry, true, false));
        }
        assertThat(consumer.bodies()).containsExactly("a", "a", "a");
        assertThat(deadLetters.taken).containsExactly("orders: godwit:too-many-delivery-attempts");
    }

    @Test
    @Spec("3.4.3/rejected")
    void readerOfDeadLettersCannotDestroyThem() {
        var deadLetterQueue = new MessageQueue(
                new QueueName(8, "DLQ", true), loop, loop, log, deadLetters, new QueueLimits(1, memory));
        var reader = new RecordedConsumer(new QueueDoor(deadLetterQueue), 10);
        loop.run(
                () -> new QueueDoor(deadLetterQueue).openProducer(loop).enqueue(message("a", Header.DURABLE), reply()));
        loop.run(log::commitAll);

        loop.run(() -> reader.door.giveBack(reader.entries.get(0), true, false));
        loop.run(() -> reader.door.reject(reader.entries.get(1), null));

        assertThat(deadLetters.taken).isEmpty();
        var next = new RecordedConsumer(new QueueDoor(deadLetterQueue), 10);
        assertThat(next.bodies()).containsExactly("a");
        assertThat(next.entries.get(0).deliveryCount())
                .as("both count as attempts")
                .isEqualTo(2);
    }

    @Test
    void consumerThatGivesEverythingBackAtOnceDoesNotBreakTheRound() {
        sendAndCommit("a", "b", "c");
        var first = new RecordedConsumer(3);
        loop.run(first.door::leave);
        var refusing = new RefusingConsumer(5);
        var other = new RecordedConsumer(5);
        assertThat(refusing.seen).isEqualTo(5);
        assertThat(other.bodies()).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void consumerThatLeavesWhileItIsGivenAMessageGetsNoMoreAndLeavesAllOfItToOthers() {
        sendAndCommit("a", "b", "c");
        var leaving = new LeavingConsumer(5);
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
        assertThat(send("c").endings).containsExactly("refused");
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void throwsWhenCalledOffItsEventLoop() {
        assertThatThrownBy(queue::statistics).hasMessageContaining("off its event loop");
    }

    private QueueStatistics statistics() {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(queue.statistics()));
        return read.get(0);
    }

    private RecordedReply send(String body) {
        return send(body, Header.DURABLE);
    }

    private RecordedReply sendNonDurable(String body) {
        return send(body, Header.DEFAULT);
    }

    private RecordedReply send(String body, Header header) {
        var reply = new RecordedReply();
        loop.run(() -> producer.enqueue(message(body, header), reply));
        return reply;
    }

    private void sendAndCommit(String... bodies) {
        for (var body : bodies) {
            send(body);
        }
        loop.run(log::commitAll);
    }

    private static MessageEnqueued record(Message message) {
        return new MessageEnqueued(
                QUEUE_ID, message.arrivalTimeMillis(), message.expiryTimeMillis(), 0, message.encoded());
    }

    private Message message(String body, Header header) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(body))
                .header(header)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    private static final class RecordedReply implements EnqueueReply {
        final List<String> endings = new ArrayList<>();

        @Override
        public void onSafe() {
            endings.add("safe");
        }

        @Override
        public void onRefused() {
            endings.add("refused");
        }

        @Override
        public void onInDoubt() {
            endings.add("in doubt");
        }
    }

    private static final class RecordedDeadLetters implements DeadLetters {
        final List<String> taken = new ArrayList<>();
        final List<DeadLetter> reasons = new ArrayList<>();
        final List<EnqueueReply> replies = new ArrayList<>();
        boolean broken;

        @Override
        public boolean isLastResort(String queue) {
            return queue.equals("DLQ");
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            if (broken) {
                throw new IllegalArgumentException("no dead letter can be made of this");
            }
            var error = why.error();
            taken.add(why.fromQueue() + ": " + (error == null ? "" : error.condition()));
            reasons.add(why);
            replies.add(reply);
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            throw new AssertionError("nothing large was sent");
        }
    }

    private final class RecordedConsumer implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        final List<String> heard = new ArrayList<>();
        private final List<String> bodies = new ArrayList<>();
        final ConsumerDoor door;

        RecordedConsumer(long limit) {
            this(MessageQueueTest.this.door, limit);
        }

        RecordedConsumer(QueueDoor from, long limit) {
            this(loop, from, limit);
        }

        RecordedConsumer(ManualEventLoop own, QueueDoor from, long limit) {
            var opened = new ArrayList<ConsumerDoor>();
            own.run(() -> {
                var mine = from.openConsumer(own, this);
                opened.add(mine);
                mine.setLimit(limit);
            });
            door = opened.get(0);
        }

        List<String> bodies() {
            return List.copyOf(bodies);
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
            bodies.add(body(entry));
            heard.add("message " + body(entry));
        }

        @Override
        public void onDrained() {
            heard.add("drained");
        }

        @Override
        public void onQueueDeleted() {
            heard.add("deleted");
        }
    }

    /** Has credit at its queue, but none at its peer: it gives back what it is given, while it is given. */
    private final class RefusingConsumer implements ConsumerPort {
        int seen;
        private @Nullable ConsumerDoor door;

        RefusingConsumer(long limit) {
            loop.run(() -> {
                door = MessageQueueTest.this.door.openConsumer(loop, this);
                door.setLimit(limit);
            });
        }

        @Override
        public void onMessage(QueueEntry entry) {
            seen++;
            if (door != null) {
                door.giveBack(entry, false, false);
            }
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }

    /** Leaves with the first message it is given. */
    private final class LeavingConsumer implements ConsumerPort {
        int seen;
        private @Nullable ConsumerDoor door;

        LeavingConsumer(long limit) {
            loop.run(() -> {
                door = MessageQueueTest.this.door.openConsumer(loop, this);
                door.setLimit(limit);
            });
        }

        @Override
        public void onMessage(QueueEntry entry) {
            seen++;
            if (door != null) {
                door.leave();
            }
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }

    private static RecordedReply reply() {
        return new RecordedReply();
    }

    private static String body(QueueEntry entry) {
        var message = entry.message();
        if (message == null) {
            throw new AssertionError("message " + entry.sequence() + " came without its bytes");
        }
        var decoded = AmqpMessage.decode(message.encoded());
        return String.valueOf(((MessageBody.Value) decoded.body()).value());
    }
}
