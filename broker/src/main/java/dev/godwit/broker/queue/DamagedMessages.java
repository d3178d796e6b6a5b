package dev.godwit.broker.queue;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of a queue that cannot be read from the disk. Nobody is given them, and they stay in the journal as long as
 * the queue does. Owned by the queue's loop; lives as long as the queue.
 */
final class DamagedMessages {
    private static final Logger log = LoggerFactory.getLogger(DamagedMessages.class);

    private final String queueName;
    private final Removals removals;
    private final ArrayDeque<Long> indices = new ArrayDeque<>(1);
    private boolean queueDeleted;

    DamagedMessages(String queueName, Removals removals) {
        this.queueName = queueName;
        this.removals = removals;
    }

    /** Sets a message aside; perhaps there is a removal to be written. */
    void add(long index, String problem) {
        if (index != QueueEntry.NOT_IN_JOURNAL) {
            if (queueDeleted) {
                removals.add(index);
            } else {
                indices.addLast(index);
            }
        }
        log.error(
                "queue {}: message {} cannot be read and is set aside, nobody is given it: {}; the others go on",
                queueName,
                index,
                problem);
    }

    int size() {
        return indices.size();
    }

    /** Why a message is given to nobody; null when it is none of these. */
    @Nullable
    Obstacle obstacleOf(long index) {
        return indices.contains(index)
                ? Obstacle.of(WaitingReason.DAMAGED, "it cannot be read from the disk; the log says why")
                : null;
    }

    /** True when none is here. */
    boolean isEmpty() {
        return indices.isEmpty();
    }

    /** Why a message would be given to nobody that could not be read when somebody asked for it. */
    static Obstacle obstacleOfUnreadable() {
        return Obstacle.of(WaitingReason.DAMAGED, "it cannot be read from the disk");
    }

    /** From now on they are removed like all others. */
    void onQueueDeleted() {
        queueDeleted = true;
    }

    /** Removes one; false when there is none left. */
    boolean removeNext() {
        var index = indices.pollFirst();
        if (index != null) {
            removals.add(index);
        }
        return index != null;
    }
}
