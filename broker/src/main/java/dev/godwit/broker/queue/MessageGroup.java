package dev.godwit.broker.queue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages of one queue with the same group-id (AMQP 1.0 §3.2.4), which go to one consumer at a time, in order. Owned by the
 * queue's loop; lives while some of them are out, or held back, and then for as long as {@link MessageGroups} remembers whose
 * it was.
 */
final class MessageGroup {
    /** What one takes on the heap beside its id, roughly, with its places in maps and lists. */
    private static final long HEAP_BYTES = 256;

    private final MessageGroups groups;
    private final String id;

    /** Messages that consumers have, or have settled in transactions that have not ended. */
    private int out;

    /** Messages that wait for their next attempt. */
    private int retrying;

    /** Whose it is; null for nobody's. */
    private @Nullable QueueConsumer owner;

    /** It is to go to somebody else as soon as nothing of it is out. */
    private boolean leavesOwner;

    /** How many consumers had come when it was last considered whether its owner has too many. */
    private int considered;

    /** What is held back of it, by each who has passed some. */
    private final List<HeldBack> heldBack = new ArrayList<>(1);

    /** True while it stands among those of which something has changed. */
    boolean changed;

    MessageGroup(MessageGroups groups, String id) {
        this.groups = groups;
        this.id = id;
    }

    String id() {
        return id;
    }

    long heapBytes() {
        return HEAP_BYTES + (long) id.length() * Character.BYTES;
    }

    /** A message of it becomes something else. */
    void onBecame(EntryState before, EntryState now) {
        int outBefore = out;
        int retryingBefore = retrying;
        out += now.isWithConsumer() ? 1 : 0;
        out -= before.isWithConsumer() ? 1 : 0;
        retrying += now == EntryState.DELAYED ? 1 : 0;
        retrying -= before == EntryState.DELAYED ? 1 : 0;
        // When one expires that nobody here may have, it has kept the rest waiting.
        boolean leaves = before == EntryState.READY && !heldBack.isEmpty();
        if (outBefore != out || retryingBefore != retrying || leaves) {
            groups.onChanged(this);
        }
    }

    /** True while nothing of it may be given out, because an older one is to be tried again later. */
    boolean waitsForRetry() {
        return retrying > 0;
    }

    /** True when no consumer has anything of it. */
    boolean isIn() {
        return out == 0;
    }

    @Nullable
    QueueConsumer owner() {
        return owner;
    }

    /** It is somebody's from now on. */
    void own(QueueConsumer newOwner) {
        if (owner != newOwner) {
            disown();
            owner = newOwner;
            considered = groups.comings();
            newOwner.share().add(this);
        }
    }

    /** It is nobody's any more. */
    void disown() {
        if (owner != null) {
            owner.share().remove(this, leavesOwner);
            owner = null;
            groups.onChanged(this);
        }
        leavesOwner = false;
    }

    /** It does not stay where it is for longer than something of it is out. */
    void leaveOwner() {
        if (owner != null && !leavesOwner) {
            leavesOwner = true;
            owner.share().onLeaving();
        }
        groups.onChanged(this);
    }

    boolean leavesOwner() {
        return leavesOwner;
    }

    /** True when consumers came since this was asked last; only the first time after that. */
    boolean isToBeConsidered() {
        boolean cameSince = considered != groups.comings();
        considered = groups.comings();
        return cameSince;
    }

    /** True when whoever has it cannot be given more of it. */
    boolean hasLostOwner() {
        return owner != null && (owner.isGone() || owner.standsBy());
    }

    /**
     * Why a message of it is not given out that could be otherwise; null when this is not the reason.
     *
     * @param ownerWants whether whoever has the group would take that message
     */
    @Nullable
    Obstacle obstacle(boolean ownerWants) {
        if (waitsForRetry()) {
            return Obstacle.of(WaitingReason.GROUP_RETRY, "an older message of its group is to be tried again first")
                    .ofGroup(id);
        }
        if (owner == null) {
            return null;
        }
        if (leavesOwner || hasLostOwner()) {
            return isIn()
                    ? null
                    : Obstacle.of(
                                    WaitingReason.GROUP_MOVES,
                                    "its group goes to another consumer when what this one has of it is settled: "
                                            + out)
                            .ofGroup(id)
                            .at(owner);
        }
        if (ownerWants ? owner.hasCredit() : isIn()) {
            return null;
        }
        var why = ownerWants
                ? "its group is that consumer's, who has asked for no more"
                : "that consumer has some of its group";
        return Obstacle.of(WaitingReason.GROUP_OWNED, why).ofGroup(id).at(owner);
    }

    List<HeldBack> heldBack() {
        return heldBack;
    }
}
