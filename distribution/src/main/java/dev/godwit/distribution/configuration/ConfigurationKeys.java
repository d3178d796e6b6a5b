package dev.godwit.distribution.configuration;

import dev.godwit.amqp.transport.IpNetwork;
import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.intake.SenderRule;
import dev.godwit.broker.message.UnknownAnnotations;
import dev.godwit.broker.policy.AddressPolicy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Everything that can be configured, in the order of the shipped file. */
public final class ConfigurationKeys {
    private static final long KIB = 1 << 10;
    private static final long MIB = 1 << 20;
    private static final long GIB = 1024 * MIB;
    private static final long SECOND = 1_000;
    private static final long DAY = 24 * 3_600 * SECOND;
    private static final List<ConfigurationKey<?>> ALL = new ArrayList<>();

    public static final ConfigurationKey<String> NODE_NAME =
            key("node.name", ValueTypes.text(100), "godwit", "Name of this broker, in logs and to its peers");
    public static final ConfigurationKey<Path> DATA_DIRECTORY = key(
            "data.directory",
            ValueTypes.path(),
            Path.of("data"),
            "Where the journal and the catalog are; a relative path in this file starts at the installation");
    public static final ConfigurationKey<Long> EVENT_LOOPS = key(
            "event-loops",
            ValueTypes.wholeNumber(0, 1024),
            0L,
            "Threads for connections and queues; 0 for one per core");

    public static final ConfigurationKey<String> LISTEN_HOST = key(
            "listen.host",
            ValueTypes.text(255),
            "127.0.0.1",
            "Address to listen on; any other than loopback demands users (see security.users)");
    public static final ConfigurationKey<Long> LISTEN_PORT =
            key("listen.port", ValueTypes.wholeNumber(0, 65_535), 5672L, "TCP port for AMQP; 0 for any free one");
    public static final ConfigurationKey<List<String>> LISTEN_MECHANISMS = key(
            "listen.mechanisms",
            new MechanismsType(),
            List.of(),
            "How clients may log in there; none: all ways that can work, ANONYMOUS only if there are no users");
    public static final ConfigurationKey<List<IpNetwork>> LISTEN_PROXIES = key(
            "listen.proxy-protocol",
            new NetworksType(),
            List.of(),
            "Load balancers that pass clients on there, with PROXY headers of version 2: nobody else may come then;"
                    + " none: clients come themselves");
    public static final ConfigurationKey<List<ConfiguredListener>> LISTENERS = key(
            "listeners",
            new ListenersType(),
            List.of(),
            "Further addresses to listen on: AMQP over TCP, TLS (amqps), WebSocket (ws) or both (wss)");

