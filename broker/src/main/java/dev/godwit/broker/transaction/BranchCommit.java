package dev.godwit.broker.transaction;

import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The commit of a transaction whose other branches are prepared: one decides, the others follow, and when all that is on
 * record the decision is forgotten. Nothing stops it. Owned by the loop of whoever commits; lives until then.
 */
final class BranchCommit {
    private final UUID transactionId;
    private final EventLoop owner;
    private final ShardBranch deciding;
    private final Collection<ShardBranch> others;
    private final boolean isKept;
    private final Consumer<@Nullable DecisionHold> onApplied;

    /** Those of the others that have anything on record. */
    private final List<Integer> participants;

    private int awaited;
    private int unrecorded;

    /** Null while nothing is decided, and when nothing is on record of the decision that is to be forgotten. */
    private @Nullable DecisionHold hold;

    /**
     * @param isKept whether the decision stays on record until whoever commits releases it, too
     * @param onApplied told when all of it has happened and is on stable storage, or will be at the next start; what is to be
     *     released then, null for nothing
     */
    BranchCommit(
            UUID transactionId,
            EventLoop owner,
            ShardBranch deciding,
            Collection<ShardBranch> others,
            Collection<Integer> participants,
            boolean isKept,
            Consumer<@Nullable DecisionHold> onApplied) {
        this.isKept = isKept;
        this.transactionId = transactionId;
        this.owner = owner;
        this.deciding = deciding;
        this.others = others;
        this.participants = List.copyOf(participants);
        this.onApplied = onApplied;
    }

    void begin() {
        deciding.owner()
                .execute(() -> deciding.commit(
                        transactionId, participants, isKept, isRecorded -> owner.execute(() -> onDecided(isRecorded))));
    }

    private void onDecided(boolean isRecorded) {
        if (isRecorded) {
            int holders = (participants.isEmpty() ? 0 : 1) + (isKept ? 1 : 0);
            hold = new DecisionHold(transactionId, deciding.decision(), owner, holders);
        }
        awaited = others.size();
        unrecorded = participants.size();
        if (awaited == 0) {
            onAllApplied();
            return;
        }
        for (var branch : others) {
            branch.owner().execute(() -> {
                branch.applyDecided(transactionId, () -> owner.execute(this::onRecorded));
                owner.execute(this::onBranchApplied);
            });
        }
    }

    private void onBranchApplied() {
        if (--awaited == 0) {
            onAllApplied();
        }
    }

    private void onAllApplied() {
        onApplied.accept(isKept ? hold : null);
    }

    private void onRecorded() {
        if (--unrecorded == 0 && hold != null) {
            hold.release();
        }
    }
}
