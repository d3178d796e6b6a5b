package dev.godwit.broker.cluster.hazelcast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.godwit.broker.cluster.NodeProfile;
import dev.godwit.broker.cluster.link.NodeAddress;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HazelcastConfigurationTest {
    private static final NodeProfile OWN = new NodeProfile(
            "a",
            UUID.randomUUID(),
            null,
            new NodeAddress("127.0.0.1", 5_801),
            new NodeAddress("127.0.0.1", 5_802),
            List.of(),
            "",
            Set.of());

    @Test
    void readsNothingBesidesErrors() {
        var filter = ReadableClasses.filter();
        for (String name : List.of(
                "com.hazelcast.shaded.com.zaxxer.hikari.HikariConfig",
                "java.lang.ProcessBuilder",
                "java.lang.invoke.SerializedLambda",
                "java.util.HashMap",
                "java.util.Collections$CheckedMap")) {
            assertThat(filter.isListed(name)).as(name).isFalse();
        }
        assertThat(filter.isListed("com.hazelcast.core.MemberLeftException")).isTrue();
    }

    @Test
    void looksInOneWay() {
        var multicast = HazelcastConfiguration.of(
                        new HazelcastSettings("test", "127.0.0.1", 5_801, List.of(), true, null), OWN)
                .getNetworkConfig()
                .getJoin();
        multicast.verify();
        assertThat(multicast.getMulticastConfig().isEnabled()).isTrue();
        var kubernetes = HazelcastConfiguration.of(
                        new HazelcastSettings("test", "127.0.0.1", 5_801, List.of(), false, "godwit.svc"), OWN)
                .getNetworkConfig()
                .getJoin();
        kubernetes.verify();
        assertThat(kubernetes.getKubernetesConfig().getProperties())
                .containsEntry("service-dns", "godwit.svc")
                .containsEntry("service-port", "5801");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> new HazelcastSettings("test", "127.0.0.1", 5_801, List.of("127.0.0.1:5801"), true, null));
    }
}
