package dev.godwit.broker.cluster.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RememberedClusterTest {
    private static final UUID CLUSTER = new UUID(1, 2);
    private static final UUID JOURNAL = new UUID(3, 4);

    @TempDir
    private Path directory;

    private static NodeProfile node(String name, int port) {
        return new NodeProfile(
                name,
                JOURNAL,
                CLUSTER,
                new NodeAddress("10.0.0.1", port),
                new NodeAddress("::1", port + 1),
                port == 7000 ? List.of() : List.of("amqp://a:1", "amqps://a:2"),
                "",
                Set.of());
    }

    private static RememberedCluster.Place place(int port, List<String> clients) {
        return new RememberedCluster.Place(
                new NodeAddress("::1", port + 1), new NodeAddress("10.0.0.1", port), clients);
    }

    /** As written before links were remembered. */
    @Test
    void readsAPlaceWithoutItsLink() throws IOException {
        Files.writeString(directory.resolve("cluster.properties"), "node.n1=10.0.0.1:7001 amqp://a:1\n");
        assertThat(RememberedCluster.read(directory).places())
                .containsEntry(
                        "n1",
                        new RememberedCluster.Place(new NodeAddress("10.0.0.1", 7001), null, List.of("amqp://a:1")));
    }

    @Test
    void isNothingAtFirst() throws IOException {
        assertThat(RememberedCluster.read(directory)).isEqualTo(RememberedCluster.NOTHING);
    }

    @Test
    void readsWhatItWrote() throws IOException {
        var remembered = RememberedCluster.read(directory)
                .founded(CLUSTER, JOURNAL)
                .withNodes(List.of(node("n1", 7000), node("n2", 7010)));
        remembered.write(directory);
        assertThat(RememberedCluster.read(directory)).isEqualTo(remembered);
        var clients = List.of("amqp://a:1", "amqps://a:2");
        assertThat(remembered.places()).containsEntry("n2", place(7010, clients));
        var moved = remembered.withNodes(List.of(node("n2", 8000)));
        moved.write(directory);
        assertThat(RememberedCluster.read(directory).places())
                .containsEntry("n1", place(7000, List.of()))
                .containsEntry("n2", place(8000, clients));
    }

    @Test
    void remembersThatItRestsUntilThatIsUndone() throws IOException {
        var resting = RememberedCluster.NOTHING.founded(CLUSTER, JOURNAL).withResting(true);
        resting.withNodes(List.of(node("n1", 7000))).without(Set.of("n1")).write(directory);
        assertThat(RememberedCluster.read(directory)).isEqualTo(resting);
        resting.withResting(false).write(directory);
        assertThat(RememberedCluster.read(directory).resting()).isFalse();
    }

    @Test
    void refusesWhatMakesNoSense() throws IOException {
        Files.writeString(directory.resolve("cluster.properties"), "cluster=nonsense\n");
        assertThatThrownBy(() -> RememberedCluster.read(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cluster.properties makes no sense");
    }
}
