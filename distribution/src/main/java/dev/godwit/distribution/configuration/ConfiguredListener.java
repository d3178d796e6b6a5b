package dev.godwit.distribution.configuration;

import java.util.List;

/**
 * A further address to listen on.
 *
 * @param scheme one of {@link #SCHEMES}
 * @param mechanisms of SASL; empty for all that can work
 * @param clientCertificates one of {@link #CLIENT_CERTIFICATES}
 */
public record ConfiguredListener(
        String scheme, String host, int port, List<String> mechanisms, String clientCertificates) {
    public static final List<String> SCHEMES = List.of("amqp", "amqps", "ws", "wss");
    public static final List<String> CLIENT_CERTIFICATES = List.of("none", "want", "need");

    boolean isEncrypted() {
        return scheme.equals("amqps") || scheme.equals("wss");
    }
}
