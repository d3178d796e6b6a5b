package dev.godwit.broker.queue;

import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.WallClockTimer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a queue that nobody is to be given before a time: scheduled ones, which then come to the end of the
 * line, and those that wait for their next attempt, which then go back to their place. They are in the queue, but neither
 * consumers nor browsers find them. Owned by the queue's loop; lives as long as the queue.
 *
 * <p>A message in the journal is here as a reference only, unless more must be known of it than fits into one. Costs a
 * queue without such messages nothing.
 */
final class DelayedMessages {
    /** What one costs in memory that is only referred to: at most 32 bytes here, 24 in storage. */
    private static final long REFERENCE_BYTES = 56;

    /** And so much, at most, when its size is known. */
    private static final long SIZE_BYTES = 6;

    private static final long CHECK_MILLIS_MIN = 1;

    /** Messages whose time has come that are passed on in one go before other work of the loop gets its turn. */
    static final int DUE_MAX = 4_096;

    /** Bits of a value in the heap: the entry is kept here; and its number is no index, for it is in no journal. */
    private static final long KEPT = Reference.ofKept();

    private static final long MEMORY_ONLY = Reference.LARGE;
    private static final long KIND_MASK = KEPT | MEMORY_ONLY;

    private final MessageQueue queue;
    private final EventLoop owner;
    private final Clock clock;
    private final MessageMemory memory;
    private final QueueCounters counters;
    private final DelayHeap heap = new DelayHeap();

    /** By value in the heap. */
    private final Map<Long, QueueEntry> kept = new HashMap<>();

    /** Of the last message that came: those of one time come in the order of their numbers. */
    private long lastNumber;

    private final WallClockTimer timer;
    private boolean goesOn;
    private boolean stopped;

    DelayedMessages(MessageQueue queue, EventLoop owner, Clock clock, MessageMemory memory, QueueCounters counters) {
        this.queue = queue;
        this.owner = owner;
        this.clock = clock;
        this.memory = memory;
        this.counters = counters;
        this.timer = new WallClockTimer(owner, clock, this::passOn);
    }

    int size() {
        return heap.size();
    }

    boolean isEmpty() {
        return heap.isEmpty();
    }

    /**
     * What the journal held when the broker started, as far as its time has not come. The rest stays in {@code stored}.
     *
     * @return those that wait for their next attempt and have a group-id
     */
    List<QueueEntry> restore(StoredMessages stored) {
        var restoring = new Restoring();
        stored.takeDelayed(queue, clock.nowMillis(), restoring);
        counters.onDelayed(heap.size());
        armTimer();
        return restoring.retried;
    }

    /** True when the message has come too early: it is held here. */
    boolean takesIn(QueueEntry arrived) {
        if (arrived.notBeforeMillis() <= clock.nowMillis()) {
            return false;
        }
        arrived.become(EntryState.DELAYED);
        counters.onDelayed(1);
        hold(arrived);
        // There may be too much in the queue now.
        queue.postTurnEnd();
        return true;
    }

    /** A message that a consumer gave back waits until its {@code notBeforeMillis}. */
    void takeBack(QueueEntry returned) {
        counters.onReturnedEarly();
        returned.become(EntryState.DELAYED);
        hold(returned);
    }

    private void hold(QueueEntry entry) {
        if (entry.fitsReference()) {
            long reference = Reference.of(entry.index(), entry.attributes(), entry.deliveryCount());
            entry.count(memory, 0);
            int sizeBytes = queue.sizes().onWaits(entry.attributes(), entry.sizeBytes());
            hold(entry.notBeforeMillis(), reference, entry.expiryTimeMillis(), entry.sequence(), sizeBytes);
        } else {
            keep(entry);
        }
        armTimer();
    }

    private void hold(long notBeforeMillis, long reference, long expiryTimeMillis, long sequence, int sizeBytes) {
        memory.add(referenceBytes(sizeBytes));
        add(notBeforeMillis, reference, expiryTimeMillis, sequence, sizeBytes);
    }

