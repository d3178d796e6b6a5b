package dev.godwit.jms.provider;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a broker said of itself when it let us in.
 *
 * @param broker where it is, for a human: host and port
 * @param user as whom we came in; null as nobody, or as whom a token or a certificate says
 * @param journal in which the broker keeps what it has promised to keep: the same at each of its addresses, and at all nodes of a
 *     cluster; null when it does not say
 * @param anonymousRelay takes messages for any destination on one link
 * @param servers other nodes to connect to when this one is lost, in the order in which it names them
 */
public record ConnectionFacts(
        String broker,
        @Nullable String user,
        @Nullable UUID journal,
        boolean anonymousRelay,
        List<ServerAddress> servers) {
    public ConnectionFacts {
        servers = List.copyOf(servers);
    }

    /** Of one that has said nothing yet. */
    public static ConnectionFacts unknown(String broker) {
        return new ConnectionFacts(broker, null, null, false, List.of());
    }
}
