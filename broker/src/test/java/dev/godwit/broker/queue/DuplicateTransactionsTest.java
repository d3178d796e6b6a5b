package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Messages that come again in transactions, and once whatever happens. */
class DuplicateTransactionsTest extends DuplicateSends {
    private static final int STEPS = 500;

    @Test
    void countsAnIdFromTheCommitOn() {
        var work = new Work();
        work.post(withId("a", true));
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        work.commit();
        bench.settle();
        assertThat(work.heard).isEqualTo("committed");
        assertThat(bench.statistics().ready())
                .as("the one that came in between")
                .isEqualTo(1);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
        assertThat(bench.log.live()).hasSize(1);
    }

    @Test
    void leavesOutWhatCameWhileItWasPrepared() {
        var work = new Work();
        work.post(withId("a", true));
        work.prepare();
        store("a");
        work.commit();
        bench.settle();
        assertThat(work.heard).isEqualTo("prepared committed");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
        // Its removal comes after the commit.
        bench.settle();
        assertThat(bench.log.live()).hasSize(1);
    }

    @Test
    void countsAnIdThatWasPreparedFromTheCommitOn() {
        var work = new Work();
        work.post(withId("a", true));
        work.prepare();
        work.commit();
        bench.settle();
        assertThat(store("a")).isEqualTo("safe");
        assertThat(bench.statistics().ready()).isEqualTo(1);
        assertThat(bench.statistics().duplicates()).isEqualTo(1);
    }

