package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.broker.message.DuplicateIdReader;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Messages that come again, on a queue whose clock and disk are turned by hand. */
class DuplicateTest {
    private static final int STEPS = 500;
    private static final long WINDOW_MILLIS = 60_000;
    private static final AddressSettings ON = AddressSettings.NONE.with(AddressSetting.DUPLICATE_WINDOW, WINDOW_MILLIS);
    private static final AddressSettings OFF = AddressSettings.NONE;

    private QueueBench bench = new QueueBench(1_000_000, ON);
    private final Map<Integer, Object> idsByNumber = new HashMap<>();
    private int sent;

    /** Who sends something, and what was heard of it. */
    private static class Sender implements EnqueueReply {
        String heard = "";
        boolean transfer;

        @Nullable
        QueueTransaction transaction;

        @Override
        public boolean isTransfer() {
            return transfer;
        }

        @Override
        public @Nullable QueueTransaction transaction() {
            return transaction;
        }

        @Override
        public void onSafe() {
            heard += "safe";
        }

        @Override
        public void onRefused() {
            heard += "refused";
        }

        @Override
        public void onRejected(ErrorCondition why) {
            heard += why.condition().value();
        }

        @Override
        public void onInDoubt() {
            heard += "in doubt";
        }
    }

    private AmqpMessage.Builder builder(boolean durable) {
        return AmqpMessage.builder(new MessageBody.Value(sent++)).header(new Header(durable, 4, -1, false, 0));
    }

    private AmqpMessage.Builder withId(Object id, boolean durable) {
        idsByNumber.put(sent, id);
        return builder(durable)
                .properties(MessageProperties.builder().messageId(id).build());
    }

    private Message read(AmqpMessage.Builder message) {
        return new MessageReader().read(message.build().encode(), bench.loop.nowMillis());
    }

    private Sender send(AmqpMessage.Builder message) {
        return send(message, new Sender());
    }

    private Sender send(AmqpMessage.Builder message, Sender sender) {
        bench.send(read(message), sender);
        return sender;
    }

    /** Sends a durable message, and has the disk take it. */
    private String store(Object id) {
        var sender = send(withId(id, true));
        bench.settle();
        return sender.heard;
    }

    private String store(AmqpMessage.Builder message) {
        var sender = send(message);
        bench.settle();
        return sender.heard;
    }

    private AmqpMessage.Builder numbered(@Nullable Object producer, @Nullable Object sequence) {
        var message = builder(true);
        if (producer != null) {
            message.messageAnnotation(Symbol.of(DuplicateIdReader.PRODUCER_ID), producer);
        }
        if (sequence != null) {
            message.messageAnnotation(Symbol.of(DuplicateIdReader.SEQUENCE), sequence);
        }
        return message;
    }

    private void apply(AddressSettings settings) {
        bench.loop.run(() -> bench.queue.apply(settings));
        bench.settle();
    }

    private long enqueued() {
        return bench.statistics().enqueued();
    }

    private void consumeAll() {
        var taker = bench.new Taker(Interest.ALL, 10_000);
        taker.consumeAll();
        taker.leave();
        bench.settle();
    }

    private void restart(AddressSettings settings) {
        bench.restart(settings);
        bench.settle();
    }

