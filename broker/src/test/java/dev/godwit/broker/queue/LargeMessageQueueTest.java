package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.storage.record.JournalRecord.LargeMessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A queue and messages that are too large to be held whole. */
class LargeMessageQueueTest extends LargeMessagesQueue {
    @Test
    void countsForMaxBytes() {
        var message = message(10_000);
        loop.run(() -> queue.apply(AddressSettings.NONE.with(AddressSetting.MAX_BYTES, 2L * message.length)));
        assertThat(send(message).heard).containsExactly("safe");
        assertThat(send(message).heard).containsExactly("safe");
        var third = send(message);
        assertThat(third.heard).isEmpty();
        assertThat(bytes()).isEqualTo(2L * message.length);
        var reader = new Reader(queue);
        loop.run(() -> reader.door.consume(reader.entries.get(0)));
        loop.run(log::commitAll);
        loop.run(log::commitAll);
        assertThat(third.heard).containsExactly("safe");
        assertThat(bytes()).isEqualTo(2L * message.length);

        assertThat(send(message(30_000)).heard)
                .as("longer than all that may be there")
                .containsExactly("refused");
        loop.run(queue::delete);
        assertThat(bytes()).isZero();
    }

    private long bytes() {
        var read = new ArrayList<Long>();
        loop.run(() -> read.add(queue.statistics().bytes()));
        return read.get(0);
    }

    private void sendOfGroup(String group, int bodyBytes) {
        send(message(bodyBytes, -1, MessageProperties.builder().groupId(group).build()));
    }

    private void answerReads() {
        boolean more = true;
        while (more) {
            var answered = new ArrayList<Boolean>();
            loop.run(() -> answered.add(log.answerRead()));
            more = answered.get(0);
        }
    }

    @Test
    void belongsToAGroupAsASmallOneDoes() {
        var first = new Reader(queue);
        var second = new Reader(queue);
        first.limit(1);
        sendOfGroup("a", 2_500);
        answerReads();
        sendOfGroup("a", 2_600);
        sendOfGroup("b", 2_700);
        sendOfGroup("a", 2_800);
        answerReads();
        assertThat(first.encodedBytes()).hasSize(1);
        assertThat(second.encodedBytes()).hasSize(1);
        first.limit(10);
        answerReads();
        assertThat(first.encodedBytes()).hasSize(3).isSorted();
        first.consumeAll();
        second.consumeAll();
        loop.run(first.door::leave);
        loop.run(second.door::leave);
        assertThat(memory.bytes()).isZero();
    }

    /** One that does not look inside knows nothing of it that the index could learn. */
    @Test
    void isFoundByTheIndexThoughABrowserPassedItBefore() {
        loop.run(() -> queue.apply(AddressSettings.NONE.with(AddressSetting.INDEXED_PROPERTIES, List.of("JMSType"))));
        var browser = new Reader(queue, new Interest(null, true));
        send(message(5_000, -1, MessageProperties.builder().subject("a").build()));
        assertThat(browser.encodedBytes()).hasSize(1);

        answerReads();
        var taker = new Reader(queue, new Interest(QueueBench.selector("JMSType = 'a'"), false));
        answerReads();
        assertThat(taker.encodedBytes()).hasSize(1);
    }

    @Test
    void theJournalKnowsOfALargeMessageWhetherItHasAGroup() {
        sendOfGroup("a", 2_500);
        send(message(2_500));
        assertThat(log.records(LargeMessageEnqueued.class))
                .extracting(record -> MessageAttributes.isGrouped(record.attributes()))
                .containsExactly(true, false);
    }

    @Test
    void consumedMessageIsRemovedByItsOwnIndex() {
        var consumer = new Reader(queue);
        send(message(2_500));
        loop.run(() -> consumer.door.consume(consumer.entries.get(0)));
        assertThat(lastRemoval()).isEqualTo(LongRanges.of(4));
    }

    @Test
    void expiresWhereverItStands() {
        var sending = send(message(2_500, HOUR_MILLIS));
        assertThat(sending.heard).containsExactly("safe");
        assertThat(statistics(queue).ready()).isEqualTo(1);
        loop.advance(HOUR_MILLIS + 1_000);
        assertThat(statistics(queue).ready()).isZero();
        assertThat(statistics(queue).expired()).isEqualTo(1);
        assertThat(lastRemoval()).isEqualTo(LongRanges.of(4));
    }

    @Test
    void costsNoMoreMemoryThanAnyReference() {
        long before = memory.bytes();
        for (int i = 0; i < 100; i++) {
            send(message(5_000));
        }
        assertThat(memory.bytes() - before).isLessThan(100 * 500);
    }

    @Test
    void damagedOneIsSetAsideAndNotRemoved() {
        var consumer = new Reader(queue);
        send(message(4_500));
        send(message(10));
        log.damaged.add(3L);
        var entry = consumer.entries.get(0);
        consumer.read(entry);
        assertThat(consumer.problems)
                .singleElement()
                .asString()
                .contains("index 3")
                .contains("bad checksum");
        loop.run(() -> consumer.door.setAside(entry, consumer.problems.get(0)));
        assertThat(statistics(queue).damaged()).isEqualTo(1);
        assertThat(statistics(queue).acquired()).isEqualTo(1);
        assertThat(log.records(MessagesRemoved.class)).isEmpty();
    }
}
