package dev.godwit.distribution.configuration;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A key of the broker with its certificates.
 *
 * @param certificates a PEM file, or a PKCS#12 file with the key in it
 * @param key a PEM file; null with PKCS#12
 * @param password of the PKCS#12 file; null with PEM
 */
public record ConfiguredCertificate(
        Path certificates, @Nullable Path key, @Nullable String password) {
    /** Leaves the password out: it does not belong in a log. */
    @Override
    public String toString() {
        return "ConfiguredCertificate[" + certificates + "]";
    }
}
