package dev.godwit.broker;

import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.security.AccessRule;
import dev.godwit.broker.transaction.TransactionLimits;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that a broker is told at its start. Immutable; a program that embeds a broker begins with {@link #defaults}.
 *
 * @param nodeName the broker's name, in logs and as its AMQP container-id
 * @param dataDirectory where the journal and the catalog are; made when it is not there
 * @param eventLoops threads for connections and queues, at least 1
 */
public record BrokerConfiguration(
        String nodeName,
        Path dataDirectory,
        int eventLoops,
        Listen listen,
        Queues queues,
        Journal journal,
        Security security,
        TransactionLimits transactions) {
    /**
     * Where clients come in, and what bounds them.
     *
     * @param host the address to listen on; other than loopback demands users
     * @param port 0 for any free one
     * @param maxFrameSizeBytes largest frame that peers may send, at least 512
     * @param maxMessageSizeBytes largest message that producers may send
     * @param idleTimeoutMillis a peer that is silent for longer is disconnected; 0 for never
     * @param handshakeTimeoutMillis from TCP connection to open
     * @param connectionsPerIpMax from one IP address
     * @param connectionsBeforeLoginMax that have not logged in yet
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
            int connectionsBeforeLoginMax) {}

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
            long messageMemoryBytesMax) {
        public Queues {
            predeclared = List.copyOf(predeclared);
            predeclaredTopics = List.copyOf(predeclaredTopics);
        }

        /** Without topics that are there from the start. */
        public Queues(
                AutoCreation autoCreation,
                List<String> predeclared,
                @Nullable String deadLetterAddress,
                int deliveryAttemptsMax,
                long messageMemoryBytesMax) {
            this(autoCreation, predeclared, List.of(), deadLetterAddress, deliveryAttemptsMax, messageMemoryBytesMax);
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
     */
    public record Security(Map<String, User> users, List<AccessRule> rules) {
        /** Everybody on this machine may do everything. */
        public static final Security OPEN = new Security(Map.of(), List.of());

        public Security {
            users = Map.copyOf(users);
            rules = List.copyOf(rules);
        }

        public Security withUsers(Map<String, User> newUsers) {
            return new Security(newUsers, rules);
        }

        public Security withRules(List<AccessRule> newRules) {
            return new Security(users, newRules);
        }
    }

    /**
     * Somebody who may come in.
     *
     * @param passwordHash as {@code PasswordHash.hash} writes it
     * @param groups whose rules hold for this user, too
     */
    public record User(String passwordHash, Set<String> groups) {
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
    }

    /** With the default limits of transactions. */
    public BrokerConfiguration(
            String nodeName,
            Path dataDirectory,
            int eventLoops,
            Listen listen,
            Queues queues,
            Journal journal,
            Security security) {
        this(nodeName, dataDirectory, eventLoops, listen, queues, journal, security, TransactionLimits.DEFAULTS);
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
                nodeName, dataDirectory, eventLoops, newListen, queues, journal, security, transactions);
    }

    public BrokerConfiguration withQueues(Queues newQueues) {
        return new BrokerConfiguration(
                nodeName, dataDirectory, eventLoops, listen, newQueues, journal, security, transactions);
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
                nodeName, dataDirectory, eventLoops, listen, queues, journal, newSecurity, transactions);
    }

    public BrokerConfiguration withTransactions(TransactionLimits newTransactions) {
        return new BrokerConfiguration(
                nodeName, dataDirectory, eventLoops, listen, queues, journal, security, newTransactions);
    }

    public BrokerConfiguration withJournal(Journal newJournal) {
        return new BrokerConfiguration(
                nodeName, dataDirectory, eventLoops, listen, queues, newJournal, security, transactions);
    }

    public BrokerConfiguration withPort(int port) {
        return withListen(new Listen(
                listen.host,
                port,
                listen.maxFrameSizeBytes,
                listen.maxMessageSizeBytes,
                listen.idleTimeoutMillis,
                listen.handshakeTimeoutMillis,
                listen.connectionsMax,
                listen.connectionsPerIpMax,
                listen.connectionsBeforeLoginMax));
    }
}
