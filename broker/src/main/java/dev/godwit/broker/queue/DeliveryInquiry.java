package dev.godwit.broker.queue;

import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageIdReader;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out for somebody why messages of a queue are not given out: of the next ones, or of one that is looked for among all
 * that are here, some at a time, read from the disk where they are not in memory. It takes nothing out, and nothing waits for
 * it. Owned by the queue's loop; lives until the answer is given.
 */
final class DeliveryInquiry implements ReadListener {
    private static final Logger log = LoggerFactory.getLogger(DeliveryInquiry.class);

    /** So many messages are looked at for a message-id. */
    static final int LOOKS_MAX = 50_000;

    private static final int BATCH_MAX = 64;
    private static final long BATCH_BYTES_MAX = 1L << 20;

    /** What is read of a large message. */
    private static final long HEAD_BYTES = LargeMessageDoor.PART_BYTES_MAX;

    private static final long AT_HAND = 0;

    /** One that may be meant, or is one of the next: an entry, a place in line, or an index of one that waits for its time. */
    private record Suspect(long number, @Nullable QueueEntry entry, long sequence, long readIndex, long bytes) {}

    private final MessageQueue queue;
    private final Lanes lanes;
    private final QueueLog journal;
    private final Clock clock;
    private final QueueGates gates;
    private final DeliveryQuestion question;
    private final Consumer<DeliveryExplanation> told;
    private final Effort effort;
    private final MessageReader reader = new MessageReader();
    private final MessageIdReader ids = new MessageIdReader();
    private final List<DeliveryExplanation.Message> found = new ArrayList<>();

    /** Those that are not in line, as entries and as references, and how far these have been gone through. */
    private List<QueueEntry> entries = List.of();

    private long[] references = {};
    private int elsewherePassed;

    /** Lanes that are still to be gone through, and how far the first has been. */
    private final ArrayDeque<Lane> lanesLeft = new ArrayDeque<>();

    private long place;

    /** Lanes that have been gone through. */
    private final Set<Lane> lanesPassed = new HashSet<>();

    private int looked;
    private boolean lookedAgain;
    private boolean complete = true;

    /** Those that are looked at next, when what has to be read of them is; and how far that is. */
    private List<Suspect> batch = new ArrayList<>();

    private int batchPassed;
    private long batchBytes;
    private final Map<Long, Message> read = new HashMap<>();
    private final Set<Long> unreadable = new HashSet<>();
    private boolean over;

    DeliveryInquiry(
            MessageQueue queue,
            Lanes lanes,
            QueueLog journal,
            Clock clock,
            QueueGates gates,
            DeliveryQuestion question,
            Consumer<DeliveryExplanation> told) {
        this.queue = queue;
        this.lanes = lanes;
        this.journal = journal;
        this.clock = clock;
        this.gates = gates;
        this.question = question;
        this.told = told;
        this.effort = new Effort(clock);
    }

    void begin() {
        turn(() -> {
            lanesLeft.addAll(lanes.inUse());
            if (question.number() != DeliveryQuestion.NO_NUMBER) {
                var damaged = gates.ofDamaged(question.number());
                if (damaged != null) {
                    found.add(new DeliveryExplanation.Message(question.number(), null, damaged));
                }
            }
            takeEntries();
            takeReferences();
            goOn();
        });
    }

    /** Whatever happens, whoever asks is told. */
    private void turn(Runnable work) {
        if (over) {
            return;
        }
        effort.begin();
        try {
            work.run();
        } catch (RuntimeException broken) {
            log.error("queue {}: it cannot be found out why messages are not given out", queue.name(), broken);
            if (!over) {
                over = true;
                told.accept(new DeliveryExplanation(List.of(), Map.of(), List.copyOf(found), false));
            }
        }
    }

    private void postTurn(Runnable work) {
        queue.owner().execute(() -> turn(work));
    }

    private void tell() {
        over = true;
        told.accept(new DeliveryExplanation(gates.ofQueue(), gates.elsewhere(), List.copyOf(found), complete));
    }

    /** Takes down who is not in line now: one more than is looked at, so that it is known whether these were all. */
    private void takeEntries() {
        if (question.number() != DeliveryQuestion.NO_NUMBER) {
            entries = gates.entriesElsewhere(entry -> entry.number() == question.number(), 1);
        } else if (question.isForOne()) {
            entries = gates.entriesElsewhere(entry -> true, LOOKS_MAX + 1);
        }
    }

