package dev.godwit.broker.queue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.LargeMessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A queue and messages that are too large to be held whole. */
class LargeMessageQueueTest {
    private static final int PART_BYTES = 1_000;
    private static final long HOUR_MILLIS = 3_600_000;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final PartsLog log = new PartsLog();
    private final MessageMemory memory = new MessageMemory(1 << 20);
    private final ElsewhereDeadLetters deadLetters = new ElsewhereDeadLetters();
    private final MessageQueue queue = newQueue(7, "orders");
    private final MessageQueue elsewhere = newQueue(8, "elsewhere");
    private final ProducerDoor producer = new QueueDoor(queue).openProducer(loop);

    private MessageQueue newQueue(long id, String name) {
        return new MessageQueue(
                new QueueName(id, name, true), loop, loop, log, deadLetters, new QueueLimits(3, memory));
    }

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

    private static byte[] message(int bodyBytes, long ttlMillis) {
        return message(bodyBytes, ttlMillis, MessageProperties.NONE);
    }

    private static byte[] message(int bodyBytes, long ttlMillis, MessageProperties properties) {
        var body = new byte[bodyBytes];
        for (int i = 0; i < bodyBytes; i++) {
            body[i] = (byte) (i * 7);
        }
        var encoded = AmqpMessage.builder(MessageBody.Data.of(body))
                .header(new Header(true, 4, ttlMillis, false, 0))
                .properties(properties)
                .build()
                .encode();
        var bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

    private static byte[] message(int bodyBytes) {
        return message(bodyBytes, -1);
    }

    /** A large message on its way in. */
    private final class Sending implements LargeMessageReply {
        final List<String> heard = new ArrayList<>();
        long taken;
        private final byte[] message;
        private LargeMessageDoor door;

        Sending(byte[] message) {
            this.message = message;
            var opened = new ArrayList<LargeMessageDoor>();
            loop.run(() -> opened.add(producer.openLarge(head(message), this)));
            door = opened.get(0);
        }

        Sending parts() {
            loop.run(() -> {
                for (int at = 0; at < message.length; at += PART_BYTES) {
                    door.addPart(ByteBuffer.wrap(message, at, Math.min(PART_BYTES, message.length - at)));
                }
            });
            return this;
        }

        Sending end() {
            loop.run(door::end);
            return this;
        }

        Sending giveUp() {
            loop.run(door::giveUp);
            return this;
        }

        @Override
        public void onPartsTaken(long bytes) {
            taken += bytes;
        }

        @Override
        public boolean isTransfer() {
            return false;
        }

        @Override
        public void onSafe() {
            heard.add("safe");
        }

        @Override
        public void onRefused() {
            heard.add("refused");
        }

        @Override
        public void onInDoubt() {
            heard.add("in doubt");
        }
    }

    private Message head(byte[] message) {
        return Objects.requireNonNull(new MessageReader().readHead(ByteBuffer.wrap(message), loop.nowMillis()));
    }

    private Sending send(byte[] message) {
        var sending = new Sending(message).parts().end();
        loop.run(log::commitAll);
        return sending;
    }

    /** Keeps what it is given, and reads the parts of it. */
    private final class Reader implements ConsumerPort, PartsListener {
        final List<QueueEntry> entries = new ArrayList<>();
        final List<String> problems = new ArrayList<>();
        final ConsumerDoor door;
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();

        Reader(MessageQueue from) {
            this(from, Interest.ALL);
        }

        Reader(MessageQueue from, Interest interest) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> {
                var mine = new QueueDoor(from).openConsumer(loop, this, interest);
                opened.add(mine);
                mine.setLimit(10);
            });
            door = opened.get(0);
        }

        void limit(long limit) {
            loop.run(() -> door.setLimit(limit));
        }

        List<Long> encodedBytes() {
            return entries.stream()
                    .map(entry -> Objects.requireNonNull(entry.large()).encodedBytes())
                    .toList();
        }

        void consumeAll() {
            loop.run(() -> entries.forEach(door::consume));
            entries.clear();
        }

        byte[] read(QueueEntry entry) {
            content.reset();
            var cursor = new PartCursor(Objects.requireNonNull(entry.large()));
            while (!cursor.isAtEnd()) {
                var indices = new long[3];
                int count = cursor.take(indices);
                loop.run(() -> door.readParts(indices, count, this));
                loop.run(() -> assertThat(log.answerRead()).isTrue());
            }
            return content.toByteArray();
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
        }

        @Override
        public void onPart(ByteBuffer part) {
            var bytes = new byte[part.remaining()];
            part.duplicate().get(bytes);
            content.writeBytes(bytes);
        }

        @Override
        public void onUnreadable(String problem) {
            problems.add(problem);
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }

    /** Keeps dead letters in the other queue. */
    private final class ElsewhereDeadLetters implements DeadLetters {
        @Override
        public boolean isLastResort(String name) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {
            throw new AssertionError("nothing small was sent");
        }

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {
            var added = AddedAnnotations.merge(null, Map.of(Symbol.of("x-opt-why"), String.valueOf(why.reason())));
            message.copyTo(new QueueDoor(elsewhere).openProducer(loop), Objects.requireNonNull(added), reply);
        }
    }

    private QueueStatistics statistics(MessageQueue of) {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(of.statistics()));
        return read.get(0);
    }

    private LongRanges lastRemoval() {
        var removals = log.records(MessagesRemoved.class);
        return removals.get(removals.size() - 1).indexRanges();
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

    private boolean loopAnswersRead() {
        var answered = new boolean[1];
        loop.run(() -> answered[0] = log.answerRead());
        loop.runTasks();
        return answered[0];
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
