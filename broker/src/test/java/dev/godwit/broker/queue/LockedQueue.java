package dev.godwit.broker.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.type.Outcome;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A queue whose consumers may have a message for so long, with a clock that is turned by hand. */
abstract class LockedQueue {
    static final long PLENTY_BYTES = 100_000_000;
    static final long LOCK_MILLIS = 1_000;
    static final AddressSettings LOCKED = AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS);

    final TakenDeadLetters deadLetters = new TakenDeadLetters();
    final QueueBench bench = new QueueBench(PLENTY_BYTES, LOCKED, deadLetters);

    /** A consumer that hears what it has lost. */
    final class Keeper extends QueueBench.Taker {
        final List<QueueEntry> lost = new ArrayList<>();
        final List<Long> heldTooLongMillis = new ArrayList<>();

        /** False while what it is given waits behind something else. */
        private final boolean sends;

        private final boolean settles;

        Keeper(int credit) {
            this(credit, true, false);
        }

        Keeper(int credit, boolean sends, boolean settles) {
            // It is given nothing before it knows what it does with that.
            bench.super(Interest.ALL, 0);
            this.sends = sends;
            this.settles = settles;
            move(credit);
            bench.settle();
        }

        @Override
        public boolean settlesWhatItSends() {
            return settles;
        }

        @Override
        void onNumber(int number, QueueEntry entry) {
            if (sends) {
                entry.onSent();
            }
        }

        @Override
        public void onLockLost(QueueEntry entry) {
            lost.add(entry);
            entries.remove(entry);
        }

        @Override
        public void onHeldTooLong(QueueEntry entry, long heldMillis) {
            heldTooLongMillis.add(heldMillis);
            door.leave();
        }
    }

    void apply(AddressSettings settings) {
        bench.loop.run(() -> bench.queue.apply(settings));
    }

    void advance(long millis) {
        bench.loop.advance(millis);
        bench.settle();
    }

    void assertNothingIsLeft() {
        bench.settle();
        assertThat(bench.log.live()).isEmpty();
        assertThat(bench.statistics().acquired()).isZero();
        assertThat(bench.memory.bytes()).isZero();
    }

    int holds() {
        var found = new ArrayList<Integer>();
        bench.loop.run(() -> found.add(bench.queue.settlements().holds().size()));
        return found.get(0);
    }

    static QueueConsumer holder(QueueEntry entry) {
        return Objects.requireNonNull(entry.holder, "a consumer that has it");
    }

    boolean retire(ShardBranch branch, QueueEntry entry, QueueConsumer holder) {
        var retired = new ArrayList<Boolean>();
        bench.loop.run(() -> retired.add(branch.retire(entry, holder, Outcome.Accepted.INSTANCE, null)));
        return retired.get(0);
    }
}
