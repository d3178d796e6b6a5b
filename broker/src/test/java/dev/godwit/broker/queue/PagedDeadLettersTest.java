package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Messages of which there are references only, on their way to the dead letters. */
class PagedDeadLettersTest extends PagedQueue {
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
}
