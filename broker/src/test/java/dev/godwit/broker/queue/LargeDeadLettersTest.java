package dev.godwit.broker.queue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.storage.record.JournalRecord.LargeMessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Messages that are too large to be held whole, on their way to the dead letters. */
class LargeDeadLettersTest extends LargeMessagesQueue {
    @Test
    void rejectedOneIsCopiedPartByPartWithoutItsTimeToLive() {
        var consumer = new Reader(queue);
        byte[] message = message(40_500, HOUR_MILLIS);
        send(message);
        int before = log.partsAsked;
        loop.run(() -> consumer.door.reject(consumer.entries.get(0), null));
        while (loopAnswersRead()) {
            assertThat(log.records(MessagesRemoved.class)).isEmpty();
        }
        assertThat(log.partsAsked - before).isEqualTo(41);
        loop.run(log::commitAll);
        assertThat(lastRemoval()).isEqualTo(LongRanges.of(42));

        var reader = new Reader(elsewhere);
        byte[] copy = reader.read(reader.entries.get(0));
        assertThat(head(copy).expiryTimeMillis()).isEqualTo(QueueEntry.NEVER_EXPIRES);
        var sections = new MessageSections();
        sections.scan(ByteBuffer.wrap(copy));
        assertThat(sections.messageAnnotation("x-opt-why")).isEqualTo("REJECTED");
        int body = sections.propertiesOffset();
        assertThat(new String(message, ISO_8859_1)).endsWith(new String(copy, body, copy.length - body, ISO_8859_1));
        assertThat(statistics(queue).ready() + statistics(queue).acquired()).isZero();
    }

    @Test
    void deadLetterThatWasThereBeforeComesAgain() {
        loop.run(() -> elsewhere.apply(AddressSettings.NONE.with(AddressSetting.DUPLICATE_WINDOW, HOUR_MILLIS)));
        byte[] message = identified(4_500);
        for (int round = 0; round < 2; round++) {
            var consumer = new Reader(queue);
            send(message);
            loop.run(() -> consumer.door.reject(consumer.entries.get(0), null));
            while (loopAnswersRead()) {
                loop.run(log::commitAll);
            }
            loop.run(log::commitAll);
            loop.run(consumer.door::leave);
        }
        assertThat(statistics(elsewhere).duplicates()).isZero();
        assertThat(statistics(elsewhere).ready()).isEqualTo(2);
    }

    private static byte[] identified(int bodyBytes) {
        var encoded = AmqpMessage.builder(MessageBody.Data.of(new byte[bodyBytes]))
                .header(new Header(true, 4, -1, false, 0))
                .properties(MessageProperties.builder().messageId("large").build())
                .build()
                .encode();
        var bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    @Test
    void copyWaitsForTheDiskOfTheOtherQueue() {
        var consumer = new Reader(queue);
        var sending = new Sending(message(100)).parts();
        var part = new byte[LargeMessageDoor.PART_BYTES_MAX];
        for (int i = 0; i < 40; i++) {
            loop.run(() -> sending.door.addPart(ByteBuffer.wrap(part)));
        }
        sending.end();
        loop.run(log::commitAll);
        int before = log.partsAsked;
        loop.run(() -> consumer.door.reject(consumer.entries.get(0), null));
        while (loopAnswersRead()) {
            // Reads on as far as it may without a commit there.
        }
        assertThat(log.partsAsked - before).isBetween(8, 12);
        for (int i = 0; i < 20; i++) {
            loop.run(log::commitAll);
            while (loopAnswersRead()) {
                // Goes on.
            }
        }
        assertThat(log.partsAsked - before).isEqualTo(41);
        assertThat(statistics(elsewhere).ready()).isEqualTo(1);
    }

    @Test
    void damagedOneIsNotCopied() {
        var consumer = new Reader(queue);
        send(message(40_500));
        log.damaged.add(20L);
        loop.run(() -> consumer.door.reject(consumer.entries.get(0), null));
        while (loopAnswersRead()) {
            // Up to the damage.
        }
        loop.run(log::commitAll);
        assertThat(statistics(queue).damaged()).isEqualTo(1);
        assertThat(statistics(elsewhere).ready()).isZero();
        // What was copied of it is removed; it is not.
        assertThat(lastRemoval().first(0)).isGreaterThan(42);
        assertThat(log.records(LargeMessageEnqueued.class)).hasSize(1);
    }
}
