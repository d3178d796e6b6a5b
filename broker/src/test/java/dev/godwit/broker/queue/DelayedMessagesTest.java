package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Messages that nobody is to be given before a time: scheduled ones, and those that wait for their next attempt. */
class DelayedMessagesTest {
    private static final long QUEUE_ID = 7;
    private static final long MINUTE = 60_000;
    private static final Map<Symbol, Object> NO_ANNOTATIONS = Map.of();

    private final ManualEventLoop loop = new ManualEventLoop();
    private final ManualLog log = new ManualLog();
    private final List<DeadLetter> deadLetters = new ArrayList<>();
    private final MessageMemory memory = new MessageMemory(1_000_000);
    private MessageQueue queue = newQueue(true);

    private MessageQueue newQueue(boolean durable) {
        return new MessageQueue(
                new QueueName(QUEUE_ID, "orders", durable),
                loop,
                loop,
                log,
                new TakingDeadLetters(),
                new QueueLimits(3, memory));
    }

    private final class TakingDeadLetters implements DeadLetters {
        @Override
        public boolean isLastResort(String name) {
            return false;
        }

        @Override
        public void take(DeadLetter letter, Message message, EnqueueReply reply) {
            deadLetters.add(letter);
            reply.onSafe();
        }

        @Override
        public void takeLarge(DeadLetter letter, LargeMessageSource message, EnqueueReply reply) {
            reply.onRefused();
        }
    }

    private Message message(String body, boolean durable, long ttlMillis, Map<String, ?> annotations) {
        var message =
                AmqpMessage.builder(new MessageBody.Value(body)).header(new Header(durable, 4, ttlMillis, false, 0));
        annotations.forEach((name, value) -> message.messageAnnotation(Symbol.of(name), value));
        return new MessageReader().read(message.build().encode(), loop.nowMillis());
    }

    private void send(Message message) {
        var reply = new ArrayList<String>();
        loop.run(() -> new QueueDoor(queue).openProducer(loop).enqueue(message, new EnqueueReply() {
            @Override
            public void onSafe() {
                reply.add("safe");
            }

            @Override
            public void onRefused() {
                reply.add("refused");
            }

            @Override
            public void onInDoubt() {
                reply.add("in doubt");
            }
        }));
        loop.run(log::commitAll);
        assertThat(reply).containsExactly("safe");
    }

    private void sendDelayed(String body, long delayMillis) {
        send(message(body, true, -1, Map.of("x-opt-delivery-delay", delayMillis)));
    }

    private void send(String body) {
        send(message(body, true, -1, Map.of()));
    }

    private void advance(long millis) {
        loop.advance(millis);
        answer();
    }

    private void answer() {
        do {
            loop.run(log::answerReads);
            loop.run(log::commitAll);
        } while (log.readsWaiting() > 0);
    }

    private QueueStatistics statistics() {
        var found = new ArrayList<QueueStatistics>();
        loop.run(() -> found.add(queue.statistics()));
        return found.get(0);
    }

    private boolean isEmpty() {
        var found = new ArrayList<Boolean>();
        loop.run(() -> found.add(queue.isEmpty()));
        return found.get(0);
    }

    private List<ScheduledMessage> scheduled() {
        var found = new ArrayList<ScheduledMessage>();
        loop.run(() -> new QueueDoor(queue).listScheduled(Long.MIN_VALUE, 0, 100, found::addAll));
        return found;
    }

    private void retry(long delayMillis, double multiplier, long delayMaxMillis, double jitter) {
        var settings = AddressSettings.NONE
                .with(AddressSetting.RETRY_DELAY, delayMillis)
                .with(AddressSetting.RETRY_DELAY_MULTIPLIER, multiplier)
                .with(AddressSetting.RETRY_DELAY_MAX, delayMaxMillis)
                .with(AddressSetting.RETRY_JITTER, jitter);
        loop.run(() -> queue.apply(settings));
    }

    private final class Consumer implements ConsumerPort {
        final List<QueueEntry> entries = new ArrayList<>();
        final List<String> bodies = new ArrayList<>();
        final List<String> heard = new ArrayList<>();
        final ConsumerDoor door;

        Consumer() {
            this(Interest.ALL);
        }

        Consumer(Interest interest) {
            var opened = new ArrayList<ConsumerDoor>();
            loop.run(() -> {
                opened.add(new QueueDoor(queue).openConsumer(loop, this, interest));
                opened.get(0).setLimit(1_000_000);
            });
            door = opened.get(0);
            answer();
        }

