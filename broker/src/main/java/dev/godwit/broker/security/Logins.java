package dev.godwit.broker.security;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All by which users can be told from others. Shared by the loops; nothing of it changes while the broker runs.
 *
 * @param desk checks passwords, and counts failures; null when nobody has a password or a token
 * @param tokens checks tokens; null when none are taken
 * @param certificateUser whom a certificate stands for
 * @param groups the groups of each user that was configured
 */
public record Logins(
        @Nullable LoginDesk desk,
        @Nullable BearerTokens tokens,
        CertificateUser certificateUser,
        Map<String, Set<String>> groups)
        implements AutoCloseable {
    /** Nobody is known. */
    public static final Logins NONE = new Logins(null, null, new CertificateUser("CN"), Map.of());

    public Logins {
        groups = Map.copyOf(groups);
    }

    /** Those that were configured for a user, and those that its proof brought along. */
    public Set<String> groups(String user, Set<String> proven) {
        var configured = groups.getOrDefault(user, Set.of());
        if (proven.isEmpty()) {
            return configured;
        }
        var all = new HashSet<>(proven);
        all.addAll(configured);
        return all;
    }

    /** Whether SCRAM works for every user that has a password. */
    public boolean hasScramKeys() {
        return desk != null && desk.users().allHaveScramKeys();
    }

    @Override
    public void close() {
        if (desk != null) {
            desk.close();
        }
        if (tokens != null) {
            tokens.close();
        }
    }
}