    public static final ConfigurationKey<String> CLUSTER_LISTEN = key(
            "cluster.listen",
            NodeAddressType.optional(),
            "",
            "Where this node listens for the other nodes of its cluster, as they reach it; empty: a broker that stands"
                    + " alone, and nothing else of this section may be set");
    public static final ConfigurationKey<String> CLUSTER_NAME = key(
            "cluster.name", ValueTypes.text(63), "godwit", "Name of the cluster; nodes of another name are not let in");
    public static final ConfigurationKey<List<String>> CLUSTER_JOIN = key(
            "cluster.join",
            NodeAddressType.list(),
            List.of(),
            "Where some nodes of the cluster listen, as their cluster.listen says; the first node of all has none. A"
                    + " node that was in the cluster before finds its way back as long as one of them is there");
    public static final ConfigurationKey<Long> CLUSTER_DISCOVERY_OFFSET = key(
            "cluster.discovery-offset",
            ValueTypes.wholeNumber(1, 10_000),
            1L,
            "Nodes find each other at the port that is so far above that of cluster.listen; the same for all nodes."
                    + " Only nodes may reach it");
    public static final ConfigurationKey<Boolean> CLUSTER_MULTICAST = key(
            "cluster.multicast",
            ValueTypes.onOff(),
            false,
            "Nodes look for each other by multicast, and not by cluster.join");
    public static final ConfigurationKey<String> CLUSTER_KUBERNETES = key(
            "cluster.kubernetes-service",
            ValueTypes.optionalText(253),
            "",
            "DNS name of the headless service whose pods are the nodes; then not by cluster.join");
    public static final ConfigurationKey<String> CLUSTER_FOUNDER = key(
            "cluster.founder",
            ValueTypes.optionalText(63),
            "",
            "The node.name of the node that begins the cluster if its journal is new; empty: the one that looks for no"
                    + " others. To be set where all nodes are configured alike");
    public static final ConfigurationKey<Path> CLUSTER_CERTIFICATE = key(
            "cluster.certificate",
            ValueTypes.optionalPath(),
            Path.of(""),
            "The node's certificate for other nodes, and its key if that is in the same file, as `godwit cluster cert`"
                    + " makes it (PEM)");
    public static final ConfigurationKey<Path> CLUSTER_KEY =
            key("cluster.key", ValueTypes.optionalPath(), Path.of(""), "Its key, if that is in another file (PEM)");
    public static final ConfigurationKey<Path> CLUSTER_AUTHORITY = key(
            "cluster.authority",
            ValueTypes.optionalPath(),
            Path.of(""),
            "The certificate of the cluster's authority, which has signed those of all nodes (PEM)");
    public static final ConfigurationKey<Boolean> CLUSTER_INSECURE = key(
            "cluster.insecure",
            ValueTypes.onOff(),
            false,
            "Nodes speak unencrypted and believe whoever comes: only where nobody else is on the line");
    public static final ConfigurationKey<String> CLUSTER_ZONE = key(
            "cluster.zone",
            ValueTypes.optionalText(63),
            "",
            "What fails together with this node, such as a rack; copies are kept in different zones where there are"
                    + " some");
    public static final ConfigurationKey<Long> CLUSTER_COPIES = key(
            "cluster.copies",
            ValueTypes.wholeNumber(1, 9),
            3L,
            "How many nodes keep each message; a message is confirmed when the majority of them has it on the disk");
    public static final ConfigurationKey<Boolean> CLUSTER_ALLOW_EVEN = key(
            "cluster.allow-even",
            ValueTypes.onOff(),
            false,
            "Two or four nodes may keep messages where there are no more: more copies, but the loss of half of them"
                    + " stops the cluster");
    public static final ConfigurationKey<Long> CLUSTER_REPLACE_AFTER = key(
            "cluster.replace-after",
            ValueTypes.duration(10 * SECOND, 30 * DAY, null),
            600 * SECOND,
            "How long a node has to be gone before another one keeps copies in its place, if there is one more");
    public static final ConfigurationKey<Long> CLUSTER_LOG_TAIL = key(
            "cluster.log-tail",
            ValueTypes.size(MIB, 1024 * GIB, null),
            256 * MIB,
            "How much of the journal's end is kept whole for nodes that are away: one that missed more is given all that"
                    + " is alive");
    public static final ConfigurationKey<List<String>> CLUSTER_CLIENT_URIS = key(
            "cluster.client-uris",
            new ClientUrisType(),
            List.of(),
            "Where clients reach this node; empty: its listeners. Clients are told of all nodes when they connect");
    public static final ConfigurationKey<Long> CLUSTER_RELAY_WAIT = key(
            "cluster.relay-wait",
            ValueTypes.duration(100, 600 * SECOND, null),
            5 * SECOND,
            "How long a client waits at a node until some node is active, and it can be passed on to that one; then its"
                    + " connection is closed");

    public static final ConfigurationKey<String> HEALTH_LISTEN = key(
            "health.listen",
            NodeAddressType.optional(),
            "",
            "Where this node says by HTTP whether it is well: /health/live, /health/ready and /health/active; empty:"
                    + " nowhere");

