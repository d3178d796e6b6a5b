package dev.godwit.broker.queue;

import dev.godwit.broker.message.Message;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one group that a {@link Selection} has passed, since they could not be given out then: where they stand, and
 * the next of them if they had to be read. They stay in their line. Owned by the queue's loop, as part of
 * {@link HeldGroups}.
 */
final class HeldBack {
    private static final int MANY = 64;

    private final HeldGroups holder;
    private final MessageGroup group;
    private final MessageMemory memory;
    private long firstSinceMillis;
    private final SequenceList sequences = new SequenceList();
    private final Map<Long, Message> read = new HashMap<>(2);

    /** After which the group may go to somebody else; null for none. */
    private @Nullable Set<Long> lastOnes;

    /** From so many on it is time to look which of them have gone. */
    private int many = MANY;

    /** Where it waits to be tried; null when it does not. */
    private @Nullable Set<HeldBack> place;

    /** True while some of it is on its way from the disk. */
    boolean reading;

    HeldBack(HeldGroups holder, MessageGroup group, MessageMemory memory) {
        this.holder = holder;
        this.group = group;
        this.memory = memory;
    }

    HeldGroups holder() {
        return holder;
    }

    MessageGroup group() {
        return group;
    }

    /** It waits there to be tried, behind others; or nowhere. */
    void waitIn(@Nullable Set<HeldBack> newPlace) {
        if (place != newPlace) {
            if (place != null) {
                place.remove(this);
            }
            place = newPlace;
            if (newPlace != null) {
                newPlace.add(this);
            }
        }
    }

    boolean isWaitingIn(Set<HeldBack> asked) {
        return place == asked;
    }

    boolean isWaiting() {
        return place != null;
    }

    /** Since when, at the latest, its first message has waited; wall clock. */
    long firstSinceMillis() {
        return firstSinceMillis;
    }

    SequenceList sequences() {
        return sequences;
    }

    boolean isEmpty() {
        return sequences.isEmpty();
    }

    /** @param last after it the group may go to somebody else */
    void add(long sequence, boolean last, long nowMillis) {
        if (sequences.add(sequence)) {
            memory.add(SequenceList.NUMBER_BYTES);
        }
        if (sequences.get(0) == sequence) {
            // Also one that was here before: it may have been given out from elsewhere, and come back.
            firstSinceMillis = nowMillis;
        }
        if (last) {
            if (lastOnes == null) {
                lastOnes = new HashSet<>();
            }
            lastOnes.add(sequence);
        }
    }

    /**
     * Messages that expire, or make room for others, are not missed here: so now and then, when they have become twice as
     * many, those are forgotten that are gone.
     */
    void forgetIfMany(LongPredicate isHere, long nowMillis) {
        if (sequences.size() < many) {
            return;
        }
        long firstBefore = sequences.get(0);
        sequences.retain(sequence -> {
            boolean stays = isHere.test(sequence);
            if (!stays) {
                forget(sequence);
            }
            return stays;
        });
        if (sequences.isEmpty() || sequences.get(0) != firstBefore) {
            firstSinceMillis = nowMillis;
        }
        many = Math.max(MANY, 2 * sequences.size());
    }

    private void forget(long sequence) {
        memory.add(-SequenceList.NUMBER_BYTES);
        if (lastOnes != null) {
            lastOnes.remove(sequence);
        }
        var message = read.remove(sequence);
        if (message != null) {
            memory.add(-message.sizeBytes());
        }
    }

    boolean isLast(long sequence) {
        return lastOnes != null && lastOnes.contains(sequence);
    }

    void remove(int place, long nowMillis) {
        firstSinceMillis = place == 0 ? nowMillis : firstSinceMillis;
        long sequence = sequences.get(place);
        sequences.remove(place);
        forget(sequence);
    }

    /** A message that was read; null when it was not. */
    @Nullable
    Message read(long sequence) {
        return read.get(sequence);
    }

    boolean hasRead() {
        return !read.isEmpty();
    }

    void onRead(long sequence, Message message) {
        var before = read.put(sequence, message);
        memory.add(message.sizeBytes() - (before == null ? 0 : before.sizeBytes()));
    }

    /** What was read can be read again. */
    void dropRead() {
        read.values().forEach(message -> memory.add(-message.sizeBytes()));
        read.clear();
    }

    /** Nobody holds it back any more. */
    void end() {
        dropRead();
        memory.add(-(long) SequenceList.NUMBER_BYTES * sequences.size());
    }
}
