package dev.godwit.amqp.type;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The node that the messages of a link go to (AMQP 1.0 §3.5.4).
 *
 * @param address null for the anonymous terminus, where each message names its own, and for a dynamic target that has
 *     no address yet
 */
public record Target(
        @Nullable String address,
        TerminusDurability durability,
        ExpiryPolicy expiryPolicy,
        long timeoutSeconds,
        boolean dynamic,
        @Nullable LifetimePolicy lifetimePolicy,
        List<Symbol> capabilities)
        implements LinkTarget {

    /** A plain target at an address, with every default of the specification. */
    public static Target at(@Nullable String address) {
        return new Target(address, TerminusDurability.NONE, ExpiryPolicy.SESSION_END, 0, false, null, List.of());
    }

    public Target withAddress(String newAddress) {
        return new Target(newAddress, durability, expiryPolicy, timeoutSeconds, dynamic, lifetimePolicy, capabilities);
    }

    /** The same in a terminus that is kept for so long, and not over a restart. */
    public Target withRetention(ExpiryPolicy newExpiryPolicy, long newTimeoutSeconds) {
        return new Target(
                address,
                TerminusDurability.NONE,
                newExpiryPolicy,
                newTimeoutSeconds,
                dynamic,
                lifetimePolicy,
                capabilities);
    }

    public Target withLifetimePolicy(@Nullable LifetimePolicy newLifetimePolicy) {
        return new Target(address, durability, expiryPolicy, timeoutSeconds, dynamic, newLifetimePolicy, capabilities);
    }

    public Target withCapabilities(List<Symbol> newCapabilities) {
        return new Target(address, durability, expiryPolicy, timeoutSeconds, dynamic, lifetimePolicy, newCapabilities);
    }
}
