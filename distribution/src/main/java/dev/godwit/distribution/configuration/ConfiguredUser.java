package dev.godwit.distribution.configuration;

/**
 * Someone who may connect.
 *
 * @param passwordHash as {@code godwit hash-password} prints it
 */
public record ConfiguredUser(String name, String passwordHash) {
    /** Leaves the hash out: it does not belong in a log. */
    @Override
    public String toString() {
        return "ConfiguredUser[name=" + name + "]";
    }
}
