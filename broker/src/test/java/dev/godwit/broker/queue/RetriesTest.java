package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.storage.record.JournalRecord.MessageReturned;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Messages that failed, and wait for their next attempt. */
class RetriesTest extends DelayedQueue {
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
        assertThat(deadLetters.letters).hasSize(1);
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
                new QueueName(QUEUE_ID, "orders", true), loop, loop, log, deadLetters, new QueueLimits(0, memory));
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
