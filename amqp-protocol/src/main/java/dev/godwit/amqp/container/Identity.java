package dev.godwit.amqp.container;

import java.util.Set;

/**
 * Who a peer proved to be.
 *
 * @param mechanism the SASL mechanism that proved it
 * @param name the user's name; {@code anonymous} for ANONYMOUS
 * @param groups those that the user belongs to, as the authenticator says
 */
public record Identity(String mechanism, String name, Set<String> groups) {
    public static final Identity ANONYMOUS = new Identity("ANONYMOUS", "anonymous");

    public Identity {
        groups = Set.copyOf(groups);
    }

    /** Somebody who belongs to no group. */
    public Identity(String mechanism, String name) {
        this(mechanism, name, Set.of());
    }
}
