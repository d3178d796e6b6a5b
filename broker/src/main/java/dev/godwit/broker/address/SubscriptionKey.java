package dev.godwit.broker.address;

import org.jspecify.annotations.Nullable;

/**
 * Which named subscription it is.
 *
 * @param containerId of the clients that may take it up; null for one that is shared by all containers
 * @param name as clients call it
 * @param durable kept when nobody uses it; a durable subscription and another one of the same name are two
 */
public record SubscriptionKey(@Nullable String containerId, String name, boolean durable) {
    public static final int LENGTH_MAX = 500;

    /** Says what is wrong with the names, for the peer; null when nothing is. */
    public @Nullable String objection() {
        int length = name.length() + (containerId == null ? 0 : containerId.length());
        if (length > LENGTH_MAX) {
            return "container-id and name of a subscription may have " + LENGTH_MAX
                    + " characters together; these have " + length;
        }
        return AddressName.objection("the name of a subscription", name);
    }
}
