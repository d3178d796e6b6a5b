package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.AmqpMessage;
import dev.godwit.amqp.message.Header;
import dev.godwit.amqp.message.MessageBody;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Messages that nobody is to be given before a time. */
class DelayedMessagesTest extends DelayedQueue {
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
}
