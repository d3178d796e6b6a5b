package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.transaction.DischargeReply;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.OutcomeReply;
import dev.godwit.broker.transaction.Transaction;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.broker.transaction.TransactionOutcomes;
import dev.godwit.broker.transaction.UserOutcomes;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What clients are told of transactions whose answers they have lost; all loops and disks are turned by hand. */
class TransactionOutcomesTest {
    private static final long KEPT_MILLIS = 600_000;
    private static final OutcomeLimits OUTCOMES = new OutcomeLimits(KEPT_MILLIS, 2, 1_000);
    private static final TransactionLimits LIMITS = new TransactionLimits(1_000, 5, 100_000, 500, 2, 2, OUTCOMES);
    private static final int RUNS = 3_000;
    private static final UUID JOURNAL = new UUID(1, 2);

    private final ManualEventLoop control = new ManualEventLoop();
    private final ManualEventLoop client = new ManualEventLoop();
    private final ManualEventLoop later = new ManualEventLoop();
    private final TransactionShard low = new TransactionShard(1, client);
    private final TransactionShard high = new TransactionShard(2, client);
    private final TransactionOutcomes outcomes =
            opened(control, JOURNAL, Map.of(), CompletableFuture.completedFuture(null));
    private final UserOutcomes alice = outcomes.of("alice");
    private final OpenTransactions open = new OpenTransactions(client, UUID::randomUUID, LIMITS);
    private final TransactionShard.DeclaringLink controlLink = new TransactionShard.DeclaringLink();
    private final List<String> heard = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private boolean servesAlone = true;

    private TransactionOutcomes opened(
            ManualEventLoop control, UUID journal, Map<UUID, DecisionRecord> decisions, CompletableFuture<?> recorded) {
        var opened = new TransactionOutcomes(control, journal, OUTCOMES, () -> servesAlone);
        control.run(() -> opened.restore(decisions, recorded));
        return opened;
    }

    /** Whatever order loops and disks take, wherever the connection is lost, and whenever it is asked: one answer, and a true one. */
    @Test
    void tellsOneTruthWheneverItIsAsked() {
        for (int run = 0; run < RUNS; run++) {
            long seed = Long.getLong("godwit.seed", System.nanoTime()) + run;
            try {
                new TransactionOutcomesTest().asksAnywhere(new Random(seed));
            } catch (AssertionError | RuntimeException failed) {
                throw new AssertionError("run again with -Dgodwit.seed=" + seed, failed);
            }
        }
    }

    private void asksAnywhere(Random random) {
        var transaction = declare();
        low.post(client, transaction, true);
        if (random.nextBoolean()) {
            high.post(client, transaction, true);
        }
        int discharged = random.nextInt(60);
        int lost = random.nextInt(60);
        int asked = random.nextInt(60);
        for (int step = 0; step < 120; step++) {
            if (step == discharged && lost > step) {
                discharge(transaction);
            }
            if (step == lost) {
                client.execute(() -> open.rollBack(controlLink.undischarged));
            }
            if (step == asked || (step > asked && random.nextInt(20) == 0)) {
                ask(transaction.id());
            }
            turnSomething(random);
            assertThatAnswersHold();
        }
        turnAll();
        ask(transaction.id());
        turnAll();
        assertThatAnswersHold();
        boolean isCommitted = told.contains("committed");
        assertThat(told).containsOnly(isCommitted ? "committed" : "rolled back");
        assertThat(heard).hasSizeLessThan(2).doesNotContain(isCommitted ? "amqp:transaction:rollback" : "done");
        assertThat(low.statistics().ready()).isEqualTo(isCommitted ? 1 : 0);
    }

    /** What was answered stays so, also if the broker stops in this moment. */
    private void assertThatAnswersHold() {
        if (told.contains("committed")) {
            assertThat(low.isApplied(false)).isTrue();
            assertThat(low.hasForgotten()).isFalse();
        }
        if (told.contains("rolled back")) {
            assertThat(low.log.records).noneMatch(TransactionCommitted.class::isInstance);
        }
    }

    private void turnSomething(Random random) {
        switch (random.nextInt(7)) {
            case 0 -> client.runTasks();
            case 1 -> low.loop.runTasks();
            case 2 -> high.loop.runTasks();
            case 3 -> control.runTasks();
            case 4 -> later.runTasks();
            case 5 -> low.commitNext();
            default -> high.commitNext();
        }
    }

