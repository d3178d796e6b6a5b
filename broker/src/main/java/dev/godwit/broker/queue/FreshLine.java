package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a {@link Lane} that were never given out, in order of arrival, with consecutive sequence numbers. Owned by
 * the queue's loop. The line has three parts, one behind the other:
 *
 * <ol>
 *   <li>the hot part: entries with their messages;
 *   <li>at most two windows, which are being read from the journal and then become hot;
 *   <li>the cold part: 8 bytes for each message. A message that is in no journal, and one that came when there was
 *       nothing else to be read before it, is kept in memory and only represented here.
 * </ol>
 */
final class FreshLine {
    /** Places in the hot part that do no harm, and the part of them that is to be occupied when there are more. */
    private static final int SPARSE_MIN = 4_096;

    private static final int SPARSE_PART = 8;

    /** What the queue does when the line has news. */
    interface LineListener {
        /** More messages can be given out. */
        void onHot();

        /** This message can never be given out; the line has forgotten it. */
        void onUnreadable(long index, String problem);

        /** The same of a message that is still known. */
        void onUnreadable(QueueEntry entry, String problem);
    }

    private final MessageQueue queue;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final LineListener listener;
    private final MessageReader reader = new MessageReader();
    private final WindowSize windowSize;

    private final HotEntries hot = new HotEntries();
    private final ReadWindows windows = new ReadWindows();
    private final ColdPart cold = new ColdPart();
    private final ReferenceNotes notes;

    /** Messages in the whole line. */
    private long waiting;

    /** Bytes of messages in the journal that are in memory, too, in the hot part with the windows. */
    private long hotBytes;

    /** The same of all lines of the queue, with the cold parts. */
    private final LineBytes allBytes;

    private long nextSequence;

    /** Null for none. */
    private @Nullable LineIndex index;

    /** @param notes shared by the lines of a queue */
    FreshLine(
            MessageQueue queue,
            QueueLog journal,
            MessageMemory memory,
            LineListener listener,
            ReferenceNotes notes,
            LineBytes allBytes,
            long firstSequence) {
        this.queue = queue;
        this.journal = journal;
        this.memory = memory;
        this.listener = listener;
        this.windowSize = new WindowSize(memory, allBytes);
        this.notes = notes;
        this.allBytes = allBytes;
        this.nextSequence = firstSequence;
    }

    boolean isEmpty() {
        return waiting == 0;
    }

    /** What is known of what its messages say; null for nothing. */
    @Nullable
    LineIndex index() {
        return index;
    }

    /** Knows of its messages from now on; of those that are here it has learnt otherwise. */
    void indexBy(@Nullable LineIndex newIndex) {
        index = newIndex;
    }

    long waiting() {
        return waiting;
    }

    /** Among how many lines that what the queue reads ahead is divided; at least 1. */
    int sharers() {
        return allBytes.lanes();
    }

    /** True when some of it is not in memory. */
    boolean hasUnread() {
        return !cold.isEmpty() || !windows.isEmpty();
    }

    /**
     * Takes over what the journal held when the broker started. For an empty line, once.
     *
     * @param present how many of them have not left
     * @param largeMessages how many of these lie in parts
     */
    void restore(References stored, long present, int largeMessages) {
        cold.restore(stored, present - largeMessages);
        waiting = present;
        nextSequence += stored.size();
        memory.add(present * MessageMemory.REFERENCE_BYTES);
    }

    /**
     * A message comes to the end of the line.
     *
     * @param wanted a consumer waits, so it will leave memory soon
     */
    void add(QueueEntry entry, boolean wanted) {
        long sequence = nextSequence++;
        entry.takeSequence(sequence);
        waiting++;
        if (index != null) {
            index.onCame(sequence, entry.message());
        }
        boolean mustStay = !entry.isInJournal();
        boolean mayStay = mustStay || (entry.isAtHand() && !cold.hasUnread() && (wanted || hasRoom()));
        if (mayStay && cold.isEmpty() && windows.isEmpty()) {
            hot.addLast(sequence, entry);
            hotBytes += bytesInJournalToo(entry);
            allBytes.add(bytesInJournalToo(entry));
        } else if (mayStay) {
            cold.addKept(sequence, entry);
            allBytes.add(bytesInJournalToo(entry));
        } else {
            makeCold(sequence, entry);
        }
    }

