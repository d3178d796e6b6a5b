package dev.godwit.broker.queue;

import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.broker.message.MessageKey;
import dev.godwit.broker.message.MessageKey.Hash;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of the messages of one key only the newest, in a queue that is set so: one that comes to the line replaces an older
 * one there, and an older one that somebody has does not come back. Owned by the queue's loop; lives as long as the queue. Knows
 * the keys of messages that are here, and no others.
 */
final class LastValues {
    /** What the queue does with a message that is of no use any more. */
    interface Outdating {
        /**
         * A newer one of the same key stands in the line: this one goes, if it stands there or has come back.
         *
         * @return false when it does neither: somebody has it, or it waits for its next attempt
         */
        boolean replace(long sequence);

        /** True of a message that was never given out and is still here. */
        boolean isInLine(long sequence);

        /** Runs the task now, or after the round in which messages are being given out: not within. */
        void betweenRounds(Runnable task);
    }

    private final Outdating outdating;
    private @Nullable MessageKey key;

    /** The place of the newest message of each key. */
    private final Map<Hash, Long> newest = new HashMap<>();

    /** Keys of messages in the journal, which may not be at hand, by their indices. */
    private final Map<Long, Hash> byIndex = new HashMap<>();

    /** Places of messages that are not to come back. */
    private final Set<Long> outdated = new HashSet<>();

    /** Places of messages that go, or become outdated, after the round. */
    private final Set<Long> replaced = new HashSet<>();

    LastValues(Outdating outdating) {
        this.outdating = outdating;
    }

    /** What holds for messages that come from now on. */
    void apply(AddressSettings settings) {
        var name = settings.get(AddressSetting.LAST_VALUE_KEY);
        if (key != null && name.equals(key.name())) {
            return;
        }
        key = name.isEmpty() ? null : new MessageKey(name);
        newest.clear();
        byIndex.clear();
        outdated.clear();
        replaced.clear();
    }

    boolean isOn() {
        return key != null;
    }

    /** Of a message, or the beginning of one that comes in parts; null when it has none, or none is asked for. */
    @Nullable
    Hash keyIn(ByteBuffer encoded) {
        try {
            return key == null ? null : key.of(encoded);
        } catch (AmqpDecodeException malformed) {
            // Whoever reads the message itself says so.
            return null;
        }
    }

    /** The message was recorded: later it may not be at hand. */
    void onRecorded(QueueEntry entry) {
        if (key != null && entry.isInJournal()) {
            var parts = entry.parts();
            var message = entry.message();
            var its = parts != null ? parts.lastValueKey() : message == null ? null : keyIn(message.encoded());
            if (its != null) {
                byIndex.put(entry.index(), its);
            }
        }
    }

    private @Nullable Hash keyOf(QueueEntry entry) {
        if (entry.isInJournal()) {
            return byIndex.get(entry.index());
        }
        var message = entry.message();
        return message == null ? null : keyIn(message.encoded());
    }

    /** The message has come to the end of the line. */
    void onLinedUp(QueueEntry entry) {
        if (key != null) {
            lineUp(keyOf(entry), entry.sequence());
        }
    }

    private void lineUp(@Nullable Hash its, long sequence) {
        var older = its == null ? null : newest.put(its, sequence);
        if (older != null) {
            replaced.add(older);
            outdating.betweenRounds(() -> replace(older));
        }
    }

    private void replace(long older) {
        // It may have left in that round.
        if (replaced.remove(older) && !outdating.replace(older)) {
            outdated.add(older);
        }
    }

    /** True of a message that is about to stand in its place again, and a newer one of its key came. */
    boolean isOutdated(QueueEntry entry) {
        return !outdated.isEmpty() && outdated.contains(entry.sequence());
    }

    /** The message is here no more. */
    void onLeft(QueueEntry entry) {
        if (key == null) {
            return;
        }
        outdated.remove(entry.sequence());
        replaced.remove(entry.sequence());
        var its = keyOf(entry);
        if (its != null) {
            newest.remove(its, entry.sequence());
            byIndex.remove(entry.index());
        }
    }

    /** A message that cannot be read is here no more. */
    void onLost(long index) {
        byIndex.remove(index);
    }

    /** True of a message that stands in the line now: others wait for their time. */
    boolean isInLine(long sequence) {
        return outdating.isInLine(sequence);
    }

    /**
     * A message was here when the broker started. In the order of indices.
     *
     * @param stoodInLine false when it waited for its time
     */
    void restore(long index, long sequence, boolean stoodInLine, ByteBuffer beginning) {
        var its = keyIn(beginning);
        if (its == null) {
            return;
        }
        if (stoodInLine) {
            lineUp(its, sequence);
        }
        if (!stoodInLine || isInLine(sequence)) {
            byIndex.put(index, its);
        } else {
            // It has expired meanwhile.
            newest.remove(its, sequence);
        }
    }

    /** Keys that are known. */
    int size() {
        return newest.size();
    }

    /** Messages that are not to come back. */
    int outdated() {
        return outdated.size();
    }
}
