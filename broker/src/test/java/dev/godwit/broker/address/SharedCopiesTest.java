package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.MessageMemory;
import dev.godwit.broker.queue.MessageQueue;
import dev.godwit.broker.queue.NoDeadLetters;
import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueLimits;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.queue.RecordedReply;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;
import dev.godwit.storage.record.JournalRecord.BodyStored;
import dev.godwit.storage.record.JournalRecord.CopyEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is published for several durable subscriptions is written to the journal once, and what each of them keeps names it. */
class SharedCopiesTest {
    private static final Publisher ANNA = () -> "anna";
    private static final int MANY = 10_000;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final BodiesLog log = new BodiesLog(1);
    private final Topic topic = new Topic("news", loop, false);
    private final RecordedReply reply = new RecordedReply();
    private long lastQueueId;

    @Test
    void writesTheBodyOnceForManySubscriptions() {
        for (int i = 0; i < MANY; i++) {
            subscribe(true);
        }
        publish(message(1024, Header.DURABLE));

        assertThat(log.records).hasSize(1 + MANY);
        assertThat(log.records.get(0)).isInstanceOf(BodyStored.class);
        assertThat(log.records.subList(1, 1 + MANY))
                .allSatisfy(
                        each -> assertThat(((CopyEnqueued) each).bodyIndex()).isEqualTo(1))
                .extracting(each -> ((CopyEnqueued) each).queueId())
                .doesNotHaveDuplicates();
        assertThat(log.released).as("until all are safe").isEmpty();

        loop.run(log::commitAll);
        assertThat(reply.endings).containsExactly("safe");
        assertThat(log.released).containsExactly(1L);
    }

    @Test
    void writesAMessageWholeForOneSubscription() {
        subscribe(true);
        subscribe(false);
        publish(message(1024, Header.DURABLE));
        assertThat(log.records).singleElement().isInstanceOf(MessageEnqueued.class);
    }

    /** The subscription of a pattern belongs to the pattern's shard, whose loop may be another. */
    @Test
    void sharesNothingWithQueuesOfOtherShards() {
        subscribe(true);
        var elsewhere = new BodiesLog(2);
        var otherLoop = new ManualEventLoop();
        var onOtherLoop = new BodiesLog(3);
        subscribe(true, loop, elsewhere);
        subscribe(true, otherLoop, onOtherLoop);
        publish(message(2000, Header.DURABLE));
        otherLoop.runTasks();
        assertThat(log.records).singleElement().isInstanceOf(MessageEnqueued.class);
        assertThat(elsewhere.records).singleElement().isInstanceOf(MessageEnqueued.class);
        assertThat(onOtherLoop.records).singleElement().isInstanceOf(MessageEnqueued.class);

        subscribe(true);
        publish(message(2000, Header.DURABLE));
        otherLoop.runTasks();
        assertThat(log.records).hasSize(4);
        assertThat(log.records.get(1)).isInstanceOf(BodyStored.class);
        assertThat(elsewhere.records).hasSize(2).allSatisfy(each -> assertThat(each)
                .isInstanceOf(MessageEnqueued.class));
        assertThat(onOtherLoop.records).hasSize(2).allSatisfy(each -> assertThat(each)
                .isInstanceOf(MessageEnqueued.class));
        loop.run(log::commitAll);
        loop.run(elsewhere::commitAll);
        otherLoop.run(onOtherLoop::commitAll);
        loop.runTasks();
        assertThat(reply.endings).containsExactly("safe", "safe");
        assertThat(log.released).containsExactly(2L);
    }

    @Test
    void writesASmallMessageWhole() {
        subscribe(true);
        subscribe(true);
        publish(message(10, Header.DURABLE));
        assertThat(log.records).hasSize(2).allSatisfy(each -> assertThat(each).isInstanceOf(MessageEnqueued.class));
    }

    @Test
    void writesNothingOfAMessageThatIsNotDurable() {
        subscribe(true);
        subscribe(true);
        publish(message(1024, Header.DEFAULT));
        assertThat(log.records).isEmpty();
        assertThat(reply.endings).containsExactly("safe");
    }

