package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.DeliveryTime;
import dev.godwit.broker.message.Numbering;
import dev.godwit.storage.record.LongRanges;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one queue as the journal held them at a start, in order for each priority, 8 bytes each. Filled by the thread that starts
 * the broker, then handed to the queue's loop, whose queue takes them over.
 */
public final class StoredMessages {
    /**
     * A message whose bytes lie in parts, with what else must be known of it.
     *
     * @param waitsSinceMillis when it came; 0 for unknown
     */
    record Large(long expiryTimeMillis, long waitsSinceMillis, LargeMessage parts) {}

    /** Those of one priority. */
    private static final class Row {
        private final References references = new References();
        private int large;

        /** Those that have been taken out. */
        private long taken;
    }

    /** By the number of their lane. */
    private final @Nullable Row[] rows = new Row[PriorityRules.LEVELS];

    private final Map<Long, Large> large = new HashMap<>();
    private final Map<Long, Integer> manyAttempts = new HashMap<>();
    private final Map<Long, AddedAnnotations> annotations = new HashMap<>();
    private final ExpiryHeap expiryTimes = new ExpiryHeap();
    private final StoredDuplicates duplicates = new StoredDuplicates();
    private final List<IndexNoteCodec.Decoded> indexNotes = new ArrayList<>();
    private final HeldSizes sizes = HeldSizes.ofStored();
    private long count;
    private long lastIndex;

    /** Those that may have to wait for a time, by their references: in line, too, until {@link #takeDelayed}. */
    private final DelayHeap delayed = new DelayHeap();

    /** Of those, by sequence number, which have a group-id. */
    private final Set<Long> groupedDelayed = new HashSet<>();

    private long delayedIndex;
    private long delayedUntilMillis;

    /** A message that was posted in a transaction which is prepared. */
    private record Posted(
            long index,
            int attributes,
            long expiryTimeMillis,
            long notBeforeMillis,
            @Nullable LargeMessage large,
            StoredBranch branch) {}

    private final List<Posted> posted = new ArrayList<>();

    /** A message that was settled in a transaction which is prepared: in line, too, until {@link #takePrepared}. */
    private record Prepared(long reference, long expiryTimeMillis, boolean isDeferred, StoredBranch branch) {}

    /** By sequence number. */
    private final Map<Long, Prepared> prepared = new LinkedHashMap<>();

    private long preparedIndex;
    private @Nullable StoredBranch preparedBranch;

    /**
     * A message of which must be known what it says.
     *
     * @param readIndex where its beginning lies: its own record, or its first part
     * @param sequence its place, if it is asked for
     * @param mayRepeat it may have an id that is not written down
     * @param numbering whose number that is, if it is one
     */
    record Unread(
            long index,
            long readIndex,
            long sequence,
            boolean mayRepeat,
            @Nullable Numbering numbering) {}

    /** Who takes over the messages whose time has not come. */
    interface DelayedReceiver {
        /**
         * A reference says all.
         *
         * @param sequence its place in the queue if it came back there, else {@link DelayHeap#NO_SEQUENCE}
         * @param sizeBytes as far as is known; {@link HeldSizes#UNKNOWN}
         */
        void onReference(long notBeforeMillis, long reference, long expiryTimeMillis, long sequence, int sizeBytes);

        /** More must be known of it than fits into a reference. */
        void onEntry(QueueEntry entry);
    }

    /** Nobody is to be given the message that is added next before this time. */
    public void notBefore(long index, long timeMillis) {
        delayedIndex = index;
        delayedUntilMillis = timeMillis;
    }

    /**
     * The queue wrote this down. Notes come before messages.
     *
     * @throws IllegalArgumentException when it cannot be read
     */
    public void note(long index, ByteBuffer note) {
        if (note.hasRemaining() && note.get(note.position()) == IndexNoteCodec.KIND) {
            indexNotes.add(IndexNoteCodec.decode(index, note));
        } else {
            duplicates.add(index, note);
        }
    }

    /** What is written down of what messages say. */
    List<IndexNoteCodec.Decoded> indexNotes() {
        return indexNotes;
    }

    /** What is known of ids that came. */
    StoredDuplicates duplicates() {
        return duplicates;
    }

    /** The message that is added next was settled in that transaction, which is prepared. */
    public void prepared(long index, StoredBranch branch) {
        preparedIndex = index;
        preparedBranch = branch;
    }

    /**
     * A message was posted in a transaction which is prepared: it is not here before the commit, nor before its time, if one was told.
     *
     * @param large where its bytes lie if they are in parts
     */
    public void addPosted(
            long index, int attributes, long expiryTimeMillis, @Nullable LargeMessage large, StoredBranch branch) {
        long notBeforeMillis = index == delayedIndex ? delayedUntilMillis : DeliveryTime.AT_ONCE;
        posted.add(new Posted(index, attributes, expiryTimeMillis, notBeforeMillis, large, branch));
    }