        @Override
        public void onMessage(QueueEntry entry) {
            entries.add(entry);
            var taken = entry.takeMessage();
            bodies.add(taken == null ? "large" : body(taken.encoded()));
        }

        @Override
        public void onDrained() {
            heard.add("drained");
        }

        @Override
        public void onQueueDeleted() {
            heard.add("deleted");
        }

        QueueEntry last() {
            return entries.get(entries.size() - 1);
        }

        void fail() {
            fail(NO_ANNOTATIONS);
        }

        void fail(Map<Symbol, Object> annotations) {
            loop.run(() -> door.giveBack(last(), true, false, annotations));
            answer();
        }
    }

    private static String body(ByteBuffer encoded) {
        return String.valueOf(((MessageBody.Value) AmqpMessage.decode(encoded).body()).value());
    }

    @Test
    void isConfirmedAndCountedAtOnceAndGivenOutAtItsTime() {
        var consumer = new Consumer();
        sendDelayed("later", 5_000);
        send("now");
        assertThat(consumer.bodies).containsExactly("now");
        assertThat(statistics().scheduled()).isEqualTo(1);
        assertThat(statistics().enqueued()).isEqualTo(2);
        assertThat(statistics().ready()).isZero();
        assertThat(isEmpty()).isFalse();

        advance(4_999);
        assertThat(consumer.bodies).containsExactly("now");
        advance(1);
        assertThat(consumer.bodies).containsExactly("now", "later");
        assertThat(statistics().scheduled()).isZero();
        assertThat(statistics().acquired()).isEqualTo(2);
        assertThat(((MessageEnqueued) log.records.get(0)).notBeforeMillis()).isEqualTo(1_005_000);
        assertThat(((MessageEnqueued) log.records.get(1)).notBeforeMillis()).isEqualTo(MessageEnqueued.AT_ONCE);
    }

