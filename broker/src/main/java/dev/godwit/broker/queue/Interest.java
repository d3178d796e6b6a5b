package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer wants of a queue.
 *
 * @param filter the messages that it wants; null for all. It is the queue's from now on
 * @param copies it only looks: the messages stay where they are, for others too (AMQP 1.0 §3.5.7)
 */
public record Interest(@Nullable MessageFilter filter, boolean copies) {
    /** The usual one: every message, to have. */
    public static final Interest ALL = new Interest(null, false);

    boolean isAll() {
        return filter == null && !copies;
    }
}
