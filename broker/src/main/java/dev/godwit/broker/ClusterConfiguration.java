package dev.godwit.broker;

import dev.godwit.broker.cluster.ClientUri;
import dev.godwit.broker.cluster.hazelcast.HazelcastSettings;
import dev.godwit.broker.cluster.link.LinkTls;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node of a cluster is told. Immutable.
 *
 * @param link where it listens for other nodes, as they reach it; port 0 for any free one
 * @param discovery how nodes find each other, and the cluster's name
 * @param founder the node that begins the cluster when its journal is new; null: whoever is told of no others to look for
 * @param tls its key and the cluster's authority; null: nodes speak unencrypted, and with whoever comes
 * @param zone what fails together with other nodes of the same zone; empty for none
 * @param copies how many nodes keep each message
 * @param evenAllowed whether two or four nodes may keep it where there are no more
 * @param replaceAfterMillis how long a node has to be gone before another one keeps copies in its place
 * @param witness whether this node keeps copies and votes, but does not serve, unless nobody else has what it has
 * @param logTailBytes how much of the journal's end is kept whole for nodes that are away
 * @param clientUris where clients reach it; empty: at its listeners
 * @param relayWaitMillis how long a client waits at a node until it can be passed on to the active one
 */
public record ClusterConfiguration(
        NodeAddress link,
        HazelcastSettings discovery,
        @Nullable String founder,
        @Nullable LinkTls tls,
        String zone,
        int copies,
        boolean evenAllowed,
        long replaceAfterMillis,
        boolean witness,
        long logTailBytes,
        List<String> clientUris,
        long relayWaitMillis) {
    private static final int COPIES = 3;
    private static final int COPIES_MAX = 9;
    private static final long REPLACE_AFTER_MILLIS = 600_000;
    private static final long LOG_TAIL_BYTES = 256L << 20;
    private static final long RELAY_WAIT_MILLIS = 5_000;

    /** @throws IllegalArgumentException when a value makes no sense */
    public ClusterConfiguration {
        clientUris = List.copyOf(clientUris);
        clientUris.forEach(ClientUri::parse);
        if (!NodeIdentity.isName(discovery.cluster())) {
            throw new IllegalArgumentException("no name of a cluster: '" + discovery.cluster() + "'");
        }
        if (copies < 1 || copies > COPIES_MAX) {
            throw new IllegalArgumentException("copies from 1 to " + COPIES_MAX + ", not " + copies);
        }
        if (replaceAfterMillis < 1) {
            throw new IllegalArgumentException("replaced after " + replaceAfterMillis + " ms");
        }
        if (logTailBytes < 0) {
            throw new IllegalArgumentException("a log's tail of " + logTailBytes + " bytes");
        }
        if (relayWaitMillis < 1) {
            throw new IllegalArgumentException("clients wait " + relayWaitMillis + " ms");
        }
    }

    /** Three copies, without TLS: where nobody else is on the line. */
    public static ClusterConfiguration insecure(NodeAddress link, HazelcastSettings discovery) {
        return new ClusterConfiguration(
                link,
                discovery,
                null,
                null,
                "",
                COPIES,
                false,
                REPLACE_AFTER_MILLIS,
                false,
                LOG_TAIL_BYTES,
                List.of(),
                RELAY_WAIT_MILLIS);
    }

    /** Whether this node begins the cluster if its journal is new. */
    boolean isFounder(String nodeName) {
        return founder == null ? !discovery.looksForOthers() : founder.equals(nodeName);
    }
}
