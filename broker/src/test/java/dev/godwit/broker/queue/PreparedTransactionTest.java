package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Outcome.Accepted;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.broker.transaction.DecisionReply;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.PrepareReply;
import dev.godwit.broker.transaction.PreparedTransactions;
import dev.godwit.broker.transaction.Transaction;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.storage.record.JournalRecord.TransactionCommitted;
import dev.godwit.storage.record.JournalRecord.TransactionForgotten;
import dev.godwit.storage.record.JournalRecord.TransactionPrepared;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Prepared transactions over two queues in two shards; their loops, the control loop and all disks are turned by hand. */
class PreparedTransactionTest {
    private static final TransactionLimits LIMITS =
            new TransactionLimits(1_000, 3, 10_000, 20, 4, 2, OutcomeLimits.DEFAULTS);
    private static final Outcome FAILED = new Outcome.Modified(true, false, Map.of());
    private static final GlobalTransactionId XID = GlobalTransactionId.of(new byte[] {1, 2, 3});
    private static final String USER = "alice";
    private static final int RUNS = 2_000;

    private final ManualEventLoop client = new ManualEventLoop();
    private final ManualEventLoop control = new ManualEventLoop();
    private final TransactionShard low = new TransactionShard(1, client);
    private final TransactionShard high = new TransactionShard(2, client);
    private final OpenTransactions open = new OpenTransactions(client, UUID::randomUUID, LIMITS);
    private final ManualPreparedLog records = new ManualPreparedLog();
    private final PreparedTransactions prepared = new PreparedTransactions(control, control, records, LIMITS);
    private final TransactionShard.DeclaringLink controlLink = new TransactionShard.DeclaringLink();
    private final List<String> heard = new ArrayList<>();

    /** What a start would make of a transaction, by what is on stable storage. */
    private enum Fate {
        COMMITTED,
        IN_DOUBT,
        ROLLED_BACK
    }

    private Fate fateIn(TransactionShard shard) {
        if (hasCommitted(shard)) {
            return Fate.COMMITTED;
        }
        boolean isPrepared = onDisk(shard, TransactionPrepared.class) && !onDisk(shard, TransactionForgotten.class);
        if (isPrepared && hasCommitted(low)) {
            return Fate.COMMITTED;
        }
        return isPrepared && !records.stored.isEmpty() ? Fate.IN_DOUBT : Fate.ROLLED_BACK;
    }

    private static boolean hasCommitted(TransactionShard shard) {
        return onDisk(shard, TransactionCommitted.class);
    }

    private static boolean onDisk(TransactionShard shard, Class<?> kind) {
        return shard.log.records.subList(0, shard.committed).stream().anyMatch(kind::isInstance);
    }

    /** Whatever order the loops and the disks take, and wherever it stops, all shards come to the same end. */
    @Test
    void endsTheSameInAllShardsWhereverItStops() {
        for (int run = 0; run < RUNS; run++) {
            long seed = System.nanoTime() + run;
            try {
                new PreparedTransactionTest().stopsAnywhere(new Random(seed));
            } catch (AssertionError | RuntimeException failed) {
                throw new AssertionError("seed " + seed, failed);
            }
        }
    }

    private void stopsAnywhere(Random random) {
        fill(low);
        fill(high);
        var transaction = declare();
        post(transaction, low);
        post(transaction, high);
        retire(transaction, low);
        retire(transaction, high);
        prepare(transaction);
        boolean commits = random.nextBoolean();
        boolean isDecided = false;
        for (int step = 0; step < 400; step++) {
            turnSomething(random);
            if (!isDecided && heard.contains("prepared") && random.nextInt(10) == 0) {
                isDecided = true;
                decide(!commits);
            }
            var fate = fateIn(low);
            assertThat(fateIn(high)).isEqualTo(fate);
            if (heard.contains("decided")) {
                assertThat(fate).isEqualTo(commits ? Fate.COMMITTED : Fate.ROLLED_BACK);
            } else if (heard.contains("prepared") && !isDecided) {
                assertThat(fate).isEqualTo(Fate.IN_DOUBT);
            } else if (!heard.contains("prepared")) {
                assertThat(fate).isNotEqualTo(Fate.COMMITTED);
            }
        }
        turnAll();
        if (!isDecided) {
            decide(!commits);
            turnAll();
        }
        assertThat(heard).containsExactly("prepared", "decided");
        assertThat(records.stored).isEmpty();
        assertThat(prepared.count()).isZero();
        wantMessages(low);
        wantMessages(high);
        turnAll();
        for (var shard : List.of(low, high)) {
            assertThat(shard.given).hasSize(2);
            // The one that was posted; or the one that was retired, which comes back as one that failed.
            assertThat(shard.given.get(1).deliveryCount()).isEqualTo(commits ? 0 : 1);
            assertThat(shard.given.get(1) == shard.given.get(0)).isEqualTo(!commits);
            assertThat(shard.hasForgotten()).isEqualTo(shard == low || !commits);
        }
    }

