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
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out for somebody why messages of a queue are not given out: of the next ones, or of one that is looked for among all
 * that are here, some at a time, read from the disk where they are not in memory. It takes nothing out, and nothing waits for
 * it. Owned by the queue's loop; lives until the answer is given.
 */
final class DeliveryInquiry implements ReadListener {
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
    private final QueueGates gates;
    private final DeliveryQuestion question;
    private final Consumer<DeliveryExplanation> told;
    private final Effort effort;
    private final MessageReader reader = new MessageReader();
    private final MessageIdReader ids = new MessageIdReader();
    private final ArrayDeque<Suspect> elsewhere = new ArrayDeque<>();
    private final List<DeliveryExplanation.Message> found = new ArrayList<>();

    /** Lanes that are still to be gone through, and how far the first has been. */
    private final ArrayDeque<Lane> lanesLeft = new ArrayDeque<>();

    private long place;
    private int looked;
    private boolean complete = true;
    private List<Suspect> batch = new ArrayList<>();
    private final Map<Long, Message> read = new HashMap<>();

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
        this.gates = gates;
        this.question = question;
        this.told = told;
        this.effort = new Effort(clock);
    }

    void begin() {
        lanesLeft.addAll(lanes.inUse());
        if (question.isForOne()) {
            gates.entriesElsewhere(LOOKS_MAX).forEach(entry -> elsewhere.add(suspect(entry)));
        }
        if (question.number() != DeliveryQuestion.NO_NUMBER) {
            var why = gates.ofIndex(question.number());
            if (why != null) {
                found.add(new DeliveryExplanation.Message(question.number(), null, why));
            }
        } else if (question.isForOne()) {
            for (long index : gates.delayedIndices(LOOKS_MAX)) {
                elsewhere.add(new Suspect(index, null, DelayHeap.NO_SEQUENCE, index, 0));
            }
        }
        goOn();
    }

    private void goOn() {
        effort.begin();
        while (found.size() < question.countMax()) {
            var next = effort.goOn() ? next() : null;
            if (next != null) {
                batch.add(next);
            }
            if (isBatchFull() || (next == null && !batch.isEmpty())) {
                look();
                return;
            }
            if (next == null) {
                break;
            }
        }
        if (found.size() < question.countMax() && hasMore()) {
            queue.owner().execute(this::goOn);
        } else {
            told.accept(new DeliveryExplanation(gates.ofQueue(), gates.elsewhere(), List.copyOf(found), complete));
        }
    }

    private boolean isBatchFull() {
        long bytes = batch.stream().mapToLong(Suspect::bytes).sum();
        return batch.size() == BATCH_MAX
                || bytes >= BATCH_BYTES_MAX
                || (!question.isForOne() && found.size() + batch.size() == question.countMax());
    }

    private boolean hasMore() {
        return !elsewhere.isEmpty() || !lanesLeft.isEmpty();
    }

    /** The next one that may be meant; null when there is none, or time is up. */
    private @Nullable Suspect next() {
        for (var one = elsewhere.pollFirst(); one != null; one = elsewhere.pollFirst()) {
            if (isCandidate(one.number)) {
                return one;
            }
        }
        while (!lanesLeft.isEmpty()) {
            var lane = lanesLeft.getFirst();
            var back = lane.returned().next(place);
            long inLine = lane.line().next(place);
            boolean returned = back != null && (inLine == lane.line().end() || back.sequence() < inLine);
            if (!returned && inLine == lane.line().end()) {
                lanesLeft.removeFirst();
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

    private boolean isCandidate(long number) {
        if (question.number() != DeliveryQuestion.NO_NUMBER) {
            return number == question.number();
        }
        if (question.messageId() != null && ++looked > LOOKS_MAX) {
            complete = false;
            elsewhere.clear();
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
        return new Suspect(
                entry.number(), entry, entry.sequence(), index, large == null ? entry.sizeBytes() : HEAD_BYTES);
    }

    private static long firstPart(LargeMessage large) {
        var first = new long[1];
        return new PartCursor(large).take(first) == 1 ? first[0] : AT_HAND;
    }

    private static @Nullable Message messageOf(QueueEntry entry) {
        boolean isTheirs = entry.state() == EntryState.ACQUIRED || entry.state() == EntryState.RETIRED;
        return isTheirs && entry.isInJournal() ? null : entry.message();
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
            lookAtBatch();
            queue.owner().execute(this::goOn);
        }
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        try {
            read.put(index, reader.readAgain(record.body(), record.arrivalTimeMillis(), record.expiryTimeMillis()));
        } catch (MalformedMessageException malformed) {
            // Whoever is to be given it hears of that.
        }
    }

    @Override
    public void onPart(long index, MessagePart record) {
        try {
            var head = reader.readHeadAgain(record.body(), Clock.SYSTEM.nowMillis());
            if (head != null) {
                read.put(index, head);
            }
        } catch (MalformedMessageException malformed) {
            // The same.
        }
    }

    @Override
    public void onUnreadable(long index, String problem) {
        // The same.
    }

    @Override
    public void onEnd() {
        lookAtBatch();
        goOn();
    }

    private void lookAtBatch() {
        var looking = batch;
        batch = new ArrayList<>();
        for (var one : looking) {
            var seen = one.readIndex == AT_HAND && one.entry != null ? messageOf(one.entry) : read.get(one.readIndex);
            var id = seen == null ? null : ids.messageId(seen);
            var wanted = question.messageId();
            boolean isMeant = wanted == null || MessageIdReader.isMeant(wanted, id);
            var why = isMeant && found.size() < question.countMax() ? why(one, seen) : null;
            if (why != null) {
                found.add(new DeliveryExplanation.Message(one.number, id, why));
            }
        }
        read.clear();
    }

    /** Null when it is not there any more. */
    private @Nullable Obstacle why(Suspect one, @Nullable Message seen) {
        if (one.sequence == DelayHeap.NO_SEQUENCE && one.entry == null) {
            return gates.ofIndex(one.number);
        }
        if (one.entry != null) {
            return gates.of(one.entry, seen);
        }
        var line = lanes.of(one.sequence).line();
        if (!line.contains(one.sequence)) {
            return null;
        }
        var entry = line.inMemory(one.sequence);
        return entry == null
                ? gates.ofUnread(seen, line.deliveryCount(one.sequence), line.annotations(one.sequence))
                : gates.of(entry, seen);
    }
}
