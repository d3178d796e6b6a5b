package dev.godwit.jms.provider;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a broker said of itself when it let us in.
 *
 * @param broker where it is, for a human: host and port
 * @param user as whom we came in; null as nobody, or as whom a token or a certificate says
 * @param anonymousRelay takes messages for any destination on one link
 * @param servers other nodes to connect to when this one is lost, in the order in which it names them
 */
public record ConnectionFacts(
        String broker, @Nullable String user, boolean anonymousRelay, List<ServerAddress> servers) {
    public ConnectionFacts {
        servers = List.copyOf(servers);
    }
}