    private void turnSomething(Random random) {
        switch (random.nextInt(7)) {
            case 0 -> client.runTasks();
            case 1 -> low.loop.runTasks();
            case 2 -> high.loop.runTasks();
            case 3 -> control.runTasks();
            case 4 -> low.commitNext();
            case 5 -> high.commitNext();
            default -> records.commitNext(control);
        }
    }

    @Test
    void keepsAPreparedTransactionWhenItsClientIsGoneAndItsTimeIsOver() {
        fill(low);
        var transaction = declare();
        post(transaction, low);
        retire(transaction, low);
        prepare(transaction);
        turnAll();
        assertThat(heard).containsExactly("prepared");
        client.run(() -> open.rollBack(controlLink.undischarged));
        client.run(low.consumer::leave);
        client.advance(10 * LIMITS.timeoutMillis());
        turnAll();
        assertThat(low.statistics().acquired()).isEqualTo(1);
        assertThat(low.statistics().ready()).isZero();

        decide(true);
        turnAll();
        assertThat(heard).containsExactly("prepared", "decided");
        assertThat(low.statistics().ready()).isEqualTo(1);
    }

    @Test
    void hasNothingToPrepareWhereNothingWasDone() {
        var transaction = declare();
        prepare(transaction);
        turnAll();
        assertThat(heard).containsExactly("nothing");
        assertThat(records.stored).isEmpty();
        assertThat(prepared.count()).isZero();
    }

    @Test
    void rollsBackInsteadOfPreparingWhatHasFailed() {
        var transaction = declare();
        post(transaction, low);
        transaction.fail(AmqpError.NOT_ALLOWED.because("of this test"));
        prepare(transaction);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
        assertThat(low.log.records).noneMatch(TransactionPrepared.class::isInstance);
    }

    @Test
    void rollsBackInsteadOfPreparingWhenTheDefinitionIsNotTaken() {
        fill(high);
        var transaction = declare();
        post(transaction, low);
        retire(transaction, high);
        records.full = true;
        prepare(transaction);
        turnAll();
        assertThat(heard).containsExactly("amqp:transaction:rollback");
        assertThat(prepared.count()).isZero();
        assertThat(high.statistics().ready() + high.statistics().acquired()).isEqualTo(1);
        assertThat(high.hasForgotten()).isTrue();
    }

    /** The end of a transaction may not be refused: it waits for room. */
    @Test
    void endsWhenTheDiskHasRoomAgain() {
        for (boolean fail : new boolean[] {true, false}) {
            heard.clear();
            var transaction = declare();
            post(transaction, low);
            prepare(transaction);
            turnAll();
            records.full = true;
            low.log.full = true;
            decide(fail);
            turnAll();
            advance(10_000);
            turnAll();
            assertThat(heard).containsExactly("prepared");
            records.full = false;
            low.log.full = false;
            for (int i = 0; i < 20; i++) {
                advance(1_000);
                turnAll();
            }
            assertThat(heard).containsExactly("prepared", "decided");
            assertThat(records.stored).isEmpty();
        }
    }

    /** Whoever has no answer to its prepare, and gives up, must not leave behind what nobody knows of. */
    @Test
    void rollsBackWhatIsStillBeingPreparedWhenItsShardsHaveAnswered() {
        fill(high);
        var transaction = declare();
        post(transaction, low);
        retire(transaction, high);
        turnAll();
        low.log.full = true;
        prepare(transaction);
        turnAll();
        decide(true);
        decide(false);
        turnAll();
        assertThat(heard).containsExactly("decided otherwise");
        low.log.full = false;
        advance(1_000);
        turnAll();
        assertThat(heard).containsExactlyInAnyOrder("decided otherwise", "decided", "amqp:transaction:rollback");
        assertThatNothingIsLeft();
    }

    @Test
    void rollsBackWhatIsStillBeingPreparedWhenItsDefinitionIsOnItsWay() {
        fill(high);
        var transaction = declare();
        post(transaction, low);
        retire(transaction, high);
        prepare(transaction);
        turnLoops();
        while (low.commitNext() || high.commitNext()) {
            turnLoops();
        }
        decide(true);
        turnLoops();
        assertThat(heard).isEmpty();
        turnAll();
        assertThat(heard).containsExactlyInAnyOrder("decided", "amqp:transaction:rollback");
        assertThatNothingIsLeft();
    }

    private void assertThatNothingIsLeft() {
        assertThat(records.stored).isEmpty();
        assertThat(prepared.count()).isZero();
        assertThat(low.hasForgotten() && high.hasForgotten()).isTrue();
        assertThat(low.statistics().ready() + low.statistics().acquired()).isZero();
        assertThat(high.statistics().ready() + high.statistics().acquired()).isEqualTo(1);
    }

    private void advance(long millis) {
        control.advance(millis);
        low.loop.advance(millis);
    }

