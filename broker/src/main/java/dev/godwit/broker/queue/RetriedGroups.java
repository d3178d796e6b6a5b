package dev.godwit.broker.queue;

import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.storage.journal.ReadListener;
import dev.godwit.storage.record.JournalRecord.MessageEnqueued;
import dev.godwit.storage.record.JournalRecord.MessagePart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Learns after a start which groups those messages belong to that wait for their next attempt, since no other of their groups
 * may go before: only that they have groups is known without reading them. Owned by the queue's loop; lives until all have
 * been read.
 */
final class RetriedGroups {
    private static final int MESSAGES_MAX = 256;

    private final MessageGroups groups;
    private final QueueLog journal;
    private final Runnable done;
    private final MessageReader reader = new MessageReader();
    private final List<QueueEntry> waiting;
    private int begun;

    /** @param done runs when all is known that can be */
    RetriedGroups(List<QueueEntry> retried, MessageGroups groups, QueueLog journal, Runnable done) {
        this.waiting = new ArrayList<>(retried);
        this.groups = groups;
        this.journal = journal;
        this.done = done;
        waiting.sort(Comparator.comparingLong(RetriedGroups::indexToRead));
    }

    /** Of a large message its first part. */
    private static long indexToRead(QueueEntry entry) {
        var large = entry.large();
        if (large == null) {
            return entry.index();
        }
        var first = new long[1];
        return new PartCursor(large).take(first) == 1 ? first[0] : entry.index();
    }

    void goOn() {
        if (begun == waiting.size()) {
            done.run();
            return;
        }
        int end = Math.min(waiting.size(), begun + MESSAGES_MAX);
        var batch = List.copyOf(waiting.subList(begun, end));
        begun = end;
        var indices = batch.stream().mapToLong(RetriedGroups::indexToRead).toArray();
        journal.read(indices, indices.length, new Batch(batch));
    }

    /** Messages on their way from the disk. What cannot be read belongs to no group. */
    private final class Batch implements ReadListener {
        private final List<QueueEntry> entries;
        private int answered;

        Batch(List<QueueEntry> entries) {
            this.entries = entries;
        }

        @Override
        public void onMessage(long index, MessageEnqueued record) {
            var entry = entries.get(answered++);
            try {
                learn(entry, reader.readAgain(record.body(), record.arrivalTimeMillis(), record.expiryTimeMillis()));
            } catch (MalformedMessageException malformed) {
                // Whoever is to be given it hears of that.
            }
        }

        @Override
        public void onPart(long index, MessagePart record) {
            var entry = entries.get(answered++);
            try {
                var head = reader.readHeadAgain(record.body(), Clock.SYSTEM.nowMillis());
                if (head != null) {
                    learn(entry, head);
                }
            } catch (MalformedMessageException malformed) {
                // The same.
            }
        }

        private void learn(QueueEntry entry, Message seen) {
            var group = entry.state() == EntryState.DELAYED ? groups.of(seen) : null;
            if (group != null) {
                entry.joinGroup(group);
                group.onBecame(EntryState.READY, EntryState.DELAYED);
            }
        }

        @Override
        public void onUnreadable(long index, String problem) {
            answered++;
        }

        @Override
        public void onEnd() {
            goOn();
        }
    }
}
