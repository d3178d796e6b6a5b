package dev.godwit.broker.queue;

import dev.godwit.amqp.type.Outcome;
import java.util.Set;

/**
 * What transactions do to one queue: messages that they post, which are not here before the commit, and messages that they
 * retire, which nobody is given before the end. Each {@link ShardBranch} knows its own. Owned by the queue's loop; lives as
 * long as the queue.
 */
final class TransactedMessages {
    private final MessageQueue queue;
    private final Arrivals arrivals;
    private final DuplicateDetection duplicates;
    private final MessageMemory memory;

    private final QueueCounters counters;

    private final RetiredEntries retired = new RetiredEntries();

    /** Of transactions that are prepared. */
    private final RetiredEntries prepared = new RetiredEntries();

    /** Messages that transactions have posted and that are not here yet. */
    private long posted;

    TransactedMessages(
            MessageQueue queue,
            Arrivals arrivals,
            DuplicateDetection duplicates,
            MessageMemory memory,
            QueueCounters counters) {
        this.counters = counters;
        this.queue = queue;
        this.arrivals = arrivals;
        this.duplicates = duplicates;
        this.memory = memory;
    }

    /** True when no message may yet come. */
    boolean isEmpty() {
        return posted == 0;
    }

    long posted() {
        return posted;
    }

    /** Those that consumers have settled. */
    RetiredEntries retired() {
        return retired;
    }

    /** The same, in transactions that are prepared. */
    RetiredEntries prepared() {
        return prepared;
    }

    /** What the journal held of transactions that are prepared. */
    void restore(StoredMessages stored) {
        stored.takePosted(queue, (entry, branch) -> {
            posted++;
            entry.count(memory, entry.presentBytes());
            branch.posted(entry);
        });
        stored.takePrepared(queue, (entry, branch) -> {
            prepared.add(entry);
            counters.onAcquiredRestored();
            entry.count(memory, entry.presentBytes());
            branch.retired(entry);
        });
    }

    /** Why nobody is given a message that a consumer has settled. */
    static Obstacle obstacle() {
        return Obstacle.of(
                WaitingReason.SETTLED_IN_TRANSACTION, "a consumer has settled it in a transaction that has not ended");
    }

    /** The same of one that is prepared. */
    static Obstacle obstacleOfPrepared() {
        return Obstacle.of(
                WaitingReason.HELD_BY_PREPARED_TRANSACTION,
                "a consumer has settled it in a transaction that is prepared, and is to be committed or rolled back");
    }

    /** A transaction has posted a message, and says later whether it comes. */
    void onPosted() {
        posted++;
    }

    /** It is in the journal, if it is to be there. What many open transactions have posted may not fill the heap. */
    void onRecorded(QueueEntry entry) {
        if (entry.isInJournal() && memory.isHotFull()) {
            entry.letPostedGo();
            entry.count(memory, entry.presentBytes());
        }
    }

    /** It was posted, whether there is anything in the journal of it or not. */
    void onTaken(QueueEntry entry) {
        duplicates.onPosted(entry);
        queue.lastValues().onRecorded(entry);
    }

    /** True of a message that was here already: it was answered, and does not come. */
    boolean answersDuplicate(QueueEntry entry) {
        boolean answered = duplicates.answers(entry);
        if (answered) {
            posted--;
        }
        return answered;
    }

    /** True of a message that does not come although its transaction is about to be committed: one like it came first. */
    boolean isLeftOut(QueueEntry entry, Set<Object> alike) {
        boolean leftOut = duplicates.isLeftOut(entry, alike);
        if (leftOut) {
            posted--;
            queue.exits().endUnseen(entry);
        }
        return leftOut;
    }

    /** It comes: its transaction was committed. */
    void admit(QueueEntry entry, boolean afterRecord) {
        posted--;
        if (duplicates.isLeftOutAtLast(entry)) {
            queue.exits().endUnseen(entry);
            return;
        }
        duplicates.onSafe(entry);
        arrivals.addCommitted(entry, afterRecord);
        entry.takeReply().onSafe();
    }

    /** It does not come: its transaction was rolled back. */
    void drop(QueueEntry entry) {
        posted--;
        duplicates.onDropped(entry);
        var parts = entry.parts();
        if (parts != null) {
            parts.giveUp();
        }
        queue.exits().endUnseen(entry);
    }

    /** A consumer settles the message within a transaction: nobody is given it until that ends. */
    void retire(QueueEntry entry) {
        var consumer = entry.holder;
        if (consumer == null) {
            throw new IllegalStateException("queue " + queue.name() + ": nobody holds message " + entry.sequence());
        }
        consumer.letGo(entry);
        entry.become(EntryState.RETIRED);
        retired.add(entry);
    }

    /** The transaction in which it was settled is being prepared. */
    void prepare(QueueEntry entry) {
        retired.remove(entry);
        entry.become(EntryState.PREPARED);
        prepared.add(entry);
    }

    /** The consumer has the message again, as if it had not settled it. */
    void takeBack(QueueEntry entry, QueueConsumer consumer) {
        (entry.state() == EntryState.PREPARED ? prepared : retired).remove(entry);
        entry.become(EntryState.ACQUIRED);
        consumer.holdAgain(entry);
    }

    /** The transaction was committed. When the message was accepted, the journal knows of it. */
    void end(QueueEntry entry, QueueConsumer consumer, Outcome outcome) {
        takeBack(entry, consumer);
        if (outcome instanceof Outcome.Accepted) {
            queue.settlements().endConsumed(entry);
        } else {
            queue.settlements().settle(consumer, entry, outcome);
        }
    }
}
