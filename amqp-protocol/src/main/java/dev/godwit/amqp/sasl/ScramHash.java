package dev.godwit.amqp.sasl;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** The hash functions with which SCRAM is spoken (RFC 5802 §2.2, RFC 7677), the strongest first. */
public enum ScramHash {
    SHA_512("SHA-512", "HmacSHA512", "PBKDF2WithHmacSHA512", 64),
    SHA_256("SHA-256", "HmacSHA256", "PBKDF2WithHmacSHA256", 32),
    SHA_1("SHA-1", "HmacSHA1", "PBKDF2WithHmacSHA1", 20);

    private final String digest;
    private final String mac;
    private final String derivation;
    private final int bytes;

    ScramHash(String digest, String mac, String derivation, int bytes) {
        this.digest = digest;
        this.mac = mac;
        this.derivation = derivation;
        this.bytes = bytes;
    }

    /** The SASL mechanism's name. */
    public String mechanism() {
        return "SCRAM-" + digest;
    }

    /** Bytes of a hash. */
    public int bytes() {
        return bytes;
    }

    /** H of the specification. */
    public byte[] digest(byte[] data) {
        try {
            return MessageDigest.getInstance(digest).digest(data);
        } catch (GeneralSecurityException impossible) {
            throw missing(digest, impossible);
        }
    }

    /** HMAC of the specification. */
    public byte[] hmac(byte[] key, byte[] data) {
        try {
            var hmac = Mac.getInstance(mac);
            hmac.init(new SecretKeySpec(key, mac));
            return hmac.doFinal(data);
        } catch (GeneralSecurityException impossible) {
            throw missing(mac, impossible);
        }
    }

    /** The same of a text in UTF-8. */
    public byte[] hmac(byte[] key, String text) {
        return hmac(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Hi of the specification: slow on purpose. */
    public byte[] derive(String password, byte[] salt, int iterations) {
        return derive(password, salt, iterations, bytes);
    }

    /** The same, of another length in bytes. */
    public byte[] derive(String password, byte[] salt, int iterations, int length) {
        var key = new PBEKeySpec(password.toCharArray(), salt, iterations, length * Byte.SIZE);
        try {
            return SecretKeyFactory.getInstance(derivation).generateSecret(key).getEncoded();
        } catch (GeneralSecurityException impossible) {
            throw missing(derivation, impossible);
        } finally {
            key.clearPassword();
        }
    }

    private static IllegalStateException missing(String algorithm, GeneralSecurityException cause) {
        return new IllegalStateException("every Java platform has " + algorithm, cause);
    }
}
