package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.Symbol;
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