    public static final ConfigurationKey<List<ConfiguredCertificate>> TLS_CERTIFICATES = key(
            "tls.certificates",
            new CertificatesType(),
            List.of(),
            "The broker's keys for amqps and wss; the name that a client asks for decides which one it sees");
    public static final ConfigurationKey<Path> TLS_TRUST = key(
            "tls.trust",
            ValueTypes.optionalPath(),
            Path.of(""),
            "Certificates of those who may sign clients' certificates: PEM, or PKCS#12 if there is a password");
    public static final ConfigurationKey<String> TLS_TRUST_PASSWORD =
            key("tls.trust-password", ValueTypes.optionalText(1024), "", "Password of tls.trust, if it is PKCS#12");
    public static final ConfigurationKey<Long> TLS_RELOAD = key(
            "tls.reload",
            ValueTypes.duration(SECOND, DAY, null),
            10 * SECOND,
            "How often these files are looked at; changed ones are used for new connections");

    public static final ConfigurationKey<List<ConfiguredUser>> USERS = key(
            "security.users",
            new UsersType(),
            List.of(),
            "Who may connect; none: everybody on this machine, nobody else");

    public static final ConfigurationKey<Boolean> PLAIN_WITHOUT_TLS = key(
            "security.plain-without-tls",
            ValueTypes.onOff(),
            false,
            "Take passwords and tokens unencrypted from other machines, too");
    public static final ConfigurationKey<String> CERTIFICATE_USER = key(
            "security.certificate-user",
            ValueTypes.text(64),
            "CN",
            "The attribute of a client certificate's subject that names the user; subject for all of it");
    public static final ConfigurationKey<List<ConfiguredPermission>> PERMISSIONS = key(
            "security.permissions",
            new PermissionsType(),
            List.of(),
            "Who may do what: the first rule that fits decides, and what none fits is refused; none: everybody"
                    + " everything");

    public static final ConfigurationKey<String> TOKEN_KEYS = key(
            "tokens.keys",
            ValueTypes.optionalText(2048),
            "",
            "Who signs tokens (JWT): a file with a JWK set, or its web address; empty: no tokens are taken");
    public static final ConfigurationKey<String> TOKEN_ISSUER =
            key("tokens.issuer", ValueTypes.optionalText(2048), "", "What a token's iss must say");
    public static final ConfigurationKey<String> TOKEN_AUDIENCE =
            key("tokens.audience", ValueTypes.optionalText(2048), "", "What must be in a token's aud");
    public static final ConfigurationKey<Long> TOKEN_CLOCK_SKEW = key(
            "tokens.clock-skew",
            ValueTypes.duration(SECOND, 3_600 * SECOND, "none"),
            60 * SECOND,
            "How much the issuer's clock may differ from ours");
    public static final ConfigurationKey<String> TOKEN_USER_CLAIM =
            key("tokens.user-claim", ValueTypes.text(255), "sub", "The claim that names the user");
    public static final ConfigurationKey<String> TOKEN_GROUPS_CLAIM = key(
            "tokens.groups-claim", ValueTypes.optionalText(255), "groups", "The claim that names the user's groups");
    public static final ConfigurationKey<Long> TOKEN_SIZE =
            key("tokens.max-size", ValueTypes.size(KIB, MIB / 2, null), 16 * KIB, "Longest token that is looked at");

    public static final ConfigurationKey<Boolean> AUTO_CREATE =
            key("queues.auto-create", ValueTypes.onOff(), true, "Create a queue or topic when a client first names it");
    public static final ConfigurationKey<List<String>> AUTO_CREATE_EXCEPT = key(
            "queues.auto-create-except",
            ValueTypes.texts("address patterns (* stands for any characters)", 1024),
            List.of(),
            "Addresses for which auto-create holds the other way round");
    public static final ConfigurationKey<List<String>> QUEUES =
            key("queues.predeclared", ValueTypes.texts("queue names", 1024), List.of(), "Queues to create at start");
    public static final ConfigurationKey<String> DEAD_LETTER_ADDRESS = key(
            "queues.dead-letter-address",
            ValueTypes.optionalText(1024),
            "DLQ",
            "Where rejected messages go, and those with too many attempts; empty to drop them");
    public static final ConfigurationKey<Long> DELIVERY_ATTEMPTS_MAX = key(
            "queues.delivery-attempts-max",
            ValueTypes.wholeNumber(0, 1_000_000),
            10L,
            "Failed attempts before a message goes to the dead-letter address; 0 for no limit");

