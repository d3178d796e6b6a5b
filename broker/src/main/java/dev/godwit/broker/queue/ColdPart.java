package dev.godwit.broker.queue;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The end of a line, of whose messages most are only referred to ({@link Reference}). Those that are in no journal, and those that
 * came when there was nothing else to be read before them, are kept in memory. Owned by the queue's loop.
 */
final class ColdPart {
    private References references = new References();

    /** By sequence number. */
    private final Map<Long, QueueEntry> kept = new HashMap<>();

    /** References to messages that have to be read. */
    private long unread;

    /** Takes over what the journal held when the broker started. */
    void restore(References stored, long storedUnread) {
        references = stored;
        unread = storedUnread;
    }

    boolean isEmpty() {
        return references.isEmpty();
    }

    /** Whether any of its messages has to be read. */
    boolean hasUnread() {
        return unread > 0;
    }

    /** All of it. */
    References references() {
        return references;
    }

    void addKept(long sequence, QueueEntry entry) {
        references.addLast(sequence, Reference.ofKept());
        kept.put(sequence, entry);
    }

    /** A message that is not in memory. */
    void add(long sequence, long reference) {
        references.addLast(sequence, reference);
        unread += Reference.isUnread(reference) ? 1 : 0;
    }

    boolean contains(long sequence) {
        return references.contains(sequence);
    }

    /** What stands at a place of it; {@link Reference#GONE} when the message has left. */
    long get(long sequence) {
        return references.get(sequence);
    }

    /** The first from this place on that has not left; one that it does not {@link #contains} when there is none. Not while empty. */
    long nextPresent(long sequence) {
        return references.nextPresent(sequence);
    }

    long firstSequence() {
        return references.firstSequence();
    }

    /** Takes away what stands at a place of it. */
    long remove(long sequence) {
        long reference = references.get(sequence);
        references.remove(sequence);
        unread -= Reference.isUnread(reference) ? 1 : 0;
        return reference;
    }

    /** Takes away its first place. */
    long removeFirst() {
        long reference = references.removeFirst();
        unread -= Reference.isUnread(reference) ? 1 : 0;
        return reference;
    }

    /** A message that is kept here, and stays; null for any other. */
    @Nullable
    QueueEntry kept(long sequence) {
        return kept.get(sequence);
    }

    /** A message that is kept here, whose place was taken away. */
    QueueEntry takeKept(long sequence) {
        var entry = kept.remove(sequence);
        if (entry == null) {
            throw new IllegalStateException("message " + sequence + " was not kept");
        }
        return entry;
    }
}
