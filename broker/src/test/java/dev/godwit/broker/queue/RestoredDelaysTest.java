package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Messages that wait for a time over a restart. */
class RestoredDelaysTest extends DelayedQueue {
    @Test
    void restoredOnesWaitForTheirTimes() {
        var stored = new StoredMessages();
        for (long index = 1; index <= 6; index++) {
            log.store(index, record("m" + index));
        }
        long now = loop.nowMillis();
        stored.notBefore(1, now + 2_000);
        stored.add(1, 4, MessageEnqueued.NO_EXPIRY, 0);
        stored.add(2, 4, MessageEnqueued.NO_EXPIRY, 0);
        stored.notBefore(3, now - 1);
        stored.add(3, 4, now + 500, 0);
        stored.notBefore(4, now + 1_000);
        stored.add(4, 4, now + 1_500, 0);
        stored.notBefore(5, now + 1_000);
        stored.add(5, 4, now + 800, 0);
        stored.add(6, 4, MessageEnqueued.NO_EXPIRY, 0);
        loop.run(() -> queue.restore(stored));
        assertThat(statistics().scheduled()).isEqualTo(3);
        assertThat(statistics().ready()).isEqualTo(3);
        assertThat(statistics().enqueued()).isEqualTo(6);

        var consumer = new Consumer();
        assertThat(consumer.bodies).containsExactly("m2", "m3", "m6");
        advance(900);
        assertThat(statistics().expired()).isEqualTo(1);
        advance(100);
        assertThat(consumer.bodies).containsExactly("m2", "m3", "m6", "m4");
        advance(1_000);
        assertThat(consumer.bodies).containsExactly("m2", "m3", "m6", "m4", "m1");
    }

    @Test
    void restoredRetriesGoBackToTheirPlacesWithWhatIsKnownOfThem() {
        var stored = new StoredMessages();
        for (long index = 1; index <= 4; index++) {
            log.store(index, record("m" + index));
        }
        long later = loop.nowMillis() + 1_000;
        stored.notBefore(1, later);
        stored.add(1, 4, MessageEnqueued.NO_EXPIRY, 2);
        stored.notBefore(2, later);
        stored.add(2, 4, MessageEnqueued.NO_EXPIRY, 40);
        var added = Objects.requireNonNull(AddedAnnotations.merge(null, Map.of(Symbol.of("x-opt-why"), "so")));
        stored.annotate(3, added);
        stored.notBefore(3, later);
        stored.add(3, 4, MessageEnqueued.NO_EXPIRY, 1);
        stored.add(4, 4, MessageEnqueued.NO_EXPIRY, 0);
        loop.run(() -> queue.restore(stored));
        assertThat(scheduled()).extracting(ScheduledMessage::failedAttempts).containsExactly(2, 40, 1);

        advance(1_000);
        var consumer = new Consumer();
        assertThat(consumer.bodies).containsExactly("m1", "m2", "m3", "m4");
        assertThat(consumer.entries).extracting(QueueEntry::deliveryCount).containsExactly(2, 40, 1, 0);
        assertThat(consumer.entries.get(2).annotations()).isEqualTo(added);
        assertThat(consumer.entries.get(0).wasAcquiredBefore()).isTrue();
        loop.run(() -> consumer.entries.forEach(consumer.door::consume));
        answer();
        assertThat(memory.bytes()).isZero();
    }

    /** As after {@code modified} with annotations, the delay among them, and without a failure. */
    @Test
    void restoredOneThatAConsumerPutOffWithoutAFailureKeepsItsPlaceAndWhatWasWrittenOnIt() {
        var stored = new StoredMessages();
        log.store(1, record("m1"));
        log.store(2, record("m2"));
        var added = Objects.requireNonNull(AddedAnnotations.merge(null, Map.of(Symbol.of("x-opt-note"), "so")));
        stored.annotate(1, added);
        stored.notBefore(1, loop.nowMillis() + 1_000);
        stored.add(1, 4, MessageEnqueued.NO_EXPIRY, 0);
        stored.add(2, 4, MessageEnqueued.NO_EXPIRY, 0);
        loop.run(() -> queue.restore(stored));
        advance(1_000);
        var consumer = new Consumer();
        assertThat(consumer.bodies).containsExactly("m1", "m2");
        assertThat(consumer.entries.get(0).annotations()).isEqualTo(added);
        assertThat(consumer.entries.get(0).deliveryCount()).isZero();
        loop.run(() -> consumer.entries.forEach(consumer.door::consume));
        answer();
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void restoredOnesOfEachPriorityWaitAndGoBackToTheirPlaces() {
        var stored = new StoredMessages();
        for (long index = 1; index <= 4; index++) {
            log.store(index, record("m" + index));
        }
        int low = MessageAttributes.of(2, 100);
        int high = MessageAttributes.of(8, 100);
        long later = loop.nowMillis() + 1_000;
        stored.notBefore(1, later);
        stored.add(1, low, MessageEnqueued.NO_EXPIRY, 1);
        stored.notBefore(2, later);
        stored.add(2, high, MessageEnqueued.NO_EXPIRY, 0);
        stored.notBefore(3, later);
        stored.add(3, high, MessageEnqueued.NO_EXPIRY, 1);
        stored.add(4, low, MessageEnqueued.NO_EXPIRY, 0);
        loop.run(() -> queue.restore(stored));
        assertThat(statistics().ready()).isEqualTo(1);
        advance(1_000);
        assertThat(new Consumer().bodies).containsExactly("m3", "m2", "m1", "m4");
    }

    @Test
    void restoredQueueOfScheduledMessagesOnlyTakesNewOnes() {
        var stored = new StoredMessages();
        for (long index = 100; index < 200; index++) {
            log.store(index, record("m" + index));
            stored.notBefore(index, loop.nowMillis() + 1_000);
            stored.add(index, 4, MessageEnqueued.NO_EXPIRY, 0);
        }
        loop.run(() -> queue.restore(stored));
        var consumer = new Consumer();
        send("new");
        answer();
        assertThat(consumer.bodies).containsExactly("new");
        advance(1_000);
        assertThat(consumer.bodies).hasSize(101).endsWith("m198", "m199");
    }
}