    public static final ConfigurationKey<List<AddressPolicy>> ADDRESSES = key(
            "addresses",
            new PoliciesType(),
            List.of(),
            "What holds for the queues and subscriptions of some addresses; of several patterns that match one, the"
                    + " most specific that says something about a setting decides");

    public static final ConfigurationKey<List<RoutingRule>> ALIASES = key(
            "routing.aliases",
            RoutingType.ALIASES,
            List.of(),
            "Further names of addresses; who uses one needs the same right for both names");
    public static final ConfigurationKey<List<RoutingRule>> ROUTES = key(
            "routing.routes",
            RoutingType.ROUTES,
            List.of(),
            "What comes to one address goes to another, too, or instead of it (exclusive); all of it, or what a"
                    + " selector picks");
    public static final ConfigurationKey<Boolean> VIRTUAL_TOPICS = key(
            "routing.virtual-topics",
            ValueTypes.onOff(),
            false,
            "A queue Consumer.x.VirtualTopic.y gets what is published to the topic VirtualTopic.y");

    public static final ConfigurationKey<List<String>> TOPICS =
            key("topics.predeclared", ValueTypes.texts("topic names", 1024), List.of(), "Topics to create at start");
    public static final ConfigurationKey<List<String>> AUTO_CREATE_TOPICS = key(
            "topics.auto-create-patterns",
            ValueTypes.texts("address patterns (* stands for any characters)", 1024),
            List.of(),
            "Addresses that become topics when a client first names them and does not say what it wants");
    public static final ConfigurationKey<Long> SUBSCRIPTION_MEMORY = key(
            "topics.subscription-memory",
            ValueTypes.size(64 * KIB, 16 * GIB, null),
            64 * MIB,
            "What a subscription that is not durable may hold, at most a quarter of the message memory;"
                    + " the oldest messages make room");
    public static final ConfigurationKey<Long> TOPICS_MEMORY = key(
            "topics.memory",
            ValueTypes.size(64 * KIB, 1024 * 1024 * GIB, "half of the message memory"),
            0L,
            "What all of them may hold together, at most that half; beyond, those make room that hold more than an"
                    + " equal share");
    public static final ConfigurationKey<Long> SUBSCRIPTION_DISK = key(
            "topics.subscription-disk",
            ValueTypes.size(MIB, 1024 * 1024 * GIB, null),
            GIB,
            "What one of them may hold of large messages, which are on the disk");
    public static final ConfigurationKey<Long> TOPICS_DISK = key(
            "topics.disk",
            ValueTypes.size(MIB, 1024 * 1024 * GIB, null),
            4 * GIB,
            "What all of them may hold of large messages together");
    public static final ConfigurationKey<Boolean> DETACH_SLOW = key(
            "topics.detach-slow",
            ValueTypes.onOff(),
            false,
            "Detach the consumers of a subscription that had to drop messages, so that they hear of it");
    public static final ConfigurationKey<Long> DURABLE_SUBSCRIPTIONS_PER_USER = key(
            "topics.durable-subscriptions-per-user",
            ValueTypes.wholeNumber(0, 10_000_000),
            10_000L,
            "Durable subscriptions that a user may have at once");

