package dev.godwit.broker.security;

import dev.godwit.amqp.sasl.ScramHash;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a password: salted, and slow to guess. Written
 * {@code scram$iterations$salt$storedKey256$serverKey256$storedKey512$serverKey512}, which serves SCRAM and PLAIN alike;
 * {@code pbkdf2-sha256$iterations$salt$hash} (RFC 8018 §5.2) is understood, too, and serves PLAIN only. Immutable. Hashing
 * takes a good part of a second on purpose: not for an event loop.
 */
public final class PasswordHash {
    private static final String SCRAM = "scram";
    private static final String PBKDF2 = "pbkdf2-sha256";
    private static final int SCRAM_PARTS = 7;
    private static final int PBKDF2_PARTS = 4;
    private static final int PBKDF2_BYTES_MIN = 16;
    private static final int PART_BYTES_MAX = 128;
    private static final int ITERATIONS_MAX = 10_000_000;
    static final int ITERATIONS = 210_000;
    static final int SALT_BYTES = 16;

    private final int iterations;
    private final byte[] salt;
    private final byte[] pbkdf2;
    private final @Nullable ScramKeys sha256;
    private final @Nullable ScramKeys sha512;

    private PasswordHash(
            int iterations, byte[] salt, byte[] pbkdf2, @Nullable ScramKeys sha256, @Nullable ScramKeys sha512) {
        this.iterations = iterations;
        this.salt = salt;
        this.pbkdf2 = pbkdf2;
        this.sha256 = sha256;
        this.sha512 = sha512;
    }

    /** Hashes a password under a fresh salt. */
    public static String hash(String password) {
        byte[] salt = bytes(new SecureRandom(), SALT_BYTES);
        var sha256 = ScramKeys.derive(ScramHash.SHA_256, password, ITERATIONS, salt);
        var sha512 = ScramKeys.derive(ScramHash.SHA_512, password, ITERATIONS, salt);
        var text = new StringBuilder(SCRAM).append('$').append(ITERATIONS);
        for (byte[] part :
                new byte[][] {salt, sha256.storedKey(), sha256.serverKey(), sha512.storedKey(), sha512.serverKey()}) {
            text.append('$').append(Base64.getEncoder().withoutPadding().encodeToString(part));
        }
        return text.toString();
    }

    /** One that no password is known to match, and that takes as long to try as a real one; itself it takes no time. */
    static PasswordHash ofNobody() {
        var random = new SecureRandom();
        byte[] salt = bytes(random, SALT_BYTES);
        return new PasswordHash(
                ITERATIONS,
                salt,
                new byte[0],
                keysOfNobody(ScramHash.SHA_256, salt, random),
                keysOfNobody(ScramHash.SHA_512, salt, random));
    }

    private static ScramKeys keysOfNobody(ScramHash hash, byte[] salt, SecureRandom random) {
        return new ScramKeys(hash, ITERATIONS, salt, bytes(random, hash.bytes()), bytes(random, hash.bytes()));
    }

    private static byte[] bytes(SecureRandom random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Reads what {@link #hash} writes, now or in earlier versions; empty when the text is something else. */
    public static Optional<PasswordHash> parse(String text) {
        String[] parts = text.split("\\$", -1);
        try {
            if (parts.length == SCRAM_PARTS && parts[0].equals(SCRAM)) {
                return Optional.of(scram(parts));
            }
            if (parts.length == PBKDF2_PARTS && parts[0].equals(PBKDF2)) {
                byte[] hash = bytes(parts[3]);
                return hash.length < PBKDF2_BYTES_MIN
                        ? Optional.empty()
                        : Optional.of(new PasswordHash(iterations(parts[1]), bytes(parts[2]), hash, null, null));
            }
            return Optional.empty();
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    private static PasswordHash scram(String[] parts) {
        int iterations = iterations(parts[1]);
        byte[] salt = bytes(parts[2]);
        return new PasswordHash(
                iterations,
                salt,
                new byte[0],
                keys(ScramHash.SHA_256, iterations, salt, parts[3], parts[4]),
                keys(ScramHash.SHA_512, iterations, salt, parts[5], parts[6]));
    }

    private static ScramKeys keys(ScramHash hash, int iterations, byte[] salt, String storedKey, String serverKey) {
        byte[] stored = bytes(storedKey);
        byte[] server = bytes(serverKey);
        if (stored.length != hash.bytes() || server.length != hash.bytes()) {
            throw new IllegalArgumentException("keys of " + hash + " have " + hash.bytes() + " bytes");
        }
        return new ScramKeys(hash, iterations, salt, stored, server);
    }

    private static int iterations(String text) {
        int iterations = Integer.parseInt(text);
        if (iterations < 1 || iterations > ITERATIONS_MAX) {
            throw new IllegalArgumentException("1 to " + ITERATIONS_MAX + " iterations: " + iterations);
        }
        return iterations;
    }

    private static byte[] bytes(String base64) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        if (bytes.length == 0 || bytes.length > PART_BYTES_MAX) {
            throw new IllegalArgumentException("1 to " + PART_BYTES_MAX + " bytes: " + bytes.length);
        }
        return bytes;
    }

    /** Whether this is the hash of {@code password}; takes as long for a wrong one as for the right one. */
    public boolean matches(String password) {
        if (sha256 != null) {
            var derived = ScramKeys.derive(ScramHash.SHA_256, password, iterations, salt);
            return MessageDigest.isEqual(sha256.storedKey(), derived.storedKey());
        }
        return MessageDigest.isEqual(pbkdf2, ScramHash.SHA_256.derive(password, salt, iterations, pbkdf2.length));
    }

    /** Whether {@code text} is the hash of {@code password}; false when it is no hash at all. */
    public static boolean matches(String text, String password) {
        return parse(text).map(parsed -> parsed.matches(password)).orElse(false);
    }

    /** The keys for SCRAM; null when this hash was made before there was SCRAM. */
    @Nullable
    ScramKeys keys(ScramHash hash) {
        return hash == ScramHash.SHA_256 ? sha256 : sha512;
    }
}