    @Test
    void endsAnOpenTransactionByTheQuestionAndRefusesItsLateDischarge() {
        var transaction = declare();
        low.post(client, transaction, true);
        ask(transaction.id());
        turnAll();
        assertThat(told).containsExactly("rolled back");

        discharge(transaction);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
        assertThat(low.statistics().ready()).isZero();
    }

    @Test
    void forgetsWhenItsClientKnowsAndAllShardsDo() {
        var transaction = declare();
        low.post(client, transaction, true);
        high.post(client, transaction, true);
        discharge(transaction);
        for (int round = 0; round < 5; round++) {
            turnLoops();
            // First the prepared one, then the decision: what high would record of its end is not on the disk yet.
            if (heard.isEmpty()) {
                high.commitNext();
                turnLoops();
                low.commitNext();
            }
        }
        assertThat(heard).containsExactly("done");
        client.run(() -> alice.forget(transaction));
        turnLoops();
        assertThat(hasAppendedForgotten()).isFalse();

        turnAll();
        assertThat(low.hasForgotten()).isTrue();
        assertThat(outcomes.count()).isZero();
    }

    private boolean hasAppendedForgotten() {
        return low.log.records.stream().anyMatch(TransactionForgotten.class::isInstance);
    }

    @Test
    void keepsTheRecordOfACommitOfOneShardUntilItsClientKnows() {
        var transaction = commit();
        assertThat(low.log.records.get(1))
                .isInstanceOfSatisfying(TransactionCommitted.class, record -> assertThat(record.participants())
                        .containsExactly(1));
        assertThat(hasAppendedForgotten()).isFalse();
        client.run(() -> alice.forget(transaction));
        turnAll();
        assertThat(low.hasForgotten()).isTrue();
    }

    @Test
    void forgetsAfterTheTimeAndSaysSo() {
        var transaction = commit();
        control.advance(KEPT_MILLIS);
        ask(transaction.id());
        turnAll();
        assertThat(told).containsExactly("committed");
        assertThat(low.hasForgotten()).isFalse();

        control.advance(KEPT_MILLIS);
        turnAll();
        assertThat(low.hasForgotten()).isTrue();
        assertThat(outcomes.count()).isZero();
        ask(transaction.id(), alice, KEPT_MILLIS + 1);
        ask(transaction.id(), alice, -1);
        turnAll();
        assertThat(told).containsExactly("committed", "unknown", "unknown");
    }

    @Test
    void tellsNobodyElse() {
        var transaction = commit();
        ask(transaction.id(), outcomes.of("bob"), 0);
        ask(new TransactionId(new byte[] {1, 2, 3}), alice, 0);
        turnAll();
        assertThat(told).containsExactly("unknown", "unknown");
        var undischarged = declare();
        ask(undischarged.id(), outcomes.of("bob"), 0);
        turnAll();
        assertThat(undischarged.isActive()).isTrue();
    }

    @Test
    void tellsAfterAStartWhatTheJournalKnows() {
        var committed = commit();
        var undecided = declare();
        var recorded = new CompletableFuture<Void>();
        var started = opened(later, JOURNAL, Map.of(uuid(committed), new DecisionRecord(low.log, low.loop)), recorded);
        ask(committed.id(), started.of("alice"), 0);
        ask(undecided.id(), started.of("alice"), 0);
        ask(committed.id(), started.of("bob"), 0);
        turnAll();
        assertThat(told).containsExactlyInAnyOrder("committed", "rolled back", "unknown");

        later.advance(2 * KEPT_MILLIS);
        turnAll();
        assertThat(started.count()).isZero();
        assertThat(hasAppendedForgotten()).as("not all shards know").isFalse();
        later.run(() -> recorded.complete(null));
        turnAll();
        assertThat(low.hasForgotten()).isTrue();
    }

    /** Another node may serve, and have committed what is not here: a node that is cut off says nothing until it knows. */
    @Test
    void saysNothingOfWhatIsNotHereWhileAnotherNodeMayServe() {
        var committed = commit();
        var elsewhere = declare();
        var known = Map.of(uuid(committed), new DecisionRecord(low.log, low.loop));
        var deposed = opened(control, JOURNAL, known, new CompletableFuture<Void>());
        servesAlone = false;
        ask(elsewhere.id(), deposed.of("alice"), 0);
        ask(committed.id(), deposed.of("alice"), 0);
        turnAll();
        assertThat(told).containsExactly("committed");

        control.run(deposed::goOn);
        turnAll();
        assertThat(told).containsExactly("committed");

        servesAlone = true;
        control.run(deposed::goOn);
        turnAll();
        assertThat(told).containsExactly("committed", "rolled back");
    }

