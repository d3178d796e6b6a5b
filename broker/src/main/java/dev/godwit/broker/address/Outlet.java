package dev.godwit.broker.address;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ProducerDoor;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a route, at the queue or topic where its messages come in. Owned by the loop of that.
 *
 * @param door the way to where it leads, for that loop
 * @param filter null when it is for all messages
 * @param exclusive whether its messages do not stay
 */
public record Outlet(ProducerDoor door, @Nullable MessageFilter filter, boolean exclusive) {
    boolean wants(Message message) {
        return filter == null || filter.matches(message);
    }
}