    @Test
    void takesItsPlaceAtTheEndOfTheLineThoseOfOneTimeInTheOrderOfSending() {
        sendDelayed("d", 2_000);
        sendDelayed("b", 1_000);
        sendDelayed("c", 1_000);
        send("a");
        advance(3_000);
        send("e");
        assertThat(new Consumer().bodies).containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    void takesItsPlaceAmongThoseOfItsPriority() {
        for (var priority : new int[] {1, 9, 4}) {
            var message = AmqpMessage.builder(new MessageBody.Value("p" + priority))
                    .header(new Header(true, priority, -1, false, 0))
                    .messageAnnotation(Symbol.of("x-opt-delivery-delay"), 5_000);
            send(new MessageReader().read(message.build().encode(), loop.nowMillis()));
        }
        advance(5_000);
        send("at once");
        assertThat(new Consumer().bodies).containsExactly("p9", "p4", "at once", "p1");
    }

    /** It begins to wait, for those whose turn comes because they have waited long, when it could have been given out. */
    @Test
    void doesNotOvertakeMoreUrgentOnesBecauseItWasSentLongAgo() {
        comesAfterMoreUrgentOnes(Interest.ALL);
    }

    @Test
    void doesNotOvertakeThemForConsumersWithASelectorEither() {
        comesAfterMoreUrgentOnes(new Interest(QueueBench.selector("nothing IS NULL"), false));
    }

    private void comesAfterMoreUrgentOnes(Interest interest) {
        var message = AmqpMessage.builder(new MessageBody.Value("scheduled"))
                .header(new Header(true, 1, -1, false, 0))
                .messageAnnotation(Symbol.of("x-opt-delivery-delay"), MINUTE);
        send(new MessageReader().read(message.build().encode(), loop.nowMillis()));
        var waiting = new Consumer(interest);
        advance(MINUTE - 1);
        loop.run(() -> waiting.door.setLimit(0));
        for (int i = 0; i < 4; i++) {
            send("" + i);
        }
        advance(1);
        for (int limit = 1; limit <= 5; limit++) {
            long credit = limit;
            loop.run(() -> waiting.door.setLimit(credit));
            answer();
        }
        assertThat(waiting.bodies).containsExactly("0", "1", "2", "3", "scheduled");
    }

    @Test
    void timeThatHasPassedIsNone() {
        send(message("a", true, -1, Map.of("x-opt-delivery-time", loop.nowMillis())));
        assertThat(new Consumer().bodies).containsExactly("a");
    }

    @Test
    void neitherBrowsersNorDrainsFindIt() {
        sendDelayed("later", 5_000);
        var browser = new Consumer(new Interest(null, true));
        var consumer = new Consumer();
        loop.run(() -> consumer.door.drain(10));
        assertThat(consumer.heard).containsExactly("drained");
        assertThat(browser.bodies).isEmpty();
        advance(5_000);
        assertThat(browser.bodies).containsExactly("later");
    }

    /** Perhaps nobody has looked at it: the attempt counts, but it does not wait for the next. */
    @Test
    void whatAConsumerHadThatWasLostWaitsForNothing() {
        retry(MINUTE, 1, MINUTE, 0);
        send("a");
        var lost = new Consumer();
        loop.run(() -> {
            lost.last().onSent();
            lost.last().onDelivered();
            lost.door.leave(new Outcome.Modified(true, false, NO_ANNOTATIONS));
        });
        answer();
        var next = new Consumer();
        assertThat(next.bodies).containsExactly("a");
        assertThat(next.last().deliveryCount()).isEqualTo(1);
        next.fail();
        assertThat(statistics().scheduled()).isEqualTo(1);
    }

    @Test
    void nonDurableOnesWaitInMemory() {
        var consumer = new Consumer();
        send(message("later", false, -1, Map.of("x-opt-delivery-delay", 5_000)));
        assertThat(log.records).isEmpty();
        assertThat(consumer.bodies).isEmpty();
        advance(5_000);
        assertThat(consumer.bodies).containsExactly("later");
        loop.run(() -> consumer.door.consume(consumer.last()));
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void theSameInATemporaryQueue() {
        queue = newQueue(false);
        var consumer = new Consumer();
        sendDelayed("c", 5_000);
        sendDelayed("b", 4_000);
        send("a");
        advance(5_000);
        assertThat(consumer.bodies).containsExactly("a", "b", "c");
        assertThat(log.records).isEmpty();
    }

    @Test
    void costsLittleMemoryWhileItWaits() {
        for (int i = 0; i < 1_000; i++) {
            sendDelayed("a body of some length, so that it would be seen if it stayed in memory", MINUTE);
        }
        assertThat(memory.bytes()).isEqualTo(1_000 * 56);
        var consumer = new Consumer();
        advance(MINUTE);
        assertThat(consumer.bodies).hasSize(1_000);
        loop.run(() -> consumer.entries.forEach(consumer.door::consume));
        answer();
        assertThat(memory.bytes()).isZero();
        assertThat(log.live()).isEmpty();
    }

    @Test
    void manyThatFallDueAtOnceLeaveTheLoopToOthersInBetween() {
        int count = 3 * DelayedMessages.DUE_MAX;
        loop.run(() -> {
            var producer = new QueueDoor(queue).openProducer(loop);
            for (int i = 0; i < count; i++) {
                producer.enqueue(
                        message("" + i, i > 0, -1, Map.of("x-opt-delivery-delay", MINUTE)), EnqueueReply.NOBODY);
            }
        });
        loop.run(log::commitAll);
        var readyInBetween = new ArrayList<Long>();
        loop.run(() -> new QueueDoor(queue)
                .openConsumer(loop, new ConsumerPort() {
                    @Override
                    public void onMessage(QueueEntry entry) {
                        readyInBetween.add(queue.statistics().ready());
                    }

                    @Override
                    public void onDrained() {}

                    @Override
                    public void onQueueDeleted() {}
                })
                .setLimit(1));
        loop.advance(MINUTE);
        assertThat(readyInBetween).containsExactly(DelayedMessages.DUE_MAX - 1L);
        assertThat(statistics().ready()).isEqualTo(count - 1);
    }

    @Test
    void expiresWhenItsTimeToLiveEndsBefore() {
        var consumer = new Consumer();
        send(message("too late", true, 3_000, Map.of("x-opt-delivery-delay", 5_000)));
        send(message("in time", true, 9_000, Map.of("x-opt-delivery-delay", 5_000)));
        advance(3_000);
        assertThat(statistics().expired()).isEqualTo(1);
        assertThat(statistics().scheduled()).isEqualTo(1);
        advance(2_000);
        assertThat(consumer.bodies).containsExactly("in time");
        assertThat(log.live()).containsExactly(2L);
    }

    @Test
    void expiresInLineAfterItsTimeHasCome() {
        send(message("in time", true, 9_000, Map.of("x-opt-delivery-delay", 5_000)));
        advance(9_000);
        assertThat(statistics().expired()).isEqualTo(1);
        assertThat(statistics().ready()).isZero();
    }

    @Test
    void looksAgainWithinAMinuteWhenTheClockJumps() {
        sendDelayed("in an hour", 60 * MINUTE);
        var consumer = new Consumer();
        assertThat(loop.timersWaiting()).isEqualTo(1);
        advance(MINUTE);
        assertThat(loop.timersWaiting()).isEqualTo(1);
        advance(59 * MINUTE);
        assertThat(consumer.bodies).containsExactly("in an hour");
    }

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

    private MessageEnqueued record(String body) {
        return new MessageEnqueued(
                QUEUE_ID, loop.nowMillis(), message(body, true, -1, Map.of()).encoded());
    }

    @Test
    void areListedInOrderPageByPageAndCancelledOneByOneOrAll() {
        sendDelayed("b", 2_000);
        sendDelayed("a", 1_000);
        send(message("c", false, 9_000, Map.of("x-opt-delivery-delay", 3_000)));
        sendDelayed("d", 4_000);
        var all = scheduled();
        assertThat(all).extracting(each -> each.id().toString()).containsExactly("2", "1", "m3", "3");
        assertThat(all).extracting(ScheduledMessage::notBeforeMillis).isSorted();
        assertThat(all).extracting(ScheduledMessage::mayExpire).containsExactly(false, false, true, false);
        var page = new ArrayList<ScheduledMessage>();
        loop.run(() -> new QueueDoor(queue)
                .listScheduled(all.get(0).notBeforeMillis(), all.get(0).id().number(), 2, page::addAll));
        assertThat(page).containsExactlyElementsOf(all.subList(1, 3));

        assertThat(cancel("1")).isEqualTo(1);
        assertThat(cancel("1")).isZero();
        assertThat(cancel("m1")).isZero();
        assertThat(cancel("m3")).isEqualTo(1);
        assertThat(log.live()).containsExactlyInAnyOrder(2L, 3L);
        assertThat(scheduled()).extracting(each -> each.id().toString()).containsExactly("2", "3");

        var cancelled = new ArrayList<Long>();
        loop.run(() -> new QueueDoor(queue).cancelAllScheduled(cancelled::add));
        loop.run(log::commitAll);
        assertThat(cancelled).containsExactly(2L);
        assertThat(log.live()).isEmpty();
        assertThat(memory.bytes()).isZero();
        assertThat(isEmpty()).isTrue();
        assertThat(ScheduledMessage.Id.parse("nonsense")).isNull();
        assertThat(ScheduledMessage.Id.parse("0")).isNull();
    }

    /** Those asked for in one turn are looked for together; each hears what became of its own. */
    @Test
    void severalAreCancelledAtOnce() {
        for (int i = 1; i <= 9; i++) {
            sendDelayed("m" + i, 1_000L * (10 - i));
        }
        send(message("in memory", false, -1, Map.of("x-opt-delivery-delay", 3_000)));
        var cancelled = new ArrayList<Long>();
        loop.run(() -> {
            for (var id : List.of("9", "2", "m10", "2", "5", "m5", "77")) {
                new QueueDoor(queue)
                        .cancelScheduled(Objects.requireNonNull(ScheduledMessage.Id.parse(id)), cancelled::add);
            }
        });
        loop.run(log::commitAll);
        assertThat(cancelled).containsExactly(1L, 1L, 1L, 0L, 1L, 0L, 0L);
        assertThat(log.live()).containsExactlyInAnyOrder(1L, 3L, 4L, 6L, 7L, 8L);
        advance(10_000);
        assertThat(new Consumer().bodies).containsExactly("m8", "m7", "m6", "m4", "m3", "m1");
    }

    private long cancel(String id) {
        var cancelled = new ArrayList<Long>();
        var parsed = Objects.requireNonNull(ScheduledMessage.Id.parse(id));
        loop.run(() -> new QueueDoor(queue).cancelScheduled(parsed, cancelled::add));
        loop.run(log::commitAll);
        return cancelled.get(0);
    }

    @Test
    void aQueueThatMayHoldSoMuchDropsThoseThatAreDueFirst() {
        queue = newQueue(false);
        var room = new SharedRoom(1 << 20);
        loop.run(() -> queue.holdAtMost(new HoldingLimits(5_000, 5_000, room, new SharedRoom(1 << 20), false)));
        for (int i = 0; i < 50; i++) {
            sendDelayed("" + i, MINUTE + i);
            assertThat(memory.bytes()).isLessThanOrEqualTo(5_000);
        }
        assertThat(statistics().dropped()).isGreaterThan(30);
        int left = 50 - (int) statistics().dropped();
        advance(MINUTE + 50);
        assertThat(new Consumer().bodies)
                .startsWith("" + (50 - left))
                .endsWith("49")
                .hasSize(left);
    }

    @Test
    void purgeAndDeletionTakeThemAlong() {
        sendDelayed("a", 1_000);
        send("b");
        var purged = new ArrayList<Long>();
        loop.run(() -> new QueueDoor(queue).purge(purged::add));
        loop.run(log::commitAll);
        assertThat(purged).containsExactly(2L);
        assertThat(log.live()).isEmpty();

        sendDelayed("c", 1_000);
        send(message("d", false, -1, Map.of("x-opt-delivery-delay", 3_000)));
        loop.run(queue::delete);
        loop.run(log::commitAll);
        assertThat(log.live()).isEmpty();
        assertThat(memory.bytes()).isZero();
        assertThat(loop.timersWaiting()).isZero();
    }

    @Test
    void failedOneWaitsLongerEachTimeAndBlocksNobody() {
        retry(1_000, 2, 10_000, 0);
        send("a");
        var consumer = new Consumer();
        consumer.fail();
        assertThat(statistics().scheduled()).isEqualTo(1);
        assertThat(log.records).contains(new MessageReturned(QUEUE_ID, 1, 1, loop.nowMillis() + 1_000));
        send("b");
        assertThat(consumer.bodies).containsExactly("a", "b");
        advance(999);
        assertThat(consumer.bodies).hasSize(2);
        advance(1);
        assertThat(consumer.bodies).containsExactly("a", "b", "a");
        assertThat(consumer.last().deliveryCount()).isEqualTo(1);
        consumer.fail();
        advance(1_999);
        assertThat(consumer.bodies).hasSize(3);
        advance(1);
        assertThat(consumer.bodies).hasSize(4);
        consumer.fail();
        assertThat(deadLetters).hasSize(1);
        assertThat(statistics().returned()).isEqualTo(2);
    }

    @Test
    void releasedOneAndThatOfAConsumerThatLeftDoNotWait() {
        retry(1_000, 1, 10_000, 0);
        send("a");
        var consumer = new Consumer();
        loop.run(() -> consumer.door.giveBack(consumer.last(), false, false));
        answer();
        assertThat(consumer.bodies).containsExactly("a", "a");
        loop.run(consumer.door::leave);
        assertThat(new Consumer().bodies).containsExactly("a");
    }

    @Test
    void comesBackToItsOldPlace() {
        retry(1_000, 1, 10_000, 0);
        send("a");
        var failing = new Consumer();
        failing.fail();
        loop.run(failing.door::leave);
        send("b");
        send("c");
        advance(1_000);
        assertThat(new Consumer().bodies).containsExactly("a", "b", "c");
    }

    @Test
    void consumerChoosesWhenItIsToBeTriedAgain() {
        send("a");
        var consumer = new Consumer();
        consumer.fail(Map.of(Symbol.of("x-opt-delivery-delay"), 700));
        assertThat(log.records).contains(new MessageReturned(QUEUE_ID, 1, 1, loop.nowMillis() + 700));
        advance(699);
        assertThat(consumer.bodies).hasSize(1);
        advance(1);
        assertThat(consumer.bodies).hasSize(2);

        long time = loop.nowMillis() + 5_000;
        loop.run(() ->
                consumer.door.giveBack(consumer.last(), false, false, Map.of(Symbol.of("x-opt-delivery-time"), time)));
        answer();
        assertThat(log.records).contains(new MessageReturned(QUEUE_ID, 1, 1, time));
        advance(5_000);
        assertThat(consumer.bodies).hasSize(3);
        assertThat(consumer.last().deliveryCount()).isEqualTo(1);
    }

    @Test
    void expiresWhileItWaitsForItsNextAttempt() {
        retry(5_000, 1, 10_000, 0);
        send(message("a", true, 2_000, Map.of()));
        new Consumer().fail();
        advance(2_000);
        assertThat(statistics().expired()).isEqualTo(1);
        assertThat(isEmpty()).isTrue();
        assertThat(log.live()).isEmpty();
    }

    @Test
    void notAgainToTheConsumerThatSaidSoAfterTheDelayEither() {
        retry(1_000, 1, 10_000, 0);
        send("a");
        var first = new Consumer();
        loop.run(() -> first.door.giveBack(first.last(), true, true));
        advance(1_000);
        assertThat(first.bodies).hasSize(1);
        assertThat(new Consumer().bodies).containsExactly("a");
    }

    /** Whatever comes, waits, fails and expires: each message is given out in its time, and nothing is left. */
    @Test
    void losesNothingWhateverHappens() {
        long seed = System.nanoTime();
        System.out.println("delayed messages: seed " + seed);
        var random = new Random(seed);
        queue = new MessageQueue(
                new QueueName(QUEUE_ID, "orders", true),
                loop,
                loop,
                log,
                new TakingDeadLetters(),
                new QueueLimits(0, memory));
        retry(50, 1.5, 2_000, 0.5);
        var notBefore = new HashMap<String, Long>();
        var consumer = new Consumer();
        int sent = 0;
        int settled = 0;
        int seen = 0;
        for (int step = 0; step < 5_000 || settled < sent; step++) {
            if (step < 5_000 && random.nextInt(3) == 0) {
                var body = "m" + sent++;
                long delay = random.nextInt(3) == 0 ? 0 : random.nextInt(3_000);
                notBefore.put(body, loop.nowMillis() + delay);
                send(message(body, random.nextInt(4) > 0, -1, Map.of("x-opt-delivery-delay", delay)));
            }
            for (; seen < consumer.entries.size(); seen++) {
                var entry = consumer.entries.get(seen);
                var body = consumer.bodies.get(seen);
                assertThat(loop.nowMillis()).as("%s, seed %s", body, seed).isGreaterThanOrEqualTo(notBefore.get(body));
                int dice = random.nextInt(4);
                if (dice == 0) {
                    loop.run(() -> consumer.door.giveBack(entry, true, false));
                } else if (dice == 1) {
                    long time = loop.nowMillis() + random.nextInt(500);
                    notBefore.put(body, time);
                    loop.run(() -> consumer.door.giveBack(
                            entry, random.nextBoolean(), false, Map.of(Symbol.of("x-opt-delivery-time"), time)));
                } else {
                    settled++;
                    loop.run(() -> consumer.door.consume(entry));
                }
            }
            advance(random.nextInt(40));
            assertThat(step).as("seed %s", seed).isLessThan(200_000);
        }
        assertThat(isEmpty()).isTrue();
        assertThat(log.live()).isEmpty();
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void rollbackOfARetirementCountsAsAFailedAttempt() {
        retry(1_000, 1, 10_000, 0);
        send("a");
        var consumer = new Consumer();
        var branch = new ShardBranch(log, loop);
        loop.run(() -> {
            var failed = new Outcome.Modified(true, false, Map.of());
            var mine = consumer.last();
            assertThat(mine.holder).isNotNull();
            branch.retire(mine, Objects.requireNonNull(mine.holder), Outcome.Accepted.INSTANCE, failed);
            branch.rollBack();
        });
        answer();
        assertThat(statistics().scheduled()).isEqualTo(1);
        advance(1_000);
        assertThat(consumer.bodies).containsExactly("a", "a");
    }

    @Test
    void waitsOnlyFromTheCommitOfItsTransactionOn() {
        var branch = new ShardBranch(log, loop);
        var consumer = new Consumer();
        loop.run(() -> {
            for (var body : List.of("later", "in time")) {
                var entry = new QueueEntry(
                        queue,
                        message(body, true, -1, Map.of("x-opt-delivery-delay", body.equals("later") ? 5_000 : 100)),
                        EnqueueReply.NOBODY);
                entry.postIn(branch);
                queue.enqueue(entry);
            }
        });
        advance(200);
        assertThat(statistics().scheduled()).isZero();
        loop.run(() -> branch.commit(new UUID(1, 1), List.of(), false, isKept -> {}));
        answer();
        assertThat(consumer.bodies).containsExactly("in time");
        assertThat(statistics().scheduled()).isEqualTo(1);
        advance(4_800);
        assertThat(consumer.bodies).containsExactly("in time", "later");
    }
}
