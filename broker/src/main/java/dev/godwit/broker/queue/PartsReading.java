package dev.godwit.broker.queue;

import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;

/** Tells a {@link PartsListener} what storage answers to one read of parts. Owned by the queue's loop. */
final class PartsReading implements ReadListener {
    private final PartsListener listener;

    PartsReading(PartsListener listener) {
        this.listener = listener;
    }

    @Override
    public void onMessage(long index, MessageEnqueued record) {
        listener.onUnreadable("there is a whole message at index " + index + ", not a part of this one");
    }

    @Override
    public void onPart(long index, MessagePart record) {
        listener.onPart(record.body());
    }

    @Override
    public void onUnreadable(long index, String problem) {
        listener.onUnreadable("its part at index " + index + ": " + problem);
    }

    @Override
    public void onEnd() {
        // Whoever asked counts the answers.
    }
}
