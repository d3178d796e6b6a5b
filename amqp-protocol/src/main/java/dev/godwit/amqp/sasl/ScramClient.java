package dev.godwit.amqp.sasl;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The client's end of one SCRAM exchange (RFC 5802), without channel binding. The server must prove, too, that it knows the
 * password. Deriving the key takes long on purpose.
 */
final class ScramClient implements SaslExchange {
    private static final int NONCE_BYTES = 24;

    /** With fewer the password could be guessed from what went over the wire (RFC 7677 §4). */
    private static final int ITERATIONS_MIN = 4_096;

    /**
     * With more a server could keep us busy: these are about a second. Our broker has 210,000 unless told
     * otherwise, others have some ten thousand.
     */
    private static final int ITERATIONS_MAX = 1_000_000;

    private static final String HEADER = "n,,";

    private final ScramHash hash;
    private final String user;
    private final String password;
    private final String nonce;
    private String clientFirstBare = "";
    private byte @Nullable [] signature;
    private boolean proven;

    ScramClient(ScramHash hash, String user, String password) {
        this(hash, user, password, newNonce());
    }

    ScramClient(ScramHash hash, String user, String password, String nonce) {
        this.hash = hash;
        this.user = user;
        this.password = password;
        this.nonce = nonce;
    }

    private static String newNonce() {
        byte[] bytes = new byte[NONCE_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** A name as it stands between commas (RFC 5802 §5.1). */
    static String escaped(String name) {
        return name.replace("=", "=3D").replace(",", "=2C");
    }

    @Override
    public byte[] begin() {
        clientFirstBare = "n=" + escaped(PreparedText.of(user)) + ",r=" + nonce;
        return (HEADER + clientFirstBare).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte[] answer(byte[] challenge) throws SaslFailure {
        String message = new String(challenge, StandardCharsets.UTF_8);
        if (signature == null) {
            return proof(message).getBytes(StandardCharsets.UTF_8);
        }
        // Some servers say their last word here, others with the outcome.
        check(message);
        return new byte[0];
    }

    /** {@code r=nonce,s=salt,i=iterations[,…]}. */
    private String proof(String serverFirst) throws SaslFailure {
        String[] fields = serverFirst.split(",", -1);
        if (fields.length < 3
                || !fields[0].startsWith("r=" + nonce)
                || !fields[1].startsWith("s=")
                || !fields[2].startsWith("i=")) {
            throw new SaslFailure("the server's first message is none of " + hash.mechanism());
        }
        String bothNonces = fields[0].substring(2);
        if (bothNonces.length() == nonce.length()) {
            throw new SaslFailure("the server has added nothing to the nonce");
        }
        byte[] salt;
        int iterations;
        try {
            salt = Base64.getDecoder().decode(fields[1].substring(2));
            iterations = Integer.parseInt(fields[2].substring(2));
        } catch (IllegalArgumentException malformed) {
            throw new SaslFailure("the server's first message is none of " + hash.mechanism(), malformed);
        }
        if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
            throw new SaslFailure("the server wants " + iterations + " iterations; we make " + ITERATIONS_MIN + " to "
                    + ITERATIONS_MAX);
        }
        byte[] salted = hash.derive(PreparedText.of(password), salt, iterations);
        byte[] clientKey = hash.hmac(salted, "Client Key");
        String withoutProof =
                "c=" + Base64.getEncoder().encodeToString(HEADER.getBytes(StandardCharsets.UTF_8)) + ",r=" + bothNonces;
        String authMessage = clientFirstBare + "," + serverFirst + "," + withoutProof;
        byte[] proof = xor(clientKey, hash.hmac(hash.digest(clientKey), authMessage));
        signature = hash.hmac(hash.hmac(salted, "Server Key"), authMessage);
        return withoutProof + ",p=" + Base64.getEncoder().encodeToString(proof);
    }

    private static byte[] xor(byte[] left, byte[] right) {
        byte[] result = Arrays.copyOf(left, left.length);
        for (int i = 0; i < result.length; i++) {
            result[i] ^= right[i];
        }
        return result;
    }

    /** {@code v=signature[,…]}, or {@code e=error}. */
    private void check(String serverFinal) throws SaslFailure {
        if (serverFinal.startsWith("e=")) {
            throw new SaslFailure("the server refuses: " + serverFinal.substring(2));
        }
        String verifier = serverFinal.split(",", -1)[0];
        byte[] theirs;
        try {
            theirs = Base64.getDecoder().decode(verifier.startsWith("v=") ? verifier.substring(2) : "");
        } catch (IllegalArgumentException notBase64) {
            theirs = new byte[0];
        }
        if (signature == null || !MessageDigest.isEqual(theirs, signature)) {
            throw new SaslFailure("the server does not know the password: its signature is wrong");
        }
        proven = true;
    }

    @Override
    public void admitted(byte @Nullable [] additionalData) throws SaslFailure {
        if (additionalData != null && additionalData.length > 0) {
            check(new String(additionalData, StandardCharsets.UTF_8));
        }
        if (!proven) {
            throw new SaslFailure("the server has not proved that it knows the password");
        }
    }
}
