package dev.godwit.broker.cluster;

import dev.godwit.broker.address.NodeLifetime;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.Shard;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that were made for links, and which of them are over. One that is shared goes with the last of the links and
 * messages that its lifetime names. Owned by the control loop.
 *
 * <p>Whether a queue holds messages its shard alone can say, so the shard deletes it if it is empty, and is asked again,
 * more and more rarely, while it is not.
 */
final class TemporaryNodes {
    /** Shared nodes may outlive their connections; there are no more of them than these. */
    static final int SHARED_MAX = 10_000;

    private static final long CHECK_MIN_MILLIS = 50;
    private static final long CHECK_MAX_MILLIS = 5_000;

    private final EventLoop control;
    private final Consumer<String> whenOver;
    private final Map<String, Node> nodes = new HashMap<>();
    private final Set<String> shared = new HashSet<>();

    /** @param whenOver hears the name of a shared node that is no more */
    TemporaryNodes(EventLoop control, Consumer<String> whenOver) {
        this.control = control;
        this.whenOver = whenOver;
    }

    private static final class Node {
        private final NodeLifetime lifetime;
        private final @Nullable Shard shard;
        private final long queueId;

        /** The first is the link that it was made for. */
        private int links = 1;

        private boolean makerGone;
        private boolean isBeingChecked;
        private long checkAfterMillis = CHECK_MIN_MILLIS;

        Node(NodeLifetime lifetime, @Nullable Shard shard, long queueId) {
            this.lifetime = lifetime;
            this.shard = shard;
            this.queueId = queueId;
        }

        boolean isLeftByLinks() {
            return lifetime.isShared() && (lifetime.isOfAnyLink() ? links == 0 : makerGone);
        }

        void deleteQueue() {
            var home = shard;
            if (home != null) {
                home.owner().execute(() -> home.deleteQueue(queueId));
            }
        }
    }

    /** True when no further shared node may be made. */
    boolean isFull() {
        return shared.size() >= SHARED_MAX;
    }

    void addQueue(String address, NodeLifetime lifetime, Shard shard, long queueId) {
        add(address, new Node(lifetime, shard, queueId));
    }

    void addTopic(String address, NodeLifetime lifetime) {
        add(address, new Node(lifetime, null, 0));
    }

    private void add(String address, Node node) {
        control.assertCurrent();
        nodes.put(address, node);
        if (node.lifetime.isShared()) {
            shared.add(address);
        }
    }

    /** The names of those that are shared. */
    Set<String> shared() {
        return shared;
    }

    /** Ends a node; false when there is none of that name. */
    boolean delete(String address) {
        control.assertCurrent();
        var node = remove(address);
        if (node != null) {
            node.deleteQueue();
        }
        return node != null;
    }

    private @Nullable Node remove(String address) {
        shared.remove(address);
        return nodes.remove(address);
    }

    void join(String address) {
        control.assertCurrent();
        var node = nodes.get(address);
        if (node != null) {
            node.links++;
        }
    }

    void leave(String address, boolean maker) {
        control.assertCurrent();
        var node = nodes.get(address);
        if (node != null) {
            node.links--;
            node.makerGone |= maker;
            node.checkAfterMillis = CHECK_MIN_MILLIS;
            check(address, node);
        }
    }

    private void check(String address, Node node) {
        if (!node.isLeftByLinks() || node.isBeingChecked || nodes.get(address) != node) {
            return;
        }
        var home = node.shard;
        if (home == null || !node.lifetime.isOfMessages()) {
            node.deleteQueue();
            end(address);
            return;
        }
        node.isBeingChecked = true;
        home.owner().execute(() -> {
            boolean deleted = home.deleteQueueIfEmpty(node.queueId);
            control.execute(() -> onChecked(address, node, deleted));
        });
    }

    private void onChecked(String address, Node node, boolean deleted) {
        if (nodes.get(address) != node) {
            return;
        }
        if (deleted) {
            end(address);
            return;
        }
        control.schedule(node.checkAfterMillis, () -> {
            node.isBeingChecked = false;
            check(address, node);
        });
        node.checkAfterMillis = Math.min(CHECK_MAX_MILLIS, 2 * node.checkAfterMillis);
    }

    private void end(String address) {
        remove(address);
        whenOver.accept(address);
    }
}
