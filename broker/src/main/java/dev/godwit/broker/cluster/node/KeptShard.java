package dev.godwit.broker.cluster.node;

import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.DeliveryRight;
import dev.godwit.broker.shard.LeaderListener;
import dev.godwit.storage.journal.CommitListener;
import dev.godwit.storage.journal.ShardLog;
import dev.godwit.storage.replica.ReplicaLines;
import dev.godwit.storage.replica.ReplicatedJournal;
import dev.godwit.storage.replica.ShardCopy;
import dev.godwit.storage.replica.ShardCopyListener;
import dev.godwit.storage.replica.ShardCopyStatus;
import dev.godwit.storage.replication.DeliveryLease;
import dev.godwit.storage.replication.ReplicaId;
import dev.godwit.storage.replication.Role;
import dev.godwit.storage.replication.Voters;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's copy of a shard on the shard's loop, which owns it. Tells the control loop what has become of it, and the shard's
 * queues whether they may give out messages.
 */
final class KeptShard implements ShardCopyListener, DeliveryRight {
    private static final Logger log = LoggerFactory.getLogger(KeptShard.class);

    /** So many times as long as that of shard 0 the other copies wait for a leader: who leads that is to lead all. */
    private static final int PATIENCE = 2;

    private final int number;
    private final EventLoop owner;
    private final LongSupplier millis;
    private final BatchDoor<CopyState> toControl;
    private final ShardCopy copy;
    private CopyState state;
    private long leaseUntilMillis = DeliveryLease.NONE;

    /** Somebody was told that nothing may be given out, and has to be told when that is over. */
    private boolean lapsed;

    private @Nullable Runnable regained;

    /** Somebody waits until this copy leads no more. */
    private @Nullable CompletableFuture<Void> leading;

    /** Called on {@code owner}. */
    KeptShard(
            int number,
            EventLoop owner,
            LongSupplier millis,
            ReplicatedJournal journal,
            ReplicaLines lines,
            EventLoop control,
            Consumer<CopyState> onState) {
        this.number = number;
        this.owner = owner;
        this.millis = millis;
        this.toControl = new BatchDoor<>(owner, control, onState);
        this.state = CopyState.atFirst(number);
        this.copy = journal.copy(number, number == 0 ? 1 : PATIENCE, owner, millis, lines, this);
    }

    int number() {
        return number;
    }

    EventLoop owner() {
        return owner;
    }

    /** Begins; the copy of a node that begins a cluster decides alone at first. */
    void start(boolean founds) {
        owner.assertCurrent();
        if (founds && copy.mayBootstrap()) {
            copy.bootstrap();
        } else {
            copy.start();
        }
    }

    /** Whether nothing says who keeps the log. Before the start. */
    boolean isNew() {
        owner.assertCurrent();
        return copy.mayBootstrap();
    }

    /** Whether a broker that stood alone has written the log. Before the start. */
    boolean isOfALoneBroker() {
        owner.assertCurrent();
        ShardCopyStatus found = copy.status();
        return found.lastIndex() > 0 && found.voters().equals(Voters.NONE);
    }

    void onTime() {
        copy.onTime();
    }

    /** @param nodeId who is at the other end of the line */
    void onMessage(String nodeId, ByteBuffer bytes) {
        copy.onMessage(nodeId, bytes);
    }

    /** As it stands now. */
    ShardCopyStatus status() {
        owner.assertCurrent();
        return copy.status();
    }

    void changeVoters(Voters next) {
        owner.assertCurrent();
        log.info("shard {}: voters are to be {}: {}", number, next, copy.changeVoters(next));
    }

    void transferTo(ReplicaId successor) {
        owner.assertCurrent();
        log.info("shard {}: {} is to lead: {}", number, successor, copy.transferTo(successor));
    }

    /** Leads in another epoch, if it leads in that one. */
    void leadAnew(long epoch) {
        owner.assertCurrent();
        if (state.serving() && state.epoch() == epoch) {
            log.debug("shard {}: is to be led in another epoch than {}", number, epoch);
            copy.leadAnew();
        }
    }

    /** Tries to lead, if nobody does. */
    void contend() {
        owner.assertCurrent();
        copy.contend();
    }

    /** Does not lead from now on, once it has handed over; or may again. */
    void standAside(boolean aside) {
        owner.assertCurrent();
        copy.standAside(aside);
    }

    /**
     * Hands the shard over to another voter, if it leads and there is one.
     *
     * @param rests which nodes are not to lead
     */
    boolean handOver(Predicate<String> rests) {
        owner.assertCurrent();
        ShardCopyStatus now = copy.status();
        ReplicaId successor = Succession.of(List.of(now), copy.self(), each -> rests.test(each.nodeId()));
        if (successor == null || !now.serving()) {
            return false;
        }
        transferTo(successor);
        return true;
    }

    /**
     * Hands the shard over.
     *
     * @return done as soon as this copy does not lead
     */
    CompletableFuture<Void> handOverTo(ReplicaId successor) {
        owner.assertCurrent();
        if (copy.isServing()) {
            transferTo(successor);
        }
        return ledNoMore();
    }

    /** Done as soon as this copy does not lead. */
    private CompletableFuture<Void> ledNoMore() {
        if (state.role() != Role.LEADER) {
            return CompletableFuture.completedFuture(null);
        }
        if (leading == null) {
            leading = new CompletableFuture<>();
        }
        return leading;
    }

    /**
     * The shard's log, to append to in this term.
     *
     * @param epoch in which this node has been told what is alive in it
     * @throws IllegalStateException when it does not lead, or does in another epoch
     */
    ShardLog lead(long epoch, LeaderListener listener) {
        owner.assertCurrent();
        if (!state.serving() || state.epoch() != epoch) {
            throw new IllegalStateException("shard " + number + " is not led by this node in epoch " + epoch);
        }
        return copy.lead(new CommitListener() {
            @Override
            public void onCommitted(long index) {
                listener.onCommitted(index);
            }

            @Override
            public void onJournalLost() {
                listener.onDeposed();
            }
        });
    }

    @Override
    public void onRole(Role role, long epoch, @Nullable ReplicaId leader) {
        if (role != Role.LEADER) {
            leaseUntilMillis = DeliveryLease.NONE;
            regained = null;
        }
        become(new CopyState(number, role, epoch, leader, false));
        var told = leading;
        if (told != null && role != Role.LEADER) {
            leading = null;
            told.complete(null);
        }
    }

    @Override
    public void onServing(long epoch) {
        become(new CopyState(number, state.role(), epoch, state.leader(), true));
    }

    private void become(CopyState next) {
        state = next;
        toControl.pass(next);
    }

    @Override
    public void onLease(long untilMillis) {
        leaseUntilMillis = untilMillis;
        if (lapsed && isHeld()) {
            lapsed = false;
            var told = regained;
            if (told != null) {
                told.run();
            }
        }
    }

    @Override
    public boolean isHeld() {
        boolean held = leaseUntilMillis == DeliveryLease.ALWAYS
                || (leaseUntilMillis != DeliveryLease.NONE && millis.getAsLong() < leaseUntilMillis);
        lapsed |= !held;
        return held;
    }

    @Override
    public void onRegained(Runnable told) {
        regained = told;
    }
}
