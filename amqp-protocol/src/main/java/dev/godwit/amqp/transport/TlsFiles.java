package dev.godwit.amqp.transport;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a server's keys are, and the authorities that it trusts with the certificates of clients. Immutable.
 *
 * @param keys at least one; which of them a client sees depends on the name it asked for (SNI), the first if on none
 * @param trust certificates of authorities, PEM or PKCS#12; null when clients need none
 */
public record TlsFiles(List<KeyFile> keys, @Nullable Trust trust) {
    public TlsFiles {
        keys = List.copyOf(keys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("TLS needs a key");
        }
    }

    /**
     * A key with its certificates.
     *
     * @param certificates the chain, the server's own certificate first, PEM; or a PKCS#12 file
     * @param key the private key, PEM (PKCS#8, not encrypted); null when it is in the PKCS#12 file
     * @param password of the PKCS#12 file
     */
    public record KeyFile(
            Path certificates, @Nullable Path key, @Nullable String password) {
        /** Leaves the password out: it does not belong in a log. */
        @Override
        public String toString() {
            return certificates.toString();
        }
    }

    /**
     * Authorities.
     *
     * @param password of a PKCS#12 file; null for PEM
     */
    public record Trust(Path certificates, @Nullable String password) {
        /** Leaves the password out: it does not belong in a log. */
        @Override
        public String toString() {
            return certificates.toString();
        }
    }
}
