package dev.godwit.broker.queue;

import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.broker.message.DuplicateId;
import dev.godwit.broker.message.DuplicateIdReader;
import dev.godwit.broker.message.MessageKey;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.ProducerSequences.ProducerKey;
import dev.godwit.broker.queue.StoredMessages.Unread;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.storage.journal.JournalFullException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that a message which comes again is not there twice: remembers for a time by what messages are known that have
 * come, also of those that have left. Owned by the queue's loop; lives as long as the queue. While the setting
 * {@code duplicate-window} is 0, it looks only at messages whose producers asked on their links that what they number be taken
 * once, and holds nothing until one of these comes.
 *
 * <p>An id counts from the moment at which its message is appended to the journal, or taken into memory; that of a message in
 * a transaction from its commit. Who sends a message again hears that it was accepted when the first one is safe, not before.
 */
final class DuplicateDetection {
    private static final long SWEEP_MILLIS_MIN = 1_000;

    /** For so long, without the setting, it is known of a producer which of its numbers have come. */
    static final long NUMBERS_MILLIS = 3_600_000;

    /** Of so many producers, without the setting. */
    static final int NUMBERING_MAX = 10_000;

    /** A message that has an id, or ought to have one. */
    private record Identity(
            @Nullable DuplicateId id, @Nullable ErrorCondition objection) {
        private static final Identity NONE = new Identity(null, null);
    }

    /** That a transaction has a message of that id. */
    private record Posted(DuplicateDetection where, DuplicateId id, boolean isToBeKept) {}

    private final EventLoop owner;
    private final Clock clock;
    private final QueueCounters counters;
    private final Rejections rejections;
    private final Runnable wake;
    private final boolean isKept;
    private final RememberedIds ids = new RememberedIds();
    private final ProducerSequences producers;
    private final DuplicateNotes notes;
    private long windowMillis;
    private int entriesMax = 1;

    /** Null before it was needed for the first time. */
    private @Nullable DuplicateIdReader reader;

    private final UnsafeIds unsafe = new UnsafeIds();

    /** Of messages that hang on transactions, in the order of their indices. */
    private final LinkedHashMap<QueueEntry, DuplicateId> posted = new LinkedHashMap<>();

    /** The message that was looked at last, and what it is known by: the next question is about the same one. */
    private @Nullable QueueEntry lookedAt;

    private Identity identity = Identity.NONE;
    private EventLoop.@Nullable Timer sweep;

    /** @param wake posts a turn of the queue, in which removals are written */
    DuplicateDetection(
            QueueName queue,
            EventLoop owner,
            Clock clock,
            QueueLog journal,
            Removals removals,
            QueueCounters counters,
            Rejections rejections,
            MessageMemory memory,
            Runnable wake) {
        this.owner = owner;
        this.clock = clock;
        this.counters = counters;
        this.rejections = rejections;
        this.wake = wake;
        this.isKept = queue.isDurable();
        this.producers = new ProducerSequences(memory);
        this.notes = new DuplicateNotes(queue.queueId(), journal, removals, ids);
    }

    /** What holds from now on. What is remembered of messages is of no use once they are known by something else. */
    void apply(AddressSettings settings) {
        boolean wasOn = isOn();
        windowMillis = settings.get(AddressSetting.DUPLICATE_WINDOW);
        entriesMax = settings.get(AddressSetting.DUPLICATE_ENTRIES_MAX).intValue();
        if (isOn()) {
            var keyName = settings.get(AddressSetting.DUPLICATE_KEY);
            if (reader == null || !keyName.equals(reader.keyName())) {
                reader = new DuplicateIdReader(keyName);
                lookedAt = null;
            }
            forgetOld();
            cancelSweep();
            scheduleSweep();
        } else if (wasOn) {
            clear();
        }
    }

    /** All messages are to be known again. */
    boolean isOn() {
        return windowMillis > 0;
    }

    /** A message is to be known again if it can be. */
    boolean looksAt(@Nullable Numbering numbering) {
        return numbering != null || isOn();
    }

    private boolean looksAt(QueueEntry entry) {
        return looksAt(entry.numbering());
    }

    /** Something may have to be written down before what is known by it leaves. */
    private boolean isHolding() {
        return isOn() || notes.count() > 0;
    }

    private long keptMillis() {
        return isOn() ? windowMillis : NUMBERS_MILLIS;
    }

    private void clear() {
        cancelSweep();
        if (ids.isEmpty() && producers.size() == 0 && notes.count() == 0) {
            return;
        }
        ids.clear();
        producers.clear();
        notes.clear();
        posted.clear();
        unsafe.clear();
        lookedAt = null;
        wake.run();
    }

    /** The queue is no more. */
    void end() {
        windowMillis = 0;
        clear();
    }

