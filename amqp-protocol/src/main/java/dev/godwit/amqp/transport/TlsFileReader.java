package dev.godwit.amqp.transport;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads keys and certificates from PEM and PKCS#12 files, and sees that they belong together. Stateless; blocks. */
final class TlsFileReader {
    private static final Pattern PRIVATE_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    private TlsFileReader() {}

    static List<TlsIdentity> identities(List<TlsFiles.KeyFile> files) throws TlsFilesException {
        var identities = new ArrayList<TlsIdentity>();
        for (var file : files) {
            try {
                if (file.key() == null) {
                    identities.addAll(pkcs12(file.certificates(), file.password()));
                } else {
                    identities.add(identity(pemKey(file.key()), pemCertificates(file.certificates()), file.toString()));
                }
            } catch (GeneralSecurityException unusable) {
                throw new TlsFilesException(file + " cannot be used for TLS: " + unusable.getMessage(), unusable);
            }
        }
        return identities;
    }

    private static TlsIdentity identity(PrivateKey key, X509Certificate[] chain, String file)
            throws GeneralSecurityException, TlsFilesException {
        var algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        byte[] text = file.getBytes(StandardCharsets.UTF_8);
        var signer = Signature.getInstance(algorithm);
        signer.initSign(key);
        signer.update(text);
        byte[] signature = signer.sign();
        var verifier = Signature.getInstance(algorithm);
        boolean together = key.getAlgorithm().equals(chain[0].getPublicKey().getAlgorithm());
        if (together) {
            verifier.initVerify(chain[0].getPublicKey());
            verifier.update(text);
            together = verifier.verify(signature);
        }
        if (!together) {
            throw new TlsFilesException(file + ": the private key is not that of the first certificate", null);
        }
        return new TlsIdentity(key, chain);
    }