    private boolean hasRoom() {
        return allBytes.bytes() < memory.queueHotBytesMax() && !memory.isHotFull();
    }

    private void makeCold(long sequence, QueueEntry entry) {
        var parts = entry.large();
        if (parts == null) {
            queue.sizes().onReferred(sequence, entry.attributes(), entry.sizeBytes());
            cold.add(sequence, Reference.of(entry.index(), entry.attributes(), entry.deliveryCount()));
        } else {
            cold.add(sequence, Reference.ofLarge(entry.index(), parts.attributes(), entry.deliveryCount()));
            notes.addLarge(
                    sequence, new StoredMessages.Large(entry.expiryTimeMillis(), entry.waitsSinceMillis(), parts));
        }
        entry.count(memory, 0);
        memory.add(MessageMemory.REFERENCE_BYTES);
    }

    /** The oldest, when its message is at hand; else null. */
    @Nullable
    QueueEntry peek() {
        return hot.peekFirst();
    }

    /** Takes away what {@link #peek} gave. */
    void removePeeked(QueueEntry entry) {
        mark(entry);
        hot.dropFirst();
        onLeft(entry);
    }

    /** It may come back, and is known by its place no more. */
    private void mark(QueueEntry entry) {
        var fair = index == null ? null : index.fair();
        if (fair != null) {
            fair.mark(entry);
        }
    }

    private void onLeft(QueueEntry entry) {
        waiting--;
        if (index != null) {
            index.onWent(entry.sequence());
        }
        hotBytes -= bytesInJournalToo(entry);
        allBytes.add(-bytesInJournalToo(entry));
    }

    private static long bytesInJournalToo(QueueEntry entry) {
        return entry.isInJournal() ? entry.presentBytes() : 0;
    }

    /** The oldest; a stand-in that only knows its place in the journal when it is not in memory. Null when there is none. */
    @Nullable
    QueueEntry first() {
        long sequence = next(0);
        if (sequence == nextSequence) {
            return null;
        }
        return standIn(sequence);
    }

    /** A message that is here; one that only knows its place in the journal when it is not in memory. */
    QueueEntry standIn(long sequence) {
        var entry = inMemory(sequence);
        return entry == null ? notes.unread(sequence, reference(sequence), 0) : entry;
    }

    boolean contains(long sequence) {
        if (hot.contains(sequence)) {
            return hot.get(sequence) != null;
        }
        var window = windows.at(sequence);
        if (window != null) {
            return window.reference(sequence) != Reference.GONE;
        }
        return cold.contains(sequence) && cold.get(sequence) != Reference.GONE;
    }

    /** Behind the last message: the number that the next one will have. */
    long end() {
        return nextSequence;
    }

    /** The first message from this place on, in memory or not; {@link #end} when there is none. */
    long next(long sequence) {
        if (sequence < hot.end()) {
            long next = hot.nextPresent(sequence);
            if (next < hot.end()) {
                return next;
            }
        }
        long inWindow = windows.nextPresent(sequence);
        if (inWindow != ReadWindows.NONE) {
            return inWindow;
        }
        if (!cold.isEmpty()) {
            long next = cold.nextPresent(sequence);
            if (cold.contains(next)) {
                return next;
            }
        }
        return nextSequence;
    }

    /** The entry of a message that is here, if it is in memory, where it stays; null when it has to be read. */
    @Nullable
    QueueEntry inMemory(long sequence) {
        if (hot.contains(sequence)) {
            return hot.get(sequence);
        }
        var window = windows.at(sequence);
        return window == null ? cold.kept(sequence) : window.entry(sequence);
    }

