package dev.godwit.broker.queue;

import dev.godwit.broker.filter.IndexedProperties;
import dev.godwit.broker.filter.InvalidFilterException;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.LineIndex.Piece;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Knows what the messages in a queue's lines say under some names, so that consumers with selectors find theirs in a long
 * queue without reading the others: a {@link LineIndex} for each line. Of messages that come it looks at once; of others,
 * which were there before or are not at hand, it reads what they say, a few at a time. Owned by the queue's loop; lives as
 * long as the queue, and does nothing while no names are set.
 */
final class PropertyIndex {
    private final MessageMemory memory;
    private final Runnable wake;
    private final IndexReading reading;
    private final IndexNotes notes;
    private final List<FreshLine> lines = new ArrayList<>(1);
    private final LineIndex.IndexListener listener = new Listening();
    private List<String> names = List.of();

    /** Null while no names are set. */
    private @Nullable IndexedProperties properties;

    /** Null while consumers are not shared among keys. */
    private @Nullable FairShare fair;

    /** Of {@link #fair}: never 0, which is no generation. */
    private byte generation;

    /** @param wake posts a turn of the queue, in which removals are written */
    PropertyIndex(
            QueueName queue,
            QueueLog journal,
            MessageMemory memory,
            EventLoop owner,
            Removals removals,
            Runnable wake) {
        this.memory = memory;
        this.wake = wake;
        this.notes = new IndexNotes(queue, journal, owner, removals, wake);
        this.reading = new IndexReading(journal, owner, lines, notes::post);
    }

    /** What holds from now on, also for messages that are here. */
    void apply(AddressSettings settings) {
        var wanted = new ArrayList<>(settings.get(AddressSetting.INDEXED_PROPERTIES));
        var key = settings.get(AddressSetting.FAIR_SHARE_KEY);
        if (!key.isEmpty()) {
            wanted.add(IndexedProperties.keyName(key));
        }
        if (wanted.equals(names)) {
            return;
        }
        names = List.copyOf(wanted);
        properties = names.isEmpty() ? null : read(names);
        fair = properties == null || key.isEmpty() ? null : new FairShare(properties, nextGeneration());
        lines.forEach(this::index);
    }

    private byte nextGeneration() {
        generation = (byte) (generation == Byte.MAX_VALUE ? 1 : generation + 1);
        return generation;
    }

    /** Among whom consumers are shared; null where they are not. */
    @Nullable
    FairShare fair() {
        return fair;
    }

    private static IndexedProperties read(List<String> names) {
        try {
            return IndexedProperties.of(names);
        } catch (InvalidFilterException wrong) {
            throw new IllegalArgumentException("indexed-properties: " + wrong.getMessage(), wrong);
        }
    }

    /** A line of the queue, which has just come to be. */
    void add(FreshLine line) {
        lines.add(line);
        index(line);
    }

    private void index(FreshLine line) {
        var before = line.index();
        if (before != null) {
            before.end();
        }
        if (properties == null) {
            line.indexBy(null);
        } else {
            var index = new LineIndex(line, properties, memory, listener);
            if (fair != null) {
                index.shareBy(fair);
            }
            line.indexBy(index);
            index.adopt();
        }
    }

    /** The lines have taken over what the journal held when the broker started. */
    void restore(List<IndexNoteCodec.Decoded> stored) {
        var lanes = new LineIndex[PriorityRules.LEVELS];
        for (var line : lines) {
            var index = line.index();
            if (index != null) {
                index.adopt();
                lanes[Lane.numberIn(line.end())] = index;
            }
        }
        notes.restore(stored, properties, lanes);
    }

    /** The queue is no more. */
    void end() {
        names = List.of();
        properties = null;
        fair = null;
        lines.forEach(this::index);
    }

    private final class Listening implements LineIndex.IndexListener {
        @Override
        public void onUnknown() {
            reading.begin();
        }

        @Override
        public void onPieceFull(LineIndex index, Piece full) {
            notes.onFull(index, full);
        }

        @Override
        public void onLearned() {
            wake.run();
        }

        @Override
        public void onPieceEmpty(Piece empty) {
            notes.onEmpty(empty);
        }
    }
}