    private <T> List<T> records(Class<T> kind) {
        return bench.log.records.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    @Test
    void acceptsWhatCameBeforeAndHasItOnce() {
        assertThat(store("a")).isEqualTo("safe");
        assertThat(store("a")).isEqualTo("safe");
        assertThat(store("b")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(2);
        assertThat(enqueued()).isEqualTo(2);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
        assertThat(records(MessageEnqueued.class)).hasSize(2);
    }

    @Test
    void doesNothingUnlessItIsAskedTo() {
        apply(OFF);
        store("a");
        store("a");
        consumeAll();
        assertThat(enqueued()).isEqualTo(2);
        assertThat(bench.statistics().duplicates()).isZero();
        assertThat(records(QueueNoted.class)).isEmpty();
        assertThat(records(MessageEnqueued.class).get(0).attributes() & MessageAttributes.IDENTIFIED)
                .isZero();
    }

    @Test
    void answersTheSecondWhenTheFirstIsSafe() {
        var first = send(withId("a", true));
        var second = send(withId("a", true));
        var third = send(withId("a", false));
        assertThat(first.heard + second.heard + third.heard).isEmpty();
        bench.settle();
        assertThat(List.of(first.heard, second.heard, third.heard)).containsOnly("safe");
        assertThat(enqueued()).isEqualTo(1);
    }

    @Test
    void promisesNothingOfTheSecondWhenTheFirstIsLost() {
        var first = send(withId("a", true));
        var second = send(withId("a", true));
        bench.loop.run(bench.log::loseAll);
        assertThat(List.of(first.heard, second.heard)).containsOnly("in doubt");
    }

    /** AMQP 1.0 §3.2.11 to §3.2.14. */
    @Test
    void tellsTypesOfIdsApart() {
        var uuid = UUID.fromString("00000000-0000-0000-0000-000000000001");
        var ids = List.of(
                "1",
                new UnsignedLong(1),
                uuid,
                Binary.copyOf(new byte[] {'1'}),
                uuid.toString(),
                Binary.copyOf(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
        ids.forEach(this::store);
        assertThat(enqueued()).isEqualTo(ids.size());
        ids.forEach(this::store);
        assertThat(enqueued()).isEqualTo(ids.size());
        assertThat(bench.statistics().duplicates()).isEqualTo(ids.size());
    }

    @Test
    void takesMessagesWithoutAnIdAsTheyCome() {
        store(builder(true));
        store(builder(true));
        assertThat(enqueued()).isEqualTo(2);
        assertThat(bench.queue.duplicates().size()).isZero();
    }

    @Test
    void refusesAnIdThatTellsNothingApart() {
        assertThat(store("")).isEqualTo("amqp:invalid-field");
        apply(ON.with(AddressSetting.DUPLICATE_KEY, "order"));
        assertThat(store(builder(true).applicationProperty("order", 1.5))).isEqualTo("amqp:invalid-field");
        assertThat(enqueued()).isZero();
    }

    @Test
    void knowsMessagesByAnApplicationPropertyOrAnAnnotation() {
        apply(ON.with(AddressSetting.DUPLICATE_KEY, "x-opt-order"));
        store(builder(true).applicationProperty("x-opt-order", 1));
        store(builder(true).messageAnnotation(Symbol.of("x-opt-order"), 1));
        store(builder(true).applicationProperty("x-opt-order", 1L));
        store(withId("a", true));
        store(withId("a", true));
        assertThat(enqueued()).isEqualTo(4);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
    }

    @Test
    void forgetsAnIdWhenItsTimeIsOver() {
        store("a");
        bench.loop.advance(WINDOW_MILLIS - 1);
        store("a");
        assertThat(enqueued()).isEqualTo(1);
        bench.loop.advance(1);
        store("a");
        assertThat(enqueued()).isEqualTo(2);
    }

    @Test
    void forgetsTheOldestWhenThereAreTooMany() {
        apply(ON.with(AddressSetting.DUPLICATE_ENTRIES_MAX, 2L));
        store("a");
        store("b");
        store("c");
        assertThat(bench.queue.duplicates().size()).isEqualTo(2);
        store("b");
        assertThat(enqueued()).isEqualTo(3);
        store("a");
        assertThat(enqueued()).isEqualTo(4);
    }

    @Test
    void holdsNothingWhenNothingComesAnyMore() {
        for (int i = 0; i < 100; i++) {
            store("id " + i);
        }
        consumeAll();
        assertThat(bench.queue.duplicates().size()).isEqualTo(100);
        bench.loop.advance(3 * WINDOW_MILLIS);
        bench.settle();
        assertThat(bench.queue.duplicates().size()).isZero();
        assertThat(bench.log.notes()).as("the newest stays").hasSize(1);
        apply(OFF);
        assertThat(bench.log.notes()).isEmpty();
    }

    @Test
    void doesNotRememberWhatWasRefused() {
        apply(ON.with(AddressSetting.MAX_MESSAGES, 1L).with(AddressSetting.WHEN_FULL, WhenFull.REJECT));
        store("a");
        assertThat(store("b")).isEqualTo("amqp:resource-limit-exceeded");
        assertThat(store("a")).as("needs no room").isEqualTo("safe");
        consumeAll();
        assertThat(store("b")).isEqualTo("safe");
        assertThat(enqueued()).isEqualTo(2);
    }

    @Test
    void letsOnlyOneOfTwoInThatWaitForRoom() {
        apply(ON.with(AddressSetting.MAX_MESSAGES, 1L));
        store("a");
        var first = send(withId("b", true));
        var second = send(withId("b", true));
        bench.settle();
        assertThat(first.heard + second.heard).isEmpty();
        consumeAll();
        assertThat(List.of(first.heard, second.heard)).containsOnly("safe");
        consumeAll();
        assertThat(enqueued()).isEqualTo(2);
    }

    @Test
    void letsOnlyOneOfTwoInThatWaitForTheJournal() {
        bench.log.full = true;
        var first = send(withId("a", true));
        var second = send(withId("a", true));
        bench.log.full = false;
        bench.loop.advance(10);
        bench.settle();
        assertThat(List.of(first.heard, second.heard)).containsOnly("safe");
        assertThat(enqueued()).isEqualTo(1);
    }

    @Test
    void takesDeadLettersAndOthersThatWereElsewhereAsTheyCome() {
        store("a");
        for (int i = 0; i < 2; i++) {
            var sender = new Sender();
            sender.transfer = true;
            send(withId("a", true), sender);
            bench.settle();
            assertThat(sender.heard).isEqualTo("safe");
        }
        assertThat(enqueued()).isEqualTo(3);
        store("a");
        assertThat(enqueued()).isEqualTo(3);
    }

    @Test
    void remembersWhatIsInMemoryOnlyWhileItRuns() {
        send(withId("a", false));
        send(withId("a", false));
        assertThat(enqueued()).isEqualTo(1);
        consumeAll();
        restart(ON);
        send(withId("a", false));
        assertThat(enqueued()).isEqualTo(1);
    }

    /** Neither the message nor anything else is there that could be read but the note. */
    @Test
    void remembersOverARestartWhatHasLeft() {
        store("a");
        consumeAll();
        assertThat(bench.log.live()).isEmpty();
        restart(ON);
        store("a");
        assertThat(bench.statistics().ready()).isZero();
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
        bench.loop.advance(WINDOW_MILLIS);
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void remembersOverARestartWhatIsStillHere() {
        store("a");
        store("b");
        restart(ON);
        assertThat(store("a")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(2);
        restart(ON);
        assertThat(store("b")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(2);
    }

    @Test
    void takesInAndGivesOutNothingBeforeItKnowsWhatCame() {
        store("a");
        store("b");
        bench.restart(ON);
        var again = send(withId("a", true));
        var fresh = send(withId("c", true));
        var taker = new ArrayList<Integer>();
        bench.loop.run(bench.log::commitAll);
        assertThat(again.heard + fresh.heard).isEmpty();
        bench.settle();
        assertThat(List.of(again.heard, fresh.heard)).containsOnly("safe");
        taker.addAll(bench.new Taker(Interest.ALL, 100).numbers);
        assertThat(taker).hasSize(3);
    }

    /** The note comes before the removal: whatever of the two the disk has, the id is known. */
    @Test
    void losesNoIdWhereverTheDiskStops() {
        for (int stop = 0; stop < 8; stop++) {
            bench = new QueueBench(1_000_000, ON);
            store("a");
            var taker = bench.new Taker(Interest.ALL, 10);
            taker.consumeAll();
            for (int i = 0; i < stop; i++) {
                bench.loop.run(bench.log::commitNext);
            }
            restart(ON);
            long here = bench.statistics().ready();
            assertThat(store("a")).isEqualTo("safe");
            assertThat(bench.statistics().ready())
                    .as("stopped after %d records", stop)
                    .isEqualTo(here);
            assertThat(here).isEqualTo(stop < 2 ? 1 : 0);
        }
    }

    @Test
    void writesFewNotesAlsoWhenMessagesLeaveOneByOne() {
        int count = 3_000;
        for (int i = 0; i < count; i++) {
            store("id " + i);
            consumeAll();
        }
        int idsMax = DuplicateNotes.UNWRITTEN_MAX;
        assertThat(bench.log.notes()).hasSizeLessThan(count / (idsMax / 2) + 12);
        long bytes = records(QueueNoted.class).stream()
                .mapToLong(note -> note.note().remaining())
                .sum();
        assertThat(bytes / count).isLessThan(32L * 12);
        restart(ON);
        assertThat(bench.queue.duplicates().size()).isEqualTo(count);
        for (int i = 0; i < count; i += 97) {
            store("id " + i);
        }
        assertThat(enqueued()).isZero();
    }

    @Test
    void readsAtAStartOnlyMessagesThatAreNotWrittenDown() {
        for (int i = 0; i < 2_000; i++) {
            store("id " + i);
        }
        restart(ON);
        assertThat(bench.log.messagesRead).isLessThan(DuplicateNotes.UNWRITTEN_MAX);
        assertThat(bench.queue.duplicates().size()).isEqualTo(2_000);
    }

    @Test
    void readsAtAStartOnlyNumbersThatAreNotWrittenDown() {
        for (long number = 0; number < 2_000; number++) {
            store(numbered("p", number));
        }
        assertThat(bench.log.notes()).hasSizeLessThan(3);
        restart(ON);
        assertThat(bench.log.messagesRead).isLessThan(DuplicateNotes.UNWRITTEN_MAX);
        store(numbered("p", 0L));
        store(numbered("p", 1_999L));
        assertThat(bench.statistics().duplicates()).isEqualTo(2);
    }

    @Test
    void writesMuchInSeveralNotes() {
        int count = DuplicateNotes.NOTE_MAX + DuplicateNotes.NOTE_MAX / 2;
        var hanging = new Work();
        hanging.post(withId("late", true));
        for (int i = 0; i < count; i++) {
            store(numbered("p" + i, 1L));
        }
        restart(ON);
        assertThat(bench.log.messagesRead).isGreaterThanOrEqualTo(count);
        consumeAll();
        assertThat(bench.log.live()).isEmpty();
        int producerBytes = 44;
        assertThat(bench.log.notes().values())
                .allSatisfy(note ->
                        assertThat(note.note().remaining()).isLessThan((DuplicateNotes.NOTE_MAX + 1) * producerBytes));
        restart(ON);
        assertThat(bench.queue.duplicates().size()).isEqualTo(count);
        for (int i = 0; i < count; i++) {
            store(numbered("p" + i, 1L));
        }
        assertThat(bench.statistics().ready()).isZero();
    }

    @Test
    void writesNothingDownOfAProducerThatIsForgotten() {
        store(numbered("old", 1L));
        bench.loop.advance(WINDOW_MILLIS);
        store(numbered("new", 1L));
        consumeAll();
        var written = new HashSet<Object>();
        bench.log.notes().forEach((index, record) -> DuplicateNoteCodec.decode(index, record.note())
                .producers()
                .forEach(each -> written.add(each.key())));
        assertThat(written).hasSize(1);
    }

    @Test
    void leavesNothingWaitingWhenItEnds() {
        store("a");
        assertThat(bench.loop.timersWaiting()).isEqualTo(1);
        apply(ON.with(AddressSetting.DUPLICATE_WINDOW, 2 * WINDOW_MILLIS));
        assertThat(bench.loop.timersWaiting()).isEqualTo(1);
        apply(OFF);
        assertThat(bench.loop.timersWaiting()).isZero();
        apply(ON);
        store("b");
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(bench.loop.timersWaiting()).isZero();
    }

    /** Or it would be gone after a restart although it was confirmed. */
    @Test
    void keepsADurableMessageAlsoWhenOneLikeItCameThatIsNot() {
        send(withId("a", false));
        assertThat(store("a")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(2);
        store("a");
        send(withId("a", false));
        assertThat(bench.statistics().duplicates()).isEqualTo(2);
        restart(ON);
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void keepsNothingOfAQueueThatIsDeleted() {
        store("a");
        consumeAll();
        store("b");
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(bench.log.notes()).isEmpty();
        assertThat(bench.log.live()).isEmpty();
    }

    @Test
    void removesItsNotesWhenItIsSwitchedOffAtAStart() {
        store("a");
        consumeAll();
        restart(OFF);
        assertThat(bench.log.notes()).isEmpty();
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void knowsNumbersOfProducers() {
        assertThat(store(numbered("p", 1L))).isEqualTo("safe");
        assertThat(store(numbered("p", 2L))).isEqualTo("safe");
        assertThat(store(numbered("p", new UnsignedLong(1)))).isEqualTo("safe");
        assertThat(store(numbered("q", 1L))).isEqualTo("safe");
        assertThat(enqueued()).isEqualTo(3);
        consumeAll();
        restart(ON);
        assertThat(store(numbered("p", 2L))).isEqualTo("safe");
        assertThat(store(numbered("q", 1L))).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isZero();
        assertThat(store(numbered("p", 3L))).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        restart(ON);
        assertThat(store(numbered("p", 3L))).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.queue.duplicates().size()).isEqualTo(2);
    }

    @Test
    void waitsForTheFirstOfANumber() {
        var first = send(numbered("p", 1L));
        var second = send(numbered("p", 1L));
        var other = send(numbered("p", 2L));
        assertThat(second.heard).isEmpty();
        bench.settle();
        assertThat(List.of(first.heard, second.heard, other.heard)).containsOnly("safe");
        assertThat(enqueued()).isEqualTo(2);
    }

    @Test
    void keepsOneNoteForAProducerHoweverMuchItSends() {
        for (long number = 0; number < 500; number++) {
            store(numbered("p", number));
            consumeAll();
        }
        assertThat(bench.log.notes()).hasSizeLessThan(3);
    }

    @Test
    void tellsTheLargestNumbersApartAndRefusesLargerOnes() {
        store(numbered("p", Long.MAX_VALUE - 1));
        store(numbered("p", Long.MAX_VALUE));
        assertThat(enqueued()).isEqualTo(2);
        assertThat(store(numbered("p", new UnsignedLong(Long.MAX_VALUE)))).isEqualTo("safe");
        assertThat(store(numbered("p", new UnsignedLong(Long.MIN_VALUE)))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered("p", new UnsignedLong(-1)))).isEqualTo("amqp:invalid-field");
        assertThat(enqueued()).isEqualTo(2);
    }

    @Test
    void refusesHalfANumber() {
        assertThat(store(numbered("p", null))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered(null, 1L))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered("p", -1L))).isEqualTo("amqp:invalid-field");
        assertThat(store(numbered("p", "one"))).isEqualTo("amqp:invalid-field");
    }

    // In transactions.

    private final class Work implements QueueTransaction {
        final UUID id = UUID.randomUUID();
        final ShardBranch branch = new ShardBranch(bench.log, bench.loop);
        final List<String> ids = new ArrayList<>();
        String heard = "";

        @Override
        public ShardBranch branch(QueueLog log, EventLoop owner) {
            return branch;
        }

        Sender post(AmqpMessage.Builder message) {
            var sender = new Sender();
            sender.transaction = this;
            bench.loop.run(
                    () -> new QueueDoor(bench.queue).openProducer(bench.loop).enqueue(read(message), sender));
            bench.loop.run(() -> {});
            return sender;
        }

        void commit() {
            bench.loop.run(() -> branch.commit(id, List.of(), false, isKept -> heard += "committed"));
        }

        void prepare() {
            bench.loop.run(branch::hold);
            bench.loop.run(() -> branch.prepare(id, 1, isRecorded -> heard += "prepared "));
            bench.settle();
        }

        void rollBack() {
            bench.loop.run(branch::rollBack);
            bench.settle();
        }
    }

    @Test
    void countsAnIdFromTheCommitOn() {
        var work = new Work();
        work.post(withId("a", true));
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        work.commit();
        bench.settle();
        assertThat(work.heard).isEqualTo("committed");
        assertThat(bench.statistics().ready())
                .as("the one that came in between")
                .isEqualTo(1);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
        assertThat(bench.log.live()).hasSize(1);
    }

    @Test
    void leavesOutWhatCameWhileItWasPrepared() {
        var work = new Work();
        work.post(withId("a", true));
        work.prepare();
        store("a");
        work.commit();
        bench.settle();
        assertThat(work.heard).isEqualTo("prepared committed");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
        // Its removal comes after the commit.
        bench.settle();
        assertThat(bench.log.live()).hasSize(1);
    }

    @Test
    void countsAnIdThatWasPreparedFromTheCommitOn() {
        var work = new Work();
        work.post(withId("a", true));
        work.prepare();
        work.commit();
        bench.settle();
        assertThat(store("a")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
    }

    @Test
    void forgetsWhatIsRolledBack() {
        var work = new Work();
        work.post(withId("a", true));
        work.rollBack();
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void postsTheSameOnceInATransaction() {
        for (boolean durable : new boolean[] {true, false}) {
            bench = new QueueBench(1_000_000, ON);
            var work = new Work();
            work.post(withId("a", durable));
            work.post(withId("a", durable));
            work.commit();
            bench.settle();
            assertThat(work.heard).isEqualTo("committed");
            assertThat(bench.statistics().ready()).isEqualTo(1);
            send(withId("a", durable));
            bench.settle();
            assertThat(bench.statistics().ready()).isEqualTo(1);
            assertThat(bench.statistics().duplicates()).isEqualTo(2);
        }
    }

    @Test
    void keepsADurableMessageAlsoWhenItsTransactionHasOneLikeItThatIsNot() {
        var work = new Work();
        work.post(withId("a", false));
        work.post(withId("a", true));
        work.post(withId("a", true));
        work.commit();
        bench.settle();
        assertThat(bench.statistics().ready()).isEqualTo(2);
        restart(ON);
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void takesOfTwoTransactionsTheOneThatIsCommittedFirst() {
        var one = new Work();
        var other = new Work();
        one.post(withId("a", true));
        other.post(withId("a", true));
        other.post(withId("b", true));
        other.commit();
        one.commit();
        assertThat(one.heard + other.heard).isEmpty();
        bench.loop.run(bench.log::commitAll);
        assertThat(one.heard).isEqualTo("committed");
        assertThat(bench.statistics().ready()).isEqualTo(2);
        restart(ON);
        assertThat(bench.statistics().ready()).isEqualTo(2);
        store("a");
        store("b");
        assertThat(bench.statistics().ready()).isEqualTo(2);
    }

    /** It is as safe as the first one, which is on its way: so is the transaction's end. */
    @Test
    void endsATransactionNoEarlierThanWhatItRepeats() {
        var work = new Work();
        work.post(withId("a", true));
        bench.settle();
        send(withId("a", true));
        work.commit();
        assertThat(work.heard).isEmpty();
        bench.settle();
        assertThat(work.heard).isEqualTo("committed");
        assertThat(records(TransactionCommitted.class))
                .singleElement()
                .satisfies(record -> assertThat(record.posted().isEmpty()).isTrue());
    }

    @Test
    void answersAPostThatRepeatsWhatIsOnItsWay() {
        var first = send(withId("a", true));
        var work = new Work();
        var post = work.post(withId("a", true));
        assertThat(post.heard).isEmpty();
        bench.settle();
        assertThat(List.of(first.heard, post.heard)).containsOnly("safe");
        work.commit();
        bench.settle();
        assertThat(work.heard).isEqualTo("committed");
        assertThat(enqueued()).isEqualTo(1);
    }

    @Test
    void keepsWhatAPreparedTransactionPostedUnlessItCameFirst() {
        var work = new Work();
        work.post(withId("a", true));
        work.post(withId("b", true));
        bench.loop.run(() -> work.branch.prepare(UUID.randomUUID(), 0, touched -> work.heard += touched));
        bench.settle();
        store("a");
        bench.loop.run(() -> work.branch.applyDecided(UUID.randomUUID(), () -> {}));
        bench.settle();
        assertThat(bench.statistics().ready()).isEqualTo(2);
        assertThat(bench.log.live()).hasSize(2);
        store("b");
        assertThat(bench.statistics().ready()).isEqualTo(2);
    }

    @Test
    void writesDownWhatATransactionTakesAway() {
        store("a");
        var taker = bench.new Taker(Interest.ALL, 10);
        var work = new Work();
        bench.loop.run(() -> {
            var entry = taker.entries.get(0);
            assertThat(work.branch.retire(entry, Objects.requireNonNull(entry.holder), Outcome.Accepted.INSTANCE, null))
                    .isTrue();
        });
        work.commit();
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        restart(ON);
        store("a");
        assertThat(bench.statistics().ready()).isZero();
    }

    /** A transaction that is open while others write down what they know is not forgotten at a start. */
    @Test
    void readsAtAStartWhatHungOnATransactionWhenOthersWereWrittenDown() {
        var work = new Work();
        work.post(withId("late", true));
        store("early");
        consumeAll();
        assertThat(bench.log.notes()).isNotEmpty();
        work.commit();
        bench.settle();
        restart(ON);
        store("late");
        store("early");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    /**
     * Ids out of few, at random: sent, consumed, posted, committed, rolled back, and the broker killed in between. Nothing is
     * given out twice, and whatever is confirmed is given out. Prints its seed.
     */
    @Test
    void hasEachConfirmedMessageOnceWhateverHappens() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        System.out.println("duplicates: -Dgodwit.seed=" + seed);
        var random = new Random(seed);
        for (int run = 0; run < 60; run++) {
            new RandomRun(random, run).play();
        }
    }

    private final class RandomRun {
        private final Random random;
        private final String name;
        private final Set<String> confirmed = new HashSet<>();
        private final Map<String, Integer> given = new HashMap<>();
        private final Map<Integer, Work> open = new LinkedHashMap<>();

        RandomRun(Random random, int run) {
            this.random = random;
            this.name = "run " + run;
            bench = new QueueBench(random.nextBoolean() ? 0 : 1_000_000, ON);
        }

        void play() {
            for (int step = 0; step < STEPS; step++) {
                step(random.nextInt(100));
            }
            bench.settle();
            consume();
            confirmed.forEach(id -> assertThat(given).as(name).containsEntry(id, 1));
        }

        private void step(int dice) {
            var id = "id " + random.nextInt(30);
            if (dice < 45) {
                send(withId(id, true), new Confirming(id));
            } else if (dice < 55) {
                bench.loop.run(bench.log::commitNext);
            } else if (dice < 62) {
                bench.settle();
            } else if (dice < 72) {
                bench.settle();
                consume();
            } else if (dice < 80) {
                var work = open.computeIfAbsent(random.nextInt(3), key -> new Work());
                work.post(withId(id, true));
                work.ids.add(id);
            } else if (dice < 86 && !open.isEmpty()) {
                end(open.remove(open.keySet().iterator().next()));
            } else if (dice < 94) {
                bench.loop.advance(random.nextInt((int) WINDOW_MILLIS / STEPS));
            } else if (dice < 97) {
                open.clear();
                bench.restart(ON);
            }
        }

        private void end(Work work) {
            if (random.nextInt(3) == 0) {
                work.rollBack();
            } else {
                bench.loop.run(() ->
                        work.branch.commit(UUID.randomUUID(), List.of(), false, isKept -> confirmed.addAll(work.ids)));
            }
        }

        private void consume() {
            var taker = bench.new Taker(Interest.ALL, 10_000);
            for (int number : taker.numbers) {
                var id = String.valueOf(idsByNumber.get(number));
                assertThat(given.merge(id, 1, Integer::sum))
                        .as("%s: %s was given out", name, id)
                        .isEqualTo(1);
            }
            taker.consumeAll();
            taker.leave();
            bench.settle();
        }

        private final class Confirming extends Sender {
            private final String id;

            Confirming(String id) {
                this.id = id;
            }

            @Override
            public void onSafe() {
                confirmed.add(id);
            }
        }
    }
}