    public static final ConfigurationKey<List<String>> HOSTNAMES = key(
            "amqp.hostnames",
            ValueTypes.texts("host names", 255),
            List.of(),
            "Hosts that clients may ask for, as they write them in their connection's address; [] for any");
    public static final ConfigurationKey<UnknownAnnotations> UNKNOWN_ANNOTATIONS = key(
            "amqp.unknown-annotations",
            ValueTypes.oneOf(UnknownAnnotations.class),
            UnknownAnnotations.UNRESERVED,
            "Which annotations of messages are taken that mean nothing here: those whose keys begin with x-opt"
                    + " (optional), also those of x- (unreserved), or any; another one ends its producer's link");
    public static final ConfigurationKey<Long> MAX_FRAME_SIZE = key(
            "amqp.max-frame-size",
            ValueTypes.size(512, 16 * MIB, null),
            128 * KIB,
            "Largest AMQP frame that peers may send");
    public static final ConfigurationKey<Long> MAX_MESSAGE_SIZE = key(
            "amqp.max-message-size",
            ValueTypes.size(KIB, 1024 * MIB, null),
            100 * MIB,
            "Largest message that producers may send");
    public static final ConfigurationKey<Long> IDLE_TIMEOUT = key(
            "amqp.idle-timeout",
            ValueTypes.duration(SECOND, 3_600 * SECOND, "no limit"),
            60 * SECOND,
            "A peer silent for longer is disconnected");
    public static final ConfigurationKey<Long> HANDSHAKE_TIMEOUT = key(
            "amqp.handshake-timeout",
            ValueTypes.duration(100, 600 * SECOND, null),
            10 * SECOND,
            "Time from TCP connection to a finished login");

    public static final ConfigurationKey<Long> TRANSACTION_TIMEOUT = key(
            "transactions.timeout",
            ValueTypes.duration(100, DAY, "no limit"),
            300 * SECOND,
            "A transaction that lasts longer, counted from the first thing that it does, is rolled back");
    public static final ConfigurationKey<Long> TRANSACTIONS_PER_CONNECTION = key(
            "transactions.max-per-connection",
            ValueTypes.wholeNumber(1, 100_000),
            100L,
            "Transactions that a connection may have at once");
    public static final ConfigurationKey<Long> TRANSACTION_SIZE = key(
            "transactions.max-size",
            ValueTypes.size(KIB, 16 * GIB, null),
            100 * MIB,
            "Bytes of messages that a transaction may post, large ones left aside");
    public static final ConfigurationKey<Long> TRANSACTION_OPERATIONS = key(
            "transactions.max-operations",
            ValueTypes.wholeNumber(1, 100_000_000),
            100_000L,
            "Messages that a transaction may send and settle, together; all open ones of a connection may do no more");
    public static final ConfigurationKey<Long> TRANSACTIONS_PREPARED = key(
            "transactions.max-prepared",
            ValueTypes.wholeNumber(1, 100_000),
            1_000L,
            "Transactions of global ids that may be prepared and wait for their commit or rollback, in the whole"
                    + " broker");
    public static final ConfigurationKey<Long> TRANSACTIONS_PREPARED_PER_USER = key(
            "transactions.max-prepared-per-user", ValueTypes.wholeNumber(1, 100_000), 500L, "The same, of one user");
    public static final ConfigurationKey<Long> OUTCOME_KEPT = key(
            "transactions.outcome-kept",
            ValueTypes.duration(SECOND, DAY, null),
            600 * SECOND,
            "How long a client that has lost the answer to its commit may ask what became of the transaction");
    public static final ConfigurationKey<Long> OUTCOMES_PER_USER = key(
            "transactions.max-outcomes-per-user",
            ValueTypes.wholeNumber(1, 1_000_000),
            10_000L,
            "Transactions of a user of which that can be told: open ones, and those whose clients have not said that"
                    + " they know");
    public static final ConfigurationKey<Long> OUTCOME_SIZE_PER_USER = key(
            "transactions.max-outcome-size-per-user",
            ValueTypes.size(KIB, 16 * GIB, null),
            64 * MIB,
            "Bytes of the journal that these may take; of further ones nothing can be told");

