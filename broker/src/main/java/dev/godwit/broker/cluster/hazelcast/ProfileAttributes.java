package dev.godwit.broker.cluster.hazelcast;

import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a node tells about itself, as the attributes of a Hazelcast member. Stateless. */
final class ProfileAttributes {
    private static final String NODE = "godwit.node";
    private static final String JOURNAL = "godwit.journal";
    private static final String CLUSTER = "godwit.cluster";
    private static final String LINK_HOST = "godwit.link.host";
    private static final String LINK_PORT = "godwit.link.port";
    private static final String DISCOVERY = "godwit.discovery";
    private static final String CLIENT_URIS = "godwit.clients";
    private static final String ZONE = "godwit.zone";
    private static final String CAPABILITIES = "godwit.capabilities";
    private static final String SEPARATOR = " ";

    private ProfileAttributes() {}

    static Map<String, String> write(NodeProfile node) {
        UUID cluster = node.clusterId();
        return Map.of(
                NODE,
                node.nodeId(),
                JOURNAL,
                node.journalId().toString(),
                CLUSTER,
                cluster == null ? "" : cluster.toString(),
                LINK_HOST,
                node.link().host(),
                LINK_PORT,
                String.valueOf(node.link().port()),
                DISCOVERY,
                node.discovery().toString(),
                CLIENT_URIS,
                String.join(SEPARATOR, node.clientUris()),
                ZONE,
                node.zone(),
                CAPABILITIES,
                String.join(SEPARATOR, node.capabilities()));
    }

    /** What a member tells about itself; null when it is no node, or one that makes no sense. */
    static @Nullable NodeProfile read(Map<String, String> attributes) {
        try {
            String nodeId = attributes.getOrDefault(NODE, "");
            if (!NodeIdentity.isName(nodeId)) {
                return null;
            }
            String cluster = attributes.getOrDefault(CLUSTER, "");
            return new NodeProfile(
                    nodeId,
                    UUID.fromString(attributes.getOrDefault(JOURNAL, "")),
                    cluster.isEmpty() ? null : UUID.fromString(cluster),
                    new NodeAddress(
                            attributes.getOrDefault(LINK_HOST, ""),
                            Integer.parseInt(attributes.getOrDefault(LINK_PORT, ""))),
                    NodeAddress.parse(attributes.getOrDefault(DISCOVERY, "")),
                    words(attributes.getOrDefault(CLIENT_URIS, "")),
                    attributes.getOrDefault(ZONE, ""),
                    Set.copyOf(words(attributes.getOrDefault(CAPABILITIES, ""))));
        } catch (IllegalArgumentException senseless) {
            return null;
        }
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(SEPARATOR));
    }
}
