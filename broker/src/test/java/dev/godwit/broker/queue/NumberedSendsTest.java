package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.DuplicateIdReader;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.storage.record.JournalRecord.QueueNoted;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Producers that asked on their links that what they number be taken once, at a queue that is not to know duplicates. */
class NumberedSendsTest {
    private static final UUID PRODUCER = new UUID(1, 2);
    private static final Numbering ANNA = Numbering.ofUser("anna");
    private static final Numbering BERT = Numbering.ofUser("bert");

    private final QueueBench bench = new QueueBench(1_000_000, AddressSettings.NONE);
    private final List<String> heard = new ArrayList<>();
    private int sent;

    private void store(boolean asked, UUID producer, long sequence) {
        store(asked ? ANNA : null, producer, sequence);
    }

    /** @param numbering null for a producer that did not ask */
    private void store(@Nullable Numbering numbering, UUID producer, long sequence) {
        var message = AmqpMessage.builder(new MessageBody.Value(sent++))
                .header(new Header(true, 4, -1, false, 0))
                .properties(MessageProperties.builder().messageId("same").build())
                .messageAnnotation(Symbol.of(DuplicateIdReader.PRODUCER_ID), producer)
                .messageAnnotation(Symbol.of(DuplicateIdReader.SEQUENCE), sequence);
        bench.send(
                new MessageReader(numbering).read(message.build().encode(), bench.loop.nowMillis()),
                new RecordedReply(heard));
        bench.settle();
    }

    private void consumeAll() {
        var taker = bench.new Taker(Interest.ALL, 1_000);
        taker.consumeAll();
        taker.leave();
        bench.settle();
    }

    private void restart() {
        bench.restart(AddressSettings.NONE);
        bench.settle();
    }

    @Test
    void takesWhatHasANumberOnce() {
        store(true, PRODUCER, 0);
        store(true, PRODUCER, 1);
        store(true, PRODUCER, 0);
        store(true, PRODUCER, 1);
        store(true, new UUID(3, 4), 1);
        assertThat(heard).hasSize(5).containsOnly("safe");
        assertThat(bench.statistics().ready()).isEqualTo(3);
        assertThat(bench.statistics().duplicates()).isEqualTo(2);
    }

    /** What an application sends on as it came has the numbers of another producer's, and is no duplicate. */
    @Test
    void takesFromOthersWhatComes() {
        store(true, PRODUCER, 0);
        store(false, PRODUCER, 0);
        store(false, PRODUCER, 0);
        assertThat(bench.statistics().ready()).isEqualTo(3);
    }

    @Test
    void writesNothingDownOfOthers() {
        store(false, PRODUCER, 0);
        consumeAll();
        assertThat(bench.log.records).noneMatch(QueueNoted.class::isInstance);
        assertThat(bench.queue.duplicates().size()).isZero();
    }

    @Test
    void knowsOverARestartWhatIsHereAndWhatHasLeft() {
        store(true, PRODUCER, 0);
        store(true, PRODUCER, 1);
        consumeAll();
        store(true, PRODUCER, 2);
        restart();
        for (long sequence = 0; sequence <= 2; sequence++) {
            store(true, PRODUCER, sequence);
        }
        assertThat(bench.statistics().ready()).isEqualTo(1);
        store(true, PRODUCER, 3);
        consumeAll();
        restart();
        restart();
        store(true, PRODUCER, 3);
        assertThat(bench.statistics().ready()).isZero();
    }

    @Test
    void knowsOverARestartWhatNothingHasBeenWrittenDownOf() {
        for (long sequence = 0; sequence < 5; sequence++) {
            store(true, PRODUCER, sequence);
        }
        restart();
        restart();
        for (long sequence = 0; sequence < 6; sequence++) {
            store(true, PRODUCER, sequence);
        }
        assertThat(bench.statistics().ready()).isEqualTo(6);
        assertThat(bench.statistics().duplicates()).isEqualTo(5);
        assertThat(heard).hasSize(11).containsOnly("safe");
    }

    @Test
    void readsNothingAtAStartWhereNothingWasNumbered() {
        store(false, PRODUCER, 0);
        bench.restart(AddressSettings.NONE);
        assertThat(bench.log.readsWaiting()).isZero();
    }

