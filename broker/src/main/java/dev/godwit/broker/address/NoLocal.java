package dev.godwit.broker.address;

import org.jspecify.annotations.Nullable;

/**
 * Whose messages a subscription does not want: its own connection's, or, for one that outlives connections, those of all
 * connections of its container. Immutable.
 *
 * @param connection null when {@code containerId} decides
 * @param containerId null when {@code connection} decides
 */
public record NoLocal(
        @Nullable Publisher connection, @Nullable String containerId) {
    public static NoLocal of(Publisher connection) {
        return new NoLocal(connection, null);
    }

    public static NoLocal ofContainer(String containerId) {
        return new NoLocal(null, containerId);
    }

    boolean hides(Publisher publisher) {
        return publisher == connection || publisher.containerId().equals(containerId);
    }
}
