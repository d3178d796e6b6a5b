package dev.godwit.jms.uri;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The address of one broker, taken apart: {@code scheme://[user[:password]@]host[:port][/path][?query]}. Immutable.
 *
 * @param foreign whether the scheme is one of another client's
 * @param host an IPv6 address is without its brackets
 * @param path empty for none
 */
record BrokerUri(
        Scheme scheme,
        boolean foreign,
        @Nullable String user,
        @Nullable String password,
        String host,
        int port,
        String path,
        @Nullable String query) {
    private static final int PORT_MAX = 65_535;

    /** What is wrong with it is said by an {@link IllegalArgumentException}, without user and password. */
    static BrokerUri parse(String text) {
        return parse(text, false);
    }

    /** @param encrypted whether TLS is spoken there, whatever the scheme says */
    static BrokerUri parse(String text, boolean encrypted) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(
                    "not a connection URI, from its letter " + malformed.getIndex() + " on: " + malformed.getReason());
        }
        if (uri.getScheme() == null || uri.isOpaque()) {
            throw new IllegalArgumentException("a connection URI begins with amqp:// or failover:( and not so"
                    + (uri.getScheme() == null ? "" : ": " + uri.getScheme() + ':'));
        }
        Scheme named = Scheme.named(uri.getScheme());
        Scheme scheme = encrypted ? named.encrypted() : named;
        String authority = uri.getRawAuthority();
        if (authority == null) {
            throw new IllegalArgumentException("a connection URI names a host, as in amqp://host:5672");
        }
        int at = authority.lastIndexOf('@');
        String userInfo = at < 0 ? null : authority.substring(0, at);
        int colon = userInfo == null ? -1 : userInfo.indexOf(':');
        String hostAndPort = authority.substring(at + 1);
        // Not URI.getHost: it knows no host with an underscore, and such there are.
        int portAt = hostAndPort.lastIndexOf(':');
        boolean hasPort = portAt > hostAndPort.lastIndexOf(']');
        String host = hasPort ? hostAndPort.substring(0, portAt) : hostAndPort;
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        String where = scheme.text() + "://" + host;
        if (host.isEmpty()) {
            throw new IllegalArgumentException("a connection URI names a host, as in amqp://host:5672: " + where);
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        if (uri.getRawFragment() != null || !(scheme.isWebSocket() || path.isEmpty() || path.equals("/"))) {
            throw new IllegalArgumentException(
                    "a connection URI has neither path nor fragment, but options behind a ?: " + where);
        }
        return new BrokerUri(
                scheme,
                Scheme.isForeign(uri.getScheme()),
                userInfo == null ? null : UriText.decoded(colon < 0 ? userInfo : userInfo.substring(0, colon)),
                userInfo == null || colon < 0 ? null : UriText.decoded(userInfo.substring(colon + 1)),
                host,
                hasPort ? port(hostAndPort.substring(portAt + 1), where) : scheme.defaultPort(),
                path,
                uri.getRawQuery());
    }

    private static int port(String text, String where) {
        try {
            int port = Integer.parseInt(text);
            if (port >= 1 && port <= PORT_MAX) {
                return port;
            }
        } catch (NumberFormatException notANumber) {
            // Not shown: it may be what a password has behind a letter that ends the address.
            throw new IllegalArgumentException("a port is 1 to 65535, and what is behind the host of " + where
                    + " is no number; in a password / ? and # are %2F %3F and %23");
        }
        throw new IllegalArgumentException("a port is 1 to 65535: " + where + ':' + text);
    }

    /** Leaves the password out. */
    @Override
    public String toString() {
        return scheme.text() + "://" + host + ':' + port;
    }
}