    @Test
    void preparesNoSecondOneOfTheSameIdAndNoMoreThanMayBe() {
        for (var id : List.of(XID, GlobalTransactionId.of(new byte[] {9}))) {
            var transaction = declare(id);
            post(transaction, low);
            prepare(transaction);
            turnAll();
        }
        assertThat(heard).containsExactly("prepared", "prepared");
        for (var id : List.of(XID, GlobalTransactionId.of(new byte[] {7}))) {
            heard.clear();
            var refused = declare(id);
            post(refused, low);
            prepare(refused);
            turnAll();
            assertThat(heard).containsExactly("amqp:transaction:rollback");
        }
        assertThat(prepared.count()).isEqualTo(2);
    }

    @Test
    void preparesNoMoreOfAUserThanMayBeOfOne() {
        for (var user : List.of("alice", "bob", "carol")) {
            for (byte number = 1; number <= 3; number++) {
                var transaction = declare(GlobalTransactionId.of(new byte[] {number}));
                post(transaction, low);
                prepare(transaction, user);
                turnAll();
            }
        }
        var refused = "amqp:transaction:rollback";
        assertThat(heard)
                .containsExactly(
                        "prepared", "prepared", refused, "prepared", "prepared", refused, refused, refused, refused);
        heard.clear();
        prepared.decide("bob", GlobalTransactionId.of(new byte[] {1}), true, client, reply());
        turnAll();
        var transaction = declare();
        post(transaction, low);
        prepare(transaction, "bob");
        turnAll();
        assertThat(heard).containsExactly("decided", "prepared");
    }

    @Test
    void answersEachWhoDecidesTheSameAndNoneWhoDecidesOtherwise() {
        var transaction = declare();
        post(transaction, low);
        prepare(transaction);
        turnAll();
        decide(false);
        decide(false);
        decide(true);
        turnAll();
        decide(false);
        turnAll();
        assertThat(heard).containsExactly("prepared", "decided otherwise", "decided", "decided", "unknown");
    }

    @Test
    void tellsAUserOfHisOwnAlone() {
        var transaction = declare();
        post(transaction, low);
        prepare(transaction);
        turnAll();
        var told = new ArrayList<String>();
        prepared.next("bob", null, client, next -> told.add("bob: " + next));
        prepared.next(USER, null, client, next -> told.add("alice: " + next));
        prepared.next(USER, XID, client, next -> told.add("then: " + next));
        prepared.decide("bob", XID, false, client, reply());
        turnAll();
        assertThat(told).containsExactly("bob: null", "alice: " + XID, "then: null");
        assertThat(heard).containsExactly("prepared", "unknown");
    }

    private void fill(TransactionShard shard) {
        client.run(() -> shard.producer.enqueue(message(), EnqueueReply.NOBODY));
        client.run(() -> shard.consumer.setLimit(1));
        turnAll();
        assertThat(shard.given).hasSize(1);
    }

    private Transaction declare() {
        return declare(XID);
    }

    private Transaction declare(GlobalTransactionId id) {
        var declared = new ArrayList<Transaction>();
        client.run(() -> declared.add(Objects.requireNonNull(open.declare(controlLink, id))));
        controlLink.undischarged.addAll(declared);
        return declared.get(0);
    }

    private void post(Transaction transaction, TransactionShard shard) {
        shard.post(client, transaction, true);
    }

    private void retire(Transaction transaction, TransactionShard shard) {
        client.run(() -> {
            assertThat(transaction.onRetirement()).isNull();
            shard.consumer.retire(shard.given.get(0), transaction, Accepted.INSTANCE, FAILED, transaction);
        });
    }

    private void prepare(Transaction transaction) {
        prepare(transaction, USER);
    }

    private void prepare(Transaction transaction, String user) {
        client.run(() -> open.prepare(transaction, prepared, user, new PrepareReply() {
            @Override
            public void onDone() {
                heard.add("prepared");
            }

            @Override
            public void onNothingDone() {
                heard.add("nothing");
            }

            @Override
            public void onRolledBack(ErrorCondition why) {
                heard.add(why.condition().toString());
            }
        }));
    }

    private void decide(boolean fail) {
        prepared.decide(USER, XID, fail, client, reply());
    }

    private DecisionReply reply() {
        return new DecisionReply() {
            @Override
            public void onDecided() {
                heard.add("decided");
            }

            @Override
            public void onUnknown() {
                heard.add("unknown");
            }

            @Override
            public void onDecidedOtherwise() {
                heard.add("decided otherwise");
            }
        };
    }

    private void wantMessages(TransactionShard shard) {
        client.run(() -> shard.consumer.setLimit(10));
    }

    private void turnLoops() {
        for (int round = 0; round < 6; round++) {
            client.runTasks();
            low.loop.runTasks();
            high.loop.runTasks();
            control.runTasks();
        }
    }

    private void turnAll() {
        for (int round = 0; round < 6; round++) {
            turnLoops();
            while (low.commitNext() || high.commitNext() || records.commitNext(control)) {
                turnLoops();
            }
        }
    }

    private Message message() {
        return TransactionShard.message(true, client.nowMillis());
    }
}
