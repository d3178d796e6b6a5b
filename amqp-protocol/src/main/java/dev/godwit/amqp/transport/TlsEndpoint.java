package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/**
 * A server's end of TLS: its keys, and whom it trusts, as the files were when they were last read. Shared by the loops,
 * which take what is current for each new connection; only whoever reloads writes, from a thread that may block.
 */
public final class TlsEndpoint {
    /** TLS 1.3, and what of TLS 1.2 has forward secrecy and authenticated encryption. */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_256_GCM_SHA384",
            "TLS_AES_128_GCM_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

    /** A client that asks for a protocol is told the name of ours; one that knows it by no name, or by others, comes in, too. */
    private static final ApplicationProtocolConfig ALPN = new ApplicationProtocolConfig(
            ApplicationProtocolConfig.Protocol.ALPN,
            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
            "amqp");

    /** Whether a client shows a certificate of its own. */
    public enum ClientCertificates {
        /** It is not asked. */
        NONE,
        /** It is asked, and may have none; a bad one ends the handshake. */
        WANT,
        /** Without one there is no connection. */
        NEED
    }

    private final TlsFiles files;
    private byte[] fingerprint;
    private volatile SslContext current;

    /** Reads the files; blocks. */
    public TlsEndpoint(TlsFiles files) throws TlsFilesException {
        this.files = files;
        fingerprint = fingerprintOf(files);
        current = load(files);
    }

    public boolean canCheckClients() {
        return files.trust() != null;
    }

    /**
     * Takes the files as they are now, if they have changed; blocks. Connections that are open stay as they are.
     *
     * @return whether there was a change
     * @throws TlsFilesException all stays as it was; the same files are not tried again
     */
    public boolean reload() throws TlsFilesException {
        byte[] now = fingerprintOf(files);
        if (Arrays.equals(now, fingerprint)) {
            return false;
        }
        fingerprint = now;
        current = load(files);
        return true;
    }

    private static byte[] fingerprintOf(TlsFiles files) throws TlsFilesException {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var file : files.keys()) {
                digest.update(digestOf(TlsFileReader.bytes(file.certificates())));
                if (file.key() != null) {
                    digest.update(digestOf(TlsFileReader.bytes(file.key())));
                }
            }
            var trust = files.trust();
            if (trust != null) {
                digest.update(digestOf(TlsFileReader.bytes(trust.certificates())));
            }
            return digest.digest();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    private static byte[] digestOf(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    private static SslContext load(TlsFiles files) throws TlsFilesException {
        var keys = new TlsKeyManager(TlsFileReader.identities(files.keys()));
        try {
            var builder = SslContextBuilder.forServer(keys)
                    .sslProvider(SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .ciphers(CIPHERS)
                    .applicationProtocolConfig(ALPN);
            var trust = files.trust();
            if (trust != null) {
                var authorities = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
                authorities.init(TlsFileReader.trust(trust));
                builder.trustManager(authorities);
            }
            return builder.build();
        } catch (GeneralSecurityException | SSLException unusable) {
            throw new TlsFilesException(
                    "TLS cannot be spoken with " + files.keys() + ": " + unusable.getMessage(), unusable);
        }
    }

    /** For one new connection. Any loop. */
    SslHandler newHandler(ByteBufAllocator allocator, ClientCertificates clients, long handshakeTimeoutMillis) {
        var handler = current.newHandler(allocator);
        if (clients == ClientCertificates.NEED) {
            handler.engine().setNeedClientAuth(true);
        } else if (clients == ClientCertificates.WANT) {
            handler.engine().setWantClientAuth(true);
        }
        handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
        return handler;
    }
}
