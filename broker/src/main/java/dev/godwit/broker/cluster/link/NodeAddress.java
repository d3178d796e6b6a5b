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

    /**
     * Reads {@code host:port}, with an IPv6 address in brackets.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static NodeAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon <= 0) {
            throw new IllegalArgumentException("no host:port: '" + text + "'");
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (host.indexOf(':') >= 0 && !bracketed) {
            throw new IllegalArgumentException("an IPv6 address needs brackets: '" + text + "'");
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            return new NodeAddress(bracketed ? host.substring(1, host.length() - 1) : host, port);
        } catch (NumberFormatException noNumber) {
            throw new IllegalArgumentException("no port: '" + text + "'", noNumber);
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
