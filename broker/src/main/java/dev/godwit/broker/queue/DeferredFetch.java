package dev.godwit.broker.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A consumer that asks for messages which were laid aside, by their numbers: it is given those that are there, within its
 * credit, in the order in which it named them, and no others. Owned by the queue's loop; lives as long as the consumer.
 */
final class DeferredFetch implements Rereads.RereadListener {
    /** So many are read at once. */
    private static final int BATCH_MAX = 64;

    private final MessageQueue queue;
    private final QueueConsumer consumer;
    private final boolean copies;
    private final QueueLog journal;
    private final ArrayDeque<Long> wanted;
    private final Rereads rereads;
    private final BiConsumer<QueueEntry, QueueConsumer> giving;

    /** Out of their place, on their way to the consumer: each is as one that could be given out. */
    private List<QueueEntry> batch = new ArrayList<>();

    private boolean posted;
    private boolean ended;

    /** @param giving gives a message that could be given out to a consumer */
    DeferredFetch(
            MessageQueue queue,
            QueueLog journal,
            MessageMemory memory,
            QueueConsumer consumer,
            List<Long> numbers,
            boolean copies,
            BiConsumer<QueueEntry, QueueConsumer> giving) {
        this.queue = queue;
        this.journal = journal;
        this.consumer = consumer;
        this.copies = copies;
        this.wanted = new ArrayDeque<>(new LinkedHashSet<>(numbers));
        this.rereads = new Rereads(journal, memory, this);
        this.giving = giving;
    }

    /** False for one that only looks. */
    boolean takes() {
        return !copies;
    }

    /** The consumer may have credit. */
    void onOffered() {
        if (!posted && !ended) {
            posted = true;
            queue.owner().execute(this::goOn);
        }
    }

    /** True when there is, or may be, something for it. */
    boolean mayHaveMore() {
        if (!batch.isEmpty() || posted) {
            return true;
        }
        return wanted.stream().anyMatch(number -> queue.deferred().find(number) != null);
    }

    private boolean mayGive() {
        return consumer.hasCredit() && journal.mayDeliver();
    }

    private void goOn() {
        posted = false;
        if (!ended && batch.isEmpty() && mayGive()) {
            takeOut();
        }
        // Who drains hears of the end.
        queue.postTurnEnd();
    }

    private void takeOut() {
        var unread = new ArrayList<QueueEntry>();
        long room = Math.min(BATCH_MAX, consumer.credit());
        while (batch.size() < room && !wanted.isEmpty()) {
            var entry = queue.deferred().find(wanted.removeFirst());
            if (entry == null) {
                continue;
            }
            queue.deferred().takeOut(entry);
            entry.become(EntryState.READY);
            batch.add(entry);
            if (!entry.isAtHand()) {
                unread.add(entry);
            }
        }
        if (unread.isEmpty()) {
            giveBatch();
        } else {
            rereads.read(unread);
        }
    }

    @Override
    public void onUnreadable(QueueEntry entry, String problem) {
        if (batch.remove(entry)) {
            queue.deferred().setAside(entry, problem);
        }
        // Else its consumer has left: it went back to its place, and perhaps another one reads it.
    }

    @Override
    public void onReread() {
        giveBatch();
    }

    private void giveBatch() {
        var fetched = batch;
        batch = new ArrayList<>();
        var notGiven = new ArrayDeque<Long>();
        for (var entry : fetched) {
            giveOne(entry, notGiven);
        }
        while (!notGiven.isEmpty()) {
            wanted.addFirst(notGiven.removeLast());
        }
        if (!wanted.isEmpty()) {
            // Perhaps not all of them were given.
            onOffered();
        }
    }

    /** @param notGiven gets the number when it may not be given now, for want of credit mostly */
    private void giveOne(QueueEntry entry, ArrayDeque<Long> notGiven) {
        if (queue.isDeleted() || queue.lastValues().isOutdated(entry)) {
            queue.deferred().drop(entry);
        } else if (ended) {
            queue.deferred().putBack(entry);
        } else if (!mayGive()) {
            notGiven.addLast(entry.sequenceNumber());
            queue.deferred().putBack(entry);
        } else if (copies) {
            var shown = QueueEntry.shown(entry);
            queue.deferred().putBack(entry);
            consumer.see();
            consumer.port().onMessage(shown);
        } else {
            giving.accept(entry, consumer);
        }
    }

    /** The consumer leaves. What is being read for it goes back to its place, for the next one that asks. */
    void end() {
        ended = true;
        wanted.clear();
        var unread = batch;
        batch = new ArrayList<>();
        for (var entry : unread) {
            if (queue.isDeleted()) {
                queue.deferred().drop(entry);
            } else {
                queue.deferred().putBack(entry);
            }
        }
    }
}
