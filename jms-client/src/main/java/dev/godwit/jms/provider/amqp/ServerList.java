package dev.godwit.jms.provider.amqp;

import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.OpenProperty;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.jms.provider.ServerAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the other nodes that a broker names in its open, as other JMS clients expect them there: a list of maps, whose keys are
 * symbols or texts. Stateless.
 */
final class ServerList {
    private static final Logger LOG = LoggerFactory.getLogger(ServerList.class);

    /** More are not read: a broker may say what it likes. */
    private static final int SERVERS_MAX = 1_000;

    private ServerList() {}

    /** In their order; entries that name no host are left out. */
    static List<ServerAddress> of(OpenParameters remoteOpen) {
        List<ServerAddress> servers = new ArrayList<>();
        if (remoteOpen.properties().get(OpenProperty.FAILOVER_SERVER_LIST) instanceof List<?> entries) {
            for (Object entry : entries) {
                ServerAddress server = entry instanceof Map<?, ?> fields ? address(fields) : null;
                if (server != null && servers.size() < SERVERS_MAX) {
                    servers.add(server);
                }
            }
        }
        return servers;
    }

    private static @Nullable ServerAddress address(Map<?, ?> fields) {
        String host = text(fields, "network-host");
        Object port = field(fields, "port");
        if (host == null) {
            host = text(fields, "hostname");
        }
        if (host == null) {
            return null;
        }
        try {
            return new ServerAddress(
                    host,
                    port instanceof Number number ? number.intValue() : 0,
                    text(fields, "hostname"),
                    text(fields, "scheme"),
                    text(fields, "path"));
        } catch (IllegalArgumentException impossible) {
            LOG.warn("The broker names another node that cannot be one: {}", impossible.getMessage());
            return null;
        }
    }

    private static @Nullable Object field(Map<?, ?> fields, String name) {
        Object value = fields.get(Symbol.of(name));
        return value == null ? fields.get(name) : value;
    }

    private static @Nullable String text(Map<?, ?> fields, String name) {
        Object value = field(fields, name);
        String text = value instanceof String || value instanceof Symbol ? value.toString() : "";
        return text.isEmpty() ? null : text;
    }
}
