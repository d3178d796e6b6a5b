package dev.godwit.broker.security;

import java.security.cert.X509Certificate;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * Which user a client's certificate stands for: an attribute of its subject, or the whole subject. Immutable.
 *
 * @param attribute such as {@code CN} or {@code UID}; {@link #SUBJECT} for the whole
 */
public record CertificateUser(String attribute) {
    public static final String SUBJECT = "subject";

    /** The user's name; null when the certificate names none. */
    public @Nullable String of(X509Certificate certificate) {
        var subject = certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
        if (attribute.equals(SUBJECT)) {
            return subject.isEmpty() ? null : subject;
        }
        try {
            var parts = new LdapName(subject).getRdns();
            // The last part of an LdapName's list is what the name begins with.
            for (int i = parts.size() - 1; i >= 0; i--) {
                if (parts.get(i).getType().equalsIgnoreCase(attribute)
                        && parts.get(i).getValue() instanceof String value
                        && !value.isEmpty()) {
                    return value;
                }
            }
            return null;
        } catch (InvalidNameException unreadable) {
            return null;
        }
    }
}