    /** Whoever reads the journal's past needs each message whole. */
    @Test
    void writesMessagesWholeWhereTheJournalIsReadByOthers() {
        log.shares = false;
        subscribe(true);
        subscribe(true);
        publish(message(1024, Header.DURABLE));
        assertThat(log.records).hasSize(2).allSatisfy(each -> assertThat(each).isInstanceOf(MessageEnqueued.class));
        loop.run(log::commitAll);
        assertThat(reply.endings).containsExactly("safe");
    }

    /** One that could not be recorded at first shares the body that is there already, which waits for it. */
    @Test
    void keepsTheBodyForACopyThatHasToWait() {
        subscribe(true);
        subscribe(true);
        log.roomFor = 2;
        publish(message(1024, Header.DURABLE));
        assertThat(log.records).hasSize(2);
        loop.run(log::commitAll);
        assertThat(log.released).isEmpty();

        log.roomFor = 10;
        loop.advance(1_000);
        assertThat(log.records).hasSize(3);
        assertThat(((CopyEnqueued) log.records.get(2)).bodyIndex()).isEqualTo(1);
        loop.run(log::commitAll);
        assertThat(reply.endings).containsExactly("safe");
        assertThat(log.released).containsExactly(1L);
    }

    @Test
    void releasesTheBodyWhenTheOnlyOneThatWaitsIsGone() {
        subscribe(true);
        MessageQueue ending = subscribe(true);
        log.roomFor = 2;
        publish(message(1024, Header.DURABLE));
        loop.run(log::commitAll);
        loop.run(ending::delete);
        assertThat(reply.endings).containsExactly("safe");
        assertThat(log.released).containsExactly(1L);
    }

    private MessageQueue subscribe(boolean durable) {
        return subscribe(durable, loop, log);
    }

    private MessageQueue subscribe(boolean durable, ManualEventLoop owner, BodiesLog journal) {
        lastQueueId++;
        var queue = new MessageQueue(
                new QueueName(lastQueueId, "subscription " + lastQueueId, durable),
                owner,
                owner,
                journal,
                new NoDeadLetters(),
                new QueueLimits(3, new MessageMemory(1_000_000_000)));
        loop.run(() -> topic.add(new QueueDoor(queue), null, null));
        return queue;
    }

    private void publish(Message message) {
        loop.run(() -> topic.publish(message, ANNA, reply));
    }

    private Message message(int bytes, Header header) {
        var encoded = AmqpMessage.builder(new MessageBody.Value("x".repeat(bytes)))
                .header(header)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    /** A shard's log whose disk the test turns by hand. */
    private static final class BodiesLog implements QueueLog {
        final List<JournalRecord> records = new ArrayList<>();
        final List<Long> released = new ArrayList<>();
        private final ArrayDeque<Parked> parked = new ArrayDeque<>();
        private final int shard;
        boolean shares = true;
        int roomFor = Integer.MAX_VALUE;

        BodiesLog(int shard) {
            this.shard = shard;
        }

        @Override
        public int shard() {
            return shard;
        }

        @Override
        public boolean mayShareBodies() {
            return shares;
        }

        @Override
        public long append(JournalRecord record, Parked waiter) {
            if (records.size() >= roomFor) {
                throw new JournalFullException(64, 64);
            }
            records.add(record);
            parked.add(waiter);
            return records.size();
        }

        @Override
        public long appendBody(BodyStored body) {
            return append(body, Parked.NOTHING);
        }

        @Override
        public void releaseBody(long index) {
            released.add(index);
        }

        @Override
        public long appendLazily(JournalRecord record, Parked waiter) {
            return append(record, waiter);
        }

        @Override
        public void read(long[] indices, int count, ReadListener listener) {
            throw new AssertionError("everything is in memory");
        }

        void commitAll() {
            while (!parked.isEmpty()) {
                parked.removeFirst().onCommitted();
            }
        }
    }
}
