package dev.godwit.broker.address;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.Numbering;
import dev.godwit.broker.queue.ProducerDoor;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a route, at the queue or topic where its messages come in. Owned by the loop of that.
 *
 * @param way by which its messages' numbers are told from the same ones that came along another
 * @param door the way to where it leads, for that loop
 * @param filter null when it is for all messages
 * @param exclusive whether its messages do not stay
 */
public record Outlet(
        Numbering way, ProducerDoor door, @Nullable MessageFilter filter, boolean exclusive) {
    /**
     * The beginning of a route.
     *
     * @param route its name
     */
    public static Outlet of(String route, ProducerDoor door, @Nullable MessageFilter filter, boolean exclusive) {
        return new Outlet(Numbering.ofRoute(route), door, filter, exclusive);
    }

    boolean wants(Message message) {
        return filter == null || filter.matches(message);
    }
}
