package dev.godwit.jms;

import java.io.Serializable;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import javax.naming.RefAddr;
import javax.naming.Reference;
import javax.naming.StringRefAddr;

/**
 * A connection factory as it is stored: serialised, or as a reference in a directory.
 *
 * @param options what was set beside the URI, by the names of the options
 */
record StoredFactory(String uri, Map<String, String> options) implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final String URI = "uri";

    /** What takes its place when it is read again. */
    GodwitConnectionFactory toFactory() {
        GodwitConnectionFactory factory = new GodwitConnectionFactory(uri);
        factory.setOptions(options);
        return factory;
    }

    private Object readResolve() {
        return toFactory();
    }

    static Reference reference(StoredFactory stored) {
        Reference reference =
                new Reference(GodwitConnectionFactory.class.getName(), ConnectionFactoryLoader.class.getName(), null);
        reference.add(new StringRefAddr(URI, stored.uri));
        stored.options.forEach((name, value) -> reference.add(new StringRefAddr(name, value)));
        return reference;
    }

    static StoredFactory of(Reference reference) {
        Map<String, String> options = new HashMap<>();
        String uri = GodwitConnectionFactory.DEFAULT_URI;
        for (RefAddr address : Collections.list(reference.getAll())) {
            String value = String.valueOf(address.getContent());
            if (address.getType().equals(URI)) {
                uri = value;
            } else {
                options.put(address.getType(), value);
            }
        }
        return new StoredFactory(uri, options);
    }
}
