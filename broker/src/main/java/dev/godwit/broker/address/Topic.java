package dev.godwit.broker.address;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where published messages part: each becomes one entry in the queue of every subscription that wants it. The copies
 * share the encoded message. Owned by the loop of the topic's shard, so that all subscriptions see the messages of a
 * producer in one order; another loop publishes through a {@link TopicDoor}.
 */
public final class Topic {
    private final String name;
    private final EventLoop owner;
    private final boolean temporary;

    /** Replaced, never changed: a message may bring its own subscriptions' end while it is published. */
    private List<Subscriber> subscribers = List.of();

    private Outlets outlets = Outlets.NONE;
    private boolean deleted;

    /** @param temporary lives no longer than the connection that made it */
    public Topic(String name, EventLoop owner, boolean temporary) {
        this.name = name;
        this.owner = owner;
        this.temporary = temporary;
    }

    /** Known from the start and never changed: any thread may ask. */
    public String name() {
        return name;
    }

    public EventLoop owner() {
        return owner;
    }

    public boolean isTemporary() {
        return temporary;
    }

    /** From now on the queue gets what is published here and passes. */
    public void add(QueueDoor queue, @Nullable MessageFilter filter, @Nullable NoLocal noLocal) {
        owner.assertCurrent();
        var more = new ArrayList<>(subscribers);
        more.add(new Subscriber(queue, owner, filter, noLocal));
        subscribers = List.copyOf(more);
    }

    public void remove(QueueDoor queue) {
        owner.assertCurrent();
        subscribers = subscribers.stream().filter(each -> each.queue() != queue).toList();
    }

    /** What is published from now on also goes along these routes. */
    public void routeAlong(Outlets newOutlets) {
        owner.assertCurrent();
        outlets = newOutlets;
    }

    /** It is no more: who publishes here from now on hears that. */
    public void delete() {
        owner.assertCurrent();
        deleted = true;
        subscribers = List.of();
    }

    /**
     * Publishes a message. The reply comes when every copy is as safe as it is to be; a message that nobody wants is safe
     * at once, or refused if it comes out of a queue.
     */
    void publish(Message message, Publisher publisher, EnqueueReply reply) {
        owner.assertCurrent();
        if (deleted) {
            reply.onDeleted();
            return;
        }
        if (outlets.isEmpty()) {
            publishHere(message, publisher, reply);
        } else {
            publishAlong(outlets.wanting(message), message, publisher, reply);
        }
    }

    /** The subscriptions together count as one more address, if any wants the message: what nobody has was not taken. */
    private void publishAlong(List<Outlet> along, Message message, Publisher publisher, EnqueueReply reply) {
        if (along.isEmpty()) {
            publishHere(message, publisher, reply);
            return;
        }
        var here = Outlets.stays(along) ? wanting(message, publisher) : List.<Subscriber>of();
        var gathered = Outlets.gathered(along.size() + (here.isEmpty() ? 0 : 1), reply);
        if (gathered != null) {
            outlets.pass(message, along, gathered);
            var copies = CopiesReply.sharing(message, here, gathered);
            here.forEach(each -> each.door().enqueue(message, copies));
        }
    }

    /** Hands it to the subscriptions. */
    private void publishHere(Message message, Publisher publisher, EnqueueReply reply) {
        Subscriber first = null;
        List<Subscriber> wanting = null;
        for (var subscriber : subscribers) {
            if (subscriber.wants(message, publisher)) {
                if (first == null) {
                    first = subscriber;
                } else {
                    if (wanting == null) {
                        wanting = new ArrayList<>();
                        wanting.add(first);
                    }
                    wanting.add(subscriber);
                }
            }
        }
        if (first == null) {
            endUnwanted(reply);
        } else if (wanting == null) {
            first.door().enqueue(message, new CopiesReply(1, reply));
        } else {
            var copies = CopiesReply.sharing(message, wanting, reply);
            for (var subscriber : wanting) {
                subscriber.door().enqueue(message, copies);
            }
        }
    }

    /**
     * What nobody wants is safe: that is what topics are for. Not so a message that leaves a queue to come here: it would be
     * nowhere then, and stays where it is.
     */
    static void endUnwanted(EnqueueReply reply) {
        if (reply.isTransfer()) {
            reply.onRefused();
        } else {
            reply.onSafe();
        }
    }

    /** The same for one that comes in parts, of which only the beginning is known. */
    void publishLarge(Message head, Publisher publisher, LargePublication publication, EnqueueReply reply) {
        owner.assertCurrent();
        if (deleted) {
            publication.beginNowhere();
            return;
        }
        var along = outlets.wanting(head);
        boolean stays = Outlets.stays(along);
        if (along.isEmpty()) {
            publication.begin(head, wanting(head, publisher), reply);
            return;
        }
        var here = stays ? wanting(head, publisher) : List.<Subscriber>of();
        var gathered = Outlets.gathered(along.size() + (here.isEmpty() ? 0 : 1), reply);
        if (gathered == null) {
            publication.beginAnswered();
            return;
        }
        outlets.passLarge(head, along, publication, gathered);
        publication.begin(head, here, gathered);
    }

    private List<Subscriber> wanting(Message head, Publisher publisher) {
        return subscribers.stream().filter(each -> each.wants(head, publisher)).toList();
    }
}
