package dev.godwit.jms.provider;

import java.util.List;

/**
 * What a broker said of itself when it let us in.
 *
 * @param broker where it is, for a human: host and port
 * @param anonymousRelay takes messages for any destination on one link
 * @param servers other nodes to connect to when this one is lost, in the order in which it names them
 */
public record ConnectionFacts(String broker, boolean anonymousRelay, List<ServerAddress> servers) {
    public ConnectionFacts {
        servers = List.copyOf(servers);
    }

    /** Of a broker that names no other nodes. */
    public ConnectionFacts(String broker, boolean anonymousRelay) {
        this(broker, anonymousRelay, List.of());
    }
}
