package dev.godwit.broker.cluster.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.storage.journal.WholeFile;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node remembers of its cluster over a restart: which one it is, and where others were. It finds its way back by that;
 * who keeps copies, and who leads, logs say. Immutable.
 *
 * @param clusterId made by the node that began the cluster; null while this node belongs to none
 * @param founder the journal with which this node has begun that cluster; null when it did not
 * @param places where other nodes were found, by other nodes and by clients, by their ids
 * @param resting whether this node is not to lead, because an operator wants that
 */
record RememberedCluster(@Nullable UUID clusterId, @Nullable UUID founder, Map<String, Place> places, boolean resting) {
    static final RememberedCluster NOTHING = new RememberedCluster(null, null, Map.of(), false);

    /**
     * Where a node was found.
     *
     * @param discovery by other nodes that look who is here
     * @param link by other nodes that have something to say to it; null when that was not written down
     * @param clientUris by clients
     */
    record Place(NodeAddress discovery, @Nullable NodeAddress link, List<String> clientUris) {
        Place {
            clientUris = List.copyOf(clientUris);
        }

        private static Place of(String text, @Nullable String link) {
            List<String> words = List.of(text.split(" "));
            return new Place(
                    NodeAddress.parse(words.get(0)),
                    link == null ? null : NodeAddress.parse(link),
                    words.subList(1, words.size()));
        }

        private String text() {
            return clientUris.isEmpty() ? discovery.toString() : discovery + " " + String.join(" ", clientUris);
        }
    }

    private static final String FILE = "cluster.properties";
    private static final String ID = "cluster";
    private static final String FOUNDER = "founder";
    private static final String RESTING = "resting";
    private static final String NODE = "node.";
    private static final String LINK = "link.";

    RememberedCluster {
        places = Map.copyOf(places);
    }

    /**
     * Reads what was written in that directory; nothing, if nothing was.
     *
     * @throws IOException when what is there cannot be read, or makes no sense
     */
    static RememberedCluster read(Path directory) throws IOException {
        var properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(directory.resolve(FILE))));
        } catch (NoSuchFileException nothing) {
            return NOTHING;
        }
        try {
            var places = new TreeMap<String, Place>();
            for (String name : properties.stringPropertyNames()) {
                if (name.startsWith(NODE)) {
                    String node = name.substring(NODE.length());
                    places.put(node, Place.of(properties.getProperty(name), properties.getProperty(LINK + node)));
                }
            }
            return new RememberedCluster(
                    uuid(properties, ID),
                    uuid(properties, FOUNDER),
                    places,
                    Boolean.parseBoolean(properties.getProperty(RESTING)));
        } catch (IllegalArgumentException senseless) {
            throw new IOException(directory.resolve(FILE) + " makes no sense: " + senseless.getMessage(), senseless);
        }
    }

    private static @Nullable UUID uuid(Properties properties, String name) {
        String text = properties.getProperty(name);
        return text == null ? null : UUID.fromString(text);
    }

    /** Of a cluster that was joined. */
    RememberedCluster joined(UUID id) {
        return new RememberedCluster(id, founder, places, resting);
    }

    /** Of a cluster that this node begins, with that journal. */
    RememberedCluster founded(UUID id, UUID journalId) {
        return new RememberedCluster(id, journalId, places, resting);
    }

    /** With what these nodes tell of themselves; those that are not among them are not forgotten. */
    RememberedCluster withNodes(Collection<NodeProfile> nodes) {
        var known = new TreeMap<>(places);
        nodes.forEach(node -> known.put(node.nodeId(), new Place(node.discovery(), node.link(), node.clientUris())));
        return new RememberedCluster(clusterId, founder, known, resting);
    }

    /** Without what is known of these nodes. */
    RememberedCluster without(Set<String> nodeIds) {
        var known = new TreeMap<>(places);
        known.keySet().removeAll(nodeIds);
        return new RememberedCluster(clusterId, founder, known, resting);
    }

    /** Of a node that is not to lead, or may. */
    RememberedCluster withResting(boolean now) {
        return new RememberedCluster(clusterId, founder, places, now);
    }

    /** Writes it whole: it is on the disk when this returns, and after a crash before that there is this, or what was there before. */
    void write(Path directory) throws IOException {
        var properties = new Properties();
        if (clusterId != null) {
            properties.setProperty(ID, clusterId.toString());
        }
        if (founder != null) {
            properties.setProperty(FOUNDER, founder.toString());
        }
        if (resting) {
            properties.setProperty(RESTING, "true");
        }
        places.forEach((node, place) -> {
            properties.setProperty(NODE + node, place.text());
            if (place.link() != null) {
                properties.setProperty(LINK + node, place.link().toString());
            }
        });
        var text = new StringWriter();
        properties.store(text, "What this node remembers of its cluster");
        WholeFile.write(directory, FILE, UTF_8.encode(text.toString()));
    }
}