    /**
     * Answers a message that is here already, or ought to say what it is: it does not come in.
     *
     * @return false when it may come in
     */
    boolean answers(QueueEntry entry) {
        var what = identityOf(entry);
        if (what.objection() != null) {
            rejections.reject(entry, what.objection());
            return true;
        }
        if (what.id() == null || !isKnown(what.id(), entry)) {
            return false;
        }
        counters.onDuplicate();
        var first = unsafe.first(what.id());
        var reply = rejections.abandon(entry);
        if (first == null) {
            reply.onSafe();
        } else {
            first.alsoTell(reply);
        }
        lookedAt = null;
        return true;
    }

    private Identity identityOf(QueueEntry entry) {
        if (!looksAt(entry)) {
            return Identity.NONE;
        }
        if (entry == lookedAt) {
            return identity;
        }
        lookedAt = entry;
        identity = Identity.NONE;
        if (entry.isTransfer()) {
            return identity;
        }
        var parts = entry.parts();
        var message = entry.message();
        if (parts != null) {
            identity = new Identity(parts.duplicateId(), parts.objectionToId());
        } else if (message != null) {
            var id = isOn() ? reader().read(message.encoded()) : reader().readNumber(message.encoded());
            var objection = reader().objection();
            identity = id == null && objection == null
                    ? Identity.NONE
                    : new Identity(id == null ? null : id.in(message.numbering()), objection);
        }
        return identity;
    }

    /** For a message in parts, whose beginning is at hand only once. */
    DuplicateIdReader reader() {
        if (reader == null) {
            reader = new DuplicateIdReader(MessageKey.MESSAGE_ID);
        }
        return reader;
    }

    /** One that was in memory only does not vouch for a message that is to be kept. */
    private boolean isKnown(DuplicateId id, QueueEntry entry) {
        forgetOld();
        if (id.isSequence()) {
            return producers.contains(keyOf(id), id.sequence());
        }
        long position = ids.find(id.high(), id.low());
        return position != RememberedIds.UNKNOWN
                && (ids.index(position) != QueueEntry.NOT_IN_JOURNAL || !isToBeKept(entry));
    }

    private boolean isToBeKept(QueueEntry entry) {
        var message = entry.message();
        return isKept && (entry.isInJournal() || entry.parts() != null || (message != null && message.isDurable()));
    }

    private static ProducerKey keyOf(DuplicateId id) {
        return new ProducerKey(id.high(), id.low());
    }

    /**
     * A message that {@link #answers} let in is about to be appended.
     *
     * @return what its attributes say of its id
     * @throws JournalFullException when the journal does not take what has to come before it
     */
    int beforeAppend(QueueEntry entry) {
        var id = isKept ? identityOf(entry).id() : null;
        if (id == null) {
            return 0;
        }
        notes.begin();
        if (id.isSequence()) {
            notes.beforeNumberOf(entry.numbering());
        }
        return MessageAttributes.IDENTIFIED;
    }

    /** A message that {@link #answers} let in was appended, or taken into memory. */
    void onTaken(QueueEntry entry) {
        var id = identityOf(entry).id();
        lookedAt = null;
        if (id != null) {
            remember(id, entry);
            unsafe.add(id, entry);
        }
    }

    private void remember(DuplicateId id, QueueEntry entry) {
        // What a queue holds that ends with the broker is not written down, also when the journal has its parts.
        remember(id, isKept ? entry.index() : QueueEntry.NOT_IN_JOURNAL, clock.nowMillis());
        forgetOld();
        writeIfTooMuch();
        scheduleSweep();
    }

    private void remember(DuplicateId id, long index, long timeMillis) {
        if (index != QueueEntry.NOT_IN_JOURNAL) {
            notes.onRemembered(index);
        }
        if (id.isSequence()) {
            var producer = producers.add(keyOf(id), id.sequence(), timeMillis);
            if (index != QueueEntry.NOT_IN_JOURNAL) {
                notes.onChanged(producer);
            }
        } else {
            ids.add(id.high(), id.low(), timeMillis, index);
        }
    }

    /** The message is safe. */
    void onSafe(QueueEntry entry) {
        unsafe.onSafe(entry);
    }

    /** A message that {@link #answers} let in was posted in a transaction. */
    void onPosted(QueueEntry entry) {
        var id = identityOf(entry).id();
        lookedAt = null;
        if (id != null) {
            posted.put(entry, id);
        }
    }

    /** Its transaction is rolled back. */
    void onDropped(QueueEntry entry) {
        posted.remove(entry);
    }

    /**
     * Whether a message does not come although its transaction is about to be committed: another one like it came first.
     *
     * @param alike gathers those of the transaction, of all queues
     */
    boolean isLeftOut(QueueEntry entry, Set<Object> alike) {
        var id = posted.get(entry);
        if (id == null || (!isKnown(id, entry) && !isRepeated(entry, id, alike))) {
            return false;
        }
        posted.remove(entry);
        counters.onDuplicate();
        return true;
    }

    private boolean isRepeated(QueueEntry entry, DuplicateId id, Set<Object> alike) {
        boolean repeatsKept = alike.contains(new Posted(this, id, true));
        return repeatsKept || !alike.add(new Posted(this, id, isToBeKept(entry)));
    }