    /** True when a message that is here, but not in memory, is just being read. */
    boolean isBeingRead(long sequence) {
        return !cold.contains(sequence);
    }

    /** What stands for a message that is here, but not in memory. */
    long reference(long sequence) {
        var window = windows.at(sequence);
        return window == null ? cold.get(sequence) : window.reference(sequence);
    }

    /** An entry for a message that is here, but not in memory; the line stays as it is. */
    QueueEntry entryOf(long sequence, @Nullable Message message) {
        return notes.entryOf(sequence, reference(sequence), message);
    }

    /** What consumers gave a message that is here, but not in memory; null for nothing. */
    @Nullable
    AddedAnnotations annotations(long sequence) {
        return notes.annotations(reference(sequence));
    }

    /** Of a message that is here, but not in memory. */
    int deliveryCount(long sequence) {
        return notes.deliveryCount(sequence, reference(sequence));
    }

    /** Where the bytes of a large message are that is here, but not in memory; null for any other. */
    @Nullable
    LargeMessage largeAt(long sequence) {
        var parts = notes.largeAt(sequence);
        return parts == null ? null : parts.parts();
    }

    /** Takes out a message that is here, and was found not in memory but read. */
    QueueEntry takeOutRead(long sequence, @Nullable Message message) {
        var entry = inMemory(sequence);
        if (entry == null) {
            entry = entryOf(sequence, message);
        }
        mark(entry);
        var asKnown = takeOut(sequence);
        if (asKnown != null) {
            queue.sizes().add(entry.heldBytes() - asKnown.heldBytes());
        }
        return entry;
    }

    /** A message that somebody else than the line tried to read cannot be read. Passed over when it is not here. */
    void giveUp(long sequence, String problem) {
        if (contains(sequence) && inMemory(sequence) == null) {
            var entry = takeOut(sequence);
            if (entry != null) {
                listener.onUnreadable(entry, problem);
            }
        }
    }

    /** True when its hot part is mostly places of messages that have left. */
    boolean isSparse() {
        return hot.size() > SPARSE_MIN && hot.present() < hot.size() / SPARSE_PART;
    }

    /** Takes a message out, wherever it stands; null when it is not here. */
    @Nullable
    QueueEntry takeOut(long sequence) {
        if (hot.contains(sequence)) {
            var entry = hot.get(sequence);
            if (entry != null) {
                hot.remove(sequence);
                onLeft(entry);
            }
            return entry;
        }
        var window = windows.at(sequence);
        if (window != null) {
            return takeOut(window, sequence);
        }
        return cold.contains(sequence) ? takeOutCold(sequence, cold.remove(sequence)) : null;
    }

    private @Nullable QueueEntry takeOut(ReadWindow window, long sequence) {
        long reference = window.reference(sequence);
        var entry = window.entry(sequence);
        window.remove(sequence);
        if (reference == Reference.GONE) {
            return null;
        }
        if (entry != null) {
            onLeft(entry);
            return entry;
        }
        return forget(sequence, reference);
    }

    private @Nullable QueueEntry takeOutCold(long sequence, long reference) {
        if (reference == Reference.GONE) {
            return null;
        }
        if (Reference.isKept(reference)) {
            var entry = takeKept(sequence);
            onLeft(entry);
            return entry;
        }
        if (Reference.isLarge(reference)) {
            var entry = notes.takeLarge(sequence, reference);
            onForgotten(sequence, reference);
            return entry;
        }
        return forget(sequence, reference);
    }

    private QueueEntry forget(long sequence, long reference) {
        var entry = notes.unread(sequence, reference, queue.sizes().take(sequence, Reference.attributes(reference)));
        onForgotten(sequence, reference);
        return entry;
    }

    private void onForgotten(long sequence, long reference) {
        waiting--;
        if (index != null) {
            index.onWent(sequence);
        }
        memory.add(-MessageMemory.REFERENCE_BYTES);
        notes.forget(sequence, reference);
    }

