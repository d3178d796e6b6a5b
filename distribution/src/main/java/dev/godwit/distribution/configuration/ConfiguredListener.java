package dev.godwit.distribution.configuration;

import dev.godwit.amqp.transport.IpNetwork;
import java.util.List;

/**
 * A further address to listen on.
 *
 * @param scheme one of {@link #SCHEMES}
 * @param mechanisms of SASL; empty for all that can work
 * @param clientCertificates one of {@link #CLIENT_CERTIFICATES}
 * @param proxies who must come, with PROXY headers; empty where clients come themselves
 */
public record ConfiguredListener(
        String scheme,
        String host,
        int port,
        List<String> mechanisms,
        String clientCertificates,
        List<IpNetwork> proxies) {
    public static final List<String> SCHEMES = List.of("amqp", "amqps", "ws", "wss");
    public static final List<String> CLIENT_CERTIFICATES = List.of("none", "want", "need");

    boolean isEncrypted() {
        return scheme.equals("amqps") || scheme.equals("wss");
    }
}
