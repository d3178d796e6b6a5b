package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.Symbol;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where clients find a node of the cluster. Clients are told of all of them in our open, by the property that other brokers use,
 * too: {@code failover-server-list}, a list of maps.
 *
 * @param scheme what is spoken there, as in URIs
 */
public record ClientPlace(String scheme, String host, int port) {
    static final Symbol PROPERTY = Symbol.of("failover-server-list");

    /**
     * Reads a URI.
     *
     * @throws IllegalArgumentException when it names no scheme, host and port
     */
    public static ClientPlace of(String text) {
        URI uri = URI.create(text);
        if (uri.getScheme() == null || uri.getHost() == null || uri.getPort() < 0) {
            throw new IllegalArgumentException("no scheme://host:port: " + text);
        }
        String host = uri.getHost();
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        return new ClientPlace(uri.getScheme(), bracketed ? host.substring(1, host.length() - 1) : host, uri.getPort());
    }

    /** The property's value. */
    static List<Map<Symbol, Object>> list(List<ClientPlace> places) {
        return places.stream().map(ClientPlace::fields).toList();
    }

    private Map<Symbol, Object> fields() {
        var fields = new LinkedHashMap<Symbol, Object>();
        fields.put(Symbol.of("scheme"), scheme);
        fields.put(Symbol.of("hostname"), host);
        fields.put(Symbol.of("network-host"), host);
        fields.put(Symbol.of("port"), port);
        return fields;
    }
}
