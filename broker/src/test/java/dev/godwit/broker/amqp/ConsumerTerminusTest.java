package dev.godwit.broker.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.UnsettledMap;
import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ExpiryPolicy;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.ConsumerPort;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.MessageMemory;
import dev.godwit.broker.queue.MessageQueue;
import dev.godwit.broker.queue.NoDeadLetters;
import dev.godwit.broker.queue.Parked;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.queue.QueueLimits;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What suspended consumers hold, over a queue whose loop is turned by hand. */
class ConsumerTerminusTest {
    private static final ByteBuffer ENCODED = AmqpMessage.builder(new MessageBody.Value("body"))
            .header(new Header(false, 4, -1, false, 0))
            .build()
            .encode();
    private static final int BODY_BYTES = ENCODED.remaining();
    private static final int SHARE_BYTES = 3 * ConsumerTerminus.HELD_BYTES + 9 * BODY_BYTES;

    private final ManualEventLoop loop = new ManualEventLoop();
    private final KeptRoom room = new KeptRoom(2L * SHARE_BYTES, SHARE_BYTES);
    private final ResumableLinks links = new ResumableLinks(new KeptRoom(0, 0), room, new KeptRoom(4, 3));
    private final MessageQueue queue = new MessageQueue(
            new QueueName(1, "orders", false),
            loop,
            loop,
            new NoLog(),
            new NoDeadLetters(),
            new QueueLimits(0, new MessageMemory(1_000_000)));
    private final QueueDoor door = new QueueDoor(queue);

    private final SuspendedTermini suspended = new SuspendedTermini(loop);

    @Test
    void holdsWhileSuspendedOnlyWhatThereIsRoomForAndGivesBackTheRest() {
        fill(7);
        var terminus = attached("ann", "first");
        take(terminus, 7);
        assertThat(ready()).isZero();

        detach(terminus);
        assertThat(ready()).isEqualTo(4);

        // The peer claims to have all of them: of three it hears again.
        var answer = resume(terminus, 7);
        assertThat(answer.states().keySet()).containsExactly(tag(0), tag(1), tag(2));
        assertThat(ready()).isEqualTo(4);
    }

    @Test
    void countsForEachUserWhatAllItsSuspendedLinksHold() {
        fill(6);
        var first = attached("ann", "first");
        var second = attached("ann", "second");
        var other = attached("bob", "first");
        take(first, 3);
        detach(first);
        take(second, 3);
        detach(second);
        assertThat(ready()).isEqualTo(3);
        take(other, 3);
        detach(other);
        assertThat(ready()).isZero();
        // Nobody has room left now, whoever it is.
        assertThat(room.take("cid", ConsumerTerminus.HELD_BYTES)).isFalse();
    }

    @Test
    void givesTheRoomBackOnceForAllThatLeavesIt() {
        fill(3);
        var terminus = attached("ann", "first");
        take(terminus, 3);
        detach(terminus);
        resume(terminus, 3);
        loop.run(terminus::onAbandoned);
        int held = ConsumerTerminus.HELD_BYTES + BODY_BYTES;
        assertRoomLeft("ann", SHARE_BYTES - 3 * held);

        var claimed = new ArrayList<@Nullable ResumableTerminus>();
        loop.run(() -> terminus.claim(loop, claimed::add));
        Map<Binary, @Nullable DeliveryState> states = new HashMap<>();
        states.put(tag(0), Accepted.INSTANCE);
        states.put(tag(1), null);
        loop.run(() -> terminus.resume(new UnsettledMap(states, false), Long.MAX_VALUE, map -> {}));
        assertThat(ready()).isEqualTo(1);
        assertRoomLeft("ann", SHARE_BYTES - held);

        loop.run(terminus::end);
        assertRoomLeft("ann", SHARE_BYTES);
        assertThat(ready()).isEqualTo(2);
    }