    /** Adds a message; indices ascend. */
    public void add(long index, int attributes, long expiryTimeMillis, int deliveryCount) {
        if ((attributes & MessageAttributes.IDENTIFIED) != 0) {
            duplicates.onMessage(index, index);
        }
        int lane = laneOf(attributes);
        long sequence =
                add(lane, row(lane), Reference.of(index, attributes, deliveryCount), expiryTimeMillis, deliveryCount);
        sizes.onStored(sequence, attributes);
        if (index == delayedIndex && MessageAttributes.isGrouped(attributes)) {
            groupedDelayed.add(sequence);
        }
    }

    private static int laneOf(int attributes) {
        return Lane.numberOf(MessageAttributes.priority(attributes));
    }

    private Row row(int lane) {
        var row = rows[lane];
        if (row == null) {
            row = new Row();
            rows[lane] = row;
        }
        return row;
    }

    /** Adds a message that lies in parts. */
    public void addLarge(
            long index,
            int attributes,
            long expiryTimeMillis,
            int deliveryCount,
            long encodedBytes,
            LongRanges partIndices) {
        if ((attributes & MessageAttributes.IDENTIFIED) != 0) {
            duplicates.onMessage(index, partIndices.first(0));
        }
        var parts = new LargeMessage(attributes, encodedBytes, partIndices);
        int lane = laneOf(attributes);
        var row = row(lane);
        row.large++;
        long sequence =
                add(lane, row, Reference.ofLarge(index, attributes, deliveryCount), expiryTimeMillis, deliveryCount);
        large.put(sequence, new Large(expiryTimeMillis, 0, parts));
        sizes.add(encodedBytes);
    }

    private long add(int lane, Row row, long reference, long expiryTimeMillis, int deliveryCount) {
        long sequence = Lane.firstSequence(lane) + row.references.size();
        row.references.addLast(sequence, reference);
        lastIndex = Reference.index(reference);
        count++;
        if (deliveryCount >= Reference.ATTEMPTS_MAX) {
            manyAttempts.put(sequence, deliveryCount);
        }
        if (preparedBranch != null && Reference.index(reference) == preparedIndex) {
            boolean isDeferred = lastIndex == delayedIndex && delayedUntilMillis == DeliveryTime.DEFERRED;
            prepared.put(sequence, new Prepared(reference, expiryTimeMillis, isDeferred, preparedBranch));
        } else if (Reference.index(reference) == delayedIndex) {
            delayed.add(delayedUntilMillis, reference, expiryTimeMillis, sequence);
        } else if (expiryTimeMillis != QueueEntry.NEVER_EXPIRES) {
            expiryTimes.add(expiryTimeMillis, sequence);
        }
        return sequence;
    }

    /** Consumers gave annotations to the message of that index, which may not have been added yet. */
    public void annotate(long index, AddedAnnotations added) {
        annotations.put(index, added);
    }

    /**
     * Messages of which must be known what they say, in the order of their indices.
     *
     * @param byId those whose ids are not written down
     * @param all all with their places, before anybody has taken them over
     */
    List<Unread> unread(boolean byId, boolean all) {
        var unread = new ArrayList<Unread>();
        var unwritten = new HashMap<Long, StoredDuplicates.Unwritten>();
        if (byId) {
            for (var each : duplicates.inOrder()) {
                unwritten.put(each.index(), each);
                if (!all) {
                    unread.add(
                            new Unread(each.index(), each.readIndex(), DelayHeap.NO_SEQUENCE, true, each.numbering()));
                }
            }
        }
        if (all) {
            for (var row : rows) {
                addAll(row, unwritten, unread);
            }
            unread.sort(Comparator.comparingLong(Unread::index));
        }
        return unread;
    }

    private void addAll(@Nullable Row row, Map<Long, StoredDuplicates.Unwritten> unwritten, List<Unread> unread) {
        if (row == null) {
            return;
        }
        long first = row.references.firstSequence();
        for (long sequence = first; sequence < first + row.references.size(); sequence++) {
            long index = Reference.index(row.references.get(sequence));
            var parts = large.get(sequence);
            long readIndex = parts == null ? index : parts.parts().partIndices().first(0);
            var known = unwritten.get(index);
            unread.add(new Unread(index, readIndex, sequence, known != null, known == null ? null : known.numbering()));
        }
    }

    /** Takes out of the line what is to wait for a time later than {@code nowMillis}. */
    void takeDelayed(MessageQueue queue, long nowMillis, DelayedReceiver receiver) {
        for (int at = 0; at < delayed.size(); at++) {
            long sequence = delayed.sequence(at);
            if (delayed.time(at) > nowMillis) {
                takeOutOfLine(sequence, delayed.value(at));
                takeDelayed(queue, at, receiver);
            } else if (delayed.expiry(at) != QueueEntry.NEVER_EXPIRES) {
                expiryTimes.add(delayed.expiry(at), sequence);
            }
        }
    }

