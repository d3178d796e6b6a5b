package dev.godwit.distribution;

import dev.godwit.broker.ClusterConfiguration;
import dev.godwit.broker.cluster.hazelcast.HazelcastSettings;
import dev.godwit.broker.cluster.link.LinkTls;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.distribution.configuration.Configuration;
import dev.godwit.distribution.configuration.ConfigurationException;
import dev.godwit.distribution.configuration.ConfigurationKey;
import dev.godwit.distribution.configuration.ConfigurationKeys;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what was configured of a cluster into what the broker takes, and says what is missing. */
final class ClusterSettings {
    private static final int PORT_MAX = 65_535;
    private static final List<ConfigurationKey<?>> ONLY_IN_CLUSTERS = List.of(
            ConfigurationKeys.CLUSTER_NAME,
            ConfigurationKeys.CLUSTER_JOIN,
            ConfigurationKeys.CLUSTER_DISCOVERY_OFFSET,
            ConfigurationKeys.CLUSTER_MULTICAST,
            ConfigurationKeys.CLUSTER_KUBERNETES,
            ConfigurationKeys.CLUSTER_FOUNDER,
            ConfigurationKeys.CLUSTER_CERTIFICATE,
            ConfigurationKeys.CLUSTER_KEY,
            ConfigurationKeys.CLUSTER_AUTHORITY,
            ConfigurationKeys.CLUSTER_INSECURE,
            ConfigurationKeys.CLUSTER_ZONE,
            ConfigurationKeys.CLUSTER_COPIES,
            ConfigurationKeys.CLUSTER_ALLOW_EVEN,
            ConfigurationKeys.CLUSTER_REPLACE_AFTER,
            ConfigurationKeys.CLUSTER_WITNESS,
            ConfigurationKeys.CLUSTER_LOG_TAIL,
            ConfigurationKeys.CLUSTER_CLIENT_URIS,
            ConfigurationKeys.CLUSTER_RELAY_WAIT);

    private final Configuration configured;

    private ClusterSettings(Configuration configured) {
        this.configured = configured;
    }

    /** The node's place in a cluster; null for a broker that stands alone. */
    static @Nullable ClusterConfiguration of(Configuration configured) throws ConfigurationException {
        var settings = new ClusterSettings(configured);
        if (configured.get(ConfigurationKeys.CLUSTER_LISTEN).isEmpty()) {
            settings.checkStandsAlone();
            return null;
        }
        return settings.cluster();
    }

    private void checkStandsAlone() throws ConfigurationException {
        for (var key : ONLY_IN_CLUSTERS) {
            if (!configured.get(key).equals(key.defaultValue())) {
                throw new ConfigurationException(key.name()
                        + " is set, but not cluster.listen: set that to the host:port at which the other nodes reach"
                        + " this one (--cluster-listen), or leave the whole section away");
            }
        }
    }

    private ClusterConfiguration cluster() throws ConfigurationException {
        name(ConfigurationKeys.CLUSTER_NAME);
        name(ConfigurationKeys.NODE_NAME);
        var founder = configured.get(ConfigurationKeys.CLUSTER_FOUNDER);
        return new ClusterConfiguration(
                link(),
                discovery(),
                founder.isEmpty() ? null : founder,
                tls(),
                configured.get(ConfigurationKeys.CLUSTER_ZONE),
                Math.toIntExact(configured.get(ConfigurationKeys.CLUSTER_COPIES)),
                configured.get(ConfigurationKeys.CLUSTER_ALLOW_EVEN),
                configured.get(ConfigurationKeys.CLUSTER_REPLACE_AFTER),
                configured.get(ConfigurationKeys.CLUSTER_WITNESS),
                configured.get(ConfigurationKeys.CLUSTER_LOG_TAIL),
                configured.get(ConfigurationKeys.CLUSTER_CLIENT_URIS),
                configured.get(ConfigurationKeys.CLUSTER_RELAY_WAIT));
    }

    private void name(ConfigurationKey<String> key) throws ConfigurationException {
        if (!NodeIdentity.isName(configured.get(key))) {
            throw new ConfigurationException(
                    key.name() + " must be 1 to 63 letters, digits, hyphens and dots in a cluster," + " not \""
                            + configured.get(key) + "\"");
        }
    }

    private NodeAddress link() throws ConfigurationException {
        var link = NodeAddress.parse(configured.get(ConfigurationKeys.CLUSTER_LISTEN));
        if (address(link.host()).isAnyLocalAddress()) {
            throw new ConfigurationException(
                    "cluster.listen must name the address at which other nodes reach this one, not " + link.host());
        }
        return link;
    }

    private static InetAddress address(String host) throws ConfigurationException {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException unknown) {
            throw new ConfigurationException("cluster.listen: the host '" + host + "' is not known");
        }
    }

    private HazelcastSettings discovery() throws ConfigurationException {
        var link = link();
        var seeds = configured.get(ConfigurationKeys.CLUSTER_JOIN).stream()
                .map(NodeAddress::parse)
                .filter(each -> !each.equals(link))
                .toList();
        var multicast = configured.get(ConfigurationKeys.CLUSTER_MULTICAST);
        var kubernetes = configured.get(ConfigurationKeys.CLUSTER_KUBERNETES);
        int ways = (seeds.isEmpty() ? 0 : 1) + (multicast ? 1 : 0) + (kubernetes.isEmpty() ? 0 : 1);
        if (ways > 1) {
            throw new ConfigurationException("nodes find each other by cluster.join, cluster.multicast or"
                    + " cluster.kubernetes-service: set one of them");
        }
        var seedTexts = new java.util.ArrayList<String>();
        for (var seed : seeds) {
            seedTexts.add(seed.withPort(discoveryPort(seed)).toString());
        }
        return new HazelcastSettings(
                configured.get(ConfigurationKeys.CLUSTER_NAME),
                address(link.host()).getHostAddress(),
                discoveryPort(link),
                seedTexts,
                multicast,
                kubernetes.isEmpty() ? null : kubernetes);
    }

    private int discoveryPort(NodeAddress link) throws ConfigurationException {
        long port = link.port() + configured.get(ConfigurationKeys.CLUSTER_DISCOVERY_OFFSET);
        if (port > PORT_MAX) {
            throw new ConfigurationException(
                    "no port is left for discovery: cluster.discovery-offset above that of " + link + " is " + port);
        }
        return Math.toIntExact(port);
    }

    private @Nullable LinkTls tls() throws ConfigurationException {
        var certificate = configured.get(ConfigurationKeys.CLUSTER_CERTIFICATE);
        var key = configured.get(ConfigurationKeys.CLUSTER_KEY);
        var authority = configured.get(ConfigurationKeys.CLUSTER_AUTHORITY);
        boolean none = certificate.toString().isEmpty()
                && key.toString().isEmpty()
                && authority.toString().isEmpty();
        if (configured.get(ConfigurationKeys.CLUSTER_INSECURE)) {
            if (!none) {
                throw new ConfigurationException(
                        "cluster.insecure is true, and there are certificates: leave one of the two away");
            }
            return null;
        }
        if (certificate.toString().isEmpty() || authority.toString().isEmpty()) {
            throw new ConfigurationException(
                    "nodes speak over TLS: set cluster.certificate and cluster.authority to what"
                            + " `godwit cluster cert " + configured.get(ConfigurationKeys.NODE_NAME)
                            + "` makes; or set cluster.insecure=true where nobody else is on the line");
        }
        return new LinkTls(certificate, key.toString().isEmpty() ? certificate : key, authority);
    }
}
