package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.MessageProperties;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.policy.Deferral;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each reason for which a message waits, found by asking for it. */
class WaitingReasonsTest extends ExplainedQueue {
    private static final AddressSettings RETRYING = NONE.with(AddressSetting.RETRY_DELAY, 1_000L)
            .with(AddressSetting.RETRY_JITTER, 0.0)
            .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, 10L);
    private static final AddressSettings BREAKING = NONE.with(AddressSetting.CIRCUIT_BREAKER_RATIO, 0.5)
            .with(AddressSetting.CIRCUIT_BREAKER_WINDOW, 10_000L)
            .with(AddressSetting.CIRCUIT_BREAKER_MIN_SAMPLES, 1L)
            .with(AddressSetting.CIRCUIT_BREAKER_PAUSE, 1_000L)
            .with(AddressSetting.CIRCUIT_BREAKER_PAUSE_MAX, 1_000L);

    /** Does not compile while a reason is without a case. */
    @ParameterizedTest
    @EnumSource
    void eachReasonIsFound(WaitingReason reason) {
        var found =
                switch (reason) {
                    case NOT_ON_DISK -> notOnDisk();
                    case JOURNAL_FULL -> journalFull();
                    case QUEUE_FULL -> queueFull();
                    case POSTED_IN_TRANSACTION -> postedInTransaction();
                    case STARTING -> starting();
                    case SCHEDULED -> scheduled();
                    case RETRY_DELAY -> retryDelay();
                    case DEFERRED -> deferred();
                    case ACQUIRED -> acquired();
                    case LOCKED -> locked();
                    case SETTLED_IN_TRANSACTION -> settledInTransaction();
                    case HELD_BY_PREPARED_TRANSACTION -> heldByPreparedTransaction();
                    case BECOMING_DEAD_LETTER -> becomingDeadLetter();
                    case DAMAGED -> damaged();
                    case EXPIRED -> expired();
                    case NO_LEASE -> noLease();
                    case CONSUMERS_HOLD_ALL -> consumersHoldAll();
                    case NO_CONSUMER -> noConsumer();
                    case CIRCUIT_BREAKER_OPEN -> circuitBreakerOpen();
                    case CIRCUIT_BREAKER_PROBING -> circuitBreakerProbing();
                    case NO_CONSUMER_MATCHES -> noConsumerMatches();
                    case UNDELIVERABLE_HERE -> undeliverableHere();
                    case GROUPS_UNKNOWN -> groupsUnknown();
                    case GROUP_RETRY -> groupRetry();
                    case GROUP_MOVES -> groupMoves();
                    case GROUP_OWNED -> groupOwned();
                    case EXCLUSIVE_CONSUMER -> exclusiveConsumer();
                    case NO_CREDIT -> noCredit();
                    case BEING_READ -> beingRead();
                    case IN_TURN -> inTurn();
                };
        assertThat(found.reason()).isEqualTo(reason);
        assertThat(found.detail()).isNotBlank();
        assertThat(reason.text()).matches("[a-z]+(-[a-z]+)*");
    }

    private void open(AddressSettings settings) {
        bench = new QueueBench(MEMORY_BYTES, settings, new Silent());
    }

    private Obstacle notOnDisk() {
        bench.sendOne(4, true, EnqueueReply.NOBODY);
        bench.sendOne(4, false, EnqueueReply.NOBODY);
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere()).isEqualTo(Map.of(WaitingReason.NOT_ON_DISK, 2L));
        assertThat(why(1).reason()).isEqualTo(WaitingReason.NOT_ON_DISK);
        return why(0);
    }

    private Obstacle noLease() {
        bench.log.mayDeliver = false;
        var taker = taker(1);
        bench.send(1);
        bench.settle();
        assertThat(taker.received).isZero();
        var found = why(0);
        bench.log.mayDeliver = true;
        bench.loop.run(bench.queue::goOn);
        bench.settle();
        assertThat(taker.received).isEqualTo(1);
        return found;
    }

    private Obstacle journalFull() {
        bench.log.full = true;
        bench.sendOne(4, true, EnqueueReply.NOBODY);
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere()).isEqualTo(Map.of(WaitingReason.JOURNAL_FULL, 1L));
        return why(0);
    }

    private Obstacle queueFull() {
        open(NONE.with(AddressSetting.MAX_MESSAGES, 1L));
        bench.sendMany(2, 4);
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere()).isEqualTo(Map.of(WaitingReason.QUEUE_FULL, 1L));
        var intake = new ArrayList<IntakeBacklog>();
        bench.loop.run(() -> new QueueDoor(bench.queue).explainIntake(intake::addAll));
        bench.loop.runTasks();
        assertThat(intake).hasSize(1);
        assertThat(intake.get(0).messages()).isEqualTo(1);
        assertThat(intake.get(0).why()).isEqualTo(why(1));
        return why(1);
    }

    private Obstacle postedInTransaction() {
        var entry = new QueueEntry(bench.queue, QueueBench.message(0, 4, true, -1, 0), EnqueueReply.NOBODY);
        entry.postIn(new ShardBranch(bench.log, bench.loop));
        bench.loop.run(() -> bench.queue.enqueue(entry));
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere())
                .isEqualTo(Map.of(WaitingReason.POSTED_IN_TRANSACTION, 1L));
        // Nobody but its transaction knows more of it.
        assertThat(ask(DeliveryQuestion.ofMessage("message 0")).messages()).isEmpty();
        return Obstacle.of(
                ask(DeliveryQuestion.ofNone()).elsewhere().keySet().iterator().next(), "counted");
    }

    private Obstacle starting() {
        var settings = NONE.with(AddressSetting.LAST_VALUE_KEY, "stock");
        open(settings);
        bench.sendMany(3, 4);
        bench.restart(settings);
        assertThat(bench.log.readsWaiting()).isEqualTo(1);
        bench.sendOne(4, true, EnqueueReply.NOBODY);
        assertThat(why(3).reason()).isEqualTo(WaitingReason.STARTING);
        assertThat(ask(DeliveryQuestion.ofNext(10)).queue().get(0).reason()).isEqualTo(WaitingReason.STARTING);
        return why(1);
    }

    private Obstacle scheduled() {
        sendScheduled(0, true, 5_000);
        sendScheduled(1, false, 5_000);
        assertThat(why(1).untilMillis()).isEqualTo(bench.loop.nowMillis() + 5_000);
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere()).isEqualTo(Map.of(WaitingReason.SCHEDULED, 2L));
        var why = why(0);
        assertThat(why.untilMillis()).isEqualTo(bench.loop.nowMillis() + 5_000);
        var byNumber = ask(DeliveryQuestion.ofNumber(1));
        assertThat(ids(byNumber)).containsExactly("message 0");
        assertThat(byNumber.messages().get(0).why()).isEqualTo(why);
        return why;
    }

    private Obstacle deferred() {
        open(NONE.with(AddressSetting.DEFERRAL, Deferral.ANNOTATION));
        var taker = taker(1);
        bench.sendMany(1, 4);
        var entry = taker.entries.remove(0);
        bench.loop.run(() -> taker.door.giveBack(entry, false, false, Map.of(Symbol.of("x-opt-deferred"), true)));
        bench.settle();
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere()).isEqualTo(Map.of(WaitingReason.DEFERRED, 1L));
        return why(0);
    }

    private void fail(QueueBench.Taker taker) {
        var entry = taker.entries.remove(0);
        bench.loop.run(() -> taker.door.giveBack(entry, true, false));
        bench.settle();
    }

    private Obstacle retryDelay() {
        open(RETRYING);
        bench.sendMany(1, 4);
        fail(taker(1));
        var why = why(0);
        assertThat(why.untilMillis()).isEqualTo(bench.loop.nowMillis() + 1_000);
        return why;
    }

    private Obstacle acquired() {
        bench.send(4, 4);
        taker(2);
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere()).isEqualTo(Map.of(WaitingReason.ACQUIRED, 2L));
        assertThat(ask(DeliveryQuestion.ofNumber(2)).messages().get(0).why()).isEqualTo(why(1));
        assertThat(why(0).consumer()).isEqualTo("somebody");
        return why(0);
    }

    private Obstacle locked() {
        open(NONE.with(AddressSetting.LOCK_DURATION, 700L));
        bench.send(4);
        taker(1);
        assertThat(why(0).consumer()).isEqualTo("somebody");
        assertThat(why(0).untilMillis()).isEqualTo(bench.loop.nowMillis() + 700);
        return why(0);
    }

    private Obstacle settledInTransaction() {
        return settled(WaitingReason.SETTLED_IN_TRANSACTION, branch -> {});
    }

    private Obstacle heldByPreparedTransaction() {
        return settled(WaitingReason.HELD_BY_PREPARED_TRANSACTION, ShardBranch::hold);
    }

    private Obstacle settled(WaitingReason reason, Consumer<ShardBranch> then) {
        bench.send(4, 4);
        var taker = taker(2);
        var branch = new ShardBranch(bench.log, bench.loop);
        bench.loop.run(() -> taker.entries.forEach(entry ->
                taker.door.retire(entry, new One(branch), Outcome.Accepted.INSTANCE, null, new RetirementReply() {
                    @Override
                    public void onRetired() {}

                    @Override
                    public void onNotHeld() {
                        throw new AssertionError("it has it");
                    }
                })));
        bench.loop.run(() -> then.accept(branch));
        var explanation = ask(DeliveryQuestion.ofNext(10));
        assertThat(explanation.elsewhere()).isEqualTo(Map.of(reason, 2L));
        var why = why(1);
        bench.loop.run(branch::rollBack);
        assertThat(why(0).reason()).isEqualTo(WaitingReason.ACQUIRED);
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere()).isEqualTo(Map.of(WaitingReason.ACQUIRED, 2L));
        return why;
    }

    private record One(ShardBranch branch) implements QueueTransaction {
        @Override
        public ShardBranch branch(QueueLog log, EventLoop shardOwner) {
            return branch;
        }
    }

    private Obstacle becomingDeadLetter() {
        open(NONE);
        bench.send(4);
        var taker = taker(1);
        bench.loop.run(() -> taker.door.reject(taker.entries.get(0), null));
        bench.settle();
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere())
                .isEqualTo(Map.of(WaitingReason.BECOMING_DEAD_LETTER, 1L));
        return why(0);
    }

    private Obstacle damaged() {
        bench = new QueueBench(0, NONE);
        bench.send(4, 4);
        bench.log.damaged.add(1L);
        taker(1);
        assertThat(ask(DeliveryQuestion.ofNext(10)).elsewhere())
                .isEqualTo(Map.of(WaitingReason.DAMAGED, 1L, WaitingReason.ACQUIRED, 1L));
        return ask(DeliveryQuestion.ofNumber(1)).messages().get(0).why();
    }

    private Obstacle expired() {
        bench.sendOne(4, true, 1, EnqueueReply.NOBODY);
        bench.loop.run(bench.log::commitAll);
        bench.loop.advance(5);
        return why(0);
    }

    private Obstacle consumersHoldAll() {
        var room = new SharedRoom(1L << 30);
        bench.loop.run(() -> bench.queue.holdAtMost(new HoldingLimits(2_000, 2_000, room, room, false)));
        var taker = taker(100);
        for (int i = 0; i < 10; i++) {
            bench.sendOne(4, false, EnqueueReply.NOBODY);
        }
        bench.sendOne(4, false, EnqueueReply.NOBODY);
        var found = ask(DeliveryQuestion.ofNext(10)).queue();
        taker.consumeAll();
        assertThat(ask(DeliveryQuestion.ofNext(10)).queue()).isEmpty();
        return found.get(0);
    }

    private Obstacle noConsumer() {
        bench.send(4);
        new Named(new Interest(null, true), 0);
        assertThat(ask(DeliveryQuestion.ofNext(10)).queue()).hasSize(1);
        return why(0);
    }

    private Obstacle circuitBreakerOpen() {
        open(BREAKING);
        bench.send(4);
        fail(taker(1));
        var why = why(0);
        assertThat(why.untilMillis()).isEqualTo(bench.loop.nowMillis() + 1_000);
        return why;
    }

    private Obstacle circuitBreakerProbing() {
        open(BREAKING);
        bench.send(4, 4);
        var taker = taker(1);
        fail(taker);
        taker.move(10);
        bench.loop.advance(1_000);
        bench.settle();
        assertThat(why(0).reason()).isEqualTo(WaitingReason.ACQUIRED);
        assertThat(why(1).consumer()).isEqualTo("somebody");
        return why(1);
    }

    private Obstacle noConsumerMatches() {
        bench = new QueueBench(0, NONE);
        bench.send(4, 4);
        taker("n = 1", 10);
        assertThat(why(1).reason()).isEqualTo(WaitingReason.ACQUIRED);
        return why(0);
    }

    private Obstacle undeliverableHere() {
        bench.send(4);
        var taker = taker(10);
        var entry = taker.entries.get(0);
        bench.loop.run(() -> taker.door.giveBack(entry, false, true));
        bench.settle();
        assertThat(why(0).consumer()).isEqualTo("somebody");
        return why(0);
    }

    private Obstacle groupsUnknown() {
        bench.sendGroups("a", "a", "b");
        bench.restart(NONE, Map.of(1L, bench.loop.nowMillis() + 1_000));
        var opened = new ArrayList<ConsumerDoor>();
        bench.loop.run(() -> opened.add(new QueueDoor(bench.queue).openConsumer(bench.loop, new Deaf())));
        bench.loop.run(() -> opened.get(0).setLimit(10));
        assertThat(why(2).reason()).isEqualTo(WaitingReason.GROUPS_UNKNOWN);
        return why(1);
    }

    private Obstacle groupRetry() {
        open(RETRYING);
        bench.sendGroups("a", "a");
        var taker = taker(1);
        fail(taker);
        taker.move(10);
        bench.settle();
        var why = why(1);
        assertThat(why.group()).isEqualTo("a");
        assertThat(why.untilMillis()).isEqualTo(bench.loop.nowMillis() + 1_000);
        return why;
    }

    private Obstacle groupMoves() {
        var last = MessageProperties.builder()
                .groupId("a")
                .groupSequence(new UnsignedInteger(-1))
                .build();
        bench.sendOne(4, true, QueueBench.NO_TTL, last, EnqueueReply.NOBODY);
        bench.sendGroups("a");
        taker(1);
        taker(10);
        assertThat(why(1).group()).isEqualTo("a");
        return why(1);
    }

    private Obstacle groupOwned() {
        bench.sendGroups("a", "a");
        taker(1);
        taker(10);
        assertThat(why(1).group()).isEqualTo("a");
        assertThat(why(1).consumer()).isEqualTo("somebody");
        return why(1);
    }

    private Obstacle exclusiveConsumer() {
        open(NONE.with(AddressSetting.EXCLUSIVE_CONSUMER, true));
        bench.send(4);
        taker("n = 99", 10);
        taker(10);
        assertThat(why(0).consumer()).isEqualTo("somebody");
        return why(0);
    }

    private Obstacle noCredit() {
        bench.send(4);
        taker(0);
        assertThat(why(0).consumer()).isEqualTo("somebody");
        return why(0);
    }

    private Obstacle beingRead() {
        bench = new QueueBench(0, NONE);
        bench.send(4);
        var opened = new ArrayList<ConsumerDoor>();
        bench.loop.run(() -> opened.add(new QueueDoor(bench.queue).openConsumer(bench.loop, new Deaf())));
        bench.loop.run(() -> opened.get(0).setLimit(10));
        assertThat(bench.log.readsWaiting()).isEqualTo(1);
        return why(0);
    }

    private Obstacle inTurn() {
        taker(10);
        var told = new ArrayList<DeliveryExplanation>();
        bench.loop.run(() -> {
            bench.queue.enqueue(
                    new QueueEntry(bench.queue, QueueBench.message(0, 4, false, -1, 0), EnqueueReply.NOBODY));
            bench.queue.explain(DeliveryQuestion.ofNext(1), told::add);
        });
        return told.get(0).messages().get(0).why();
    }

    /** A consumer that is never given anything here. */
    private static final class Deaf implements ConsumerPort {
        @Override
        public void onMessage(QueueEntry entry) {
            throw new AssertionError("it was not read");
        }

        @Override
        public void onDrained() {}

        @Override
        public void onQueueDeleted() {}
    }

    /** Dead letters that never answer. */
    private static final class Silent implements DeadLetters {
        @Override
        public boolean isLastResort(String queue) {
            return false;
        }

        @Override
        public void take(DeadLetter why, Message message, EnqueueReply reply) {}

        @Override
        public void takeLarge(DeadLetter why, LargeMessageSource message, EnqueueReply reply) {}
    }
}
