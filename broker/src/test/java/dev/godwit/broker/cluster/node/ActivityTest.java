package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.runtime.ManualEventLoop;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** This node serves while it leads all shards, and only then. */
class ActivityTest {
    private static final int SHARDS = 3;
    private static final ReplicaId OTHER = new ReplicaId("other", new UUID(1, 2));

    private final ManualEventLoop control = new ManualEventLoop();
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final List<String> said = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile @Nullable Throwable failure;

    /** Those that are to be led anew, and are so when the test wants it. */
    private final Queue<Runnable> renewals = new ArrayDeque<>();

    private boolean renewsAtOnce = true;

    private final Activity activity = new Activity(
            control,
            "n1",
            SHARDS,
            new Service() {
                @Override
                public List<Integer> begin(Term term) throws Exception {
                    done.add("begin " + term.epochOf(0));
                    if (failure instanceof Error error) {
                        throw error;
                    }
                    if (failure instanceof Exception exception) {
                        throw exception;
                    }
                    CompletableFuture.anyOf(term.over(), CompletableFuture.runAsync(() -> {
                                try {
                                    gate.await();
                                } catch (InterruptedException interrupted) {
                                    Thread.currentThread().interrupt();
                                }
                            }))
                            .join();
                    if (term.isOver()) {
                        throw new IllegalStateException("there is no point in it any more");
                    }
                    return List.of(1234);
                }

                @Override
                public void end() {
                    done.add("end");
                }

                @Override
                public void onActive(@Nullable ActiveNode node) {}
            },
            this::onLeadAnew,
            (epoch, doors) -> said.add(epoch + " " + doors),
            () -> done.add("cannot serve"));

    private void onLeadAnew(int shard, long epoch) {
        renewals.add(() -> {
            activity.onCopy(new CopyState(shard, Role.CANDIDATE, epoch + 1, null, false));
            activity.onCopy(new CopyState(shard, Role.LEADER, epoch + 1, null, true));
        });
        if (renewsAtOnce) {
            control.execute(this::renew);
        }
    }

    private void renew() {
        for (var next = renewals.poll(); next != null; next = renewals.poll()) {
            next.run();
        }
    }

    private void leads(int shard, long epoch) {
        control.run(() -> activity.onCopy(new CopyState(shard, Role.LEADER, epoch, null, true)));
    }

    private void follows(int shard, long epoch) {
        control.run(() -> activity.onCopy(new CopyState(shard, Role.FOLLOWER, epoch, OTHER, false)));
    }

    private void leadAll(long epoch) {
        for (int shard = 0; shard < SHARDS; shard++) {
            leads(shard, epoch);
        }
    }

    private void awaitState(ActivityState state) {
        await().until(() -> activity.state() == state);
    }

    @AfterEach
    void release() {
        gate.countDown();
    }

    @Test
    void servesOnceItLeadsAllShards() {
        leads(0, 7);
        leads(2, 7);
        assertThat(activity.state()).isEqualTo(ActivityState.STANDBY);
        assertThat(done).isEmpty();
        leads(1, 7);
        awaitState(ActivityState.ACTIVE);
        assertThat(done).containsExactly("begin 7");
    }

    @Test
    void endsWhenItLosesOneShard() {
        leadAll(7);
        awaitState(ActivityState.ACTIVE);
        follows(1, 8);
        awaitState(ActivityState.STANDBY);
        assertThat(done).containsExactly("begin 7", "end");
    }

    @Test
    void beginsAnewWhenItLeadsInAnotherEpoch() {
        leadAll(7);
        awaitState(ActivityState.ACTIVE);
        follows(0, 8);
        leads(0, 9);
        await().until(() -> done.size() == 3 && activity.state() == ActivityState.ACTIVE);
        assertThat(done).containsExactly("begin 7", "end", "begin 9");
        assertThat(said).as("what others are told").containsExactly("7 [1234]", "7 []", "9 [1234]");
    }

    /** What served in the last term has logs of its epochs, and may still append to them. */
    @Test
    void beginsAnewOnlyWhenAllShardsAreLedInOtherEpochs() {
        renewsAtOnce = false;
        leadAll(7);
        awaitState(ActivityState.ACTIVE);
        follows(1, 8);
        leads(1, 9);
        awaitState(ActivityState.STANDBY);
        assertThat(renewals).hasSize(2);
        assertThat(done).containsExactly("begin 7", "end");
        control.run(this::renew);
        awaitState(ActivityState.ACTIVE);
        assertThat(done).containsExactly("begin 7", "end", "begin 8");
    }

    @Test
    void leavesAsItIsWhatItHandsOverToWhoLeadsShardZero() {
        leadAll(7);
        awaitState(ActivityState.ACTIVE);
        renewsAtOnce = false;
        follows(0, 8);
        awaitState(ActivityState.STANDBY);
        assertThat(renewals).isEmpty();
        leads(0, 9);
        assertThat(renewals).as("it is to lead all again").hasSize(2);
    }

    @Test
    void givesUpABeginningThatIsNotWantedAnyMore() {
        gate = new CountDownLatch(1);
        leadAll(7);
        awaitState(ActivityState.STARTING);
        follows(2, 8);
        awaitState(ActivityState.STANDBY);
        await().untilAsserted(() -> assertThat(done).containsExactly("begin 7", "end"));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void saysWhenItLeadsAndCannotServe(Throwable why) {
        failure = why;
        leadAll(7);
        await().until(() -> {
            control.runTasks();
            return done.contains("cannot serve");
        });
        assertThat(done).containsExactly("begin 7", "end", "cannot serve");
        failure = null;
        control.advance(5_000);
        awaitState(ActivityState.ACTIVE);
        assertThat(done).endsWith("cannot serve", "begin 8");
    }

    private static Stream<Throwable> failures() {
        return Stream.of(new IllegalStateException("as the test wants it"), new NoClassDefFoundError("likewise"));
    }

    @Test
    void endsForGood() {
        leadAll(7);
        awaitState(ActivityState.ACTIVE);
        var closing = CompletableFuture.runAsync(activity::close);
        await().until(() -> {
            control.runTasks();
            return closing.isDone();
        });
        assertThat(done).containsExactly("begin 7", "end");
        follows(0, 8);
        leadAll(9);
        assertThat(activity.state()).isEqualTo(ActivityState.STANDBY);
    }
}
