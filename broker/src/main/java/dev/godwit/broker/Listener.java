package dev.godwit.broker;

import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;

/**
 * An address to listen on. Immutable.
 *
 * @param port 0 for any free one
 * @param mechanisms the SASL mechanisms that may be offered; empty for all that can work there
 * @param clientCertificates whether clients show certificates; with TLS only
 * @param proxies where all that comes comes from, with PROXY headers; empty where clients come themselves
 */
public record Listener(
        Scheme scheme,
        String host,
        int port,
        List<String> mechanisms,
        ClientCertificates clientCertificates,
        List<IpNetwork> proxies) {
    public Listener {
        mechanisms = List.copyOf(mechanisms);
        proxies = List.copyOf(proxies);
        if (clientCertificates != ClientCertificates.NONE && !scheme.isEncrypted()) {
            throw new IllegalArgumentException("without TLS there are no certificates: " + scheme);
        }
    }

    /** The same at another port. */
    public Listener withPort(int newPort) {
        return new Listener(scheme, host, newPort, mechanisms, clientCertificates, proxies);
    }

    public Listener withProxies(List<IpNetwork> newProxies) {
        return new Listener(scheme, host, port, mechanisms, clientCertificates, newProxies);
    }

    /** With all mechanisms that can work there, and no certificates of clients. */
    public static Listener of(Scheme scheme, String host, int port) {
        return new Listener(scheme, host, port, List.of(), ClientCertificates.NONE, List.of());
    }

    /** Whether clients come by way of proxies, and in no other way. */
    boolean isProxied() {
        return !proxies.isEmpty();
    }

    boolean isProxy(InetAddress address) {
        return proxies.stream().anyMatch(network -> network.contains(address));
    }

    String name() {
        return "the " + scheme.name().toLowerCase(Locale.ROOT) + " listener's";
    }

    String uri(int actualPort) {
        return scheme.name().toLowerCase(Locale.ROOT) + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + actualPort;
    }
}
