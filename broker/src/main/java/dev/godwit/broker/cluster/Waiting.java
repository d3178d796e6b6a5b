package dev.godwit.broker.cluster;

import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.address.NodeKind;
import dev.godwit.broker.address.TopicDoor;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.runtime.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who wants to know what is at an address, and hears it on the loop that asked. Immutable.
 *
 * @param kind what it is to be; null when that does not matter
 */
record Waiting(@Nullable NodeKind kind, EventLoop caller, AddressReply reply) {
    /** As a refusal says it. */
    String word() {
        return (kind == null ? NodeKind.QUEUE : kind).word();
    }

    void onFound(QueueDoor door) {
        if (kind == NodeKind.TOPIC) {
            onRefused(Refusal.NOT_FOUND, "'" + door.name() + "' is a queue, not a topic");
        } else {
            caller.execute(() -> reply.onFound(door));
        }
    }

    void onTopic(TopicDoor door) {
        if (kind == NodeKind.QUEUE) {
            onRefused(Refusal.NOT_FOUND, "'" + door.name() + "' is a topic, not a queue");
        } else {
            caller.execute(() -> reply.onTopic(door));
        }
    }

    void onRefused(Refusal refusal, String description) {
        caller.execute(() -> reply.onRefused(refusal, description));
    }
}
