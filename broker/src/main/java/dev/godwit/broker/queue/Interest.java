package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer wants of a queue.
 *
 * @param filter the messages that it wants; null for all. It is the queue's from now on
 * @param copies it only looks: the messages stay where they are, for others too (AMQP 1.0 §3.5.7)
 * @param priority while one of higher priority has credit, it is given nothing that the other wants
 * @param aside it stands beside the others: it does not count as one of them, nor does it stand by for another
 * @param deferred it wants these, which consumers have laid aside, by their sequence numbers; null for others
 */
public record Interest(
        @Nullable MessageFilter filter,
        boolean copies,
        int priority,
        boolean aside,
        @Nullable List<Long> deferred) {
    static final int USUAL_PRIORITY = 0;

    /** The usual one: every message, to have. */
    public static final Interest ALL = new Interest(null, false);

    /** Of the usual priority. */
    public Interest(@Nullable MessageFilter filter, boolean copies) {
        this(filter, copies, USUAL_PRIORITY);
    }

    /** Of one among the others. */
    public Interest(@Nullable MessageFilter filter, boolean copies, int priority) {
        this(filter, copies, priority, false, null);
    }

    /** Of one that stands beside the others. */
    static Interest aside(@Nullable MessageFilter filter, boolean copies) {
        return new Interest(filter, copies, USUAL_PRIORITY, true, null);
    }

    /** Messages that consumers have laid aside, by their sequence numbers, in this order. */
    public static Interest inDeferred(List<Long> sequenceNumbers, boolean copies) {
        return new Interest(null, copies, USUAL_PRIORITY, false, List.copyOf(sequenceNumbers));
    }

    /** The same with another priority. */
    public Interest withPriority(int newPriority) {
        return new Interest(filter, copies, newPriority, aside, deferred);
    }

    boolean isAll() {
        return filter == null && !copies && deferred == null;
    }
}