    private static PrivateKey pemKey(Path file) throws TlsFilesException, GeneralSecurityException {
        var text = new String(bytes(file), StandardCharsets.ISO_8859_1);
        var matcher = PRIVATE_KEY.matcher(text);
        if (!matcher.find()) {
            throw new TlsFilesException(
                    file + " holds no unencrypted PKCS#8 key (BEGIN PRIVATE KEY): make one with"
                            + " `openssl pkcs8 -topk8 -nocrypt`",
                    null);
        }
        byte[] encoded;
        try {
            encoded = Base64.getMimeDecoder().decode(matcher.group(1));
        } catch (IllegalArgumentException notBase64) {
            throw new TlsFilesException(file + " holds a key that is not Base64", notBase64);
        }
        for (var algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException another) {
                // One of the others, perhaps.
            }
        }
        throw new TlsFilesException(file + " holds a key that is none of " + KEY_ALGORITHMS, null);
    }

    private static X509Certificate[] pemCertificates(Path file) throws TlsFilesException, GeneralSecurityException {
        // Keys may stand in the same file; Java would take them for bad certificates.
        var text = PRIVATE_KEY
                .matcher(new String(bytes(file), StandardCharsets.ISO_8859_1))
                .replaceAll("");
        var certificates = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)))
                .stream()
                .map(X509Certificate.class::cast)
                .toArray(X509Certificate[]::new);
        if (certificates.length == 0) {
            throw new TlsFilesException(file + " holds no certificate (BEGIN CERTIFICATE)", null);
        }
        return certificates;
    }

    private static List<TlsIdentity> pkcs12(Path file, @Nullable String password)
            throws TlsFilesException, GeneralSecurityException {
        var store = store(file, password);
        var secret = secret(password);
        var identities = new ArrayList<TlsIdentity>();
        for (var alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias) && store.getKey(alias, secret) instanceof PrivateKey key) {
                var chain = Arrays.stream(store.getCertificateChain(alias))
                        .map(X509Certificate.class::cast)
                        .toArray(X509Certificate[]::new);
                identities.add(identity(key, chain, file.toString()));
            }
        }
        if (identities.isEmpty()) {
            throw new TlsFilesException(file + " holds no private key", null);
        }
        return identities;
    }

    static char[] secret(@Nullable String password) {
        return password == null ? new char[0] : password.toCharArray();
    }

    private static KeyStore store(Path file, @Nullable String password)
            throws TlsFilesException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        try {
            store.load(new ByteArrayInputStream(bytes(file)), secret(password));
        } catch (IOException unreadable) {
            throw new TlsFilesException(
                    file + " is no PKCS#12 file, or its password is another: " + unreadable.getMessage(), unreadable);
        }
        return store;
    }

    /** The authorities of a PEM file, or all certificates of a PKCS#12 file. */
    static KeyStore trust(TlsFiles.Trust trust) throws TlsFilesException {
        try {
            var authorities = emptyStore();
            if (trust.password() == null) {
                for (var certificate : pemCertificates(trust.certificates())) {
                    authorities.setCertificateEntry("authority-" + authorities.size(), certificate);
                }
            } else {
                var store = store(trust.certificates(), trust.password());
                for (var alias : Collections.list(store.aliases())) {
                    authorities.setCertificateEntry("authority-" + authorities.size(), store.getCertificate(alias));
                }
            }
            if (authorities.size() == 0) {
                throw new TlsFilesException(trust + " holds no certificate", null);
            }
            return authorities;
        } catch (GeneralSecurityException unusable) {
            throw new TlsFilesException(trust + " cannot be used: " + unusable.getMessage(), unusable);
        }
    }

    /** The keys of a client's file. */
    static KeyStore keys(TlsClient.Store store) throws TlsFilesException, GeneralSecurityException {
        if (!isPem(store)) {
            return keyStore(store);
        }
        var made = emptyStore();
        var identity = identity(pemKey(store.file()), pemCertificates(store.file()), store.toString());
        made.setKeyEntry("key", identity.key(), secret(store.password()), identity.chain());
        return made;
    }

    /** Whom a client's file trusts: all certificates in it. */
    static KeyStore authorities(TlsClient.Store store) throws TlsFilesException, GeneralSecurityException {
        if (isPem(store)) {
            return trust(new TlsFiles.Trust(store.file(), null));
        }
        var opened = keyStore(store);
        if (opened.size() == 0) {
            throw new TlsFilesException(store + " holds no certificate", null);
        }
        return opened;
    }

    private static boolean isPem(TlsClient.Store store) throws TlsFilesException {
        if (store.type() != null) {
            return store.type().equalsIgnoreCase("PEM");
        }
        return new String(bytes(store.file()), StandardCharsets.ISO_8859_1).contains("-----BEGIN ");
    }

    /** Any of Java's kinds, told apart by their first bytes unless the type is given. */
    private static KeyStore keyStore(TlsClient.Store store) throws TlsFilesException, GeneralSecurityException {
        var bytes = bytes(store.file());
        boolean jks = bytes.length > 4 && bytes[0] == (byte) 0xfe && bytes[1] == (byte) 0xed;
        var type = store.type() == null ? (jks ? "JKS" : "PKCS12") : store.type();
        var opened = KeyStore.getInstance(type);
        try {
            opened.load(new ByteArrayInputStream(bytes), store.password() == null ? null : secret(store.password()));
        } catch (IOException unreadable) {
            throw new TlsFilesException(
                    store + " is no " + type + " file, or its password is another: " + unreadable.getMessage(),
                    unreadable);
        }
        return opened;
    }

    private static KeyStore emptyStore() throws TlsFilesException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        try {
            store.load(null, null);
        } catch (IOException impossible) {
            throw new TlsFilesException("no empty key store can be made", impossible);
        }
        return store;
    }

    static byte[] bytes(Path file) throws TlsFilesException {
        try {
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new TlsFilesException(file + " cannot be read: " + unreadable, unreadable);
        }
    }
}