    private static long referenceBytes(int sizeBytes) {
        return sizeBytes == HeldSizes.UNKNOWN ? REFERENCE_BYTES : REFERENCE_BYTES + SIZE_BYTES;
    }

    private void keep(QueueEntry entry) {
        long value = entry.isInJournal()
                ? entry.index() << DelayHeap.NUMBER_SHIFT | KEPT
                : (lastNumber + 1) << DelayHeap.NUMBER_SHIFT | KIND_MASK;
        entry.letMessageGo();
        entry.count(memory, entry.presentBytes());
        kept.put(value, entry);
        add(entry.notBeforeMillis(), value, entry.expiryTimeMillis(), entry.sequence(), HeldSizes.UNKNOWN);
    }

    private void add(long notBeforeMillis, long value, long expiryTimeMillis, long sequence, int sizeBytes) {
        lastNumber = Math.max(lastNumber, value >>> DelayHeap.NUMBER_SHIFT);
        heap.add(notBeforeMillis, value, expiryTimeMillis, sequence, sizeBytes);
    }

    /** Takes over what the journal held. */
    private final class Restoring implements StoredMessages.DelayedReceiver {
        private final List<QueueEntry> retried = new ArrayList<>();

        @Override
        public void onReference(
                long notBeforeMillis, long reference, long expiryTimeMillis, long sequence, int sizeBytes) {
            if (notBeforeMillis == DeliveryTime.DEFERRED) {
                var entry = QueueEntry.delayed(
                        queue,
                        Reference.index(reference),
                        Reference.attributes(reference),
                        HeldSizes.counted(sizeBytes, Reference.attributes(reference)),
                        Reference.deliveryCount(reference),
                        expiryTimeMillis);
                entry.waitFrom(sequence, notBeforeMillis);
                queue.deferred().restore(entry);
                return;
            }
            hold(notBeforeMillis, reference, expiryTimeMillis, sequence, sizeBytes);
        }

        @Override
        public void onEntry(QueueEntry entry) {
            if (entry.isDeferred()) {
                queue.deferred().restore(entry);
                return;
            }
            keep(entry);
            if (entry.sequence() != DelayHeap.NO_SEQUENCE && entry.isGrouped()) {
                retried.add(entry);
            }
        }
    }

    /** Takes the first out, which leaves the queue. */
    private QueueEntry takeOut() {
        long value = heap.value(0);
        var entry = (value & KEPT) == 0 ? null : kept.remove(value);
        if (entry == null) {
            entry = QueueEntry.delayed(
                    queue,
                    Reference.index(value),
                    Reference.attributes(value),
                    HeldSizes.counted(heap.sizeBytes(0), Reference.attributes(value)),
                    Reference.deliveryCount(value),
                    heap.expiry(0));
            entry.takeSequence(heap.sequence(0));
            memory.add(-referenceBytes(heap.sizeBytes(0)));
        }
        heap.removeFirst();
        counters.onDelayOver();
        return entry;
    }

    /** Takes the one out whose time would come first; null when there is none. */
    @Nullable
    QueueEntry takeOutFirst() {
        return heap.isEmpty() ? null : takeOut();
    }

    /** Takes out those of these ids that are (still) here, however many in one pass over all. */
    Map<ScheduledMessage.Id, QueueEntry> takeOut(Collection<ScheduledMessage.Id> ids) {
        var wanted = ids.stream()
                .mapToLong(id -> id.number() << DelayHeap.NUMBER_SHIFT | (id.isMemoryOnly() ? KIND_MASK : 0))
                .sorted()
                .toArray();
        var found = new HashMap<ScheduledMessage.Id, QueueEntry>();
        for (int left = heap.bringToFront(wanted, DelayedMessages::idBits); left > 0; left--) {
            var id = id(heap.value(0));
            found.put(id, takeOut());
        }
        return found;
    }

    private static boolean isMemoryOnly(long value) {
        return (value & KIND_MASK) == KIND_MASK;
    }