    /** Takes the oldest out, in memory or not; null when the line is empty. */
    @Nullable
    QueueEntry takeOutFirst() {
        while (waiting > 0) {
            var first = hot.peekFirst();
            if (first != null) {
                removePeeked(first);
                return first;
            }
            var window = windows.first();
            var entry = window == null ? takeOutFirstCold() : takeOutFirst(window);
            if (entry != null) {
                return entry;
            }
        }
        return null;
    }

    private @Nullable QueueEntry takeOutFirstCold() {
        long sequence = cold.firstSequence();
        return takeOutCold(sequence, cold.removeFirst());
    }

    private @Nullable QueueEntry takeOutFirst(ReadWindow window) {
        for (long sequence = window.firstWaiting(); sequence < window.end(); sequence++) {
            var entry = takeOut(window, sequence);
            if (entry != null) {
                return entry;
            }
        }
        window.cancel();
        windows.removeFirst();
        return null;
    }

    /** Sees to it that there is something to give out when what is at hand is gone. */
    void readAhead() {
        boolean began = false;
        while (!windows.isFull() && !cold.isEmpty() && windowSize.isLow(hot.size(), hotBytes)) {
            windows.add(nextWindow());
            began = true;
        }
        if (began) {
            onProgress();
        }
    }

    private ReadWindow nextWindow() {
        long firstSequence = cold.firstSequence();
        int size = windowSize.next(cold.references());
        var window = new ReadWindow(this, firstSequence, size);
        for (int place = 0; place < size; place++) {
            long sequence = firstSequence + place;
            long reference = cold.removeFirst();
            if (reference == Reference.GONE) {
                window.put(place, reference, null);
            } else if (Reference.isKept(reference)) {
                window.put(place, reference, takeKept(sequence));
            } else if (Reference.isLarge(reference)) {
                window.put(place, reference, becomeHot(sequence, reference, notes.takeLarge(sequence, reference)));
            } else {
                window.ask(place, reference);
            }
        }
        window.start(journal);
        return window;
    }

    private QueueEntry takeKept(long sequence) {
        var entry = cold.takeKept(sequence);
        hotBytes += bytesInJournalToo(entry);
        return entry;
    }

    /** A message of a window was read; null when it is none. */
    @Nullable
    QueueEntry readBack(long sequence, long reference, MessageEnqueued record) {
        long index = Reference.index(reference);
        try {
            var message = reader.readAgain(record.body(), record.arrivalTimeMillis(), record.expiryTimeMillis());
            int deliveryCount = notes.takeDeliveryCount(sequence, reference);
            var entry = QueueEntry.readBack(queue, index, deliveryCount, message);
            entry.waitSince(Math.max(record.arrivalTimeMillis(), record.notBeforeMillis()));
            queue.sizes().add(message.sizeBytes() - queue.sizes().take(sequence, Reference.attributes(reference)));
            return becomeHot(sequence, reference, entry);
        } catch (MalformedMessageException malformed) {
            onUnreadable(sequence, reference, String.valueOf(malformed.getMessage()));
            return null;
        }
    }

    private QueueEntry becomeHot(long sequence, long reference, QueueEntry entry) {
        entry.takeSequence(sequence);
        memory.add(-MessageMemory.REFERENCE_BYTES);
        var added = notes.takeAnnotations(reference);
        if (added != null) {
            entry.annotate(added);
        }
        entry.count(memory, entry.presentBytes());
        hotBytes += bytesInJournalToo(entry);
        allBytes.add(bytesInJournalToo(entry));
        return entry;
    }

    /** A message of a window cannot be read. */
    void onUnreadable(long sequence, long reference, String problem) {
        onForgotten(sequence, reference);
        queue.sizes().onWent(queue.sizes().take(sequence, Reference.attributes(reference)));
        listener.onUnreadable(Reference.index(reference), problem);
    }

    /** A window knows more than before. */
    void onProgress() {
        windows.handOver(hot);
        listener.onHot();
    }

    void onReadEnd() {
        windowSize.onRead();
    }
}
