package dev.godwit.broker.queue;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What ties a message to consumers, or keeps it from them; most messages need no such thing. Owned by the queue's loop, as
 * part of its {@link QueueEntry}.
 */
final class EntryTies {
    /** What it takes on the heap, roughly, to know consumers that are not to be given it again, and each of them. */
    private static final long MARKS_BYTES = 144;

    private static final long MARK_BYTES = 48;

    /** Consumers that are not to be given it again; null for none. */
    private @Nullable Set<QueueConsumer.Mark> undeliverableTo;

    /** Of which it was when it was last given out, or held back after that; null for none. */
    private @Nullable MessageGroup group;

    /** For how long whoever has it may have it; null for ever, or for nobody. */
    private @Nullable DeliveryHold hold;

    /** Whoever has it is told its number. */
    private boolean numbered;

    void number() {
        numbered = true;
    }

    boolean isNumbered() {
        return numbered;
    }

    void holdFor(DeliveryHold newHold) {
        hold = newHold;
    }

    @Nullable
    DeliveryHold hold() {
        return hold;
    }

    /** The same for the entry in which a message goes on that was taken away from its consumer. */
    EntryTies handedOn() {
        var next = new EntryTies();
        next.undeliverableTo = undeliverableTo;
        next.group = group;
        return next;
    }

    void join(MessageGroup itsGroup) {
        group = itsGroup;
    }

    @Nullable
    MessageGroup group() {
        return group;
    }

    void onBecame(EntryState before, EntryState now) {
        var held = hold;
        if (held != null) {
            // Whoever has lost it, or may have it again, finds there what it remembers.
            if (!now.isWithConsumer() && now != EntryState.LOST) {
                hold = null;
            }
            if (now == EntryState.LOST) {
                held.end();
            }
            held.onBecame(before, now);
        }
        if (group != null && now != EntryState.LOST) {
            group.onBecame(before, now);
            if (now == EntryState.DEFERRED) {
                // What is laid aside keeps nothing waiting, and waits for nobody.
                group = null;
            }
        }
    }

    void neverAgainTo(QueueConsumer consumer) {
        if (undeliverableTo == null) {
            undeliverableTo = new HashSet<>();
        } else {
            // However many come and go, no more are remembered than are here.
            undeliverableTo.removeIf(QueueConsumer.Mark::isGone);
        }
        undeliverableTo.add(consumer.mark());
    }

    boolean mayGoTo(QueueConsumer consumer) {
        return undeliverableTo == null || !undeliverableTo.contains(consumer.mark());
    }

    long heapBytes() {
        long marks = undeliverableTo == null ? 0 : MARKS_BYTES + undeliverableTo.size() * MARK_BYTES;
        return hold == null ? marks : marks + DeliveryHold.HEAP_BYTES;
    }
}
