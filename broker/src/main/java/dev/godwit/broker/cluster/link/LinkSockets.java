package dev.godwit.broker.cluster.link;

import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Makes what sockets between nodes come from: TCP with small buffers, and TLS 1.3 in which both ends show certificates.
 * Stateless.
 */
final class LinkSockets {
    /** So that heartbeats do not wait behind megabytes in the kernel either. */
    private static final int SEND_BUFFER_BYTES = 512 * 1024;

    private static final Set<String> TLS_VERSIONS = Set.of("TLSv1.3");

    private LinkSockets() {}

    static NetServer server(Vertx vertx, NodeAddress address, LinkSettings settings) {
        var options = new NetServerOptions()
                .setHost(address.host())
                .setPort(address.port())
                .setTcpNoDelay(true)
                .setReuseAddress(true);
        var tls = settings.tls();
        if (tls != null) {
            options.setSsl(true)
                    .setKeyCertOptions(key(tls))
                    .setTrustOptions(authority(tls))
                    .setClientAuth(ClientAuth.REQUIRED)
                    .setEnabledSecureTransportProtocols(TLS_VERSIONS)
                    .setSslHandshakeTimeout(settings.handshakeMillis())
                    .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        }
        return vertx.createNetServer(options);
    }

    static NetClient client(Vertx vertx, LinkSettings settings) {
        var options = new NetClientOptions()
                .setConnectTimeout((int) settings.handshakeMillis())
                .setTcpNoDelay(true)
                .setSendBufferSize(SEND_BUFFER_BYTES);
        var tls = settings.tls();
        if (tls != null) {
            options.setSsl(true)
                    .setKeyCertOptions(key(tls))
                    .setTrustOptions(authority(tls))
                    // The certificate must be for the node, wherever that is: CertificateNames looks.
                    .setHostnameVerificationAlgorithm("")
                    .setEnabledSecureTransportProtocols(TLS_VERSIONS)
                    .setSslHandshakeTimeout(settings.handshakeMillis())
                    .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        }
        return vertx.createNetClient(options);
    }

    private static PemKeyCertOptions key(LinkTls tls) {
        return new PemKeyCertOptions()
                .addCertPath(tls.certificates().toString())
                .addKeyPath(tls.key().toString());
    }

    private static PemTrustOptions authority(LinkTls tls) {
        return new PemTrustOptions().addCertPath(tls.authority().toString());
    }
}
