package dev.godwit.broker.transaction;

import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.runtime.EventLoop;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * The commit of a transaction whose other branches are prepared: one decides, the others follow, and when all that is on
 * record the decision is forgotten. Nothing stops it. Owned by the loop of whoever commits; lives until then.
 */
final class BranchCommit {
    private final UUID transactionId;
    private final EventLoop owner;
    private final ShardBranch deciding;
    private final Collection<ShardBranch> others;
    private final Runnable onApplied;

    /** Those of the others that have anything on record. */
    private final List<Integer> participants;

    private int awaited;
    private int unrecorded;

    /** @param onApplied runs when all of it has happened and is on stable storage, or will be at the next start */
    BranchCommit(
            UUID transactionId,
            EventLoop owner,
            ShardBranch deciding,
            Collection<ShardBranch> others,
            Collection<Integer> participants,
            Runnable onApplied) {
        this.transactionId = transactionId;
        this.owner = owner;
        this.deciding = deciding;
        this.others = others;
        this.participants = List.copyOf(participants);
        this.onApplied = onApplied;
    }

    void begin() {
        deciding.owner()
                .execute(() -> deciding.commit(transactionId, participants, () -> owner.execute(this::onDecided)));
    }

    private void onDecided() {
        awaited = others.size();
        unrecorded = participants.size();
        if (awaited == 0) {
            onApplied.run();
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
            onApplied.run();
        }
    }

    private void onRecorded() {
        if (--unrecorded == 0) {
            deciding.owner().execute(() -> deciding.forget(transactionId));
        }
    }
}
