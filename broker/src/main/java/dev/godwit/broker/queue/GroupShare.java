package dev.godwit.broker.queue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The groups of one consumer. Owned by the queue's loop; lives as long as the consumer. */
final class GroupShare {
    private final Set<MessageGroup> groups = new LinkedHashSet<>();

    /** How many of them will not stay. */
    private int leaving;

    /** Those of which something is held back that may perhaps be given out when the consumer has credit. */
    final Set<HeldBack> waiting = new LinkedHashSet<>();

    /** How many are to stay. */
    int size() {
        return groups.size() - leaving;
    }

    void add(MessageGroup group) {
        groups.add(group);
    }

    /** One of them will go to somebody else. */
    void onLeaving() {
        leaving++;
    }

    void remove(MessageGroup group, boolean wasLeaving) {
        groups.remove(group);
        leaving -= wasLeaving ? 1 : 0;
    }

    List<MessageGroup> groups() {
        return List.copyOf(groups);
    }
}
