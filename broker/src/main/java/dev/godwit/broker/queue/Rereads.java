package dev.godwit.broker.queue;

import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the messages of entries again that have let go of them, one batch at a time. An entry that left the queue
 * meanwhile is passed over. Owned by the queue's loop.
 */
final class Rereads implements ReadListener {
    /** A batch ends with the message that reaches one of these. */
    static final int MESSAGES_MAX = 512;

    static final long BYTES_MAX = 1L << 20;

    /** What comes of a batch. */
    interface RereadListener {
        /** The message of this entry can never be had. */
        void onUnreadable(QueueEntry entry, String problem);

        /** All others of the batch have their messages. */
        void onReread();
    }

    private final QueueLog journal;
    private final MessageMemory memory;
    private final RereadListener listener;
    private final MessageReader reader = new MessageReader();
    private List<QueueEntry> batch = List.of();
    private int answered;

    Rereads(QueueLog journal, MessageMemory memory, RereadListener listener) {
        this.journal = journal;
        this.memory = memory;
        this.listener = listener;
    }

    boolean isBusy() {
        return !batch.isEmpty();
    }

    /** Begins to read. Not while another batch is being read. */
    void read(List<QueueEntry> entries) {
        if (isBusy()) {
            throw new IllegalStateException("another batch is being read");
        }
        batch = new ArrayList<>(entries);
        batch.sort(Comparator.comparingLong(QueueEntry::index));
        answered = 0;
        var indices = batch.stream().mapToLong(QueueEntry::index).toArray();
        journal.read(indices, indices.length, this);
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        var entry = next(index);
        if (!isWanted(entry)) {
            return;
        }
        try {
            entry.refill(reader.readAgain(record.body(), record.arrivalTimeMillis(), record.expiryTimeMillis()));
            entry.count(memory, entry.presentBytes());
        } catch (MalformedMessageException malformed) {
            listener.onUnreadable(entry, String.valueOf(malformed.getMessage()));
        }
    }

    @Override
    public void onPart(long index, MessagePart record) {
        onUnreadable(index, "it is a part of a large message");
    }

    @Override
    public void onUnreadable(long index, String problem) {
        var entry = next(index);
        if (isWanted(entry)) {
            listener.onUnreadable(entry, problem);
        }
    }

    private QueueEntry next(long index) {
        var entry = batch.get(answered++);
        if (entry.index() != index) {
            throw new IllegalStateException("message " + index + " was read where " + entry.index() + " was asked for");
        }
        return entry;
    }

    private static boolean isWanted(QueueEntry entry) {
        return entry.state() == EntryState.READY || entry.state() == EntryState.LEAVING;
    }

    @Override
    public void onEnd() {
        if (answered < batch.size()) {
            throw new IllegalStateException("storage answered " + answered + " of " + batch.size() + " reads");
        }
        batch = List.of();
        listener.onReread();
    }
}
