package dev.godwit.broker.security;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The users that were configured, with the hashes of their passwords. Immutable. */
public final class Users {
    /** Hashed for a user that does not exist, so that both answers take the same time. */
    private final PasswordHash decoy;

    private final Map<String, PasswordHash> hashes;

    public Users(Map<String, PasswordHash> hashes) {
        this.hashes = Map.copyOf(hashes);
        this.decoy = PasswordHash.parse(PasswordHash.hash("nobody")).orElseThrow();
    }

    public boolean isEmpty() {
        return hashes.isEmpty();
    }

    /** Whether the user exists and this is the password. Slow on purpose: not for an event loop. */
    boolean check(String user, String password) {
        @Nullable PasswordHash hash = hashes.get(user);
        boolean matches = (hash == null ? decoy : hash).matches(password);
        return hash != null && matches;
    }
}