    /** What of a value tells one message from the others. */
    private static long idBits(long value) {
        return value >>> DelayHeap.NUMBER_SHIFT << DelayHeap.NUMBER_SHIFT | (isMemoryOnly(value) ? KIND_MASK : 0);
    }

    private static ScheduledMessage.Id id(long value) {
        return new ScheduledMessage.Id(value >>> DelayHeap.NUMBER_SHIFT, isMemoryOnly(value));
    }

    /** The next ones after a time and, of that time, after a number; at most {@code countMax}. */
    List<ScheduledMessage> list(long afterMillis, long afterNumber, int countMax) {
        var found = new ArrayList<ScheduledMessage>();
        for (int at : heap.next(afterMillis, afterNumber, countMax)) {
            long value = heap.value(at);
            var entry = (value & KEPT) == 0 ? null : kept.get(value);
            found.add(new ScheduledMessage(
                    id(value),
                    heap.time(at),
                    heap.expiry(at),
                    entry == null ? Reference.deliveryCount(value) : entry.deliveryCount()));
        }
        return found;
    }

    /** References of some of those that are only referred to, in no order. */
    long[] references(int countMax) {
        return references().limit(countMax).toArray();
    }

    /** That of one index; none when there is no such one. One pass over all. */
    long[] referencesTo(long index) {
        return references()
                .filter(value -> Reference.index(value) == index)
                .limit(1)
                .toArray();
    }

    private LongStream references() {
        return IntStream.range(0, heap.size()).mapToLong(heap::value).filter(value -> (value & KEPT) == 0);
    }

    /** Tells of the others. */
    void forEachKept(Consumer<QueueEntry> what) {
        kept.values().forEach(what);
    }

    /** What a message waits for that is only referred to; null when it does not wait (any more). One pass over all. */
    @Nullable
    Obstacle obstacleOf(long index) {
        for (int at = 0; at < heap.size(); at++) {
            long value = heap.value(at);
            if (value >>> DelayHeap.NUMBER_SHIFT == index && !isMemoryOnly(value)) {
                return obstacle(heap.sequence(at), heap.time(at));
            }
        }
        return null;
    }

    /** The same for one that is here whole. */
    static Obstacle obstacleOf(QueueEntry entry) {
        return obstacle(entry.sequence(), entry.notBeforeMillis());
    }

    private static Obstacle obstacle(long sequence, long notBeforeMillis) {
        var why = sequence == DelayHeap.NO_SEQUENCE
                ? Obstacle.of(WaitingReason.SCHEDULED, "its sender wants nobody to have it earlier")
                : Obstacle.of(WaitingReason.RETRY_DELAY, "it waits for its next attempt");
        return why.until(notBeforeMillis);
    }

    /** When the next one of a group is tried again, as far as a look at some tells; {@link Obstacle#UNKNOWN}. */
    long nextAttemptMillis(MessageGroup group, int looksMax) {
        return kept.values().stream()
                .limit(looksMax)
                .filter(entry -> entry.group() == group)
                .mapToLong(QueueEntry::notBeforeMillis)
                .min()
                .orElse(Obstacle.UNKNOWN);
    }

    private void armTimer() {
        if (!heap.isEmpty() && !goesOn && !stopped) {
            timer.set(heap.firstDueMillis(), CHECK_MILLIS_MIN);
        }
    }

    private void passOn() {
        goesOn = false;
        if (stopped) {
            return;
        }
        long nowMillis = clock.nowMillis();
        for (int count = 0; !heap.isEmpty() && heap.firstDueMillis() <= nowMillis; count++) {
            if (count == DUE_MAX) {
                goesOn = true;
                owner.execute(this::passOn);
                return;
            }
            var entry = takeOut();
            entry.waitSince(nowMillis);
            if (entry.isExpired(nowMillis)) {
                queue.expired().add(entry);
            } else if (entry.sequence() == DelayHeap.NO_SEQUENCE) {
                queue.lineUp(entry);
            } else {
                queue.comeBack(entry);
            }
        }
        armTimer();
    }

    /** No time comes any more: the queue is deleted. */
    void stop() {
        stopped = true;
        timer.stop();
    }
}
