package dev.godwit.amqp.transport;

import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One of a server's keys, its certificates, and the names that they speak for. Immutable. */
final class TlsIdentity {
    private static final int DNS_NAME = 2;

    private final PrivateKey key;
    private final X509Certificate[] chain;
    private final List<String> names;

    TlsIdentity(PrivateKey key, X509Certificate[] chain) throws CertificateParsingException {
        this.key = key;
        this.chain = chain.clone();
        names = names(chain[0]);
    }

    private static List<String> names(X509Certificate certificate) throws CertificateParsingException {
        var names = new ArrayList<String>();
        var alternatives = certificate.getSubjectAlternativeNames();
        if (alternatives != null) {
            for (List<?> alternative : alternatives) {
                if (alternative.get(0).equals(DNS_NAME) && alternative.get(1) instanceof String name) {
                    names.add(name.toLowerCase(Locale.ROOT));
                }
            }
        }
        return names;
    }

    PrivateKey key() {
        return key;
    }

    X509Certificate[] chain() {
        return chain.clone();
    }

    /** Whether the certificate is for that name; a star in it stands for one label (RFC 6125 §6.4.3). */
    boolean isFor(String host) {
        var wanted = host.toLowerCase(Locale.ROOT);
        int dot = wanted.indexOf('.');
        return names.contains(wanted) || (dot > 0 && names.contains("*" + wanted.substring(dot)));
    }
}
