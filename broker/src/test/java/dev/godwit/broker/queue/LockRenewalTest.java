package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Binary;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What becomes of a lock that its consumer renews. */
class LockRenewalTest extends LockedQueue {
    @Test
    void namesOfLocksAreAllDifferent() {
        var names = new LockNames();
        var seen = new HashSet<LockToken>();
        for (int i = 0; i < 1_000; i++) {
            assertThat(seen.add(names.next())).isTrue();
        }
    }

    private long[] renew(LockToken... tokens) {
        var answers = new ArrayList<long[]>();
        new QueueDoor(bench.queue)
                .renewLocks(List.of(tokens), until -> answers.add(until == null ? new long[0] : until));
        bench.loop.runTasks();
        return answers.get(0);
    }

    private static LockToken token(QueueEntry entry) {
        var hold = Objects.requireNonNull(entry.hold(), "a hold");
        return Objects.requireNonNull(hold.token(), "a token");
    }

    @Test
    void renewedLockRunsForAsLongAsANewOne() {
        var consumer = new Keeper(2);
        bench.sendMany(2, 4);
        var first = token(consumer.entries.get(0));
        var second = token(consumer.entries.get(1));
        consumer.move(0);
        advance(LOCK_MILLIS - 10);
        long expectedMillis = bench.loop.nowMillis() + LOCK_MILLIS;
        assertThat(renew(first)).containsExactly(expectedMillis);
        advance(10);
        assertThat(consumer.lost).hasSize(1);
        assertThat(renew(second)).isEmpty();
        assertThat(renew(first, second)).isEmpty();
        advance(LOCK_MILLIS - 11);
        assertThat(consumer.lost).hasSize(1);
        assertThat(renew(first)).containsExactly(bench.loop.nowMillis() + LOCK_MILLIS);
        advance(LOCK_MILLIS);
        assertThat(consumer.lost).hasSize(2);
        assertThat(renew(first)).isEmpty();
    }

    @Test
    void lockOfAMessageThatWasSettledCannotBeRenewed() {
        var consumer = new Keeper(1);
        bench.sendMany(1, 4);
        var token = token(consumer.entries.get(0));
        consumer.consumeAll();
        assertThat(renew(token)).isEmpty();
    }

    @Test
    void renewalShortensNoLock() {
        var consumer = new Keeper(1);
        bench.sendMany(1, 4);
        long untilMillis = bench.loop.nowMillis() + LOCK_MILLIS;
        apply(AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, 1L));
        assertThat(renew(token(consumer.entries.get(0)))).containsExactly(untilMillis);
    }

    @Test
    void renewalDoesNotPutOffTheConsumersTimeout() {
        apply(LOCKED.with(AddressSetting.CONSUMER_TIMEOUT, 3 * LOCK_MILLIS / 2));
        var consumer = new Keeper(1);
        bench.sendMany(1, 4);
        var token = token(consumer.entries.get(0));
        advance(LOCK_MILLIS - 1);
        renew(token);
        advance(LOCK_MILLIS / 2);
        assertThat(consumer.heldTooLongMillis).isEmpty();
        advance(1);
        assertThat(consumer.heldTooLongMillis).containsExactly(3 * LOCK_MILLIS / 2);
        assertThat(consumer.lost).isEmpty();
    }

    @Test
    void lockHasItsNameStillAfterARollback() {
        var consumer = new Keeper(1);
        bench.sendMany(1, 4);
        var entry = consumer.entries.get(0);
        var token = token(entry);
        var branch = new ShardBranch(bench.log, bench.loop);
        retire(branch, entry, holder(entry));
        assertThat(renew(token)).isEmpty();
        advance(LOCK_MILLIS / 2);
        bench.loop.run(branch::rollBack);
        assertThat(renew(token)).containsExactly(bench.loop.nowMillis() + LOCK_MILLIS);
    }

    @Test
    void tokensAreWrittenAsGuidsAre() {
        var token = new LockToken(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));
        assertThat(token.tag()).hasToString("33221100554477668899aabbccddeeff");
        assertThat(LockToken.ofTag(token.tag())).isEqualTo(token);
        assertThat(LockToken.ofTag(Binary.copyOf(new byte[15]))).isNull();
    }
}