    public static final ConfigurationKey<Long> CONNECTIONS_MAX =
            key("limits.connections", ValueTypes.wholeNumber(1, 1_000_000), 10_000L, "Connections in all");
    public static final ConfigurationKey<Long> CONNECTIONS_PER_IP_MAX = key(
            "limits.connections-per-ip",
            ValueTypes.wholeNumber(1, 1_000_000),
            5_000L,
            "Connections from one IP address");
    public static final ConfigurationKey<Long> CONNECTIONS_BEFORE_LOGIN_MAX = key(
            "limits.connections-before-login",
            ValueTypes.wholeNumber(1, 1_000_000),
            1_000L,
            "Connections that have not logged in yet");

    public static final ConfigurationKey<List<SenderRule>> TENANT_LIMITS = key(
            "limits.tenants",
            new SenderRulesType(true),
            List.of(),
            "What each tenant may do at most: connections, what is sent in a second on all of them together, and what"
                    + " its queues may hold together; of several that fit a connection, or an address, the first decides");

    public static final ConfigurationKey<List<SenderRule>> USER_LIMITS = key(
            "limits.users",
            new SenderRulesType(false),
            List.of(),
            "What each user may do at most: connections, and what he sends in a second on all of them together; of"
                    + " several rules that fit a user the first decides, and whom none fits may do what he wants");

    public static final ConfigurationKey<Long> DISK_BYTES_MAX = key(
            "limits.disk",
            ValueTypes.size(MIB, 1024 * 1024 * GIB, "no limit"),
            0L,
            "Bytes of messages, and what else the journal needs, on the disk above which producers have to wait; its"
                    + " files may take twice that, and a few segments");

    public static final ConfigurationKey<Long> DISK_FREE_MIN = key(
            "limits.disk-free",
            ValueTypes.size(MIB, 1024 * 1024 * GIB, "whatever is left"),
            0L,
            "While fewer bytes of the disk are free producers have to wait");

    public static final ConfigurationKey<Long> MESSAGE_MEMORY = key(
            "limits.message-memory",
            ValueTypes.size(MIB, 1024 * 1024 * MIB, "half of the heap"),
            0L,
            "Bytes of messages in memory above which producers have to wait");

    public static final ConfigurationKey<Long> SEGMENT_SIZE = key(
            "journal.segment-size",
            ValueTypes.size(MIB, 1024 * MIB, null),
            64 * MIB,
            "Size of one journal file; files are reused");
    public static final ConfigurationKey<Long> RESERVE_SEGMENTS = key(
            "journal.reserve-segments",
            ValueTypes.wholeNumber(1, 64),
            2L,
            "Empty journal files put aside, so that consumers can drain a full disk");
    public static final ConfigurationKey<Long> SCRUB = key(
            "journal.scrub",
            ValueTypes.size(64 * KIB, 1024 * MIB, "off"),
            20 * MIB,
            "Bytes a second at which the whole journal is verified in the background after a start");
    public static final ConfigurationKey<Long> KEEP_TIME = key(
            "journal.keep-time",
            ValueTypes.duration(SECOND, 365 * DAY, "not at all"),
            0L,
            "How long a journal file is kept after it was full, even if all in it was consumed");
    public static final ConfigurationKey<Long> KEEP_SIZE = key(
            "journal.keep-size",
            ValueTypes.size(GIB, 1024 * 1024 * GIB, "no limit"),
            0L,
            "Bytes of such files that are kept at most; a full disk frees them all");

    private ConfigurationKeys() {}

    private static <T> ConfigurationKey<T> key(String name, ValueType<T> type, T defaultValue, String doc) {
        var key = new ConfigurationKey<>(name, type, defaultValue, doc);
        ALL.add(key);
        return key;
    }

    public static List<ConfigurationKey<?>> all() {
        return List.copyOf(ALL);
    }
}
