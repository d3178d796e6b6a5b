package dev.godwit.broker.queue;

import dev.godwit.broker.message.GroupReader;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.runtime.Clock;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The groups of one queue's messages that are known: those of which something is out or held back, and so many others, for
 * which it is remembered whose they were. Costs a queue without groups nothing. Owned by the queue's loop; lives as long as
 * the queue.
 */
final class MessageGroups {
    /** Groups that are remembered although nothing of them is here, and what these may take in memory. */
    static final int IDLE_MAX = 4_096;

    static final long IDLE_BYTES_MAX = 2L << 20;

    private final GroupReader reader = new GroupReader();
    private final Lanes lanes;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final Clock clock;
    private final Runnable wake;
    private final Map<String, MessageGroup> byId = new HashMap<>();

    /** Of which nothing is here, the one first of which that has held for longest. */
    private final Set<MessageGroup> idle = new LinkedHashSet<>();

    private long idleBytes;
    private final ArrayDeque<MessageGroup> changed = new ArrayDeque<>(1);
    private int comings;
    private boolean on = true;

    /** True while it is not known of which groups messages are that wait for their next attempt. */
    private boolean learning;

    /** @param wake posts a turn of the queue */
    MessageGroups(Lanes lanes, QueueLog journal, MessageMemory memory, Clock clock, Runnable wake) {
        this.lanes = lanes;
        this.journal = journal;
        this.memory = memory;
        this.clock = clock;
        this.wake = wake;
    }

    /** What a selection needs for them. */
    HeldGroups of(Seeker seeker, ConsumerRotation rotation, Seekers.Giving giving) {
        var reads = new HeldReads(lanes, journal, wake);
        return new HeldGroups(seeker, this, lanes, clock, memory, rotation, giving, reads);
    }

    boolean isOn() {
        return on;
    }

    /** Messages have groups from now on, or have none. What was known is forgotten. */
    void turn(boolean newOn) {
        on = newOn;
        for (var group : byId.values()) {
            group.disown();
            memory.add(-group.heapBytes());
        }
        byId.clear();
        idle.clear();
        idleBytes = 0;
        changed.clear();
    }

    /** These wait for their next attempt since before the start. Until their groups are known, nothing of any is given out. */
    void learn(List<QueueEntry> retried) {
        learning = true;
        new RetriedGroups(retried, this, journal, () -> {
                    learning = false;
                    List.copyOf(byId.values()).forEach(this::onChanged);
                })
                .goOn();
    }

    boolean isLearning() {
        return learning;
    }

    /** True when none is known. */
    boolean isEmpty() {
        return byId.isEmpty();
    }

    int size() {
        return byId.size();
    }

    /** The group of a message, as far as it has to be known; null for none. */
    @Nullable
    MessageGroup of(Message message) {
        var id = on && message.hasGroup() ? reader.groupId(message) : null;
        if (id == null) {
            return null;
        }
        var known = byId.get(id);
        if (known == null) {
            known = new MessageGroup(this, id);
            byId.put(id, known);
            memory.add(known.heapBytes());
            onChanged(known);
        }
        return known;
    }

    /** The same without making anything known that is not. */
    @Nullable
    MessageGroup find(Message message) {
        var id = on && message.hasGroup() ? reader.groupId(message) : null;
        return id == null ? null : byId.get(id);
    }

    /** Why no message of any group is given out; null when this is not the reason. */
    @Nullable
    Obstacle obstacle() {
        return on && learning
                ? Obstacle.of(
                        WaitingReason.GROUPS_UNKNOWN,
                        "the queue finds out of which groups messages are that are to be tried again first")
                : null;
    }

    /** Whether the message that {@link #of} was asked about is the last of its group: the next may go to somebody else. */
    boolean wasLast() {
        return reader.wasLast();
    }

    /** A consumer has credit: if it is the first time, it may get groups of others. */
    void onTaker(QueueConsumer consumer) {
        if (consumer.shareOrNull() == null) {
            consumer.share();
            comings++;
        }
    }

    /** How many have come. */
    int comings() {
        return comings;
    }

    /** It has to be seen what follows from that, at the beginning of the next turn. */
    void onChanged(MessageGroup group) {
        if (!group.changed) {
            group.changed = true;
            changed.addLast(group);
            wake.run();
        }
    }

    /** Sees what follows from what has changed. At the beginning of a turn. */
    void settle() {
        for (var group = changed.pollFirst(); group != null; group = changed.pollFirst()) {
            group.changed = false;
            if (byId.get(group.id()) == group) {
                settle(group);
            }
        }
    }

    private void settle(MessageGroup group) {
        if (group.isIn() && (group.leavesOwner() || group.hasLostOwner())) {
            group.disown();
        }
        for (var held : group.heldBack()) {
            held.holder().enqueue(held);
        }
        boolean rests =
                group.isIn() && !group.waitsForRetry() && group.heldBack().isEmpty();
        if (!rests) {
            if (idle.remove(group)) {
                idleBytes -= group.heapBytes();
            }
        } else if (group.owner() == null) {
            forget(group);
        } else if (idle.add(group)) {
            idleBytes += group.heapBytes();
            forgetMoreThanMayBe();
        }
    }

    private void forgetMoreThanMayBe() {
        while (idle.size() > IDLE_MAX || idleBytes > IDLE_BYTES_MAX) {
            var oldest = idle.iterator().next();
            oldest.disown();
            forget(oldest);
        }
    }

    private void forget(MessageGroup group) {
        byId.remove(group.id());
        memory.add(-group.heapBytes());
        if (idle.remove(group)) {
            idleBytes -= group.heapBytes();
        }
    }
}
