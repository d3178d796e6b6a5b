package dev.godwit.broker.policy;

/** What holds at each address that a pattern matches. Immutable. */
public record AddressPolicy(AddressPattern pattern, AddressSettings settings) {
    public AddressPolicy(String pattern, AddressSettings settings) {
        this(new AddressPattern(pattern), settings);
    }
}
