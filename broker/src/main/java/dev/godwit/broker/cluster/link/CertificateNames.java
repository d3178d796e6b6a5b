package dev.godwit.broker.cluster.link;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whom a certificate is for. Stateless. */
final class CertificateNames {
    private static final int DNS_NAME = 2;

    private CertificateNames() {}

    /** Whether one of its DNS names (RFC 5280 §4.2.1.6) is the node's id. A node with no certificate is nobody. */
    static boolean isFor(@Nullable X509Certificate certificate, String nodeId) {
        if (certificate == null) {
            return false;
        }
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return names != null
                    && names.stream()
                            .anyMatch(name -> name.get(0).equals(DNS_NAME)
                                    && String.valueOf(name.get(1)).equalsIgnoreCase(nodeId));
        } catch (CertificateParsingException unreadable) {
            return false;
        }
    }
}
