package dev.godwit.broker.queue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a queue that consumers have laid aside: nobody is given one who does not ask for it by its number. Owned by
 * the queue's loop; lives as long as the queue. Costs a queue without such messages nothing.
 */
final class DeferredMessages {
    private final MessageQueue queue;
    private final MessageMemory memory;
    private final QueueCounters counters;
    private final Expiry expiry;

    /** The empty one, which takes no room, as long as there are none. */
    private NavigableMap<Long, QueueEntry> byNumber = Collections.emptyNavigableMap();

    DeferredMessages(MessageQueue queue, MessageMemory memory, QueueCounters counters, Expiry expiry) {
        this.queue = queue;
        this.memory = memory;
        this.counters = counters;
        this.expiry = expiry;
    }

    int size() {
        return byNumber.size();
    }

    /** Tells of all. */
    void forEach(Consumer<QueueEntry> what) {
        byNumber.values().forEach(what);
    }

    /** Why one of them is given to nobody. */
    static Obstacle obstacle() {
        return Obstacle.of(
                WaitingReason.DEFERRED, "a consumer has laid it aside: it is given to whoever asks for its number");
    }

    /** A consumer lays the message aside, or does not take it after all. */
    void takeBack(QueueEntry returned) {
        counters.onDeferred();
        returned.become(EntryState.DEFERRED);
        hold(returned);
        // There may be too much in the queue now.
        queue.postTurnEnd();
    }

    /** It was taken out, and goes back to its place without having been given to anybody. */
    void putBack(QueueEntry entry) {
        counters.onPutBack();
        entry.become(EntryState.DEFERRED);
        hold(entry);
    }

    /** It was taken out, and leaves for good instead of being given to anybody. */
    void drop(QueueEntry entry) {
        counters.onReadyDropped();
        queue.exits().end(entry);
    }

    /** It was taken out, and cannot be read. */
    void setAside(QueueEntry entry, String problem) {
        counters.onReadyDamaged();
        queue.exits().setAside(entry, problem);
    }

    /** It was laid aside when the broker started. */
    void restore(QueueEntry stored) {
        counters.onDeferredRestored();
        hold(stored);
    }

    private void hold(QueueEntry entry) {
        entry.letMessageGo();
        entry.count(memory, entry.presentBytes());
        if (byNumber.isEmpty()) {
            byNumber = new TreeMap<>();
        }
        byNumber.put(entry.sequenceNumber(), entry);
        expiry.onReturned(entry);
    }

    /** The one of this number, which stays; null when it is not here. */
    @Nullable
    QueueEntry find(long sequenceNumber) {
        return byNumber.get(sequenceNumber);
    }

    /** Takes it out: it is to be given to somebody, or to leave. */
    void takeOut(QueueEntry entry) {
        byNumber.remove(entry.sequenceNumber());
        expiry.onLeftReturned(entry);
        counters.onDeferralOver();
    }

    /** Takes the first one out; null when there is none. */
    @Nullable
    QueueEntry takeOutFirst() {
        var first = byNumber.firstEntry();
        if (first == null) {
            return null;
        }
        takeOut(first.getValue());
        return first.getValue();
    }

    /** Its time to live has ended; {@link Expiry} has forgotten it. */
    void onExpired(QueueEntry entry) {
        byNumber.remove(entry.sequenceNumber());
        counters.onDeferralOver();
    }

    /** The next ones after a number, in order; at most {@code countMax}. */
    List<DeferredMessage> list(long afterNumber, int countMax) {
        return byNumber.tailMap(afterNumber, false).entrySet().stream()
                .limit(countMax)
                .map(DeferredMessages::describe)
                .toList();
    }

    private static DeferredMessage describe(Map.Entry<Long, QueueEntry> each) {
        var entry = each.getValue();
        return new DeferredMessage(each.getKey(), entry.expiryTimeMillis(), entry.deliveryCount());
    }
}
