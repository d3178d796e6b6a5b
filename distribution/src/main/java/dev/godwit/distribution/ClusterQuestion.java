package dev.godwit.distribution;

import dev.godwit.distribution.client.BrokerEndpoint;
import dev.godwit.distribution.client.ClientFailedException;
import dev.godwit.distribution.client.ClientRun;
import dev.godwit.distribution.client.ManagementRequest;
import java.time.Duration;
import java.util.Map;

/** Asks the active node something, by way of any node. Stateless. */
final class ClusterQuestion {
    /** Longer than a node holds a client for whom there is no active node. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private ClusterQuestion() {}

    /** @param properties the request's application properties (docs/management.md) */
    static Map<?, ?> ask(BrokerEndpoint broker, Map<String, Object> properties)
            throws ClientFailedException, InterruptedException {
        return ClientRun.<Map<?, ?>>within(
                PATIENCE, broker, (session, answered) -> ManagementRequest.start(session, properties, answered));
    }

    /** How it stands with the cluster. */
    static ClusterAnswer status(BrokerEndpoint broker) throws ClientFailedException, InterruptedException {
        return new ClusterAnswer(ask(broker, Map.of("operation", "CLUSTER-STATUS")));
    }
}
