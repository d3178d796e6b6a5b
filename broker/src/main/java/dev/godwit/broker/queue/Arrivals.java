package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Messages on their way into a queue: those that wait for room in the journal, and those that wait for their commit. They
 * come out in the order in which they went in. Owned by the queue's loop.
 */
final class Arrivals {
    private final QueueName id;
    private final EventLoop owner;
    private final QueueLog journal;
    private final Capacity capacity;
    private final HeldSizes sizes;
    private final DuplicateDetection duplicates;
    private final Rejections rejections;
    private final Consumer<QueueEntry> admission;

    /** So many messages may wait until the queue holds less, whoever sent them: beyond, they are refused. */
    private static final int WAITING_MAX = 10_000;

    /** In order of arrival; the journal has not committed the first one yet. */
    private final ArrayDeque<QueueEntry> arriving = new ArrayDeque<>(1);

    private long arrivingBytes;

    private final WaitingArrivals backlog = new WaitingArrivals();

    private final MessageMemory memory;
    private boolean retryScheduled;

    /** @param admission takes those that may be seen from now on */
    Arrivals(
            QueueName id,
            EventLoop owner,
            QueueLog journal,
            Capacity capacity,
            HeldSizes sizes,
            DuplicateDetection duplicates,
            Rejections rejections,
            MessageMemory memory,
            Consumer<QueueEntry> admission) {
        this.id = id;
        this.owner = owner;
        this.journal = journal;
        this.capacity = capacity;
        this.sizes = sizes;
        this.duplicates = duplicates;
        this.rejections = rejections;
        this.memory = memory;
        this.admission = admission;
    }

    boolean isEmpty() {
        return arriving.isEmpty() && backlog.isEmpty();
    }

    void add(QueueEntry entry) {
        if (duplicates.answers(entry)) {
            return;
        }
        if ((backlog.isEmpty() || mayPass(entry)) && offer(entry)) {
            return;
        }
        boolean crowded = backlog.size() >= WAITING_MAX || backlog.presentBytes() >= memory.queueHotBytesMax();
        if (crowded && !retryScheduled) {
            rejections.refuseFull(entry);
        } else {
            backlog.add(entry);
        }
    }

    /** It goes before what was sent, as it does when it waits. */
    private boolean mayPass(QueueEntry entry) {
        return !retryScheduled && !backlog.hasTransferred() && entry.isTransfer();
    }

    /** A producer is gone: takes out what of its messages waits until the queue holds less. */
    List<QueueEntry> withdraw(Predicate<QueueEntry> theirs) {
        if (retryScheduled || backlog.isEmpty()) {
            return List.of();
        }
        var withdrawn = backlog.withdraw(theirs);
        if (!withdrawn.isEmpty()) {
            takeWaiting();
        }
        return withdrawn;
    }

    /** False when it has to wait until the queue holds less. */
    private boolean offer(QueueEntry entry) {
        long heldBytes = entry.heldBytes();
        if (capacity.neverTakes(entry, heldBytes)) {
            rejections.refuseOversized(entry, heldBytes);
            return true;
        }
        if (capacity.makesWait(entry, arriving.size(), arrivingBytes)) {
            return false;
        }
        if (capacity.turnsAway(entry, arriving.size(), arrivingBytes)) {
            rejections.refuseFull(entry);
        } else {
            takeIn(entry);
            capacity.onTaken(entry, arriving.peekLast() == entry);
        }
        return true;
    }

    /** The queue may hold less than it did, or may hold more. */
    void goOn() {
        takeWaiting();
    }

    /** Messages that wait for their commit. */
    int waitingForDisk() {
        return arriving.size();
    }

    /** Messages that stand in front of the queue. */
    int waitingForRoom() {
        return backlog.size();
    }

    /** Why messages stand in front of the queue, when some do. */
    Obstacle obstacle() {
        return retryScheduled
                ? Obstacle.of(WaitingReason.JOURNAL_FULL, "the disk is full: it waits in front of the queue")
                : capacity.obstacle();
    }

    /** Why one of these messages is not in the queue yet. */
    Obstacle obstacleOf(QueueEntry entry) {
        return entry.isInJournal() || arriving.contains(entry)
                ? Obstacle.of(WaitingReason.NOT_ON_DISK, "it, or one before it, is not on the disk yet")
                : obstacle();
    }

    /** Tells of all that are on their way in. */
    void forEach(Consumer<QueueEntry> what) {
        arriving.forEach(what);
        backlog.forEach(what);
    }

