package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.cluster.hazelcast.HazelcastSettings;
import dev.godwit.broker.cluster.link.NodeAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusteredBrokerTest {
    @TempDir
    private Path directory;

    /** A node that stands by is not to find out that it cannot serve when it is the only one that could. */
    @Test
    void refusesAtItsStartWhatItCouldNotServeWith() {
        var cluster = ClusterConfiguration.insecure(
                new NodeAddress("127.0.0.1", 0),
                new HazelcastSettings("refused", "127.0.0.1", 45_701, List.of(), false, null));
        var configuration = BrokerConfiguration.defaults(directory)
                .withPort(0)
                .withUsers(Map.of("ann", "no hash"))
                .withCluster(cluster);
        assertThatThrownBy(() -> Broker.start(configuration, failure -> {}))
                .isInstanceOf(BrokerStartException.class)
                .hasMessageContaining("the password hash of user 'ann' is none");
        assertThat(directory).isEmptyDirectory();
    }
}