    /** The record of its transaction's commit was appended. */
    void onCommitAppended(QueueEntry entry) {
        var id = posted.remove(entry);
        if (id != null) {
            remember(id, entry);
            unsafe.add(id, entry);
        }
    }

    /** The same as {@link #isLeftOut}, for what came in since; one that comes is remembered. */
    boolean isLeftOutAtLast(QueueEntry entry) {
        var id = posted.isEmpty() ? null : posted.remove(entry);
        if (id == null) {
            return false;
        }
        if (isKnown(id, entry)) {
            counters.onDuplicate();
            return true;
        }
        remember(id, entry);
        return false;
    }

    /**
     * Messages are about to leave: what they are known by outlives them.
     *
     * @throws JournalFullException when the journal does not take it for now
     */
    void write() {
        if (isHolding()) {
            notes.write(firstHanging());
        }
    }

    private long firstHanging() {
        for (var entry : posted.keySet()) {
            if (entry.isInJournal()) {
                return entry.index();
            }
        }
        return DuplicateNoteCodec.ITSELF;
    }

    private void writeIfTooMuch() {
        if (notes.isTooMuchUnwritten()) {
            try {
                notes.write(firstHanging());
            } catch (JournalFullException full) {
                // It is tried again with the next one, and before anything leaves.
                return;
            }
            wake.run();
        }
    }

    private void forgetOld() {
        long until = clock.nowMillis() - keptMillis();
        long before = ids.begin();
        while (!ids.isEmpty() && (ids.size() > entriesMax || ids.timeMillis(ids.begin()) <= until)) {
            ids.removeFirst();
        }
        boolean forgotten = producers.forget(until, isOn() ? entriesMax : NUMBERING_MAX);
        if ((forgotten || ids.begin() > before) && notes.dropForgotten()) {
            wake.run();
        }
    }

    /** So that what is forgotten goes also when nothing comes any more. */
    private void scheduleSweep() {
        if (sweep != null || (ids.isEmpty() && producers.size() == 0)) {
            return;
        }
        sweep = owner.schedule(Math.max(SWEEP_MILLIS_MIN, keptMillis()), () -> {
            sweep = null;
            forgetOld();
            scheduleSweep();
        });
    }

    private void cancelSweep() {
        if (sweep != null) {
            sweep.cancel();
            sweep = null;
        }
    }

    /** What the journal said when the broker started; what is missing in it comes with {@link #restore(Unread, ByteBuffer, long)}. */
    void restore(StoredDuplicates stored) {
        if (!isOn() && !saysAnything(stored)) {
            notes.remove(stored.indices());
            return;
        }
        notes.restoreNumberings(stored.numberings());
        // While the broker was down nobody could send again: of producers the time begins anew.
        long nowMillis = clock.nowMillis();
        Map<Long, Long> lastPositions = isOn() ? restoreIds(stored) : Map.of();
        for (var note : stored.notes()) {
            var restored = note.producers().stream()
                    .map(each -> producers.restore(each.key(), each.rows(), nowMillis))
                    .toList();
            notes.restore(
                    note.index(),
                    lastPositions.getOrDefault(note.index(), -1L),
                    isOn() ? note.ids().size() : 0,
                    restored);
        }
        forgetOld();
        scheduleSweep();
    }

    /** The first note says nothing but that there are messages behind it which may have numbers. */
    private static boolean saysAnything(StoredDuplicates stored) {
        return !stored.inOrder().isEmpty()
                || stored.notes().stream().anyMatch(note -> !note.producers().isEmpty());
    }

    /** By index of each note: the position of the last of its ids. */
    private Map<Long, Long> restoreIds(StoredDuplicates stored) {
        var lastPositions = new HashMap<Long, Long>();
        stored.notes().stream()
                .flatMap(note -> note.ids().stream().map(id -> Map.entry(note.index(), id)))
                .sorted((a, b) ->
                        Long.compare(a.getValue().timeMillis(), b.getValue().timeMillis()))
                .forEach(each -> {
                    var id = each.getValue();
                    lastPositions.put(each.getKey(), ids.end());
                    ids.add(id.high(), id.low(), id.timeMillis(), id.messageIndex());
                });
        return lastPositions;
    }

    /** The id of a message that was here when the broker started, and is not written down. */
    void restore(Unread message, ByteBuffer beginning, long arrivalTimeMillis) {
        var id = isOn() ? reader().read(beginning) : reader().readNumber(beginning);
        if (id != null) {
            // Nothing is written down before the last is read: a note says that no message before it need be read.
            remember(
                    id.in(message.numbering()),
                    message.index(),
                    id.isSequence() ? clock.nowMillis() : arrivalTimeMillis);
            scheduleSweep();
        }
    }

    /** Messages that were here when the broker started, and may have ids that are not written down, have to be read. */
    boolean hasToRead() {
        return isHolding();
    }

    /** For a message whose arrival is not at hand. */
    long nowMillis() {
        return clock.nowMillis();
    }

    /** Ids and producers that are remembered. */
    int size() {
        return ids.size() + producers.size();
    }

    /** Notes in the journal. */
    int notes() {
        return notes.count();
    }
}
