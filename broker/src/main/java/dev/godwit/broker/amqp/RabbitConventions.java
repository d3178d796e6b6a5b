package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.Symbol;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What RabbitMQ's AMQP 1.0 clients take for granted beyond the specification. They name a virtual host as
 * {@code vhost:NAME}, and do only what the version of the server lets them expect: since 4.0 RabbitMQ understands their
 * addresses and tells the name of its node, since 4.1 it applies filters to properties, since 4.2 it applies SQL filters
 * and lets them take answers from a dynamic source. So to them {@code version} is that of the conventions we understand,
 * and ours is beside it.
 */
final class RabbitConventions {
    private static final String VIRTUAL_HOST_PREFIX = "vhost:";
    private static final Symbol VERSION = Symbol.of("version");
    private static final String UNDERSTOOD_VERSION = "4.2.0";

    private RabbitConventions() {}

    /** What such a peer calls its virtual host; null for a hostname that is none of theirs. */
    static @Nullable String virtualHost(String hostname) {
        return hostname.startsWith(VIRTUAL_HOST_PREFIX) ? hostname.substring(VIRTUAL_HOST_PREFIX.length()) : null;
    }

    /** Amends the properties of our open for a peer that has opened like that. */
    static void describe(OpenParameters remote, String node, Map<Symbol, Object> properties) {
        var hostname = remote.hostname();
        if (hostname != null && virtualHost(hostname) != null) {
            var ours = properties.put(VERSION, UNDERSTOOD_VERSION);
            if (ours != null) {
                properties.put(Symbol.of("godwit-version"), ours);
            }
            properties.put(Symbol.of("node"), node);
        }
    }
}
