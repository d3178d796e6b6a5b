package dev.godwit.broker.cluster.hazelcast;

import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.ReplicatedMapConfig;
import dev.godwit.broker.cluster.NodeProfile;

/** How Hazelcast is set up: as a list of who is here, and nothing more. Stateless. */
final class HazelcastConfiguration {
    /** The map that carries hints. */
    static final String HINTS = "godwit-hints";

    /** Nodes with another minor version do not find each other: the open-source edition does not bridge them. */
    static final String MINOR_VERSION = "5.7";

    private HazelcastConfiguration() {}

    static Config of(HazelcastSettings settings, NodeProfile own) {
        var config = new Config()
                .setClusterName(settings.cluster() + "-hazelcast-" + MINOR_VERSION)
                .setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.logging.type", "slf4j")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.heartbeat.interval.seconds", "1")
                .setProperty("hazelcast.max.no.heartbeat.seconds", "5")
                .setProperty("hazelcast.operation.call.timeout.millis", "5000")
                .setProperty("hazelcast.merge.first.run.delay.seconds", "5")
                .setProperty("hazelcast.merge.next.run.delay.seconds", "5")
                .setProperty("hazelcast.wait.seconds.before.join", "0")
                .setProperty("hazelcast.graceful.shutdown.max.wait", "5")
                // Maps of ours are read whole: partitions are of no use.
                .setProperty("hazelcast.partition.count", "17")
                .setProperty("hazelcast.socket.bind.any", "false");
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        config.getSerializationConfig()
                .setJavaSerializationFilterConfig(new JavaSerializationFilterConfig()
                        .setDefaultsDisabled(true)
                        .setWhitelist(ReadableClasses.filter()));
        config.addReplicatedMapConfig(new ReplicatedMapConfig(HINTS)
                .setInMemoryFormat(InMemoryFormat.BINARY)
                .setAsyncFillup(true));
        ProfileAttributes.write(own)
                .forEach((name, value) -> config.getMemberAttributeConfig().setAttribute(name, value));
        network(config, settings);
        return config;
    }

    private static void network(Config config, HazelcastSettings settings) {
        var network = config.getNetworkConfig();
        network.setPort(settings.port()).setPortAutoIncrement(false);
        network.getInterfaces().setEnabled(true).addInterface(settings.host());
        var join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(settings.multicast());
        boolean kubernetes = settings.kubernetesService() != null;
        // Hazelcast looks in one way only.
        join.getTcpIpConfig().setEnabled(!kubernetes && !settings.multicast()).setMembers(settings.seeds());
        if (kubernetes) {
            join.getKubernetesConfig()
                    .setEnabled(true)
                    .setProperty("service-dns", settings.kubernetesService())
                    .setProperty("service-port", String.valueOf(settings.port()));
        }
    }
}
