package dev.godwit.broker;

import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.cluster.link.NodeIdentity;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.security.TokenSettings;
import dev.godwit.broker.transaction.TransactionLimits;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All that a broker is told at its start. Immutable; a program that embeds a broker begins with {@link #defaults}. */
public record BrokerConfiguration(
        Node node,
        Listen listen,
        Queues queues,
        Journal journal,
        Security security,
        TransactionLimits transactions,
        Topics topics,
        RoutingConfiguration routing,
        LimitsConfiguration limits) {
    /**
     * The node itself.
     *
     * @param name the broker's name, in logs and as its AMQP container-id
     * @param dataDirectory where the journal and the catalog are; made when it is not there
     * @param eventLoops threads for connections and queues, at least 1
     * @param cluster its place in a cluster; null for a broker that stands alone
     */
    public record Node(
            String name,
            Path dataDirectory,
            int eventLoops,
            @Nullable ClusterConfiguration cluster) {
        public Node {
            if (name.isEmpty()) {
                throw new IllegalArgumentException("the node's name is empty");
            }
            if (eventLoops < 1) {
                throw new IllegalArgumentException("eventLoops must be at least 1: " + eventLoops);
            }
            if (cluster != null && !NodeIdentity.isName(name)) {
                throw new IllegalArgumentException("no name of a node in a cluster: '" + name + "'");
            }
        }
    }

    /**
     * How queues come to be, and what bounds them.
     *
     * @param messageMemoryBytesMax bytes of messages in memory above which producers get no more credit
     */
    public record Queues(
            AutoCreation autoCreation,
            Predeclared predeclared,
            DeadLetters deadLetters,
            long messageMemoryBytesMax,
            List<AddressPolicy> policies) {
        public Queues {
            policies = List.copyOf(policies);
        }

        /** What holds for addresses that no policy matches. */
        AddressSettings settings() {
            return AddressSettings.NONE
                    .with(AddressSetting.DELIVERY_ATTEMPTS_MAX, Long.valueOf(deadLetters.attemptsMax))
                    .with(AddressSetting.DEAD_LETTER_ADDRESS, deadLetters.address == null ? "" : deadLetters.address);
        }

        public Queues withAutoCreation(AutoCreation other) {
            return new Queues(other, predeclared, deadLetters, messageMemoryBytesMax, policies);
        }

        public Queues withPredeclared(List<String> queues, List<String> topics) {
            var others = new Predeclared(queues, topics);
            return new Queues(autoCreation, others, deadLetters, messageMemoryBytesMax, policies);
        }

        public Queues withMessageMemoryBytesMax(long bytes) {
            return new Queues(autoCreation, predeclared, deadLetters, bytes, policies);
        }

        public Queues withPolicies(AddressPolicy... others) {
            return new Queues(autoCreation, predeclared, deadLetters, messageMemoryBytesMax, List.of(others));
        }
    }

    /** Queues and topics to create at start. */
    public record Predeclared(List<String> queues, List<String> topics) {
        public static final Predeclared NOTHING = new Predeclared(List.of(), List.of());

        public Predeclared {
            queues = List.copyOf(queues);
            topics = List.copyOf(topics);
        }
    }

    /**
     * What becomes of messages that nobody takes.
     *
     * @param address where rejected messages go; null to drop them, each with a line in the log
     * @param attemptsMax failed deliveries before a message goes there; 0 for no limit
     */
    public record DeadLetters(@Nullable String address, int attemptsMax) {}

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

    /** A broker for one machine: loopback, port 5672, one event loop per core, everybody on this machine let in. */
    public static BrokerConfiguration defaults(Path dataDirectory) {
        return new BrokerConfiguration(
                new Node("godwit", dataDirectory, Runtime.getRuntime().availableProcessors(), null),
                Listen.at(Listener.of(Scheme.AMQP, "127.0.0.1", 5672)),
                new Queues(
                        AutoCreation.ON,
                        Predeclared.NOTHING,
                        new DeadLetters("DLQ", 10),
                        defaultMessageMemoryBytes(),
                        List.of()),
                new Journal(64 * MIB),
                Security.OPEN,
                TransactionLimits.DEFAULTS,
                Topics.DEFAULTS,
                RoutingConfiguration.NONE,
                LimitsConfiguration.NONE);
    }

    /** Half of the heap that this JVM may have. */
    public static long defaultMessageMemoryBytes() {
        return (long) (Runtime.getRuntime().maxMemory() * MEMORY_SHARE);
    }

    public BrokerConfiguration withNode(Node other) {
        return new BrokerConfiguration(other, listen, queues, journal, security, transactions, topics, routing, limits);
    }

    public BrokerConfiguration withListen(Listen other) {
        return new BrokerConfiguration(node, other, queues, journal, security, transactions, topics, routing, limits);
    }

    public BrokerConfiguration withQueues(Queues other) {
        return new BrokerConfiguration(node, listen, other, journal, security, transactions, topics, routing, limits);
    }

    public BrokerConfiguration withJournal(Journal other) {
        return new BrokerConfiguration(node, listen, queues, other, security, transactions, topics, routing, limits);
    }

    public BrokerConfiguration withSecurity(Security other) {
        return new BrokerConfiguration(node, listen, queues, journal, other, transactions, topics, routing, limits);
    }

    public BrokerConfiguration withTransactions(TransactionLimits other) {
        return new BrokerConfiguration(node, listen, queues, journal, security, other, topics, routing, limits);
    }

    public BrokerConfiguration withTopics(Topics other) {
        return new BrokerConfiguration(node, listen, queues, journal, security, transactions, other, routing, limits);
    }

    public BrokerConfiguration withRouting(RoutingConfiguration other) {
        return new BrokerConfiguration(node, listen, queues, journal, security, transactions, topics, other, limits);
    }

    public BrokerConfiguration withLimits(LimitsConfiguration other) {
        return new BrokerConfiguration(node, listen, queues, journal, security, transactions, topics, routing, other);
    }

    /** The same as a node of a cluster. */
    public BrokerConfiguration withCluster(ClusterConfiguration cluster) {
        return withNode(new Node(node.name, node.dataDirectory, node.eventLoops, cluster));
    }

    /** The same with its first listener at another port. */
    public BrokerConfiguration withPort(int port) {
        return withListen(listen.withFirst(listen.first().withPort(port)));
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
}
