package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Messages that come again, and are there once. */
class DuplicateTest extends DuplicateSends {
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
}
