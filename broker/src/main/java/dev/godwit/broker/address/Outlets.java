package dev.godwit.broker.address;

import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.Fork;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.ProducerDoor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routes that begin at one queue or topic. A message goes along each that wants it, and all of them share its bytes, on
 * which is written where it came in first. Owned by the loop of the queue or topic; replaced as a whole.
 */
public final class Outlets implements Fork {
    static final Symbol ORIGINAL_ADDRESS = Symbol.of("x-opt-original-address");

    /** No routes. */
    static final Outlets NONE = new Outlets("", List.of());

    private final List<Outlet> outlets;
    private final @Nullable AddedAnnotations origin;
    private final MessageReader reader = new MessageReader();

    /** @param address where they begin */
    public Outlets(String address, List<Outlet> outlets) {
        this.outlets = List.copyOf(outlets);
        this.origin = AddedAnnotations.merge(null, Map.of(ORIGINAL_ADDRESS, address));
    }

    public boolean isEmpty() {
        return outlets.isEmpty();
    }

    @Override
    public boolean take(Message message, EnqueueReply reply, ProducerDoor straight) {
        var wanting = wanting(message);
        if (wanting.isEmpty()) {
            return false;
        }
        boolean stays = stays(wanting);
        var gathered = gathered(wanting.size() + (stays ? 1 : 0), reply);
        if (gathered != null) {
            pass(message, wanting, gathered);
            if (stays) {
                straight.enqueue(message, gathered);
            }
        }
        return true;
    }

    @Override
    public @Nullable LargeMessageDoor takeLarge(Message head, LargeMessageReply reply, ProducerDoor straight) {
        var wanting = wanting(head);
        if (wanting.isEmpty()) {
            return null;
        }
        boolean stays = stays(wanting);
        var publication = new LargePublication(reply::onPartsTaken, reply);
        var gathered = gathered(wanting.size() + (stays ? 1 : 0), reply);
        if (gathered == null) {
            publication.beginAnswered();
            return publication;
        }
        passLarge(head, wanting, publication, gathered);
        if (stays) {
            publication.addCopy(straight, head, gathered);
        }
        return publication;
    }

    /** Those that a message, or one with that beginning, is for. */
    List<Outlet> wanting(Message message) {
        return outlets.stream().filter(each -> each.wants(message)).toList();
    }

    /** Whether the message is also for the address itself. */
    static boolean stays(List<Outlet> wanting) {
        return wanting.stream().noneMatch(Outlet::exclusive);
    }

    /** What gathers the answers; null when the message has come too far, and its sender has been told. */
    static @Nullable RoutedReply gathered(int copies, EnqueueReply reply) {
        if (reply.hops() < RoutingRules.HOPS_MAX) {
            return new RoutedReply(copies, reply);
        }
        reply.onRejected(AmqpError.PRECONDITION_FAILED.because(
                "the message has gone along " + RoutingRules.HOPS_MAX + " routes, which is as far as it may"));
        return null;
    }

    void pass(Message message, List<Outlet> wanting, EnqueueReply reply) {
        var marked = marked(message);
        wanting.forEach(each -> each.door().enqueue(marked.along(each.way()), reply));
    }

    void passLarge(Message head, List<Outlet> wanting, LargePublication publication, EnqueueReply reply) {
        var marked = headMarked(head);
        wanting.forEach(each -> publication.addCopy(each.door(), head, marked.along(each.way()), reply));
    }

    private Message marked(Message message) {
        return origin == null || message.annotation(ORIGINAL_ADDRESS.toString()) != null
                ? message
                : message.annotated(origin, reader);
    }

    /** The head as it came when it has no room for more. */
    private Message headMarked(Message head) {
        var marked = origin == null || head.annotation(ORIGINAL_ADDRESS.toString()) != null
                ? null
                : head.headAnnotated(origin, LargeMessageDoor.PART_BYTES_MAX, reader);
        return marked == null ? head : marked;
    }
}