    @Test
    void keepsForOneUserOnlyItsShareOfTheTermini() {
        var termini = new ArrayList<ConsumerTerminus>();
        for (int i = 0; i < 4; i++) {
            termini.add(attached("ann", "link-" + i));
        }
        assertThat(links.size()).isEqualTo(3);
        attached("bob", "first");
        assertThat(links.size()).isEqualTo(4);
        attached("cid", "first");
        assertThat(links.size()).isEqualTo(4);

        // A link of the same name takes the place that is there, and what it took it from gives back nothing.
        var again = attached("ann", "link-0");
        assertThat(links.size()).isEqualTo(4);
        loop.run(termini.get(0)::end);
        attached("ann", "link-4");
        assertThat(links.size()).isEqualTo(4);
        loop.run(again::end);
        assertThat(links.size()).isEqualTo(3);
        attached("ann", "link-5");
        assertThat(links.size()).isEqualTo(4);
    }

    private void assertRoomLeft(String user, int bytes) {
        assertThat(room.take(user, bytes)).isTrue();
        assertThat(room.take(user, 1)).isFalse();
        room.giveBack(user, bytes);
    }

    private static ResumableLinks.Key key(String user, String link) {
        return new ResumableLinks.Key(user, "container", link, true);
    }

    private ConsumerTerminus attached(String user, String link) {
        var terminus = new ConsumerTerminus(
                links, key(user, link), "orders", new TerminusExpiry(ExpiryPolicy.LINK_DETACH, 600), loop);
        loop.run(() -> terminus.attach(() -> terminus.onDetached(suspended, suspended)));
        return terminus;
    }

    private void detach(ConsumerTerminus terminus) {
        loop.run(() -> terminus.onDetached(suspended, suspended));
    }

    private void fill(int messages) {
        loop.run(() -> {
            var producer = door.openProducer(loop);
            for (int i = 0; i < messages; i++) {
                producer.enqueue(new MessageReader().read(ENCODED.duplicate(), loop.nowMillis()), EnqueueReply.NOBODY);
            }
        });
        assertThat(ready()).isEqualTo(messages);
    }

    /** A link that takes so many messages, settles none, and is gone. */
    private void take(ConsumerTerminus terminus, int messages) {
        var given = new ArrayList<QueueEntry>();
        var consumers = new ArrayList<ConsumerDoor>();
        loop.run(() -> {
            var consumer = door.openConsumer(loop, new ConsumerPort() {
                @Override
                public void onMessage(QueueEntry entry) {
                    given.add(entry);
                }

                @Override
                public void onDrained() {}

                @Override
                public void onQueueDeleted() {}
            });
            consumer.setLimit(messages);
            consumers.add(consumer);
        });
        loop.run(() -> {
            var stake = new ConsumerStake(loop, consumers.get(0));
            for (int i = 0; i < given.size(); i++) {
                terminus.onSent(
                        tag(i),
                        given.get(i),
                        given.get(i).takeMessage(),
                        given.get(i).leftMillis(),
                        stake);
            }
            stake.onLinkGone();
        });
        assertThat(given).hasSize(messages);
    }

    /** By a peer that has so many messages unsettled. */
    private UnsettledMap resume(ConsumerTerminus terminus, int messages) {
        var claimed = new ArrayList<@Nullable ResumableTerminus>();
        loop.run(() -> terminus.claim(loop, claimed::add));
        assertThat(claimed).hasSize(1).first().isSameAs(terminus);
        Map<Binary, @Nullable DeliveryState> states = new HashMap<>();
        for (int i = 0; i < messages; i++) {
            states.put(tag(i), null);
        }
        var answers = new ArrayList<@Nullable UnsettledMap>();
        loop.run(() -> terminus.resume(new UnsettledMap(states, false), Long.MAX_VALUE, answers::add));
        return Objects.requireNonNull(answers.get(0));
    }

    private long ready() {
        var read = new ArrayList<Number>();
        loop.run(() -> read.add(queue.statistics().ready()));
        return read.get(0).longValue();
    }

    private static Binary tag(int number) {
        return Binary.copyOf(new byte[] {(byte) number});
    }

    /** Nothing here is durable. */
    private static final class NoLog implements QueueLog {
        @Override
        public int shard() {
            return 1;
        }

        @Override
        public long append(JournalRecord record, Parked parked) {
            throw new AssertionError("nothing is durable");
        }

        @Override
        public long appendLazily(JournalRecord record, Parked parked) {
            throw new AssertionError("nothing is durable");
        }

        @Override
        public void read(long[] indices, int count, ReadListener listener) {
            throw new AssertionError("nothing is in the journal");
        }
    }
}
