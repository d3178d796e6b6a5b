package dev.godwit.distribution;

import dev.godwit.distribution.client.BrokerEndpoint;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.ManagementRequest;
import java.time.Duration;
import java.util.Map;

/** Asks the active node something, by way of any node. Stateless. */
final class ClusterQuestion {
    /** Longer than a node holds a client for whom there is no active node, and than an order takes to be told to another node. */
    private static final long PATIENCE_MILLIS = 20_000;

    private ClusterQuestion() {}

    /**
     * Asks.
     *
     * @param properties the request's application properties (docs/management.md)
     * @param millisMax how long to wait for the answer at most, though a second at least
     */
    static Map<?, ?> ask(BrokerEndpoint broker, Map<String, Object> properties, long millisMax)
            throws ClientFailedException, InterruptedException {
        var patience = Duration.ofMillis(Math.max(1_000, Math.min(PATIENCE_MILLIS, millisMax)));
        return ClientRun.<Map<?, ?>>within(
                patience, broker, (session, answered) -> ManagementRequest.start(session, properties, answered));
    }

    /** How it stands with the cluster. */
    static ClusterAnswer status(BrokerEndpoint broker) throws ClientFailedException, InterruptedException {
        return status(broker, PATIENCE_MILLIS);
    }

    /** The same, with {@code millisMax} as above. */
    static ClusterAnswer status(BrokerEndpoint broker, long millisMax)
            throws ClientFailedException, InterruptedException {
        return new ClusterAnswer(ask(broker, Map.of("operation", "CLUSTER-STATUS"), millisMax));
    }
}
