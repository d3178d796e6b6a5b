package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.storage.record.JournalRecord.LargeMessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the parts of messages come in that are too large to be held whole. */
class LargeMessageIntakeTest extends LargeMessagesQueue {
    @Test
    void isSeenWhenTheRecordThatJoinsItsPartsIsCommitted() {
        var consumer = new Reader(queue);
        byte[] message = message(4_500);
        var sending = new Sending(message).parts();
        assertThat(sending.taken).isZero();
        loop.run(log::commitAll);
        assertThat(sending.taken).isEqualTo(message.length);
        assertThat(statistics(queue).ready()).isZero();

        sending.end();
        assertThat(consumer.entries).isEmpty();
        assertThat(sending.heard).isEmpty();
        loop.run(log::commitAll);
        assertThat(sending.heard).containsExactly("safe");
        assertThat(consumer.entries).hasSize(1);
        assertThat(consumer.read(consumer.entries.get(0))).isEqualTo(message);
        assertThat(log.records(LargeMessageEnqueued.class).get(0).encodedBytes())
                .isEqualTo(message.length);
    }

    @Test
    void partsOfSeveralAtOnceDoNotMix() {
        var consumer = new Reader(queue);
        byte[] one = message(5_000);
        byte[] two = message(7_000);
        var first = new Sending(one);
        var second = new Sending(two);
        loop.run(() -> {
            for (int at = 0; at < two.length; at += PART_BYTES) {
                second.door.addPart(ByteBuffer.wrap(two, at, Math.min(PART_BYTES, two.length - at)));
                if (at < one.length) {
                    first.door.addPart(ByteBuffer.wrap(one, at, Math.min(PART_BYTES, one.length - at)));
                }
            }
        });
        second.end();
        first.end();
        loop.run(log::commitAll);
        assertThat(consumer.read(consumer.entries.get(0))).isEqualTo(two);
        assertThat(consumer.read(consumer.entries.get(1))).isEqualTo(one);
    }

    @Test
    void fullJournalHoldsPartsBackAndWhatIsSentBehind() {
        log.partsMax = 2;
        var consumer = new Reader(queue);
        byte[] message = message(4_500);
        var sending = new Sending(message).parts().end();
        var behind = send(message(10));
        assertThat(log.records(MessagePart.class)).hasSize(2);
        for (int i = 0; i < 10; i++) {
            loop.advance(MessageQueue.JOURNAL_FULL_RETRY_MILLIS);
            loop.run(log::commitAll);
        }
        assertThat(sending.heard).containsExactly("safe");
        assertThat(behind.heard).containsExactly("safe");
        assertThat(sending.taken).isEqualTo(message.length);
        assertThat(consumer.entries).hasSize(2);
        assertThat(consumer.read(consumer.entries.get(0))).isEqualTo(message);
        assertThat(consumer.read(consumer.entries.get(1))).isEqualTo(message(10));
        assertThat(loop.timersWaiting()).isZero();
    }

    /** Its bytes may shut the connection of consumers that would make room. */
    @Test
    void fullJournalHoldsPartsForSomeTimeAndThenTheMessageIsRefused() {
        log.partsMax = 0;
        byte[] message = message(4_500);
        var half = new Sending(message).parts();
        var whole = new Sending(message).parts().end();
        loop.advance(LargeArrival.REFUSED_MAX_MILLIS - 1);
        assertThat(List.of(half.taken, whole.taken)).containsOnly(0L);
        loop.advance(MessageQueue.JOURNAL_FULL_RETRY_MILLIS + 1);
        assertThat(List.of(half.taken, whole.taken)).containsOnly((long) message.length);
        assertThat(whole.heard).containsExactly("refused");
        assertThat(half.heard).isEmpty();
        half.parts();
        assertThat(half.taken).isEqualTo(2L * message.length);
        half.end();
        assertThat(half.heard).containsExactly("refused");

        log.partsMax = Integer.MAX_VALUE;
        assertThat(send(message).heard).containsExactly("safe");
        assertThat(statistics(queue).ready()).isEqualTo(1);
        assertThat(loop.timersWaiting()).isZero();
    }

    @Test
    void journalThatTakesAPartNowAndThenIsWaitedFor() {
        log.partsMax = 1;
        byte[] message = message(4_500);
        var sending = new Sending(message).parts().end();
        for (int parts = 1; parts < 5; parts++) {
            loop.advance(LargeArrival.REFUSED_MAX_MILLIS - 100);
            assertThat(sending.heard).isEmpty();
            log.partsMax++;
        }
        loop.advance(LargeArrival.REFUSED_MAX_MILLIS - 100);
        loop.run(log::commitAll);
        assertThat(sending.heard).containsExactly("safe");
        assertThat(loop.timersWaiting()).isZero();
    }

    @Test
    void givenUpMessageLeavesNoParts() {
        log.partsMax = 2;
        byte[] message = message(4_500);
        var sending = new Sending(message).parts();
        loop.run(log::commitAll);
        sending.giveUp();
        assertThat(sending.taken).isEqualTo(message.length);
        assertThat(lastRemoval()).isEqualTo(LongRanges.between(1, 2));
        loop.advance(1_000);
        loop.run(log::commitAll);
        assertThat(log.records(MessagePart.class)).hasSize(2);
        assertThat(log.records(LargeMessageEnqueued.class)).isEmpty();
        assertThat(sending.heard).isEmpty();
    }

    @Test
    void deletedQueueRefusesItAndRemovesItsParts() {
        var sending = new Sending(message(2_500)).parts();
        loop.run(queue::delete);
        sending.end();
        loop.run(log::commitAll);
        assertThat(sending.heard).containsExactly("refused");
        assertThat(lastRemoval()).isEqualTo(LongRanges.between(1, 3));
    }
}