    /** A client that fails over to a broker with another journal is not told there that nothing happened. */
    @Test
    void knowsNothingOfAnotherJournal() {
        var committed = commit();
        var other = opened(control, new UUID(3, 4), Map.of(), CompletableFuture.completedFuture(null));
        ask(committed.id(), other.of("alice"), 0);
        turnAll();
        assertThat(told).containsExactly("unknown");
    }

    /** A transaction that is one too many is one like any other: nothing is promised of it, so nothing is told. */
    @Test
    void keepsNoMoreThanMayBeOfAUser() {
        var first = commit();
        var second = declare();
        ask(declare().id());
        turnAll();
        assertThat(told).containsExactly("unknown");

        client.run(() -> open.discharge(second, true, reply()));
        assertThatTheNextIsKept();
        client.run(() -> alice.forget(first));
        turnAll();
        assertThatTheNextIsKept();
    }

    @Test
    void keepsNoMoreBytesThanMayBeOfAUser() {
        var large = declare();
        for (int i = 0; i < 100; i++) {
            low.post(client, large, true);
        }
        discharge(large);
        turnAll();
        ask(declare().id());
        turnAll();
        assertThat(told).containsExactly("unknown");
        client.run(() -> alice.forget(large));
        turnAll();
        assertThatTheNextIsKept();
    }

    private void assertThatTheNextIsKept() {
        told.clear();
        ask(declare().id());
        turnAll();
        assertThat(told).containsExactly("rolled back");
    }

    @Test
    void tellsOfATransactionInWhichNothingWasDoneOrNothingDurable() {
        for (boolean isEmpty : new boolean[] {true, false}) {
            var transaction = declare();
            if (!isEmpty) {
                low.post(client, transaction, false);
            }
            discharge(transaction);
            turnAll();
            ask(transaction.id());
            turnAll();
            client.run(() -> alice.forget(transaction));
        }
        assertThat(told).containsExactly("committed", "committed");
        assertThat(low.log.records).isEmpty();
        assertThat(outcomes.count()).isZero();
    }

    private Transaction commit() {
        var transaction = declare();
        low.post(client, transaction, true);
        discharge(transaction);
        turnAll();
        assertThat(heard).containsExactly("done");
        return transaction;
    }

    private Transaction declare() {
        var declared = new ArrayList<Transaction>();
        client.run(() -> declared.add(Objects.requireNonNull(open.declare(controlLink, null, alice))));
        controlLink.undischarged.addAll(declared);
        return declared.get(0);
    }

    private static UUID uuid(Transaction transaction) {
        var bytes = ByteBuffer.wrap(transaction.id().toBytes());
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    private void discharge(Transaction transaction) {
        client.execute(() -> {
            controlLink.undischarged.remove(transaction);
            open.discharge(transaction, false, reply());
        });
    }

    private DischargeReply reply() {
        return new DischargeReply() {
            @Override
            public void onDone() {
                heard.add("done");
            }

            @Override
            public void onRolledBack(ErrorCondition why) {
                heard.add(why.condition().toString());
            }
        };
    }

    private void ask(TransactionId id) {
        ask(id, alice, 0);
    }

    private void ask(TransactionId id, UserOutcomes user, long ageMillis) {
        later.execute(() -> user.ask(id, ageMillis, later, new OutcomeReply() {
            @Override
            public void onCommitted() {
                told.add("committed");
            }

            @Override
            public void onRolledBack() {
                told.add("rolled back");
            }

            @Override
            public void onUnknown() {
                told.add("unknown");
            }
        }));
    }

    private void turnLoops() {
        for (int round = 0; round < 6; round++) {
            later.runTasks();
            client.runTasks();
            control.runTasks();
            low.loop.runTasks();
            high.loop.runTasks();
        }
    }

    private void turnAll() {
        for (int round = 0; round < 6; round++) {
            turnLoops();
            while (low.commitNext() || high.commitNext()) {
                turnLoops();
            }
        }
    }
}
