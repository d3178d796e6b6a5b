package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.conformance.Spec;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Messages that are rejected, or have failed too often. */
class QueueDeadLettersTest extends PlainQueue {
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
}
