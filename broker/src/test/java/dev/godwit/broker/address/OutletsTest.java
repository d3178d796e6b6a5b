package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.address.RoutingRule.Forward;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.message.DuplicateIdReader;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.WhenFull;
import dev.godwit.broker.queue.ConsumerDoor;
import dev.godwit.broker.queue.ConsumerPort;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.MessageMemory;
import dev.godwit.broker.queue.MessageQueue;
import dev.godwit.broker.queue.NoDeadLetters;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueEntry;
import dev.godwit.broker.queue.QueueLimits;
import dev.godwit.broker.queue.QueueLog;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.queue.QueueTransaction;
import dev.godwit.broker.queue.RecordedReply;
import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OutletsTest {
    private static final Publisher ANNA = () -> "anna";

    private final ManualEventLoop loop = new ManualEventLoop();
    private final HeldLog log = new HeldLog();
    private final MessageReader reader = new MessageReader();
    private long lastQueueId;

    private final Node source = new Node("source");
    private final Node first = new Node("first");
    private final Node second = new Node("second");

    @Test
    void copiesGoThereAndTheMessageStays() {
        fork(source, to(first, null, false), to(second, null, false));
        var sent = message("a", Header.DEFAULT);
        assertThat(send(sent).endings).containsExactly("safe");
        assertThat(source.messages.get(0).encoded()).isSameAs(sent.encoded());
        assertThat(first.messages.get(0).encoded())
                .isSameAs(second.messages.get(0).encoded());
        assertThat(first.messages.get(0).annotation("x-opt-original-address")).isEqualTo("source");
        assertThat(AmqpMessage.decode(first.messages.get(0).encoded()).body())
                .isEqualTo(AmqpMessage.decode(sent.encoded()).body());
    }

    @Test
    void whatIsExclusiveDoesNotStay() {
        fork(source, to(first, "colour = 'red'", true), to(second, null, false));
        send(coloured("red"));
        send(coloured("blue"));
        assertThat(first.messages).hasSize(1);
        assertThat(second.messages).hasSize(2);
        assertThat(source.messages).hasSize(1);
        assertThat(statistics(source).enqueued()).isEqualTo(1);
    }

    @Test
    void confirmsWhenEveryCopyIsOnTheDisk() {
        fork(source, to(first, null, false));
        var reply = send(message("a", Header.DURABLE));
        assertThat(log.records).hasSize(2);
        loop.run(log::commitNext);
        assertThat(reply.endings).isEmpty();
        loop.run(log::commitNext);
        assertThat(reply.endings).containsExactly("safe");
    }

    @Test
    void isInDoubtWhenOneCopyIs() {
        fork(source, to(first, null, false));
        var reply = send(message("a", Header.DURABLE));
        loop.run(log::lose);
        assertThat(reply.endings).containsExactly("in doubt");
    }

    @Test
    void aCopyThatIsRefusedIsMissedAndCounted() {
        fill(first);
        fork(source, to(first, null, false));
        assertThat(send(message("b", Header.DEFAULT)).endings).containsExactly("safe");
        assertThat(source.messages).hasSize(1);
        assertThat(statistics(first).dropped()).isEqualTo(1);
    }

    @Test
    void whatAllRefuseIsRefusedInTheWordsOfTheFirst() {
        fill(first);
        fork(source, to(first, null, true));
        assertThat(send(message("b", Header.DEFAULT)).endings).containsExactly("rejected amqp:resource-limit-exceeded");
        assertThat(source.messages).isEmpty();
        loop.run(first.queue::delete);
        assertThat(send(message("c", Header.DEFAULT)).endings).containsExactly("refused");
    }

    /** No more fits in, and no more is asked for. */
    private void fill(Node node) {
        loop.run(() -> node.door().setLimit(0));
        loop.run(() -> node.queue.apply(AddressSettings.NONE
                .with(AddressSetting.MAX_MESSAGES, 1L)
                .with(AddressSetting.WHEN_FULL, WhenFull.REJECT)));
        loop.run(() -> node.queueDoor.openProducer(loop).enqueue(message("full", Header.DEFAULT), EnqueueReply.NOBODY));
    }

    @Test
    void goesFromOneToTheNextAndKeepsItsOrigin() {
        fork(source, to(first, null, true));
        fork(first, to(second, null, true));
        assertThat(send(message("a", Header.DURABLE)).endings).isEmpty();
        loop.run(log::commitNext);
        assertThat(first.messages).isEmpty();
        assertThat(second.messages).hasSize(1);
        assertThat(second.messages.get(0).annotation("x-opt-original-address")).isEqualTo("source");
    }

    @Test
    void goesNoFurtherThanItMay() {
        // No table of routes would ever have this circle in it.
        fork(source, to(first, null, true));
        fork(first, to(source, null, true));
        assertThat(send(message("a", Header.DEFAULT)).endings).containsExactly("rejected amqp:precondition-failed");
        fork(first, to(source, null, false));
        assertThat(send(message("b", Header.DEFAULT)).endings).containsExactly("safe");
        assertThat(first.messages).hasSize(RoutingRules.HOPS_MAX / 2);
    }

    @Test
    void keepsTheOrderOfAProducer() {
        fork(source, to(first, null, false));
        for (int number = 0; number < 5; number++) {
            send(message("m" + number, Header.DEFAULT));
        }
        assertThat(first.messages.stream().map(OutletsTest::body)).containsExactly("m0", "m1", "m2", "m3", "m4");
        loop.run(() -> source.queueDoor.fork(null));
        send(message("m5", Header.DEFAULT));
        assertThat(first.messages).hasSize(5);
        assertThat(source.messages).hasSize(6);
    }

    @Test
    void whatIsNumberedGoesAlongEachRouteOnce() {
        fork(source, to(first, "one", null, false), to(first, "two", null, false), to(second, "three", null, false));
        fork(second, to(first, "four", null, false));
        for (int sending = 0; sending < 2; sending++) {
            assertThat(send(numbered(0, "a")).endings).containsExactly("safe");
            assertThat(send(numbered(1, "b")).endings).containsExactly("safe");
        }
        assertThat(source.messages.stream().map(OutletsTest::body)).containsExactly("a", "b");
        assertThat(second.messages.stream().map(OutletsTest::body)).containsExactly("a", "b");
        assertThat(first.messages.stream().map(OutletsTest::body)).containsExactly("a", "a", "a", "b", "b", "b");
    }

    @Test
    void whatIsNumberedAndLargeGoesAlongEachRouteOnce() {
        fork(source, to(first, "one", null, true), to(first, "two", null, true));
        for (int sending = 0; sending < 2; sending++) {
            var whole = numbered(0, "x".repeat(1_000));
            var reply = new RecordedReply();
            var producer = source.queueDoor.openProducer(loop);
            loop.run(() -> {
                var door = producer.openLarge(whole, reply);
                door.addPart(whole.encoded().duplicate());
                door.end();
            });
            commitAll();
            assertThat(reply.endings).containsExactly("safe");
        }
        assertThat(first.large).isEqualTo(2);
    }

    private Message numbered(long number, String body) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(body))
                .messageAnnotation(Symbol.of(DuplicateIdReader.PRODUCER_ID), new UUID(1, 2))
                .messageAnnotation(Symbol.of(DuplicateIdReader.SEQUENCE), number)
                .build()
                .encode();
        return new MessageReader(Numbering.ofUser("anna")).read(encoded, loop.nowMillis());
    }

    private void commitAll() {
        while (log.isWaiting()) {
            loop.run(log::commitNext);
        }
    }

    @Test
    void keepsWhatTheMessageSaysOfItsLife() {
        fork(source, to(first, null, true));
        var sent = message("a", new Header(true, 7, 5_000, true, 0));
        send(sent);
        loop.run(log::commitNext);
        var came = first.messages.get(0);
        assertThat(came.isDurable()).isTrue();
        assertThat(came.priority()).isEqualTo(7);
        assertThat(came.expiryTimeMillis()).isEqualTo(sent.expiryTimeMillis());
    }

    @Test
    void topicsFillQueuesByFilter() {
        var topic = new Topic("news", loop, false);
        var subscription = new Node("subscription");
        loop.run(() -> topic.add(subscription.queueDoor, null, null));
        loop.run(() -> topic.routeAlong(
                new Outlets("news", List.of(to(first, "colour = 'red'", false), to(second, "colour = 'blue'", true)))));
        assertThat(publish(topic, coloured("red")).endings).containsExactly("safe");
        assertThat(publish(topic, coloured("blue")).endings).containsExactly("safe");
        assertThat(publish(topic, coloured("green")).endings).containsExactly("safe");
        assertThat(subscription.messages).hasSize(2);
        assertThat(first.messages).hasSize(1);
        assertThat(second.messages).hasSize(1);
    }

    @Test
    void aTopicRefusesWhatItsOnlyRouteRefuses() {
        var topic = new Topic("news", loop, false);
        fill(first);
        loop.run(() -> topic.routeAlong(new Outlets("news", List.of(to(first, null, true)))));
        assertThat(publish(topic, message("a", Header.DEFAULT)).endings)
                .containsExactly("rejected amqp:resource-limit-exceeded");
        loop.run(() -> topic.routeAlong(new Outlets("news", List.of(to(first, null, false)))));
        assertThat(publish(topic, message("b", Header.DEFAULT)).endings)
                .containsExactly("rejected amqp:resource-limit-exceeded");
        var subscription = new Node("subscription");
        loop.run(() -> topic.add(subscription.queueDoor, null, null));
        assertThat(publish(topic, message("c", Header.DEFAULT)).endings).containsExactly("safe");
    }

    @Test
    void aDeadLetterDoesNotVanishInATopicThatNobodyTakesFrom() {
        var topic = new Topic("news", loop, false);
        var toTopic = new TopicDoor(topic).openProducer(loop, Publisher.BROKER);
        fork(source, Outlet.of("r", toTopic, null, true));
        assertThat(send(message("published", Header.DEFAULT)).endings).containsExactly("safe");

        var letter = new RecordedReply();
        letter.transfer = true;
        var producer = source.queueDoor.openProducer(loop);
        loop.run(() -> producer.enqueue(message("letter", Header.DEFAULT), letter));
        assertThat(letter.endings).containsExactly("refused");
        fork(source, Outlet.of("r", toTopic, null, false));
        loop.run(() -> producer.enqueue(message("letter", Header.DEFAULT), letter));
        assertThat(letter.endings).containsExactly("refused", "safe");
        assertThat(source.messages).hasSize(1);
    }

    @Test
    void largeMessagesGoAlongWithAnotherBeginning() {
        fork(source, to(first, null, false), to(second, null, true));
        var topic = new Topic("news", loop, false);
        loop.run(() -> topic.routeAlong(new Outlets("news", List.of(to(first, null, false)))));
        sendLarge(source.queueDoor.openProducer(loop), 2);
        assertThat(List.of(source.large, first.large, second.large)).containsExactly(0, 1, 1);
        sendLarge(new TopicDoor(topic).openProducer(loop, ANNA), 1);
        assertThat(first.large).isEqualTo(2);
    }

    private void sendLarge(ProducerDoor producer, int copies) {
        var whole = message("x".repeat(1_000), Header.DURABLE).encoded();
        var beginning = whole.slice(0, 600);
        var head = Objects.requireNonNull(reader.readHead(beginning, loop.nowMillis()));
        var reply = new RecordedReply();
        log.records.clear();
        loop.run(() -> {
            LargeMessageDoor door = producer.openLarge(head, reply);
            door.addPart(beginning.slice(0, 100));
            door.addPart(beginning.slice(100, 500));
            door.addPart(whole.slice(600, whole.remaining() - 600));
            door.end();
        });
        commitAll();
        assertThat(reply.endings).containsExactly("safe");
        assertThat(reply.taken).isEqualTo(whole.remaining());
        for (long queueId : log.queuesWithParts()) {
            var written = log.partsOf(queueId);
            assertThat(reader.read(written, 0).annotation("x-opt-original-address"))
                    .isNotNull();
            assertThat(AmqpMessage.decode(written).body())
                    .isEqualTo(AmqpMessage.decode(whole).body());
        }
        assertThat(log.queuesWithParts()).hasSize(copies);
    }

    @Test
    void aLargeMessageThatIsGivenUpIsGivenUpEverywhere() {
        fork(source, to(first, null, true));
        var producer = source.queueDoor.openProducer(loop);
        var reply = new RecordedReply();
        loop.run(() -> {
            var door = producer.openLarge(message("head", Header.DURABLE), reply);
            door.addPart(ByteBuffer.allocate(100));
            door.giveUp();
        });
        commitAll();
        assertThat(reply.endings).isEmpty();
        assertThat(List.of(source.large, first.large)).containsExactly(0, 0);
        loop.run(() -> assertThat(first.queue.isEmpty()).isTrue());
    }

    @Test
    void aTransactionHasAllCopiesOrNone() {
        fork(source, to(first, null, false));
        var committed = new OneBranch();
        assertThat(send(message("a", Header.DEFAULT), committed).endings).containsExactly("safe");
        assertThat(List.of(source.messages.size(), first.messages.size())).containsExactly(0, 0);
        loop.run(() -> committed.branch.commit(new UUID(0, 1), List.of(), false, isKept -> {}));
        assertThat(List.of(source.messages.size(), first.messages.size())).containsExactly(1, 1);

        var rolledBack = new OneBranch();
        send(message("b", Header.DEFAULT), rolledBack);
        loop.run(() -> rolledBack.branch.rollBack());
        assertThat(List.of(source.messages.size(), first.messages.size())).containsExactly(1, 1);

        loop.run(first.queue::delete);
        assertThat(send(message("c", Header.DEFAULT), new OneBranch()).endings).containsExactly("refused");
    }

    private final class OneBranch implements QueueTransaction {
        final ShardBranch branch = new ShardBranch(log, loop);

        @Override
        public ShardBranch branch(QueueLog shardLog, EventLoop owner) {
            return branch;
        }
    }

    private RecordedReply send(Message message) {
        return send(message, null);
    }

    private RecordedReply send(Message message, @Nullable QueueTransaction transaction) {
        var reply = new RecordedReply();
        reply.transaction = transaction;
        var producer = source.queueDoor.openProducer(loop);
        loop.run(() -> producer.enqueue(message, reply));
        return reply;
    }

    private RecordedReply publish(Topic topic, Message message) {
        var reply = new RecordedReply();
        var producer = new TopicDoor(topic).openProducer(loop, ANNA);
        loop.run(() -> producer.enqueue(message, reply));
        return reply;
    }

    private QueueStatistics statistics(Node node) {
        var found = new ArrayList<QueueStatistics>();
        loop.run(() -> found.add(node.queue.statistics()));
        return found.get(0);
    }

    private void fork(Node node, Outlet... outlets) {
        loop.run(() -> node.queueDoor.fork(new Outlets(node.queueDoor.name(), List.of(outlets))));
    }

    private Outlet to(Node target, @Nullable String filter, boolean exclusive) {
        return to(target, "r", filter, exclusive);
    }

    private Outlet to(Node target, String name, @Nullable String filter, boolean exclusive) {
        try {
            var forward = new Forward(name, "from", target.queueDoor.name(), filter, exclusive);
            return new Outlet(
                    Numbering.ofRoute(name), target.queueDoor.openProducer(loop), forward.newFilter(), exclusive);
        } catch (InvalidFilterException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private Message message(String body, Header header) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(body))
                .header(header)
                .properties(MessageProperties.builder().to("source").build())
                .build()
                .encode();
        return reader.read(encoded, loop.nowMillis());
    }

    private Message coloured(String colour) {
        var encoded = AmqpMessage.builder(new MessageBody.Value(colour))
                .applicationProperty("colour", colour)
                .build()
                .encode();
        return reader.read(encoded, loop.nowMillis());
    }

    private static @Nullable Object body(Message message) {
        return ((MessageBody.Value) AmqpMessage.decode(message.encoded()).body()).value();
    }

    /** A queue, and all that has come out of it. */
    private final class Node implements ConsumerPort {
        final List<Message> messages = new ArrayList<>();
        final MessageQueue queue;
        final QueueDoor queueDoor;
        int large;
        private @Nullable ConsumerDoor door;

        Node(String name) {
            lastQueueId++;
            queue = new MessageQueue(
                    new QueueName(lastQueueId, name, true),
                    loop,
                    loop,
                    log,
                    new NoDeadLetters(),
                    new QueueLimits(3, new MessageMemory(1_000_000)));
            queueDoor = new QueueDoor(queue);
            loop.run(() -> door().setLimit(100));
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
            if (message == null) {
                large++;
            } else {
                messages.add(message);
            }
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }
}
