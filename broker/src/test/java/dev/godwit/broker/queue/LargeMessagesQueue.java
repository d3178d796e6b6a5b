package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessagesRemoved;
import dev.godwit.storage.record.LongRanges;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A queue that is sent messages that are too large to be held whole, and one for its dead letters. */
abstract class LargeMessagesQueue {
    static final int PART_BYTES = 1_000;
    static final long HOUR_MILLIS = 3_600_000;

    final ManualEventLoop loop = new ManualEventLoop();
    final PartsLog log = new PartsLog();
    final MessageMemory memory = new MessageMemory(1 << 20);
    final ElsewhereDeadLetters deadLetters = new ElsewhereDeadLetters();
    final MessageQueue queue = newQueue(7, "orders");
    final MessageQueue elsewhere = newQueue(8, "elsewhere");
    final ProducerDoor producer = new QueueDoor(queue).openProducer(loop);

    MessageQueue newQueue(long id, String name) {
        return new MessageQueue(
                new QueueName(id, name, true), loop, loop, log, deadLetters, new QueueLimits(3, memory));
    }

    static byte[] message(int bodyBytes, long ttlMillis) {
        return message(bodyBytes, ttlMillis, MessageProperties.NONE);
    }

    static byte[] message(int bodyBytes, long ttlMillis, MessageProperties properties) {
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

    static byte[] message(int bodyBytes) {
        return message(bodyBytes, -1);
    }

    /** A large message on its way in. */
    final class Sending implements LargeMessageReply {
        final List<String> heard = new ArrayList<>();
        long taken;
        private final byte[] message;
        LargeMessageDoor door;

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

    Message head(byte[] message) {
        return Objects.requireNonNull(new MessageReader().readHead(ByteBuffer.wrap(message), loop.nowMillis()));
    }

    Sending send(byte[] message) {
        var sending = new Sending(message).parts().end();
        loop.run(log::commitAll);
        return sending;
    }

    /** Keeps what it is given, and reads the parts of it. */
    final class Reader implements ConsumerPort, PartsListener {
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
    final class ElsewhereDeadLetters implements DeadLetters {
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

    QueueStatistics statistics(MessageQueue of) {
        var read = new ArrayList<QueueStatistics>();
        loop.run(() -> read.add(of.statistics()));
        return read.get(0);
    }

    LongRanges lastRemoval() {
        var removals = log.records(MessagesRemoved.class);
        return removals.get(removals.size() - 1).indexRanges();
    }

    boolean loopAnswersRead() {
        var answered = new boolean[1];
        loop.run(() -> answered[0] = log.answerRead());
        loop.runTasks();
        return answered[0];
    }
}
