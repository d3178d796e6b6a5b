package dev.godwit.broker.amqp;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The container-ids of connections that asked to be the only one with theirs (capability
 * {@code sole-connection-for-container}). Shared by all event loops; touched once when a connection opens and once when it
 * ends.
 */
public final class ContainerIds {
    private final ConcurrentMap<String, Object> owners = new ConcurrentHashMap<>();

    /** Takes the id for {@code owner}; false when another one has it. */
    boolean claim(String containerId, Object owner) {
        var earlier = owners.putIfAbsent(containerId, owner);
        return earlier == null || earlier == owner;
    }

    void release(String containerId, Object owner) {
        owners.remove(containerId, owner);
    }
}