    @Test
    void readsOnlyTheEndOfALongBacklogAtAStart() {
        int count = 3 * DuplicateNotes.UNWRITTEN_MAX + 10;
        for (long sequence = 0; sequence < count; sequence++) {
            store(true, PRODUCER, sequence);
        }
        bench.restart(AddressSettings.NONE);
        assertThat(bench.log.nextRead()).hasSize(10);
        bench.settle();
        for (long sequence = 0; sequence < count; sequence++) {
            store(true, PRODUCER, sequence);
        }
        assertThat(bench.statistics().ready()).isEqualTo(count);
    }

    /** Who receives a message sees its producer's id: it is no secret. */
    @Test
    void nobodyUsesUpTheNumbersOfAnotherUser() {
        store(ANNA, PRODUCER, 0);
        for (int i = 1; i <= 2 * ProducerSequences.GAPS_MAX; i++) {
            store(BERT, PRODUCER, 1_000L * i);
        }
        consumeAll();
        store(ANNA, PRODUCER, 1);
        store(ANNA, PRODUCER, 1_000);
        assertThat(bench.statistics().ready()).isEqualTo(2);
        assertThat(bench.statistics().duplicates()).isZero();
    }

    @Test
    void knowsOverARestartWhoseNumbersTheyAre() {
        store(ANNA, PRODUCER, 0);
        store(BERT, PRODUCER, 1);
        store(ANNA, PRODUCER, 2);
        restart();
        restart();
        store(ANNA, PRODUCER, 1);
        store(BERT, PRODUCER, 0);
        store(BERT, PRODUCER, 2);
        assertThat(bench.statistics().ready()).isEqualTo(6);
        consumeAll();
        restart();
        for (long sequence = 0; sequence <= 2; sequence++) {
            store(BERT, PRODUCER, sequence);
            store(ANNA, PRODUCER, sequence);
        }
        assertThat(bench.statistics().ready()).isZero();
        assertThat(bench.statistics().duplicates()).isEqualTo(6);
    }

    @Test
    void keepsFewNotesOfWhoseNumbersCame() {
        int each = 2 * DuplicateNotes.UNWRITTEN_MAX;
        for (long sequence = 0; sequence < each; sequence++) {
            store(ANNA, PRODUCER, sequence);
            store(BERT, PRODUCER, sequence);
        }
        assertThat(bench.log.notes()).hasSizeLessThan(DuplicateNotes.UNWRITTEN_MAX);
        consumeAll();
        assertThat(bench.log.notes()).hasSizeLessThan(8);
        bench.loop.run(bench.queue::delete);
        bench.settle();
        assertThat(bench.log.notes()).isEmpty();
    }

    @Test
    void forgetsAProducerOfWhichNothingComes() {
        store(true, PRODUCER, 0);
        consumeAll();
        bench.loop.advance(DuplicateDetection.NUMBERS_MILLIS);
        bench.settle();
        assertThat(bench.queue.duplicates().size()).isZero();
    }

    /** While the broker was down nobody could send again. */
    @Test
    void countsTheTimeFromTheStart() {
        store(ANNA, PRODUCER, 0);
        consumeAll();
        store(BERT, PRODUCER, 0);
        bench.loop.advance(2 * DuplicateDetection.NUMBERS_MILLIS);
        restart();
        store(ANNA, PRODUCER, 0);
        store(BERT, PRODUCER, 0);
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.statistics().duplicates()).isEqualTo(2);
        consumeAll();
        bench.loop.advance(DuplicateDetection.NUMBERS_MILLIS);
        assertThat(bench.queue.duplicates().size()).isZero();
    }

    @Test
    void remembersOnlySoManyProducers() {
        for (int i = 0; i <= DuplicateDetection.NUMBERING_MAX; i++) {
            store(true, new UUID(5, i), 0);
        }
        assertThat(bench.queue.duplicates().size()).isEqualTo(DuplicateDetection.NUMBERING_MAX);
    }

    @Test
    void keepsWhatIsKnownWhenAnotherSettingChanges() {
        store(true, PRODUCER, 0);
        bench.loop.run(() -> bench.queue.apply(AddressSettings.NONE.with(AddressSetting.MAX_MESSAGES, 100L)));
        bench.settle();
        store(true, PRODUCER, 0);
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }
}