    /** True when some have not been recorded. */
    boolean isWaiting() {
        return !backlog.isEmpty();
    }

    private void takeIn(QueueEntry entry) {
        var message = entry.message();
        var parts = entry.parts();
        if (parts != null) {
            recordLarge(entry, parts);
        } else if (message != null && message.isDurable() && id.isDurable()) {
            record(entry, message);
        } else if (arriving.isEmpty()) {
            duplicates.onTaken(entry);
            admission.accept(entry);
            entry.takeReply().onSafe();
        } else {
            duplicates.onTaken(entry);
            // First deliveries keep the order of sending: it may not overtake durable ones that wait for the disk.
            arrive(entry);
            entry.takeReply().onSafe();
        }
    }

    private void record(QueueEntry entry, Message message) {
        try {
            MessageEnqueued whole = recordOf(entry, message);
            SharedBody shared = entry.sharedBody();
            entry.takeIndex(journal.append(shared == null ? whole : shared.shareOf(whole, journal), entry));
        } catch (JournalFullException full) {
            backlog.putBack(entry);
            retryLater();
            return;
        }
        duplicates.onTaken(entry);
        entry.queue().lastValues().onRecorded(entry);
        arrive(entry);
    }

    private void arrive(QueueEntry entry) {
        arriving.addLast(entry);
        arrivingBytes += entry.heldBytes();
    }

    private void admitArrived(QueueEntry entry) {
        arrivingBytes -= entry.heldBytes();
        admission.accept(entry);
        capacity.onArrived(entry);
    }

    MessageEnqueued recordOf(QueueEntry entry, Message message) {
        return new MessageEnqueued(
                id.queueId(),
                message.arrivalTimeMillis(),
                entry.expiryTimeMillis(),
                MessageAttributes.of(message) | sizes.detail(message.sizeBytes()) | duplicates.beforeAppend(entry),
                entry.notBeforeMillis(),
                message.encoded());
    }

    /**
     * A message whose transaction was committed.
     *
     * @param afterRecord whether by a record in the journal: then all that came before has left here, and what stands
     *     here came later. Else it may not overtake what waits for the disk
     */
    void addCommitted(QueueEntry entry, boolean afterRecord) {
        if (afterRecord || arriving.isEmpty()) {
            admission.accept(entry);
        } else {
            arrive(entry);
        }
    }

    /** Whatever its durability, a message in parts is kept by the journal: memory has no room for it. */
    private void recordLarge(QueueEntry entry, LargeArrival parts) {
        if (parts.isGivenUp()) {
            rejections.refuse(entry);
            return;
        }
        if (!parts.write()) {
            backlog.putBack(entry);
            retryLater();
            return;
        }
        var large = parts.message();
        try {
            var record = parts.record(large, entry.expiryTimeMillis(), duplicates.beforeAppend(entry));
            entry.takeIndex(journal.append(record, entry));
        } catch (JournalFullException full) {
            backlog.putBack(entry);
            retryLater();
            return;
        }
        duplicates.onTaken(entry);
        entry.queue().lastValues().onRecorded(entry);
        entry.recorded(large);
        arrive(entry);
    }

    /** The sender hears of it by its credit: it gets no more before the journal has taken what it sent. */
    private void retryLater() {
        if (!retryScheduled) {
            retryScheduled = true;
            owner.schedule(MessageQueue.JOURNAL_FULL_RETRY_MILLIS, this::retry);
        }
    }

    private void retry() {
        retryScheduled = false;
        takeWaiting();
    }

    private void takeWaiting() {
        var next = retryScheduled ? null : backlog.poll();
        while (next != null) {
            if (!duplicates.answers(next) && !offer(next)) {
                backlog.putBack(next);
                break;
            }
            next = retryScheduled ? null : backlog.poll();
        }
        capacity.onLooked(!backlog.isEmpty());
    }

    void onCommitted(QueueEntry committed) {
        // Commits come in the order of the log, so all that arrived before it is here already.
        if (arriving.pollFirst() != committed) {
            throw new IllegalStateException("queue " + id.name() + ": commits came out of order");
        }
        duplicates.onSafe(committed);
        admitArrived(committed);
        committed.takeReply().onSafe();
        while (!arriving.isEmpty() && !arriving.getFirst().isInJournal()) {
            admitArrived(arriving.removeFirst());
        }
    }

    /** The next one that has not been recorded, which will not be; null when there is none. */
    @Nullable
    QueueEntry pollUnrecorded() {
        var next = backlog.poll();
        capacity.onLooked(next != null);
        return next;
    }
}
