package dev.godwit.broker.security;

import dev.godwit.amqp.sasl.ScramHash;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The users that log in with a password, with what is kept of it. Immutable. */
public final class Users {
    /** Hashed for a user that does not exist, so that both answers take the same time. */
    private final PasswordHash decoy;

    private final Map<String, PasswordHash> hashes;
    private final byte[] decoySecret;

    public Users(Map<String, PasswordHash> hashes) {
        this.hashes = Map.copyOf(hashes);
        decoy = PasswordHash.ofNobody();
        decoySecret = decoySecret();
    }

    /**
     * From what nobody outside knows, and the same after a restart: a user that does not exist must not be told by a salt
     * that changes.
     */
    private byte[] decoySecret() {
        byte[] secret = new byte[ScramHash.SHA_256.bytes()];
        for (var hash : new TreeMap<>(hashes).values()) {
            var keys = hash.keys(ScramHash.SHA_256);
            if (keys != null) {
                secret = ScramHash.SHA_256.hmac(secret, keys.serverKey());
            }
        }
        return secret;
    }

    public boolean isEmpty() {
        return hashes.isEmpty();
    }

    /** Whether all of them can log in by SCRAM: clients prefer it to PLAIN, whoever their user is. */
    public boolean allHaveScramKeys() {
        return !hashes.isEmpty() && hashes.values().stream().allMatch(hash -> hash.keys(ScramHash.SHA_256) != null);
    }

    /** Whether the user exists and this is the password. Slow on purpose: not for an event loop. */
    boolean check(String user, String password) {
        @Nullable PasswordHash hash = hashes.get(user);
        boolean matches = (hash == null ? decoy : hash).matches(password);
        return hash != null && matches;
    }

    /** The keys of a user, or such as nobody can log in with, that look the same from outside. */
    ScramKeys keys(ScramHash scram, String user) {
        var hash = hashes.get(user);
        var keys = hash == null ? null : hash.keys(scram);
        if (keys != null) {
            return keys;
        }
        byte[] salt = Arrays.copyOf(ScramHash.SHA_256.hmac(decoySecret, "salt " + user), PasswordHash.SALT_BYTES);
        // Nobody knows what hashes to this.
        byte[] storedKey = scram.hmac(decoySecret, "key " + user);
        return new ScramKeys(scram, PasswordHash.ITERATIONS, salt, storedKey, storedKey);
    }

    boolean exists(String user) {
        return hashes.containsKey(user);
    }
}
