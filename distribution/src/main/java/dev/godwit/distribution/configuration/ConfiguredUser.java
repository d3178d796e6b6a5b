package dev.godwit.distribution.configuration;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Someone who may connect.
 *
 * @param passwordHash as {@code godwit hash-password} prints it; null for one with a certificate or a token
 * @param groups whose permissions this user has, too
 */
public record ConfiguredUser(String name, @Nullable String passwordHash, Set<String> groups) {
    /** Leaves the hash out: it does not belong in a log. */
    @Override
    public String toString() {
        return "ConfiguredUser[name=" + name + ", groups=" + groups + "]";
    }
}
