package dev.godwit.broker.queue;

import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads messages from the journal that are {@link HeldBack}, some of a group at a time and of so many groups. Owned by the
 * queue's loop, as part of {@link HeldGroups}.
 */
final class HeldReads {
    private static final int GROUPS_MAX = 64;
    private static final int MESSAGES_MAX = 16;
    private static final long BYTES_MAX = 64L << 10;

    private final Lanes lanes;
    private final QueueLog journal;
    private final Runnable wake;
    private final MessageReader reader = new MessageReader();

    /** Those of which something was read, or is being read; the one first that has been here for longest. */
    private final Set<HeldBack> busy = new LinkedHashSet<>();

    /** @param wake posts a turn of the queue */
    HeldReads(Lanes lanes, QueueLog journal, Runnable wake) {
        this.lanes = lanes;
        this.journal = journal;
        this.wake = wake;
    }

    /** Sees to it that this message, and those behind it, are read; when there is too much of that already, later. */
    void read(HeldBack back, long from) {
        if (back.reading || (!busy.contains(back) && busy.size() >= GROUPS_MAX && !makeRoom())) {
            return;
        }
        var sequences = new long[MESSAGES_MAX];
        var indices = new long[MESSAGES_MAX];
        int count = 0;
        long bytes = 0;
        var all = back.sequences();
        for (int place = all.placeOf(from); place < all.size() && count < MESSAGES_MAX && bytes < BYTES_MAX; place++) {
            long sequence = all.get(place);
            var line = lanes.of(sequence).line();
            if (line.contains(sequence) && line.inMemory(sequence) == null && line.largeAt(sequence) == null) {
                long reference = line.reference(sequence);
                sequences[count] = sequence;
                indices[count++] = Reference.index(reference);
                bytes += MessageAttributes.sizeBytesAtMost(Reference.attributes(reference));
            }
        }
        if (count > 0) {
            busy.add(back);
            back.reading = true;
            journal.read(indices, count, new Batch(back, Arrays.copyOf(sequences, count)));
        }
    }

    private boolean makeRoom() {
        for (var each : busy) {
            if (!each.reading && !each.holder().isAboutToGo(each)) {
                forget(each);
                return true;
            }
        }
        return false;
    }

    /** Nobody waits for what was read: it can be read again. */
    void letGo() {
        for (var each : List.copyOf(busy)) {
            if (!each.reading) {
                forget(each);
            }
        }
    }

    /** What was read of it, or is on its way, is not needed. */
    void forget(HeldBack back) {
        back.dropRead();
        busy.remove(back);
    }

    /** Messages on their way from the disk. */
    private final class Batch implements ReadListener {
        private final HeldBack back;
        private final long[] sequences;
        private int answered;

        Batch(HeldBack back, long[] sequences) {
            this.back = back;
            this.sequences = sequences;
        }

        private boolean isWanted(long sequence) {
            return busy.contains(back) && lanes.of(sequence).line().contains(sequence);
        }

        @Override
        public void onMessage(long index, MessageEnqueued record) {
            long sequence = sequences[answered++];
            if (!isWanted(sequence)) {
                return;
            }
            try {
                back.onRead(
                        sequence,
                        reader.readAgain(record.body(), record.arrivalTimeMillis(), record.expiryTimeMillis()));
            } catch (MalformedMessageException malformed) {
                giveUp(sequence, String.valueOf(malformed.getMessage()));
            }
        }

        @Override
        public void onPart(long index, MessagePart record) {
            onUnreadable(index, "it is a part of a large message");
        }

        @Override
        public void onUnreadable(long index, String problem) {
            giveUp(sequences[answered++], problem);
        }

        private void giveUp(long sequence, String problem) {
            lanes.of(sequence).line().giveUp(sequence, problem);
        }

        @Override
        public void onEnd() {
            back.reading = false;
            if (back.hasRead()) {
                back.holder().onRead(back);
            } else {
                busy.remove(back);
            }
            wake.run();
        }
    }
}
