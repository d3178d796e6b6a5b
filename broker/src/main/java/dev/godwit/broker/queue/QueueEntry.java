package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One message in one queue. Owned by the queue's loop; a consumer that was given it may read it until it settles it,
 * because nothing here changes meanwhile.
 */
public final class QueueEntry implements Parked {
    static final long NOT_IN_JOURNAL = 0;

    /** What an entry and its message take on the heap beside the encoded bytes, roughly. */
    private static final long OVERHEAD_BYTES = 384;

    private final MessageQueue queue;
    private final Message message;
    private EnqueueReply reply;

    private EntryState state = EntryState.ARRIVING;
    private long index = NOT_IN_JOURNAL;
    private long sequence;
    private int deliveryCount;
    private boolean acquiredBefore;

    /** The consumer that has it, and its neighbours in that consumer's list. */
    @Nullable
    QueueConsumer holder;

    @Nullable
    QueueEntry previousHeld;

    @Nullable
    QueueEntry nextHeld;

    /** Numbers of consumers. */
    private @Nullable Set<Long> undeliverableTo;

    QueueEntry(MessageQueue queue, Message message, EnqueueReply reply) {
        this.queue = queue;
        this.message = message;
        this.reply = reply;
    }

    public Message message() {
        return message;
    }

    /** Deliveries that failed before this one (AMQP 1.0 §3.2.1). */
    public int deliveryCount() {
        return deliveryCount;
    }

    /** True when some consumer may have seen it before. */
    public boolean wasAcquiredBefore() {
        return acquiredBefore;
    }

    /** Gives the reply away: it is given once, and what hangs on it (a whole connection) must not live as long as this. */
    EnqueueReply takeReply() {
        var taken = reply;
        reply = EnqueueReply.NOBODY;
        return taken;
    }

    /** What the message costs in memory, in bytes. */
    long footprintBytes() {
        return OVERHEAD_BYTES + message.sizeBytes();
    }

    EntryState state() {
        return state;
    }

    long index() {
        return index;
    }

    boolean isInJournal() {
        return index != NOT_IN_JOURNAL;
    }

    long sequence() {
        return sequence;
    }

    void takeSequence(long newSequence) {
        sequence = newSequence;
    }

    void takeIndex(long newIndex) {
        index = newIndex;
    }

    void restoreDeliveryCount(int count) {
        deliveryCount = count;
        acquiredBefore = count > 0;
    }

    void become(EntryState next) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(
                    "message " + sequence + " of " + queue.name() + ": " + state + " may not become " + next);
        }
        state = next;
    }

    void acquiredBy(QueueConsumer consumer) {
        become(EntryState.ACQUIRED);
        consumer.hold(this);
    }

    /** Takes it from whoever has it. */
    void returned(boolean deliveryFailed) {
        become(EntryState.READY);
        acquiredBefore = true;
        if (deliveryFailed) {
            deliveryCount++;
        }
    }

    void neverAgainTo(QueueConsumer consumer) {
        if (undeliverableTo == null) {
            undeliverableTo = new HashSet<>();
        }
        undeliverableTo.add(consumer.number());
    }

    boolean isDeliverableTo(QueueConsumer consumer) {
        return undeliverableTo == null || !undeliverableTo.contains(consumer.number());
    }

    @Override
    public void onCommitted() {
        queue.onArrivalCommitted(this);
    }

    @Override
    public void onLost() {
        takeReply().onInDoubt();
    }
}
