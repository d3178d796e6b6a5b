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

    /** One user may have no more of them than these. */
    static final int USER_SHARED_MAX = 1_000;

    private static final long CHECK_MIN_MILLIS = 50;
    private static final long CHECK_MAX_MILLIS = 5_000;

    private final EventLoop control;
    private final Consumer<String> whenOver;
    private final Map<String, Node> nodes = new HashMap<>();
    private final Set<String> shared = new HashSet<>();
    private final Map<String, Integer> sharedByUser = new HashMap<>();

    /** @param whenOver hears the name of a shared node that is no more */
    TemporaryNodes(EventLoop control, Consumer<String> whenOver) {
        this.control = control;
        this.whenOver = whenOver;
    }

    private static final class Node {
        private final NodeLifetime lifetime;
        private final String user;
        private final @Nullable Shard shard;
        private final long queueId;

        /** The first is the link that it was made for. */
        private int links = 1;

        private boolean makerGone;
        private boolean isBeingChecked;
        private long checkAfterMillis = CHECK_MIN_MILLIS;

        /** @param user for whom it was made */
        Node(NodeLifetime lifetime, String user, @Nullable Shard shard, long queueId) {
            this.lifetime = lifetime;
            this.user = user;
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

    /** Why no further shared node may be made for a user; null when one may. */
    @Nullable
    String objection(String user) {
        if (shared.size() >= SHARED_MAX) {
            return "there are " + SHARED_MAX
                    + " temporary nodes that may outlive their connections; use delete-on-close";
        }
        if (sharedByUser.getOrDefault(user, 0) >= USER_SHARED_MAX) {
            return "user '" + user + "' has " + USER_SHARED_MAX
                    + " temporary nodes that may outlive their connections; use delete-on-close";
        }
        return null;
    }

    void addQueue(String address, NodeLifetime lifetime, String user, Shard shard, long queueId) {
        add(address, new Node(lifetime, user, shard, queueId));
    }

    void addTopic(String address, NodeLifetime lifetime, String user) {
        add(address, new Node(lifetime, user, null, 0));
    }

    private void add(String address, Node node) {
        control.assertCurrent();
        nodes.put(address, node);
        if (node.lifetime.isShared()) {
            shared.add(address);
            sharedByUser.merge(node.user, 1, Integer::sum);
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
        var node = nodes.remove(address);
        if (shared.remove(address) && node != null) {
            sharedByUser.computeIfPresent(node.user, (user, had) -> had == 1 ? null : Integer.valueOf(had - 1));
        }
        return node;
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
