package dev.godwit.broker.security;

import dev.godwit.amqp.sasl.PreparedText;
import dev.godwit.amqp.sasl.ScramHash;

/**
 * What a server keeps of a password for one hash function (RFC 5802 §3): it can check a proof with it, and prove itself,
 * but not log in. Immutable; the arrays are not to be changed.
 */
final class ScramKeys {
    private final ScramHash hash;
    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    /**
     * Keys that are known.
     *
     * @param storedKey the hash of the key with which a client proves that it knows the password
     * @param serverKey the key with which the server proves that it knows {@code storedKey}
     */
    ScramKeys(ScramHash hash, int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.hash = hash;
        this.iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /** Derives the keys: slow on purpose. */
    static ScramKeys derive(ScramHash hash, String password, int iterations, byte[] salt) {
        byte[] salted = hash.derive(PreparedText.of(password), salt, iterations);
        return new ScramKeys(
                hash, iterations, salt, hash.digest(hash.hmac(salted, "Client Key")), hash.hmac(salted, "Server Key"));
    }

    ScramHash hash() {
        return hash;
    }

    int iterations() {
        return iterations;
    }

    byte[] salt() {
        return salt;
    }

    byte[] storedKey() {
        return storedKey;
    }

    byte[] serverKey() {
        return serverKey;
    }
}
