package dev.godwit.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.ClusterConfiguration;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.configuration.ConfigurationReader;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is configured of a cluster, and what is said when half of it is missing. */
class ClusterSettingsTest {
    private static ClusterConfiguration read(String... assignments) throws ConfigurationException {
        return Objects.requireNonNull(ClusterSettings.of(reader(assignments).configuration()));
    }

    private static ConfigurationReader reader(String... assignments) throws ConfigurationException {
        var reader = new ConfigurationReader();
        for (String each : assignments) {
            reader.set(each, Path.of("/base"));
        }
        return reader;
    }

    @Test
    void standsAloneByDefault() throws ConfigurationException {
        assertThat(ClusterSettings.of(reader().configuration())).isNull();
    }

    @Test
    void findsOthersAtThePortsAboveTheirs() throws ConfigurationException {
        var cluster = read(
                "cluster.listen=127.0.0.1:7000",
                "cluster.insecure=true",
                "cluster.join=127.0.0.1:7000,127.0.0.1:7010,[::1]:7020",
                "cluster.zone=east",
                "cluster.copies=5",
                "cluster.log-tail=8MiB");
        assertThat(cluster.link()).isEqualTo(new NodeAddress("127.0.0.1", 7000));
        assertThat(cluster.discovery().port()).isEqualTo(7001);
        assertThat(cluster.discovery().seeds()).containsExactly("127.0.0.1:7011", "[::1]:7021");
        assertThat(cluster.discovery().cluster()).isEqualTo("godwit");
        assertThat(cluster.zone()).isEqualTo("east");
        assertThat(cluster.copies()).isEqualTo(5);
        assertThat(cluster.logTailBytes()).isEqualTo(8 << 20);
        assertThat(cluster.tls()).isNull();
    }

    /** One that has been taken in finds its way without. */
    @Test
    void takesAWitnessThatIsToldOfNobody() throws ConfigurationException {
        assertThat(read("cluster.listen=127.0.0.1:7000", "cluster.insecure=true", "cluster.witness=true")
                        .witness())
                .isTrue();
    }

    @Test
    void takesTheKeyFromTheFileOfTheCertificate() throws ConfigurationException {
        var cluster =
                read("cluster.listen=127.0.0.1:7000", "cluster.certificate=n1.pem", "cluster.authority=authority.pem");
        var tls = Objects.requireNonNull(cluster.tls());
        assertThat(tls.certificates()).isEqualTo(Path.of("/base/n1.pem"));
        assertThat(tls.key()).isEqualTo(Path.of("/base/n1.pem"));
        assertThat(tls.authority()).isEqualTo(Path.of("/base/authority.pem"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cluster.join=127.0.0.1:7000 | cluster.join is set, but not cluster.listen",
                "cluster.zone=east | cluster.zone is set, but not cluster.listen",
                "cluster.listen=127.0.0.1:7000 | godwit cluster cert godwit",
                "cluster.listen=127.0.0.1:7000 cluster.certificate=n1.pem | set cluster.certificate and"
                        + " cluster.authority",
                "cluster.listen=127.0.0.1:7000 cluster.insecure=true cluster.key=n1.pem | leave one of the two away",
                "cluster.listen=0.0.0.0:7000 cluster.insecure=true | other nodes reach this one",
                "cluster.listen=127.0.0.1:65535 cluster.insecure=true | no port is left for discovery",
                "cluster.listen=127.0.0.1:7000 cluster.insecure=true node.name=a_b | node.name must be 1 to 63 letters",
                "cluster.listen=127.0.0.1:7000 cluster.insecure=true cluster.multicast=true cluster.join=h:1 | set one"
                        + " of them",
                "cluster.listen=nonsense | must be host:port",
                "cluster.listen=127.0.0.1:0 | must be host:port",
                "cluster.join=h | each host:port",
            })
    void saysWhatIsMissing(String assignments, String said) {
        assertThatThrownBy(() -> read(assignments.split(" ")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(said);
    }
}
