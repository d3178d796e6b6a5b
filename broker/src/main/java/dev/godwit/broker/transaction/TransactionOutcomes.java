package dev.godwit.broker.transaction;

import dev.godwit.broker.queue.DecisionRecord;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What became of transactions whose clients may ask for it, because a lost connection may have cost them the answer. One that is
 * open is here, and one that was committed until its client has said that it knows, or long enough; the record of its
 * commit stays as long. So what is not here was never committed, and never will be: only the connection that has declared a
 * transaction can discharge it, and until then it is here.
 *
 * <p>That holds while no other node can serve. One that may have been deposed, and does not know yet, says nothing of what it does not
 * have: another node may have committed it.
 *
 * <p>Any thread; the time is kept by one loop. Lives as long as this node serves.
 */
public final class TransactionOutcomes {
    /** A question may be so long on its way. */
    private static final long QUESTION_MILLIS = 60_000;

    private static final long TICK_MILLIS_MAX = 60_000;
    private static final long TICK_MILLIS_MIN = 1_000;

    private sealed interface Entry {}

    private record Open(Transaction transaction) implements Entry {}

    /**
     * One that was committed.
     *
     * @param user null when it was in an earlier run
     * @param bytes of its record, about
     * @param tick when
     * @param hold null when nothing of it is on record
     */
    private record Committed(
            @Nullable String user,
            long bytes,
            int tick,
            @Nullable DecisionHold hold) implements Entry {}

    private final EventLoop owner;
    private final UUID journal;
    private final OutcomeLimits limits;
    private final OutcomeRoom room;
    private final BooleanSupplier servesAlone;
    private final ConcurrentHashMap<UUID, Entry> entries = new ConcurrentHashMap<>();

    /** Questions about what is not here, while that says nothing. Owned by the loop; no more than links have credit for. */
    private final ArrayDeque<Runnable> unanswered = new ArrayDeque<>();

    private final long tickMillis;
    private final int ticksKept;

    /** How often the loop has looked for what is too old. A clock that jumps makes nothing older. */
    private volatile int tick;

    /**
     * @param journal the id of the journal in which commits are on record
     * @param servesAlone whether no other node can have committed anything since this one has read what is on record; asked on {@code owner}
     */
    public TransactionOutcomes(EventLoop owner, UUID journal, OutcomeLimits limits, BooleanSupplier servesAlone) {
        this.owner = owner;
        this.servesAlone = servesAlone;
        this.journal = journal;
        this.limits = limits;
        this.room = new OutcomeRoom(limits);
        this.tickMillis = Math.max(TICK_MILLIS_MIN, Math.min(TICK_MILLIS_MAX, limits.keptMillis() / 10));
        this.ticksKept = Math.toIntExact((limits.keptMillis() + QUESTION_MILLIS) / tickMillis + 2);
    }

    /**
     * Takes over what an earlier run has decided and may be asked for, and begins to count the time, anew for these.
     *
     * @param decisions where each is on record
     * @param allRecorded done when every other shard has the end of these transactions on record
     */
    public void restore(Map<UUID, DecisionRecord> decisions, CompletableFuture<?> allRecorded) {
        owner.assertCurrent();
        var holds = new ArrayList<DecisionHold>();
        decisions.forEach((id, decision) -> {
            var hold = new DecisionHold(id, decision, owner, 2);
            holds.add(hold);
            entries.put(id, new Committed(null, 0, tick, hold));
        });
        var unused = allRecorded.thenRun(() -> holds.forEach(DecisionHold::release));
        scheduleTick();
    }

    private void scheduleTick() {
        owner.schedule(tickMillis, this::onTick);
    }

    private void onTick() {
        int now = tick + 1;
        tick = now;
        entries.forEach((id, entry) -> {
            if (entry instanceof Committed committed && now - committed.tick > ticksKept) {
                end(id, committed);
            }
        });
        scheduleTick();
    }

    /** What a user's connections have to do with it. */
    public UserOutcomes of(String user) {
        return new UserOutcomes(this, user);
    }

    UUID journal() {
        return journal;
    }

    OutcomeRoom room() {
        return room;
    }

    void onDeclared(UUID id, Transaction transaction) {
        entries.put(id, new Open(transaction));
    }

    /** It was rolled back, or is prepared. */
    void onEnded(UUID id, String user) {
        entries.remove(id);
        room.giveBack(user, 0);
    }

    /** @param hold null when nothing of it is on record */
    void onCommitted(UUID id, String user, long bytes, @Nullable DecisionHold hold) {
        room.grow(user, bytes);
        entries.put(id, new Committed(user, bytes, tick, hold));
    }

    /** Its client knows. */
    void forget(UUID id) {
        if (entries.get(id) instanceof Committed committed) {
            end(id, committed);
        }
    }

    private void end(UUID id, Committed committed) {
        if (!entries.remove(id, committed)) {
            return;
        }
        if (committed.user != null) {
            room.giveBack(committed.user, committed.bytes);
        }
        if (committed.hold != null) {
            committed.hold.release();
        }
    }

    /**
     * Answers, on any thread; not before it is certain that no other node knows better, which may be never.
     *
     * @param id of a transaction whose outcome was to be kept for whoever asks
     */
    void ask(UUID id, long ageMillis, OutcomeReply reply) {
        var entry = entries.get(id);
        if (entry instanceof Open open) {
            open.transaction.ask(reply);
        } else if (entry instanceof Committed) {
            reply.onCommitted();
        } else if (ageMillis < 0 || ageMillis > limits.keptMillis()) {
            reply.onUnknown();
        } else {
            owner.execute(() -> tellOfAbsent(reply));
        }
    }

    /** It is not here, and never will be: its connection would have declared it before. */
    private void tellOfAbsent(OutcomeReply reply) {
        if (servesAlone.getAsBoolean()) {
            reply.onRolledBack();
        } else {
            unanswered.add(() -> tellOfAbsent(reply));
        }
    }

    /** This node may serve alone again: to be called each time when it does after it did not. */
    public void goOn() {
        owner.assertCurrent();
        for (int asked = unanswered.size(); asked > 0; asked--) {
            unanswered.remove().run();
        }
    }

    /** How many transactions are open whose outcomes will be kept, and how many outcomes are. */
    public int count() {
        return entries.size();
    }
}
