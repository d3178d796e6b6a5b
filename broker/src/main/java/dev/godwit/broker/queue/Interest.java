package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer wants of a queue.
 *
 * @param filter the messages that it wants; null for all. It is the queue's from now on
 * @param copies it only looks: the messages stay where they are, for others too (AMQP 1.0 §3.5.7)
 * @param priority while one of higher priority has credit, it is given nothing that the other wants
 * @param aside it stands beside the others: it does not count as one of them, nor does it stand by for another
 */
public record Interest(@Nullable MessageFilter filter, boolean copies, int priority, boolean aside) {
    static final int USUAL_PRIORITY = 0;

    /** The usual one: every message, to have. */
    public static final Interest ALL = new Interest(null, false);

    /** Of the usual priority. */
    public Interest(@Nullable MessageFilter filter, boolean copies) {
        this(filter, copies, USUAL_PRIORITY);
    }

    /** Of one among the others. */
    public Interest(@Nullable MessageFilter filter, boolean copies, int priority) {
        this(filter, copies, priority, false);
    }

    /** Of one that stands beside the others. */
    static Interest aside(@Nullable MessageFilter filter, boolean copies) {
        return new Interest(filter, copies, USUAL_PRIORITY, true);
    }

    /** The same with another priority. */
    public Interest withPriority(int newPriority) {
        return new Interest(filter, copies, newPriority, aside);
    }

    boolean isAll() {
        return filter == null && !copies;
    }
}