    private void takeDelayed(MessageQueue queue, int at, DelayedReceiver receiver) {
        long reference = delayed.value(at);
        int attributes = Reference.attributes(reference);
        var parts = large.remove(delayed.sequence(at));
        var attempts = manyAttempts.remove(delayed.sequence(at));
        var added = annotations.remove(Reference.index(reference));
        // A consumer has had what failed, and what was written on: it goes back to where it stood.
        boolean deferred = delayed.time(at) == DeliveryTime.DEFERRED;
        boolean cameBack = Reference.deliveryCount(reference) > 0 || added != null || deferred;
        long place = cameBack ? delayed.sequence(at) : DelayHeap.NO_SEQUENCE;
        boolean holdsItsGroup = cameBack && groupedDelayed.contains(delayed.sequence(at));
        if (parts == null && attempts == null && added == null && !holdsItsGroup) {
            int sizeBytes = sizes.takeKnown(delayed.sequence(at));
            receiver.onReference(delayed.time(at), reference, delayed.expiry(at), place, sizeBytes);
            return;
        }
        int deliveryCount = attempts == null ? Reference.deliveryCount(reference) : attempts;
        var entry = parts == null
                ? QueueEntry.delayed(
                        queue,
                        Reference.index(reference),
                        holdsItsGroup ? MessageAttributes.withGroup(attributes) : attributes,
                        sizes.take(delayed.sequence(at), attributes),
                        deliveryCount,
                        delayed.expiry(at))
                : QueueEntry.large(queue, Reference.index(reference), deliveryCount, parts);
        if (added != null) {
            entry.annotate(added);
        }
        entry.waitFrom(place, delayed.time(at));
        receiver.onEntry(entry);
    }

    /** Gives away what was posted in transactions that are prepared. */
    void takePosted(MessageQueue queue, BiConsumer<QueueEntry, StoredBranch> receiver) {
        for (var each : posted) {
            var entry =
                    QueueEntry.posted(queue, each.index(), each.attributes(), each.expiryTimeMillis(), each.large());
            entry.waitUntil(each.notBeforeMillis());
            receiver.accept(entry, each.branch());
        }
        posted.clear();
    }

    /** Takes out of the line what was settled in transactions that are prepared. */
    void takePrepared(MessageQueue queue, BiConsumer<QueueEntry, StoredBranch> receiver) {
        prepared.forEach((sequence, each) -> receiver.accept(takePrepared(queue, sequence, each), each.branch()));
        prepared.clear();
    }

    private QueueEntry takePrepared(MessageQueue queue, long sequence, Prepared each) {
        long index = Reference.index(each.reference());
        int attributes = Reference.attributes(each.reference());
        takeOutOfLine(sequence, each.reference());
        var parts = large.remove(sequence);
        var attempts = manyAttempts.remove(sequence);
        int deliveryCount = attempts == null ? Reference.deliveryCount(each.reference()) : attempts;
        var entry = parts == null
                ? QueueEntry.delayed(
                        queue,
                        index,
                        attributes,
                        sizes.take(sequence, attributes),
                        deliveryCount,
                        each.expiryTimeMillis())
                : QueueEntry.large(queue, index, deliveryCount, parts);
        var added = annotations.remove(index);
        if (added != null) {
            entry.annotate(added);
        }
        if (each.isDeferred()) {
            entry.waitUntil(DeliveryTime.DEFERRED);
        }
        entry.preparedAt(sequence);
        return entry;
    }

    private void takeOutOfLine(long sequence, long reference) {
        var row = row(Lane.numberIn(sequence));
        row.references.remove(sequence);
        row.taken++;
        row.large -= Reference.isLarge(reference) ? 1 : 0;
    }

    /** Messages of a lane that are in line: all, or those that {@link #takeDelayed} has left there. */
    long inLine(int lane) {
        var row = rows[lane];
        return row == null ? 0 : row.references.size() - row.taken;
    }

    public long count() {
        return count;
    }

    /** The highest of their indices. */
    long lastIndex() {
        return lastIndex;
    }

    /**
     * Takes some away, and notes, and what was posted and is not here yet.
     *
     * @param indices filled with their indices, from 0 on
     * @return how many
     */
    public int takeIndices(long[] indices) {
        int taken = duplicates.takeIndices(indices);
        while (!indexNotes.isEmpty() && taken < indices.length) {
            indices[taken++] = indexNotes.remove(indexNotes.size() - 1).index();
        }
        while (!posted.isEmpty() && taken < indices.length) {
            indices[taken++] = posted.remove(posted.size() - 1).index();
        }
        int notes = taken;
        for (var row : rows) {
            while (row != null && !row.references.isEmpty() && taken < indices.length) {
                indices[taken++] = Reference.index(row.references.removeFirst());
            }
        }
        count -= taken - notes;
        return taken;
    }

    /** Those of one lane; null for none. */
    @Nullable
    References references(int lane) {
        var row = rows[lane];
        return row == null ? null : row.references;
    }

    /** How many of those of one lane lie in parts. */
    int largeMessages(int lane) {
        var row = rows[lane];
        return row == null ? 0 : row.large;
    }

    Map<Long, Large> large() {
        return large;
    }

    /** How many bytes all of them have. */
    HeldSizes sizes() {
        return sizes;
    }

    /** By index. */
    Map<Long, AddedAnnotations> annotations() {
        return annotations;
    }

    Map<Long, Integer> manyAttempts() {
        return manyAttempts;
    }

    ExpiryHeap expiryTimes() {
        return expiryTimes;
    }
}
