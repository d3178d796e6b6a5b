package dev.godwit.broker.cluster.link;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.jspecify.annotations.Nullable;

/** Whom a certificate is for. Stateless. */
final class CertificateNames {
    private static final int DNS_NAME = 2;

    private CertificateNames() {}

    /**
     * Whether its common name and one of its DNS names (RFC 5280 §4.2.1.6) are the node's id, letter by letter: further DNS names are
     * of hosts, and a host may be called like another node. A node with no certificate is nobody.
     */
    static boolean isFor(@Nullable X509Certificate certificate, String nodeId) {
        if (certificate == null) {
            return false;
        }
        try {
            var subject = new LdapName(certificate.getSubjectX500Principal().getName());
            boolean named = subject.getRdns().stream()
                    .anyMatch(each -> each.getType().equalsIgnoreCase("CN")
                            && nodeId.equals(each.getValue().toString()));
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            return named
                    && names != null
                    && names.stream().anyMatch(name -> name.get(0).equals(DNS_NAME) && nodeId.equals(name.get(1)));
        } catch (CertificateParsingException | InvalidNameException unreadable) {
            return false;
        }
    }
}