    @Test
    void forgetsWhatIsRolledBack() {
        var work = new Work();
        work.post(withId("a", true));
        work.rollBack();
        store("a");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void postsTheSameOnceInATransaction() {
        for (boolean durable : new boolean[] {true, false}) {
            bench = new QueueBench(1_000_000, ON);
            var work = new Work();
            work.post(withId("a", durable));
            work.post(withId("a", durable));
            work.commit();
            bench.settle();
            assertThat(work.heard).isEqualTo("committed");
            assertThat(bench.statistics().ready()).isEqualTo(1);
            send(withId("a", durable));
            bench.settle();
            assertThat(bench.statistics().ready()).isEqualTo(1);
            assertThat(bench.statistics().duplicates()).isEqualTo(2);
        }
    }

    @Test
    void keepsADurableMessageAlsoWhenItsTransactionHasOneLikeItThatIsNot() {
        var work = new Work();
        work.post(withId("a", false));
        work.post(withId("a", true));
        work.post(withId("a", true));
        work.commit();
        bench.settle();
        assertThat(bench.statistics().ready()).isEqualTo(2);
        restart(ON);
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    @Test
    void takesOfTwoTransactionsTheOneThatIsCommittedFirst() {
        var one = new Work();
        var other = new Work();
        one.post(withId("a", true));
        other.post(withId("a", true));
        other.post(withId("b", true));
        other.commit();
        one.commit();
        assertThat(one.heard + other.heard).isEmpty();
        bench.loop.run(bench.log::commitAll);
        assertThat(one.heard).isEqualTo("committed");
        assertThat(bench.statistics().ready()).isEqualTo(2);
        restart(ON);
        assertThat(bench.statistics().ready()).isEqualTo(2);
        store("a");
        store("b");
        assertThat(bench.statistics().ready()).isEqualTo(2);
    }

    /** It is as safe as the first one, which is on its way: so is the transaction's end. */
    @Test
    void endsATransactionNoEarlierThanWhatItRepeats() {
        var work = new Work();
        work.post(withId("a", true));
        bench.settle();
        send(withId("a", true));
        work.commit();
        assertThat(work.heard).isEmpty();
        bench.settle();
        assertThat(work.heard).isEqualTo("committed");
        assertThat(records(TransactionCommitted.class))
                .singleElement()
                .satisfies(record -> assertThat(record.posted().isEmpty()).isTrue());
    }

    @Test
    void answersAPostThatRepeatsWhatIsOnItsWay() {
        var first = send(withId("a", true));
        var work = new Work();
        var post = work.post(withId("a", true));
        assertThat(post.heard).isEmpty();
        bench.settle();
        assertThat(List.of(first.heard, post.heard)).containsOnly("safe");
        work.commit();
        bench.settle();
        assertThat(work.heard).isEqualTo("committed");
        assertThat(enqueued()).isEqualTo(1);
    }

    @Test
    void keepsWhatAPreparedTransactionPostedUnlessItCameFirst() {
        var work = new Work();
        work.post(withId("a", true));
        work.post(withId("b", true));
        bench.loop.run(() -> work.branch.prepare(UUID.randomUUID(), 0, touched -> work.heard += touched));
        bench.settle();
        store("a");
        bench.loop.run(() -> work.branch.applyDecided(UUID.randomUUID(), () -> {}));
        bench.settle();
        assertThat(bench.statistics().ready()).isEqualTo(2);
        assertThat(bench.log.live()).hasSize(2);
        store("b");
        assertThat(bench.statistics().ready()).isEqualTo(2);
    }

    @Test
    void writesDownWhatATransactionTakesAway() {
        store("a");
        var taker = bench.new Taker(Interest.ALL, 10);
        var work = new Work();
        bench.loop.run(() -> {
            var entry = taker.entries.get(0);
            assertThat(work.branch.retire(entry, Objects.requireNonNull(entry.holder), Outcome.Accepted.INSTANCE, null))
                    .isTrue();
        });
        work.commit();
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        restart(ON);
        store("a");
        assertThat(bench.statistics().ready()).isZero();
    }

    /** A transaction that is open while others write down what they know is not forgotten at a start. */
    @Test
    void readsAtAStartWhatHungOnATransactionWhenOthersWereWrittenDown() {
        var work = new Work();
        work.post(withId("late", true));
        store("early");
        consumeAll();
        assertThat(bench.log.notes()).isNotEmpty();
        work.commit();
        bench.settle();
        restart(ON);
        store("late");
        store("early");
        assertThat(bench.statistics().ready()).isEqualTo(1);
    }

    /**
     * Ids out of few, at random: sent, consumed, posted, committed, rolled back, and the broker killed in between. Nothing is
     * given out twice, and whatever is confirmed is given out. Prints its seed.
     */
    @Test
    void hasEachConfirmedMessageOnceWhateverHappens() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        System.out.println("duplicates: -Dgodwit.seed=" + seed);
        var random = new Random(seed);
        for (int run = 0; run < 60; run++) {
            new RandomRun(random, run).play();
        }
    }

    private final class RandomRun {
        private final Random random;
        private final String name;
        private final Set<String> confirmed = new HashSet<>();
        private final Map<String, Integer> given = new HashMap<>();
        private final Map<Integer, Work> open = new LinkedHashMap<>();

        RandomRun(Random random, int run) {
            this.random = random;
            this.name = "run " + run;
            bench = new QueueBench(random.nextBoolean() ? 0 : 1_000_000, ON);
        }

        void play() {
            for (int step = 0; step < STEPS; step++) {
                step(random.nextInt(100));
            }
            bench.settle();
            consume();
            confirmed.forEach(id -> assertThat(given).as(name).containsEntry(id, 1));
        }

        private void step(int dice) {
            var id = "id " + random.nextInt(30);
            if (dice < 45) {
                send(withId(id, true), new Confirming(id));
            } else if (dice < 55) {
                bench.loop.run(bench.log::commitNext);
            } else if (dice < 62) {
                bench.settle();
            } else if (dice < 72) {
                bench.settle();
                consume();
            } else if (dice < 80) {
                var work = open.computeIfAbsent(random.nextInt(3), key -> new Work());
                work.post(withId(id, true));
                work.ids.add(id);
            } else if (dice < 86 && !open.isEmpty()) {
                end(open.remove(open.keySet().iterator().next()));
            } else if (dice < 94) {
                bench.loop.advance(random.nextInt((int) WINDOW_MILLIS / STEPS));
            } else if (dice < 97) {
                open.clear();
                bench.restart(ON);
            }
        }

        private void end(Work work) {
            if (random.nextInt(3) == 0) {
                work.rollBack();
            } else {
                bench.loop.run(() ->
                        work.branch.commit(UUID.randomUUID(), List.of(), false, isKept -> confirmed.addAll(work.ids)));
            }
        }

        private void consume() {
            var taker = bench.new Taker(Interest.ALL, 10_000);
            for (int number : taker.numbers) {
                var id = String.valueOf(idsByNumber.get(number));
                assertThat(given.merge(id, 1, Integer::sum))
                        .as("%s: %s was given out", name, id)
                        .isEqualTo(1);
            }
            taker.consumeAll();
            taker.leave();
            bench.settle();
        }

        private final class Confirming extends Sender {
            private final String id;

            Confirming(String id) {
                this.id = id;
            }

            @Override
            public void onSafe() {
                confirmed.add(id);
            }
        }
    }
}
