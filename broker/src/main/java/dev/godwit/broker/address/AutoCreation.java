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
 */
public record AutoCreation(boolean enabled, List<String> exceptions) {
    public static final AutoCreation ON = new AutoCreation(true, List.of());

    public AutoCreation {
        exceptions = List.copyOf(exceptions);
    }

    public boolean allows(String address) {
        return enabled != exceptions.stream().anyMatch(pattern -> matches(pattern, address));
    }

    private static boolean matches(String pattern, String address) {
        var regex = Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        return Pattern.compile(regex, Pattern.DOTALL).matcher(address).matches();
    }
}