    private void takeReferences() {
        if (question.number() != DeliveryQuestion.NO_NUMBER) {
            references = gates.delayedReferencesTo(question.number());
        } else if (question.isForOne()) {
            references = gates.delayedReferences(LOOKS_MAX + 1);
        }
    }

    private void goOn() {
        while (found.size() < question.countMax()) {
            var next = effort.goOn() ? next() : null;
            if (next != null) {
                batch.add(next);
                batchBytes += next.bytes;
            }
            if (isBatchFull() || (next == null && !batch.isEmpty())) {
                look();
                return;
            }
            if (next == null) {
                break;
            }
        }
        if (found.size() < question.countMax() && (hasMore() || looksAgain())) {
            postTurn(this::goOn);
        } else {
            tell();
        }
    }

    private boolean isBatchFull() {
        return batch.size() == BATCH_MAX
                || batchBytes >= BATCH_BYTES_MAX
                || (!question.isForOne() && found.size() + batch.size() == question.countMax());
    }

    private boolean hasMore() {
        return hasMoreElsewhere() || !lanesLeft.isEmpty();
    }

    private boolean hasMoreElsewhere() {
        return elsewherePassed < entries.size() + references.length;
    }

    /**
     * Messages move while they are looked for: one that stood in line may have been given out before its place was reached, or
     * have come back to a place that was passed. So one that was not found is looked for once more, where it may have gone.
     */
    private boolean looksAgain() {
        if (lookedAgain || !question.isForOne() || looked > LOOKS_MAX) {
            return false;
        }
        lookedAgain = true;
        var before = new HashSet<>(entries);
        // Nothing that was in the queue becomes a mere reference.
        references = new long[0];
        elsewherePassed = 0;
        takeEntries();
        entries = entries.stream().filter(each -> !before.contains(each)).toList();
        lanesLeft.addAll(lanes.inUse());
        return hasMore();
    }

    /** The next one that may be meant; null when there is none, or time is up. */
    private @Nullable Suspect next() {
        while (hasMoreElsewhere()) {
            var one = nextElsewhere();
            if (isCandidate(one.number)) {
                return one;
            }
            if (!effort.goOn()) {
                return null;
            }
        }
        while (!lanesLeft.isEmpty()) {
            var lane = lanesLeft.getFirst();
            var back = lane.returned().next(place);
            long inLine =
                    lanesPassed.contains(lane) ? lane.line().end() : lane.line().next(place);
            boolean returned = back != null && (inLine == lane.line().end() || back.sequence() < inLine);
            if (!returned && inLine == lane.line().end()) {
                lanesPassed.add(lanesLeft.removeFirst());
                place = 0;
                continue;
            }
            place = (back != null && returned ? back.sequence() : inLine) + 1;
            var suspect = back != null && returned ? suspect(back) : suspectInLine(lane, inLine);
            if (isCandidate(suspect.number)) {
                return suspect;
            }
            if (!effort.goOn()) {
                return null;
            }
        }
        return null;
    }

    private Suspect nextElsewhere() {
        int at = elsewherePassed++;
        if (at < entries.size()) {
            return suspect(entries.get(at));
        }
        long reference = references[at - entries.size()];
        long index = Reference.index(reference);
        long bytes = MessageAttributes.sizeBytesAtMost(Reference.attributes(reference));
        return new Suspect(index, null, DelayHeap.NO_SEQUENCE, index, bytes);
    }

    private boolean isCandidate(long number) {
        if (question.number() != DeliveryQuestion.NO_NUMBER) {
            return number == question.number();
        }
        if (question.messageId() != null && ++looked > LOOKS_MAX) {
            complete = false;
            entries = List.of();
            references = new long[0];
            lanesLeft.clear();
            return false;
        }
        return true;
    }

    /** One in memory, or that somebody has: then its message is his. */
    private static Suspect suspect(QueueEntry entry) {
        var large = entry.large();
        long index = AT_HAND;
        if (large != null) {
            index = firstPart(large);
        } else if (entry.isInJournal() && messageOf(entry) == null) {
            index = entry.index();
        }
        return new Suspect(entry.number(), entry, entry.sequence(), index, large == null ? bytes(entry) : HEAD_BYTES);
    }

