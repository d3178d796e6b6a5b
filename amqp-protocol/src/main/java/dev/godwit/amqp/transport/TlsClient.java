package dev.godwit.amqp.transport;

import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * A client's end of TLS: whom it trusts, with what it shows who it is, and what it agrees to. Immutable; the files are read
 * anew for each connection, so that certificates can be replaced.
 *
 * @param context made by the application, in place of both stores; null to make one of them
 * @param keys the client's own key; null to use that of the system property {@code javax.net.ssl.keyStore}, if it is set
 * @param keyAlias which key of the store; null for any that fits
 * @param trust whom to trust; null for the system property {@code javax.net.ssl.trustStore}, or else those whom Java trusts
 * @param trustsAll trusts everybody; for tests
 * @param verifiesHost the certificate must be for the host that we connect to (RFC 2818 §3.1)
 * @param contextProtocol the name of the {@link SSLContext} to make
 * @param protocols those to speak, and no other; empty for those that Java has enabled
 * @param withoutProtocols taken out of these
 * @param ciphers the suites to use, and no other; empty for those that Java has enabled
 * @param withoutCiphers taken out of these
 */
public record TlsClient(
        @Nullable SSLContext context,
        @Nullable Store keys,
        @Nullable String keyAlias,
        @Nullable Store trust,
        boolean trustsAll,
        boolean verifiesHost,
        String contextProtocol,
        List<String> protocols,
        List<String> withoutProtocols,
        List<String> ciphers,
        List<String> withoutCiphers) {
    public static final TlsClient DEFAULTS =
            new TlsClient(null, null, null, null, false, true, "TLS", List.of(), List.of(), List.of(), List.of());

    public TlsClient {
        protocols = List.copyOf(protocols);
        withoutProtocols = List.copyOf(withoutProtocols);
        ciphers = List.copyOf(ciphers);
        withoutCiphers = List.copyOf(withoutCiphers);
    }

    /**
     * A file with keys or certificates: a key store, or PEM. In a PEM file of keys the key stands before or behind its
     * certificates, without a password.
     *
     * @param type of the key store, such as PKCS12 or JKS, or PEM; null to find out
     */
    public record Store(
            Path file, @Nullable String password, @Nullable String type) {
        /** Leaves the password out: it does not belong in a log. */
        @Override
        public String toString() {
            return file.toString();
        }
    }

    /**
     * Reads the files; blocks.
     *
     * @throws TlsFilesException when they cannot be used
     */
    SSLContext load() throws TlsFilesException {
        if (context != null) {
            return context;
        }
        try {
            SSLContext made = SSLContext.getInstance(contextProtocol);
            made.init(keyManagers(), trustManagers(), null);
            return made;
        } catch (GeneralSecurityException unusable) {
            throw new TlsFilesException("TLS cannot be spoken: " + unusable.getMessage(), unusable);
        }
    }

    private KeyManager @Nullable [] keyManagers() throws TlsFilesException, GeneralSecurityException {
        Store store = keys == null ? ofSystem("keyStore") : keys;
        if (store == null) {
            return null;
        }
        KeyStore opened = TlsFileReader.keys(store);
        if (keyAlias != null && !opened.isKeyEntry(keyAlias)) {
            throw new TlsFilesException(store + " holds no key with the alias " + keyAlias, null);
        }
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(opened, TlsFileReader.secret(store.password()));
        KeyManager[] managers = factory.getKeyManagers();
        if (keyAlias != null) {
            for (int i = 0; i < managers.length; i++) {
                if (managers[i] instanceof X509ExtendedKeyManager all) {
                    managers[i] = new OneKey(all, keyAlias);
                }
            }
        }
        return managers;
    }

    private TrustManager @Nullable [] trustManagers() throws TlsFilesException, GeneralSecurityException {
        if (trustsAll) {
            return new TrustManager[] {new Everybody()};
        }
        if (trust == null) {
            // Java looks at the system properties itself.
            return null;
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(TlsFileReader.authorities(trust));
        return factory.getTrustManagers();
    }

    private static @Nullable Store ofSystem(String name) {
        String file = System.getProperty("javax.net.ssl." + name);
        if (file == null || file.isEmpty() || Files.notExists(Path.of(file))) {
            return null;
        }
        return new Store(
                Path.of(file),
                System.getProperty("javax.net.ssl." + name + "Password"),
                System.getProperty("javax.net.ssl." + name + "Type"));
    }

    /**
     * An engine for one connection.
     *
     * @throws TlsFilesException when there is no protocol or cipher suite left
     */
    SSLEngine engine(SSLContext loaded, String host, int port) throws TlsFilesException {
        SSLEngine engine = loaded.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        try {
            engine.setEnabledProtocols(
                    chosen(protocols, engine.getEnabledProtocols(), withoutProtocols, "protocol of TLS"));
            engine.setEnabledCipherSuites(
                    chosen(ciphers, engine.getEnabledCipherSuites(), withoutCiphers, "cipher suite"));
        } catch (IllegalArgumentException unknown) {
            throw new TlsFilesException("TLS cannot be spoken so: " + unknown.getMessage(), unknown);
        }
        if (verifiesHost && (context != null || !trustsAll)) {
            var parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
        }
        return engine;
    }

    private static String[] chosen(List<String> wanted, String[] enabled, List<String> without, String what)
            throws TlsFilesException {
        var left = new ArrayList<>(wanted.isEmpty() ? Arrays.asList(enabled) : wanted);
        left.removeAll(without);
        if (left.isEmpty()) {
            throw new TlsFilesException("there is no " + what + " left that may be used", null);
        }
        return left.toArray(String[]::new);
    }

    /** Trusts everybody, whatever the name. */
    private static final class Everybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
            // Everybody.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
            // Everybody.
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            // Everybody.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            // Everybody.
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // Everybody.
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // Everybody.
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** One key of a store, and no other. */
    private static final class OneKey extends X509ExtendedKeyManager {
        private final X509ExtendedKeyManager all;
        private final String alias;

        OneKey(X509ExtendedKeyManager all, String alias) {
            this.all = all;
            this.alias = alias;
        }

        @Override
        public String chooseEngineClientAlias(
                String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return alias;
        }

        @Override
        public String chooseClientAlias(String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return alias;
        }

        @Override
        public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return new String[] {alias};
        }

        @Override
        public @Nullable X509Certificate[] getCertificateChain(String wanted) {
            return all.getCertificateChain(wanted);
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String wanted) {
            return all.getPrivateKey(wanted);
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }
    }
}
