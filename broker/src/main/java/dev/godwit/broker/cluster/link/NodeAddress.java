package dev.godwit.broker.cluster.link;

/**
 * Where a node listens for other nodes.
 *
 * @param host a name or an IP address
 * @param port 0 only before the node has begun to listen: any free one
 */
public record NodeAddress(String host, int port) {
    private static final int PORT_MAX = 65_535;

    public NodeAddress {
        if (host.isEmpty() || host.chars().anyMatch(each -> each <= ' ' || each >= 127)) {
            throw new IllegalArgumentException("no host: '" + host + "'");
        }
        if (port < 0 || port > PORT_MAX) {
            throw new IllegalArgumentException("no port: " + port);
        }
    }

    public NodeAddress withPort(int newPort) {
        return new NodeAddress(host, newPort);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + port;
    }
}
