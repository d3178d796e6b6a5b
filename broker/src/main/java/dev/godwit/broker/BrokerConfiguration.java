package dev.godwit.broker;

import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.amqp.transport.TlsEndpoint.ClientCertificates;
import dev.godwit.amqp.transport.TlsFiles;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.cluster.link.NodeAddress;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.message.UnknownAnnotations;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.TokenSettings;
import dev.godwit.broker.transaction.TransactionLimits;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All that a broker is told at its start. Immutable; a program that embeds a broker begins with {@link #defaults}.
 *
 * @param nodeName the broker's name, in logs and as its AMQP container-id
 * @param dataDirectory where the journal and the catalog are; made when it is not there
 * @param eventLoops threads for connections and queues, at least 1
 * @param cluster its place in a cluster; null for a broker that stands alone
 */
public record BrokerConfiguration(
        String nodeName,
        Path dataDirectory,
        int eventLoops,
        Listen listen,
        Queues queues,
        Journal journal,
        Security security,
        TransactionLimits transactions,
        Topics topics,
        RoutingConfiguration routing,
        LimitsConfiguration limits,
        @Nullable ClusterConfiguration cluster) {
    /**
     * Where clients come in, and what bounds them.
     *
     * @param host the address to listen on; other than loopback demands users
     * @param port 0 for any free one
     * @param maxFrameSizeBytes largest frame that peers may send, at least 512
     * @param maxMessageSizeBytes largest message that producers may send
     * @param idleTimeoutMillis a peer that is silent for longer is disconnected; 0 for never
     * @param handshakeTimeoutMillis from TCP connection to open
     * @param connectionsMax at all listeners together, as the two that follow
     * @param connectionsPerIpMax from one IP address
     * @param connectionsBeforeLoginMax that have not logged in yet
     * @param mechanisms the SASL mechanisms of this address; empty for all that can work there
     * @param further other addresses to listen on
     * @param tls for those that need it; null when none does
     * @param tlsReloadMillis how often the files for TLS are looked at
     * @param hostnames the names of hosts that clients may ask for in their open; empty for any
     * @param unknownAnnotations which annotations of messages are taken that mean nothing here
     * @param proxies where all that comes to this address comes from, with PROXY headers; empty where clients come themselves
     * @param health where it is told by HTTP whether the node is well; null for nowhere
     */
    public record Listen(
            String host,
            int port,
            int maxFrameSizeBytes,
            long maxMessageSizeBytes,
            long idleTimeoutMillis,
            long handshakeTimeoutMillis,
            int connectionsMax,
            int connectionsPerIpMax,
            int connectionsBeforeLoginMax,
            List<String> mechanisms,
            List<Listener> further,
            @Nullable TlsFiles tls,
            long tlsReloadMillis,
            List<String> hostnames,
            UnknownAnnotations unknownAnnotations,
            List<IpNetwork> proxies,
            @Nullable NodeAddress health) {
        private static final long TLS_RELOAD_MILLIS = 10_000;

        public Listen {
            mechanisms = List.copyOf(mechanisms);
            further = List.copyOf(further);
            hostnames = List.copyOf(hostnames);
            proxies = List.copyOf(proxies);
        }

        /** One address, without TLS. */
        public Listen(
                String host,
                int port,
                int maxFrameSizeBytes,
                long maxMessageSizeBytes,
                long idleTimeoutMillis,
                long handshakeTimeoutMillis,
                int connectionsMax,
                int connectionsPerIpMax,
                int connectionsBeforeLoginMax) {
            this(
                    host,
                    port,
                    maxFrameSizeBytes,
                    maxMessageSizeBytes,
                    idleTimeoutMillis,
                    handshakeTimeoutMillis,
                    connectionsMax,
                    connectionsPerIpMax,
                    connectionsBeforeLoginMax,
                    List.of(),
                    List.of(),
                    null,
                    TLS_RELOAD_MILLIS,
                    List.of(),
                    UnknownAnnotations.UNRESERVED,
                    List.of(),
                    null);
        }

        /** The same at another port. */
        public Listen withPort(int newPort) {
            return with(
                    newPort, mechanisms, further, tls, tlsReloadMillis, hostnames, unknownAnnotations, proxies, health);
        }

        /** The same with these SASL mechanisms at its own address. */
        public Listen withMechanisms(String... newMechanisms) {
            return with(
                    port,
                    List.of(newMechanisms),
                    further,
                    tls,
                    tlsReloadMillis,
                    hostnames,
                    unknownAnnotations,
                    proxies,
                    health);
        }

        /** The same with other addresses to listen on. */
        public Listen withFurther(List<Listener> listeners) {
            return with(
                    port, mechanisms, listeners, tls, tlsReloadMillis, hostnames, unknownAnnotations, proxies, health);
        }

        /** The same with files for TLS. */
        public Listen withTls(TlsFiles files, long reloadMillis) {
            return with(port, mechanisms, further, files, reloadMillis, hostnames, unknownAnnotations, proxies, health);
        }

        /** The same for clients that ask for one of these hosts. */
        public Listen withHostnames(String... newHostnames) {
            return with(
                    port,
                    mechanisms,
                    further,
                    tls,
                    tlsReloadMillis,
                    List.of(newHostnames),
                    unknownAnnotations,
                    proxies,
                    health);
        }

        /** The same with another rule for annotations that mean nothing here. */
        public Listen withUnknownAnnotations(UnknownAnnotations taken) {
            return with(port, mechanisms, further, tls, tlsReloadMillis, hostnames, taken, proxies, health);
        }

        /** The same for clients that come to its own address by way of proxies. */
        public Listen withProxies(List<IpNetwork> newProxies) {
            return with(
                    port, mechanisms, further, tls, tlsReloadMillis, hostnames, unknownAnnotations, newProxies, health);
        }

        /** The same with a port where it is told whether the node is well. */
        public Listen withHealth(NodeAddress address) {
            return with(
                    port, mechanisms, further, tls, tlsReloadMillis, hostnames, unknownAnnotations, proxies, address);
        }

        private Listen with(
                int newPort,
                List<String> newMechanisms,
                List<Listener> newFurther,
                @Nullable TlsFiles newTls,
                long newTlsReloadMillis,
                List<String> newHostnames,
                UnknownAnnotations newUnknownAnnotations,
                List<IpNetwork> newProxies,
                @Nullable NodeAddress newHealth) {
            return new Listen(
                    host,
                    newPort,
                    maxFrameSizeBytes,
                    maxMessageSizeBytes,
                    idleTimeoutMillis,
                    handshakeTimeoutMillis,
                    connectionsMax,
                    connectionsPerIpMax,
                    connectionsBeforeLoginMax,
                    newMechanisms,
                    newFurther,
                    newTls,
                    newTlsReloadMillis,
                    newHostnames,
                    newUnknownAnnotations,
                    newProxies,
                    newHealth);
        }

        /** This address. */
        Listener first() {
            return new Listener(Scheme.AMQP, host, port, mechanisms, ClientCertificates.NONE, proxies);
        }

        /** All addresses, this one first. */
        List<Listener> listeners() {
            return Stream.concat(Stream.of(first()), further.stream()).toList();
        }
    }

    /** What is spoken at an address, named as in clients' URIs. */
    public enum Scheme {
        /** AMQP over TCP. */
        AMQP(false, false),
        /** AMQP over TLS. */
        AMQPS(true, false),
        /** AMQP over WebSocket. */
        WS(false, true),
        /** AMQP over WebSocket over TLS. */
        WSS(true, true);

        private final boolean encrypted;
        private final boolean webSocket;

        Scheme(boolean encrypted, boolean webSocket) {
            this.encrypted = encrypted;
            this.webSocket = webSocket;
        }

        public boolean isEncrypted() {
            return encrypted;
        }

        public boolean isWebSocket() {
            return webSocket;
        }
    }

    /**
     * An address to listen on.
     *
     * @param port 0 for any free one
     * @param mechanisms the SASL mechanisms that may be offered; empty for all that can work there
     * @param clientCertificates whether clients show certificates; with TLS only
     * @param proxies where all that comes comes from, with PROXY headers; empty where clients come themselves
     */
    public record Listener(
            Scheme scheme,
            String host,
            int port,
            List<String> mechanisms,
            ClientCertificates clientCertificates,
            List<IpNetwork> proxies) {
        public Listener {
            mechanisms = List.copyOf(mechanisms);
            proxies = List.copyOf(proxies);
            if (clientCertificates != ClientCertificates.NONE && !scheme.isEncrypted()) {
                throw new IllegalArgumentException("without TLS there are no certificates: " + scheme);
            }
        }

        /** The same at another port. */
        public Listener withPort(int newPort) {
            return new Listener(scheme, host, newPort, mechanisms, clientCertificates, proxies);
        }

        public Listener withProxies(List<IpNetwork> newProxies) {
            return new Listener(scheme, host, port, mechanisms, clientCertificates, newProxies);
        }

        /** With all mechanisms that can work there, and no certificates of clients. */
        public static Listener of(Scheme scheme, String host, int port) {
            return new Listener(scheme, host, port, List.of(), ClientCertificates.NONE, List.of());
        }

        /** Whether clients come by way of proxies, and in no other way. */
        boolean isProxied() {
            return !proxies.isEmpty();
        }

        boolean isProxy(InetAddress address) {
            return proxies.stream().anyMatch(network -> network.contains(address));
        }

        String name() {
            return "the " + scheme.name().toLowerCase(Locale.ROOT) + " listener's";
        }

        String uri(int actualPort) {
            return scheme.name().toLowerCase(Locale.ROOT) + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                    + actualPort;
        }
    }

    /**
     * How queues come to be, and what bounds them.
     *
     * @param predeclared queues to create at start
     * @param predeclaredTopics topics to create at start
     * @param deadLetterAddress where rejected messages go; null to drop them, each with a line in the log
     * @param deliveryAttemptsMax failed attempts before a message goes there; 0 for no limit
     * @param messageMemoryBytesMax bytes of messages in memory above which producers get no more credit
     */
    public record Queues(
            AutoCreation autoCreation,
            List<String> predeclared,
            List<String> predeclaredTopics,
            @Nullable String deadLetterAddress,
            int deliveryAttemptsMax,
            long messageMemoryBytesMax,
            List<AddressPolicy> policies) {
        public Queues {
            predeclared = List.copyOf(predeclared);
            predeclaredTopics = List.copyOf(predeclaredTopics);
            policies = List.copyOf(policies);
        }

        /** What holds for addresses that no policy matches. */
        AddressSettings settings() {
            return AddressSettings.NONE
                    .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, Long.valueOf(deliveryAttemptsMax))
                    .with(AddressSetting.DEAD_LETTER_ADDRESS, deadLetterAddress == null ? "" : deadLetterAddress);
        }

        /** The same for all addresses, and no topics that are there from the start. */
        public Queues(
                AutoCreation autoCreation,
                List<String> predeclared,
                @Nullable String deadLetterAddress,
                int deliveryAttemptsMax,
                long messageMemoryBytesMax) {
            this(
                    autoCreation,
                    predeclared,
                    List.of(),
                    deadLetterAddress,
                    deliveryAttemptsMax,
                    messageMemoryBytesMax,
                    List.of());
        }

        public Queues withAutoCreation(AutoCreation newAutoCreation) {
            return new Queues(
                    newAutoCreation,
                    predeclared,
                    predeclaredTopics,
                    deadLetterAddress,
                    deliveryAttemptsMax,
                    messageMemoryBytesMax,
                    policies);
        }

        public Queues withPredeclared(List<String> newQueues, List<String> newTopics) {
            return new Queues(
                    autoCreation,
                    newQueues,
                    newTopics,
                    deadLetterAddress,
                    deliveryAttemptsMax,
                    messageMemoryBytesMax,
                    policies);
        }

        public Queues withMessageMemoryBytesMax(long bytes) {
            return new Queues(
                    autoCreation,
                    predeclared,
                    predeclaredTopics,
                    deadLetterAddress,
                    deliveryAttemptsMax,
                    bytes,
                    policies);
        }

        public Queues withPolicies(AddressPolicy... newPolicies) {
            return new Queues(
                    autoCreation,
                    predeclared,
                    predeclaredTopics,
                    deadLetterAddress,
                    deliveryAttemptsMax,
                    messageMemoryBytesMax,
                    List.of(newPolicies));
        }
    }

    /**
     * What bounds the subscriptions to topics. Those that are not durable drop their oldest messages when they hold too much.
     *
     * @param subscriptionMemoryBytesMax what one that is not durable may hold in memory, at most a quarter of the message
     *     memory
     * @param memoryBytesMax what they may hold together, at most half of the message memory; 0 for that half
     * @param subscriptionDiskBytesMax what one of them may hold of large messages, which are on the disk
     * @param diskBytesMax what they may hold of those together
     * @param detachesSlow whether the consumers of one that had to drop messages are detached
     * @param durableSubscriptionsPerUserMax durable ones that a user may have at once
     */
    public record Topics(
            long subscriptionMemoryBytesMax,
            long memoryBytesMax,
            long subscriptionDiskBytesMax,
            long diskBytesMax,
            boolean detachesSlow,
            int durableSubscriptionsPerUserMax) {
        public static final Topics DEFAULTS = new Topics(64L << 20, 0, 1L << 30, 4L << 30, false, 10_000);

        private static final int SUBSCRIPTION_MEMORY_PART = 4;
        private static final int MEMORY_PART = 2;

        long subscriptionMemoryBytesMax(long messageMemoryBytesMax) {
            return Math.min(subscriptionMemoryBytesMax, messageMemoryBytesMax / SUBSCRIPTION_MEMORY_PART);
        }

        long memoryBytesMax(long messageMemoryBytesMax) {
            long most = messageMemoryBytesMax / MEMORY_PART;
            return memoryBytesMax == 0 ? most : Math.min(memoryBytesMax, most);
        }

        public Topics withDurableSubscriptionsPerUserMax(int subscriptions) {
            return new Topics(
                    subscriptionMemoryBytesMax,
                    memoryBytesMax,
                    subscriptionDiskBytesMax,
                    diskBytesMax,
                    detachesSlow,
                    subscriptions);
        }
    }

    /**
     * How messages are kept.
     *
     * @param segmentBytes size of one journal file
     * @param reserveSegments empty files put aside, so that consumers can drain a full disk
     * @param scrubBytesPerSecond how fast all of it is verified in the background after a start; 0 for not at all
     * @param keep how long files are kept after use, for readers of a queue's past
     * @param acceptLoss start without what is damaged in the journal, where a start would be refused
     */
    public record Journal(
            int segmentBytes, int reserveSegments, long scrubBytesPerSecond, Keep keep, boolean acceptLoss) {
        /**
         * How long files are kept after use.
         *
         * @param millis how long a file is kept after it was full, even if all in it was consumed; 0 for not at all
         * @param bytes how many bytes of such files at most; 0 for no limit but the disk
         */
        public record Keep(long millis, long bytes) {
            public static final Keep NOTHING = new Keep(0, 0);
        }

        private static final int RESERVE_SEGMENTS = 2;
        private static final long SCRUB_BYTES_PER_SECOND = 20 << 20;

        /** With two files in reserve, a gentle scrub, nothing kept after use, and no loss accepted. */
        public Journal(int segmentBytes) {
            this(segmentBytes, RESERVE_SEGMENTS, SCRUB_BYTES_PER_SECOND, Keep.NOTHING, false);
        }

        public Journal withAcceptLoss(boolean accept) {
            return new Journal(segmentBytes, reserveSegments, scrubBytesPerSecond, keep, accept);
        }
    }

    /**
     * Who may come in, and what they may do.
     *
     * @param users by name; none: everybody on this machine comes in
     * @param rules who may do what, the first that matches decides; none: everybody who is in may do everything
     * @param plainWithoutTls passwords and tokens may come as they are also from other machines and without TLS
     * @param certificateAttribute which attribute of a certificate's subject names the user; {@code subject} for all of it
     * @param tokens what is demanded of tokens; null when none are taken
     */
    public record Security(
            Map<String, User> users,
            List<AccessRule> rules,
            boolean plainWithoutTls,
            String certificateAttribute,
            @Nullable TokenSettings tokens) {
        /** Everybody on this machine may do everything. */
        public static final Security OPEN = new Security(Map.of(), List.of());

        /** Users with passwords, and what they may do. */
        public Security(Map<String, User> users, List<AccessRule> rules) {
            this(users, rules, false, "CN", null);
        }

        public Security {
            users = Map.copyOf(users);
            rules = List.copyOf(rules);
        }

        public Security withUsers(Map<String, User> newUsers) {
            return new Security(newUsers, rules, plainWithoutTls, certificateAttribute, tokens);
        }

        public Security withRules(List<AccessRule> newRules) {
            return new Security(users, newRules, plainWithoutTls, certificateAttribute, tokens);
        }

        public Security withTokens(TokenSettings newTokens) {
            return new Security(users, rules, plainWithoutTls, certificateAttribute, newTokens);
        }
    }

    /**
     * Somebody who may come in.
     *
     * @param passwordHash as {@code PasswordHash.hash} writes it; null for one who comes by certificate or token only
     * @param groups whose rules hold for this user, too
     */
    public record User(@Nullable String passwordHash, Set<String> groups) {
        public User {
            groups = Set.copyOf(groups);
        }

        /** Leaves the hash out: it does not belong in a log. */
        @Override
        public String toString() {
            return "User[groups=" + groups + "]";
        }
    }

    private static final int MIB = 1 << 20;
    private static final double MEMORY_SHARE = 0.5;

    public BrokerConfiguration {
        if (nodeName.isEmpty()) {
            throw new IllegalArgumentException("nodeName is empty");
        }
        if (eventLoops < 1) {
            throw new IllegalArgumentException("eventLoops must be at least 1: " + eventLoops);
        }
        if (cluster != null && !NodeIdentity.isName(nodeName)) {
            throw new IllegalArgumentException("no name of a node in a cluster: '" + nodeName + "'");
        }
    }

    /** With the default limits of transactions and subscriptions. */
    public BrokerConfiguration(
            String nodeName,
            Path dataDirectory,
            int eventLoops,
            Listen listen,
            Queues queues,
            Journal journal,
            Security security) {
        this(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                journal,
                security,
                TransactionLimits.DEFAULTS,
                Topics.DEFAULTS,
                RoutingConfiguration.NONE,
                LimitsConfiguration.NONE,
                null);
    }

    /** A broker for one machine: loopback, port 5672, one event loop per core, everybody on this machine let in. */
    public static BrokerConfiguration defaults(Path dataDirectory) {
        return new BrokerConfiguration(
                "godwit",
                dataDirectory,
                Runtime.getRuntime().availableProcessors(),
                new Listen("127.0.0.1", 5672, 128 * 1024, 100 * MIB, 60_000, 10_000, 10_000, 5_000, 1_000),
                new Queues(AutoCreation.ON, List.of(), "DLQ", 10, defaultMessageMemoryBytes()),
                new Journal(64 * MIB),
                Security.OPEN);
    }

    /** Half of the heap that this JVM may have. */
    public static long defaultMessageMemoryBytes() {
        return (long) (Runtime.getRuntime().maxMemory() * MEMORY_SHARE);
    }

    public BrokerConfiguration withListen(Listen newListen) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                newListen,
                queues,
                journal,
                security,
                transactions,
                topics,
                routing,
                limits,
                cluster);
    }

    public BrokerConfiguration withQueues(Queues newQueues) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                newQueues,
                journal,
                security,
                transactions,
                topics,
                routing,
                limits,
                cluster);
    }

    /**
     * The same, with users: only they are let in then.
     *
     * @param passwordHashes by user name, as {@code PasswordHash.hash} writes them
     */
    public BrokerConfiguration withUsers(Map<String, String> passwordHashes) {
        var users = new HashMap<String, User>();
        passwordHashes.forEach((name, hash) -> users.put(name, new User(hash, Set.of())));
        return withSecurity(security.withUsers(users));
    }

    public BrokerConfiguration withSecurity(Security newSecurity) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                journal,
                newSecurity,
                transactions,
                topics,
                routing,
                limits,
                cluster);
    }

    public BrokerConfiguration withTransactions(TransactionLimits newTransactions) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                journal,
                security,
                newTransactions,
                topics,
                routing,
                limits,
                cluster);
    }

    public BrokerConfiguration withTopics(Topics newTopics) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                journal,
                security,
                transactions,
                newTopics,
                routing,
                limits,
                cluster);
    }

    public BrokerConfiguration withRouting(RoutingConfiguration newRouting) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                journal,
                security,
                transactions,
                topics,
                newRouting,
                limits,
                cluster);
    }

    public BrokerConfiguration withJournal(Journal newJournal) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                newJournal,
                security,
                transactions,
                topics,
                routing,
                limits,
                cluster);
    }

    public BrokerConfiguration withLimits(LimitsConfiguration newLimits) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                journal,
                security,
                transactions,
                topics,
                routing,
                newLimits,
                cluster);
    }

    /** The same as a node of a cluster. */
    public BrokerConfiguration withCluster(@Nullable ClusterConfiguration newCluster) {
        return new BrokerConfiguration(
                nodeName,
                dataDirectory,
                eventLoops,
                listen,
                queues,
                journal,
                security,
                transactions,
                topics,
                routing,
                limits,
                newCluster);
    }

    public BrokerConfiguration withPort(int port) {
        return withListen(listen.withPort(port));
    }
}
