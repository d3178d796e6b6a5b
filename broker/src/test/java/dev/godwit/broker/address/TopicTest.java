package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.ConsumerPort;
import dev.godwit.broker.queue.MessageMemory;
import dev.godwit.broker.queue.MessageQueue;
import dev.godwit.broker.queue.NoDeadLetters;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.queue.QueueLimits;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.queue.RecordedReply;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TopicTest {
    private static final Publisher ANNA = () -> "anna";
    private static final Publisher ANNA_ELSEWHERE = () -> "anna";
    private static final Publisher BERTA = () -> "berta";

    private final ManualEventLoop loop = new ManualEventLoop();
    private final HeldLog log = new HeldLog();
    private final Topic topic = new Topic("news", loop, false);
    private long lastQueueId;

    @Test
    void givesEverySubscriptionTheSameBytes() {
        var first = subscriber(false);
        var second = subscriber(false);
        var sent = message("a", Header.DEFAULT);

        assertThat(publish(sent, ANNA).endings).containsExactly("safe");

        assertThat(first.messages).hasSize(1);
        assertThat(first.messages.get(0).encoded()).isSameAs(sent.encoded());
        assertThat(second.messages.get(0).encoded()).isSameAs(sent.encoded());
    }

    @Test
    void isSafeWithoutSubscriptions() {
        assertThat(publish(message("a", Header.DURABLE), ANNA).endings).containsExactly("safe");
        assertThat(log.records).isEmpty();
    }

    @Test
    void confirmsWhenEveryDurableSubscriptionHasItsCopyOnTheDisk() {
        var durable = subscriber(true);
        subscriber(true);
        var memory = subscriber(false);
        var reply = publish(message("a", Header.DURABLE), ANNA);
        assertThat(memory.messages).hasSize(1);
        assertThat(durable.messages).isEmpty();
        assertThat(log.records).hasSize(2);

        loop.run(log::commitNext);
        assertThat(reply.endings).isEmpty();
        loop.run(log::commitNext);

        assertThat(reply.endings).containsExactly("safe");
        assertThat(durable.messages).hasSize(1);
    }

    @Test
    void isInDoubtWhenOneCopyIs() {
        subscriber(true);
        subscriber(false);
        var reply = publish(message("a", Header.DURABLE), ANNA);
        loop.run(log::lose);
        assertThat(reply.endings).containsExactly("in doubt");
    }

    @Test
    void doesNotMissACopyWhoseSubscriptionEnds() {
        var ending = subscriber(true);
        log.full = true;
        var reply = publish(message("a", Header.DURABLE), ANNA);
        loop.run(() -> topic.remove(ending.queueDoor));
        loop.run(ending.queue::delete);
        assertThat(reply.endings).containsExactly("safe");
    }

    @Test
    void tellsProducersThatItIsDeleted() {
        var subscriber = subscriber(false);
        loop.run(topic::delete);
        assertThat(publish(message("a", Header.DURABLE), ANNA).endings).containsExactly("deleted");
        var reply = new RecordedReply();
        publishLarge(100, reply);
        assertThat(reply.taken).isEqualTo(100);
        assertThat(reply.endings).containsExactly("deleted");
        assertThat(subscriber.messages).isEmpty();
        assertThat(subscriber.largeMessages).isZero();
    }

    @Test
    void sparesAConnectionItsOwnMessages() {
        var ofConnection = subscriber(false, NoLocal.of(ANNA));
        var ofContainer = subscriber(false, NoLocal.ofContainer("anna"));
        publish(message("a", Header.DEFAULT), ANNA);
        publish(message("b", Header.DEFAULT), ANNA_ELSEWHERE);
        publish(message("c", Header.DEFAULT), BERTA);
        assertThat(ofConnection.messages).hasSize(2);
        assertThat(ofContainer.messages).hasSize(1);
    }

    @Test
    void publishesWhatTheFilterWants() {
        var all = subscriber(false);
        var durableOnly = newSubscriber(false);
        loop.run(() -> topic.add(durableOnly.queueDoor, Message::isDurable, null));
        publish(message("a", Header.DURABLE), ANNA);
        publish(message("b", Header.DEFAULT), ANNA);
        assertThat(all.messages).hasSize(2);
        assertThat(durableOnly.messages).hasSize(1);
    }

    @Test
    void takesPartsOfALargeMessageWhenTheSlowestCopyHasThem() {
        var first = subscriber(true);
        var second = subscriber(true);
        var reply = new RecordedReply();
        publishLarge(100, reply);
        assertThat(log.records).hasSize(4);
        loop.run(log::commitNext);
        assertThat(reply.taken).isZero();
        loop.run(log::commitNext);
        loop.run(log::commitNext);
        assertThat(reply.taken).isEqualTo(100);
        assertThat(reply.endings).isEmpty();
        loop.run(log::commitNext);
        assertThat(reply.endings).containsExactly("safe");
        assertThat(List.of(first.largeMessages, second.largeMessages)).containsExactly(1, 1);
    }

    @Test
    void takesPartsThatNobodyWants() {
        var reply = new RecordedReply();
        publishLarge(100, reply);
        assertThat(reply.taken).isEqualTo(100);
        assertThat(reply.endings).containsExactly("safe");
    }

    @Test
    void whatLeavesAQueueIsRefusedWhenNobodyWantsIt() {
        var reply = new RecordedReply();
        reply.transfer = true;
        var producer = producer();
        loop.run(() -> producer.enqueue(message("a", Header.DURABLE), reply));
        assertThat(reply.endings).containsExactly("refused");
        assertThat(transferLarge().endings).containsExactly("refused");

        var durableOnly = newSubscriber(false);
        loop.run(() -> topic.add(durableOnly.queueDoor, Message::isDurable, null));
        loop.run(() -> producer.enqueue(message("b", Header.DEFAULT), reply));
        loop.run(() -> producer.enqueue(message("c", Header.DURABLE), reply));
        assertThat(reply.endings).containsExactly("refused", "refused", "safe");
        assertThat(durableOnly.messages).hasSize(1);
    }

    @Test
    void whatLeavesAQueueIsRefusedWhenNoSubscriptionTakesIt() {
        var full = subscriber(true);
        loop.run(() -> full.door().setLimit(0));
        loop.run(() -> full.queue.apply(AddressSettings.NONE
                .with(AddressSetting.MAX_MESSAGES, 1L)
                .with(AddressSetting.WHEN_FULL, WhenFull.REJECT)));
        assertThat(publish(message("a", Header.DEFAULT), ANNA).endings).containsExactly("safe");
        assertThat(publish(message("b", Header.DEFAULT), ANNA).endings).containsExactly("safe");

        var reply = new RecordedReply();
        reply.transfer = true;
        var producer = producer();
        loop.run(() -> producer.enqueue(message("c", Header.DEFAULT), reply));
        assertThat(reply.endings).containsExactly("refused");
        assertThat(transferLarge().endings).containsExactly("refused");

        var taking = subscriber(false);
        loop.run(() -> producer.enqueue(message("d", Header.DEFAULT), reply));
        assertThat(reply.endings).containsExactly("refused", "safe");
        assertThat(taking.messages).hasSize(1);
    }

    /** It would be lost, though its sender was told that it is safe. */
    @Test
    void tellsASenderThatAMessageIsTooLongForAllThatWantIt() {
        for (var whenFull : WhenFull.values()) {
            var small = subscriber(true);
            loop.run(() -> small.queue.apply(AddressSettings.NONE
                    .with(AddressSetting.MAX_BYTES, 100L)
                    .with(AddressSetting.WHEN_FULL, whenFull)));
        }
        var oversized = message("x".repeat(200), Header.DEFAULT);
        assertThat(publish(oversized, ANNA).endings).containsExactly("rejected amqp:resource-limit-exceeded");
        assertThat(publish(message("fits", Header.DEFAULT), ANNA).endings).containsExactly("safe");

        var large = new RecordedReply();
        publishLarge(200, large);
        for (int commits = 0; commits < 3 && large.endings.isEmpty(); commits++) {
            loop.run(log::commitNext);
        }
        assertThat(large.endings).containsExactly("rejected amqp:resource-limit-exceeded");

        var taking = subscriber(false);
        assertThat(publish(oversized, ANNA).endings).containsExactly("safe");
        assertThat(taking.messages).hasSize(1);
    }

    /** A large message of so many bytes behind its head. */
    private void publishLarge(int partBytes, RecordedReply reply) {
        var producer = producer();
        loop.run(() -> {
            var large = producer.openLarge(message("head", Header.DURABLE), reply);
            large.addPart(ByteBuffer.allocate(partBytes));
            large.end();
        });
    }

    private RecordedReply transferLarge() {
        var reply = new RecordedReply();
        reply.transfer = true;
        publishLarge(100, reply);
        while (log.isWaiting()) {
            loop.run(log::commitNext);
        }
        assertThat(reply.taken).isEqualTo(100);
        return reply;
    }

    private ProducerDoor producer() {
        return new TopicDoor(topic).openProducer(loop, ANNA);
    }

    private RecordedReply publish(Message message, Publisher publisher) {
        var reply = new RecordedReply();
        var door = new TopicDoor(topic).openProducer(loop, publisher);
        loop.run(() -> door.enqueue(message, reply));
        return reply;
    }

    private Message message(String body, Header header) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(body))
                .header(header)
                .build()
                .encode();
        return new MessageReader().read(encoded, loop.nowMillis());
    }

    private RecordedSubscriber subscriber(boolean durable) {
        var subscriber = newSubscriber(durable);
        loop.run(() -> topic.add(subscriber.queueDoor, null, null));
        return subscriber;
    }

    private RecordedSubscriber subscriber(boolean durable, NoLocal noLocal) {
        var subscriber = newSubscriber(durable);
        loop.run(() -> topic.add(subscriber.queueDoor, null, noLocal));
        return subscriber;
    }

    private RecordedSubscriber newSubscriber(boolean durable) {
        lastQueueId++;
        var subscriber = new RecordedSubscriber(new QueueName(lastQueueId, "subscription " + lastQueueId, durable));
        loop.run(() -> subscriber.door().setLimit(100));
        return subscriber;
    }

    private final class RecordedSubscriber implements ConsumerPort {
        final List<Message> messages = new ArrayList<>();
        int largeMessages;
        final MessageQueue queue;
        final QueueDoor queueDoor;
        private @Nullable ConsumerDoor door;

        RecordedSubscriber(QueueName name) {
            queue = new MessageQueue(
                    name, loop, loop, log, new NoDeadLetters(), new QueueLimits(3, new MessageMemory(1_000_000)));
            queueDoor = new QueueDoor(queue);
        }

        ConsumerDoor door() {
            if (door == null) {
                door = queueDoor.openConsumer(loop, this);
            }
            return door;
        }

        @Override
        public void onMessage(QueueEntry entry) {
            var message = entry.takeMessage();
            if (message != null) {
                messages.add(message);
            } else {
                largeMessages++;
            }
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }
}
