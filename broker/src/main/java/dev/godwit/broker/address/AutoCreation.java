package dev.godwit.broker.address;

import dev.godwit.broker.policy.AddressPattern;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether an address is made when a client first names it.
 *
 * @param enabled what holds for all addresses that no exception names
 * @param exceptions patterns for which the opposite holds; {@code *} stands for any characters
 * @param topics patterns of the addresses that become topics when the client does not say what it wants; all others become
 *     queues
 */
public record AutoCreation(boolean enabled, List<String> exceptions, List<String> topics) {
    public static final AutoCreation ON = new AutoCreation(true, List.of());

    public AutoCreation {
        exceptions = List.copyOf(exceptions);
        topics = List.copyOf(topics);
    }

    /** Whatever is made for a client that does not say what it wants is a queue. */
    public AutoCreation(boolean enabled, List<String> exceptions) {
        this(enabled, exceptions, List.of());
    }

    /** What is made at an address when the client does not say what it wants. */
    public NodeKind kindOf(String address) {
        return matches(topics, address) ? NodeKind.TOPIC : NodeKind.QUEUE;
    }

    /** With one pattern more of addresses that become topics. */
    public AutoCreation withTopics(String pattern) {
        var more = new ArrayList<>(topics);
        more.add(pattern);
        return new AutoCreation(enabled, exceptions, more);
    }

    public boolean allows(String address) {
        return enabled != matches(exceptions, address);
    }

    private static boolean matches(List<String> patterns, String address) {
        return patterns.stream().anyMatch(pattern -> new AddressPattern(pattern).matches(address));
    }
}
