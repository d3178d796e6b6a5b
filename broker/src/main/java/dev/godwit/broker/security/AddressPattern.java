package dev.godwit.broker.security;

import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A name in which {@code *} stands for any characters, none included. Immutable. */
final class AddressPattern {
    private final Pattern pattern;

    AddressPattern(String text) {
        var regex = Stream.of(text.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
        pattern = Pattern.compile(regex, Pattern.DOTALL);
    }

    boolean matches(String name) {
        return pattern.matcher(name).matches();
    }
}