    /** Of one that nobody has read yet more is not known than that it is a message. */
    private static long bytes(QueueEntry entry) {
        return entry.sizeBytes() == 0 ? MessageAttributes.sizeBytesAtMost(0) : entry.sizeBytes();
    }

    private static long firstPart(LargeMessage large) {
        var first = new long[1];
        return new PartCursor(large).take(first) == 1 ? first[0] : AT_HAND;
    }

    private static @Nullable Message messageOf(QueueEntry entry) {
        return entry.state().isWithConsumer() && entry.isInJournal() ? null : entry.message();
    }

    private static Suspect suspectInLine(Lane lane, long sequence) {
        var line = lane.line();
        var entry = line.inMemory(sequence);
        if (entry != null) {
            return suspect(entry);
        }
        long reference = line.reference(sequence);
        var large = line.largeAt(sequence);
        return large == null
                ? new Suspect(
                        Reference.index(reference),
                        null,
                        sequence,
                        Reference.index(reference),
                        MessageAttributes.sizeBytesAtMost(Reference.attributes(reference)))
                : new Suspect(Reference.index(reference), null, sequence, firstPart(large), HEAD_BYTES);
    }

    /** Reads what of the batch has to be read, and then looks at it. */
    private void look() {
        var indices = batch.stream()
                .mapToLong(Suspect::readIndex)
                .filter(index -> index != AT_HAND)
                .sorted()
                .distinct()
                .toArray();
        if (indices.length > 0) {
            journal.read(indices, indices.length, this);
        } else {
            lookOn();
        }
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        try {
            read.put(index, reader.readAgain(record.body(), record.arrivalTimeMillis(), record.expiryTimeMillis()));
        } catch (MalformedMessageException malformed) {
            // Whoever is to be given it hears of that, too.
            unreadable.add(index);
        }
    }

    @Override
    public void onPart(long index, MessagePart record) {
        try {
            var head = reader.readHeadAgain(record.body(), clock.nowMillis());
            if (head != null) {
                read.put(index, head);
            }
        } catch (MalformedMessageException malformed) {
            unreadable.add(index);
        }
    }

    @Override
    public void onUnreadable(long index, String problem) {
        unreadable.add(index);
    }

    @Override
    public void onEnd() {
        turn(this::lookOn);
    }

    /** Looks at what has been read, as far as the time suffices. */
    private void lookOn() {
        while (batchPassed < batch.size()) {
            lookAt(batch.get(batchPassed));
            batchPassed++;
            if (effort.isOver()) {
                postTurn(this::lookOn);
                return;
            }
        }
        batch = new ArrayList<>();
        batchPassed = 0;
        batchBytes = 0;
        read.clear();
        unreadable.clear();
        postTurn(this::goOn);
    }

    private void lookAt(Suspect one) {
        if (found.size() == question.countMax()) {
            return;
        }
        var seen = one.readIndex == AT_HAND && one.entry != null ? messageOf(one.entry) : read.get(one.readIndex);
        boolean cannotBeRead = unreadable.contains(one.readIndex);
        var id = seen == null ? null : ids.messageId(seen);
        var wanted = question.messageId();
        if (wanted != null && cannotBeRead && why(one, null, true) != null) {
            // It may have been that one.
            complete = false;
            return;
        }
        var why = wanted == null || MessageIdReader.isMeant(wanted, id) ? why(one, seen, cannotBeRead) : null;
        if (why != null) {
            found.add(new DeliveryExplanation.Message(one.number, id, why));
        }
    }

    /** Null when it is not there any more. */
    private @Nullable Obstacle why(Suspect one, @Nullable Message seen, boolean cannotBeRead) {
        if (one.sequence == DelayHeap.NO_SEQUENCE && one.entry == null) {
            return gates.ofDelayed(one.number);
        }
        if (one.entry != null) {
            return gates.of(one.entry, seen, cannotBeRead);
        }
        var line = lanes.of(one.sequence).line();
        if (!line.contains(one.sequence)) {
            return null;
        }
        var entry = line.inMemory(one.sequence);
        return entry == null
                ? gates.ofUnread(seen, cannotBeRead, line.deliveryCount(one.sequence), line.annotations(one.sequence))
                : gates.of(entry, seen, cannotBeRead);
    }
}
