package dev.godwit.broker.address;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
        return topics.stream().anyMatch(pattern -> matches(pattern, address)) ? NodeKind.TOPIC : NodeKind.QUEUE;
    }

    public boolean allows(String address) {
        return enabled != exceptions.stream().anyMatch(pattern -> matches(pattern, address));
    }

    private static boolean matches(String pattern, String address) {
        var regex = Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return Pattern.compile(regex, Pattern.DOTALL).matcher(address).matches();
    }
}
