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

    private static final KeySection AT_TOP = new KeySection("", ALL);
    private static final KeySection OF_LISTEN = new KeySection("listen", ALL);
    private static final KeySection OF_CLUSTER = new KeySection("cluster", ALL);
    private static final KeySection OF_HEALTH = new KeySection("health", ALL);
    private static final KeySection OF_TLS = new KeySection("tls", ALL);
    private static final KeySection OF_SECURITY = new KeySection("security", ALL);
    private static final KeySection OF_TOKENS = new KeySection("tokens", ALL);
    private static final KeySection OF_QUEUES = new KeySection("queues", ALL);
    private static final KeySection OF_ROUTING = new KeySection("routing", ALL);
    private static final KeySection OF_TOPICS = new KeySection("topics", ALL);
    private static final KeySection OF_AMQP = new KeySection("amqp", ALL);
    private static final KeySection OF_TRANSACTIONS = new KeySection("transactions", ALL);
    private static final KeySection OF_LIMITS = new KeySection("limits", ALL);
    private static final KeySection OF_JOURNAL = new KeySection("journal", ALL);

    public static final ConfigurationKey<String> NODE_NAME =
            AT_TOP.text("node.name", 100, "godwit", "Name of this broker, in logs and to its peers");
    public static final ConfigurationKey<Path> DATA_DIRECTORY = AT_TOP.key(
            "data.directory",
            ValueTypes.path(),
            Path.of("data"),
            "Where the journal and the catalog are; a relative path in this file starts at the installation");
    public static final ConfigurationKey<Long> EVENT_LOOPS =
            AT_TOP.wholeNumber("event-loops", 0, 1024, 0, "Threads for connections and queues; 0 for one per core");

    public static final ConfigurationKey<String> LISTEN_HOST = OF_LISTEN.text(
            "host",
            255,
            "127.0.0.1",
            "Address to listen on; any other than loopback demands users (see security.users)");
    public static final ConfigurationKey<Long> LISTEN_PORT =
            OF_LISTEN.wholeNumber("port", 0, 65_535, 5672, "TCP port for AMQP; 0 for any free one");
    public static final ConfigurationKey<List<String>> LISTEN_MECHANISMS = OF_LISTEN.list(
            "mechanisms",
            new MechanismsType(),
            "How clients may log in there; none: all ways that can work, ANONYMOUS only if there are no users");
    public static final ConfigurationKey<List<IpNetwork>> LISTEN_PROXIES = OF_LISTEN.list(
            "proxy-protocol",
            new NetworksType(),
            "Load balancers that pass clients on there, with PROXY headers of version 2: nobody else may come then;"
                    + " none: clients come themselves");

    public static final ConfigurationKey<List<ConfiguredListener>> LISTENERS = AT_TOP.list(
            "listeners",
            new ListenersType(),
            "Further addresses to listen on: AMQP over TCP, TLS (amqps), WebSocket (ws) or both (wss)");

    public static final ConfigurationKey<String> CLUSTER_LISTEN = OF_CLUSTER.key(
            "listen",
            NodeAddressType.optional(),
            "",
            "Where this node listens for the other nodes of its cluster, as they reach it; empty: a broker that stands"
                    + " alone, and nothing else of this section may be set");
    public static final ConfigurationKey<String> CLUSTER_NAME =
            OF_CLUSTER.text("name", 63, "godwit", "Name of the cluster; nodes of another name are not let in");
    public static final ConfigurationKey<List<String>> CLUSTER_JOIN = OF_CLUSTER.list(
            "join",
            NodeAddressType.list(),
            "Where some nodes of the cluster listen, as their cluster.listen says; the first node of all has none. A"
                    + " node that was in the cluster before finds its way back as long as one of them is there");
    public static final ConfigurationKey<Long> CLUSTER_DISCOVERY_OFFSET = OF_CLUSTER.wholeNumber(
            "discovery-offset",
            1,
            10_000,
            1,
            "Nodes find each other at the port that is so far above that of cluster.listen; the same for all nodes."
                    + " Only nodes may reach it");
    public static final ConfigurationKey<Boolean> CLUSTER_MULTICAST =
            OF_CLUSTER.off("multicast", "Nodes look for each other by multicast, and not by cluster.join");
    public static final ConfigurationKey<String> CLUSTER_KUBERNETES = OF_CLUSTER.optionalText(
            "kubernetes-service",
            253,
            "DNS name of the headless service whose pods are the nodes; then not by cluster.join");
    public static final ConfigurationKey<String> CLUSTER_FOUNDER = OF_CLUSTER.optionalText(
            "founder",
            63,
            "The node.name of the node that begins the cluster if its journal is new; empty: the one that looks for no"
                    + " others. To be set where all nodes are configured alike");
    public static final ConfigurationKey<Path> CLUSTER_CERTIFICATE = OF_CLUSTER.optionalPath(
            "certificate",
            "The node's certificate for other nodes, and its key if that is in the same file, as `godwit cluster cert`"
                    + " makes it (PEM)");
    public static final ConfigurationKey<Path> CLUSTER_KEY =
            OF_CLUSTER.optionalPath("key", "Its key, if that is in another file (PEM)");
    public static final ConfigurationKey<Path> CLUSTER_AUTHORITY = OF_CLUSTER.optionalPath(
            "authority", "The certificate of the cluster's authority, which has signed those of all nodes (PEM)");
    public static final ConfigurationKey<Boolean> CLUSTER_INSECURE = OF_CLUSTER.off(
            "insecure", "Nodes speak unencrypted and believe whoever comes: only where nobody else is on the line");
    public static final ConfigurationKey<String> CLUSTER_ZONE = OF_CLUSTER.optionalText(
            "zone",
            63,
            "What fails together with this node, such as a rack; copies are kept in different zones where there are"
                    + " some");
    public static final ConfigurationKey<Long> CLUSTER_COPIES = OF_CLUSTER.wholeNumber(
            "copies",
            1,
            9,
            3,
            "How many nodes keep each message; a message is confirmed when the majority of them has it on the disk");
    public static final ConfigurationKey<Boolean> CLUSTER_ALLOW_EVEN = OF_CLUSTER.off(
            "allow-even",
            "Two or four nodes may keep messages where there are no more: more copies, but the loss of half of them"
                    + " stops the cluster");
    public static final ConfigurationKey<Long> CLUSTER_REPLACE_AFTER = OF_CLUSTER.duration(
            "replace-after",
            10 * SECOND,
            30 * DAY,
            600 * SECOND,
            "How long a node has to be gone before another one keeps copies in its place, if there is one more");
    public static final ConfigurationKey<Boolean> CLUSTER_WITNESS = OF_CLUSTER.off(
            "witness",
            "This node keeps copies and votes, but does not serve: the third one beside two that do, on a smaller"
                    + " machine. It leads only what nobody else has, and hands that over");
    public static final ConfigurationKey<Long> CLUSTER_LOG_TAIL = OF_CLUSTER.size(
            "log-tail",
            MIB,
            1024 * GIB,
            256 * MIB,
            "How much of the journal's end is kept whole for nodes that are away: one that missed more is given all"
                    + " that is alive");
    public static final ConfigurationKey<List<String>> CLUSTER_CLIENT_URIS = OF_CLUSTER.list(
            "client-uris",
            new ClientUrisType(),
            "Where clients reach this node; empty: its listeners. Clients are told of all nodes when they connect");
    public static final ConfigurationKey<Long> CLUSTER_RELAY_WAIT = OF_CLUSTER.duration(
            "relay-wait",
            100,
            600 * SECOND,
            5 * SECOND,
            "How long a client waits at a node until some node is active, and it can be passed on to that one; then its"
                    + " connection is closed");

    public static final ConfigurationKey<String> HEALTH_LISTEN = OF_HEALTH.key(
            "listen",
            NodeAddressType.optional(),
            "",
            "Where this node says by HTTP whether it is well: /health/live, /health/ready and /health/active; empty:"
                    + " nowhere");

    public static final ConfigurationKey<List<ConfiguredCertificate>> TLS_CERTIFICATES = OF_TLS.list(
            "certificates",
            new CertificatesType(),
            "The broker's keys for amqps and wss; the name that a client asks for decides which one it sees");
    public static final ConfigurationKey<Path> TLS_TRUST = OF_TLS.optionalPath(
            "trust",
            "Certificates of those who may sign clients' certificates: PEM, or PKCS#12 if there is a password");
    public static final ConfigurationKey<String> TLS_TRUST_PASSWORD =
            OF_TLS.optionalText("trust-password", 1024, "Password of tls.trust, if it is PKCS#12");
    public static final ConfigurationKey<Long> TLS_RELOAD = OF_TLS.duration(
            "reload",
            SECOND,
            DAY,
            10 * SECOND,
            "How often these files are looked at; changed ones are used for new connections");

    public static final ConfigurationKey<List<ConfiguredUser>> USERS =
            OF_SECURITY.list("users", new UsersType(), "Who may connect; none: everybody on this machine, nobody else");
    public static final ConfigurationKey<Boolean> PLAIN_WITHOUT_TLS =
            OF_SECURITY.off("plain-without-tls", "Take passwords and tokens unencrypted from other machines, too");
    public static final ConfigurationKey<String> CERTIFICATE_USER = OF_SECURITY.text(
            "certificate-user",
            64,
            "CN",
            "The attribute of a client certificate's subject that names the user; subject for all of it");
    public static final ConfigurationKey<List<ConfiguredPermission>> PERMISSIONS = OF_SECURITY.list(
            "permissions",
            new PermissionsType(),
            "Who may do what: the first rule that fits decides, and what none fits is refused; none: everybody"
                    + " everything");

    public static final ConfigurationKey<String> TOKEN_KEYS = OF_TOKENS.optionalText(
            "keys",
            2048,
            "Who signs tokens (JWT): a file with a JWK set, or its web address; empty: no tokens are taken");
    public static final ConfigurationKey<String> TOKEN_ISSUER =
            OF_TOKENS.optionalText("issuer", 2048, "What a token's iss must say");
    public static final ConfigurationKey<String> TOKEN_AUDIENCE =
            OF_TOKENS.optionalText("audience", 2048, "What must be in a token's aud");
    public static final ConfigurationKey<Long> TOKEN_CLOCK_SKEW = OF_TOKENS.duration(
            "clock-skew",
            SECOND,
            3_600 * SECOND,
            "none",
            60 * SECOND,
            "How much the issuer's clock may differ from ours");
    public static final ConfigurationKey<String> TOKEN_USER_CLAIM =
            OF_TOKENS.text("user-claim", 255, "sub", "The claim that names the user");
    public static final ConfigurationKey<String> TOKEN_GROUPS_CLAIM =
            OF_TOKENS.optionalText("groups-claim", 255, "groups", "The claim that names the user's groups");
    public static final ConfigurationKey<Long> TOKEN_SIZE =
            OF_TOKENS.size("max-size", KIB, MIB / 2, 16 * KIB, "Longest token that is looked at");

    public static final ConfigurationKey<Boolean> AUTO_CREATE =
            OF_QUEUES.on("auto-create", "Create a queue or topic when a client first names it");
    public static final ConfigurationKey<List<String>> AUTO_CREATE_EXCEPT = OF_QUEUES.list(
            "auto-create-except",
            ValueTypes.texts("address patterns (* stands for any characters)", 1024),
            "Addresses for which auto-create holds the other way round");
    public static final ConfigurationKey<List<String>> QUEUES =
            OF_QUEUES.list("predeclared", ValueTypes.texts("queue names", 1024), "Queues to create at start");
    public static final ConfigurationKey<String> DEAD_LETTER_ADDRESS = OF_QUEUES.optionalText(
            "dead-letter-address",
            1024,
            "DLQ",
            "Where rejected messages go, and those with too many attempts; empty to drop them");
    public static final ConfigurationKey<Long> DELIVERY_ATTEMPTS_MAX = OF_QUEUES.wholeNumber(
            "delivery-attempts-max",
            0,
            1_000_000,
            10,
            "Failed attempts before a message goes to the dead-letter address; 0 for no limit");

    public static final ConfigurationKey<List<AddressPolicy>> ADDRESSES = AT_TOP.list(
            "addresses",
            new PoliciesType(),
            "What holds for the queues and subscriptions of some addresses; of several patterns that match one, the"
                    + " most specific that says something about a setting decides");

    public static final ConfigurationKey<List<RoutingRule>> ALIASES = OF_ROUTING.list(
            "aliases",
            RoutingType.ALIASES,
            "Further names of addresses; who uses one needs the same right for both names");
    public static final ConfigurationKey<List<RoutingRule>> ROUTES = OF_ROUTING.list(
            "routes",
            RoutingType.ROUTES,
            "What comes to one address goes to another, too, or instead of it (exclusive); all of it, or what a"
                    + " selector picks");
    public static final ConfigurationKey<Boolean> VIRTUAL_TOPICS = OF_ROUTING.off(
            "virtual-topics", "A queue Consumer.x.VirtualTopic.y gets what is published to the topic VirtualTopic.y");

    public static final ConfigurationKey<List<String>> TOPICS =
            OF_TOPICS.list("predeclared", ValueTypes.texts("topic names", 1024), "Topics to create at start");
    public static final ConfigurationKey<List<String>> AUTO_CREATE_TOPICS = OF_TOPICS.list(
            "auto-create-patterns",
            ValueTypes.texts("address patterns (* stands for any characters)", 1024),
            "Addresses that become topics when a client first names them and does not say what it wants");
    public static final ConfigurationKey<Long> SUBSCRIPTION_MEMORY = OF_TOPICS.size(
            "subscription-memory",
            64 * KIB,
            16 * GIB,
            64 * MIB,
            "What a subscription that is not durable may hold, at most a quarter of the message memory;"
                    + " the oldest messages make room");
    public static final ConfigurationKey<Long> TOPICS_MEMORY = OF_TOPICS.size(
            "memory",
            64 * KIB,
            1024 * 1024 * GIB,
            "half of the message memory",
            0,
            "What all of them may hold together, at most that half; beyond, those make room that hold more than an"
                    + " equal share");
    public static final ConfigurationKey<Long> SUBSCRIPTION_DISK = OF_TOPICS.size(
            "subscription-disk",
            MIB,
            1024 * 1024 * GIB,
            GIB,
            "What one of them may hold of large messages, which are on the disk");
    public static final ConfigurationKey<Long> TOPICS_DISK = OF_TOPICS.size(
            "disk", MIB, 1024 * 1024 * GIB, 4 * GIB, "What all of them may hold of large messages together");
    public static final ConfigurationKey<Boolean> DETACH_SLOW = OF_TOPICS.off(
            "detach-slow", "Detach the consumers of a subscription that had to drop messages, so that they hear of it");
    public static final ConfigurationKey<Long> DURABLE_SUBSCRIPTIONS_PER_USER = OF_TOPICS.wholeNumber(
            "durable-subscriptions-per-user",
            0,
            10_000_000,
            10_000,
            "Durable subscriptions that a user may have at once");

    public static final ConfigurationKey<List<String>> HOSTNAMES = OF_AMQP.list(
            "hostnames",
            ValueTypes.texts("host names", 255),
            "Hosts that clients may ask for, as they write them in their connection's address; [] for any");
    public static final ConfigurationKey<UnknownAnnotations> UNKNOWN_ANNOTATIONS = OF_AMQP.key(
            "unknown-annotations",
            ValueTypes.oneOf(UnknownAnnotations.class),
            UnknownAnnotations.UNRESERVED,
            "Which annotations of messages are taken that mean nothing here: those whose keys begin with x-opt"
                    + " (optional), also those of x- (unreserved), or any; another one ends its producer's link");
    public static final ConfigurationKey<Long> MAX_FRAME_SIZE =
            OF_AMQP.size("max-frame-size", 512, 16 * MIB, 128 * KIB, "Largest AMQP frame that peers may send");
    public static final ConfigurationKey<Long> MAX_MESSAGE_SIZE =
            OF_AMQP.size("max-message-size", KIB, 1024 * MIB, 100 * MIB, "Largest message that producers may send");
    public static final ConfigurationKey<Long> IDLE_TIMEOUT = OF_AMQP.duration(
            "idle-timeout",
            SECOND,
            3_600 * SECOND,
            "no limit",
            60 * SECOND,
            "A peer silent for longer is disconnected");
    public static final ConfigurationKey<Long> HANDSHAKE_TIMEOUT = OF_AMQP.duration(
            "handshake-timeout", 100, 600 * SECOND, 10 * SECOND, "Time from TCP connection to a finished login");

    public static final ConfigurationKey<Long> TRANSACTION_TIMEOUT = OF_TRANSACTIONS.duration(
            "timeout",
            100,
            DAY,
            "no limit",
            300 * SECOND,
            "A transaction that lasts longer, counted from the first thing that it does, is rolled back");
    public static final ConfigurationKey<Long> TRANSACTIONS_PER_CONNECTION = OF_TRANSACTIONS.wholeNumber(
            "max-per-connection", 1, 100_000, 100, "Transactions that a connection may have at once");
    public static final ConfigurationKey<Long> TRANSACTION_SIZE = OF_TRANSACTIONS.size(
            "max-size",
            KIB,
            16 * GIB,
            100 * MIB,
            "Bytes of messages that a transaction may post, large ones left aside");
    public static final ConfigurationKey<Long> TRANSACTION_OPERATIONS = OF_TRANSACTIONS.wholeNumber(
            "max-operations",
            1,
            100_000_000,
            100_000,
            "Messages that a transaction may send and settle, together; all open ones of a connection may do no more");
    public static final ConfigurationKey<Long> TRANSACTIONS_PREPARED = OF_TRANSACTIONS.wholeNumber(
            "max-prepared",
            1,
            100_000,
            1_000,
            "Transactions of global ids that may be prepared and wait for their commit or rollback, in the whole"
                    + " broker");
    public static final ConfigurationKey<Long> TRANSACTIONS_PREPARED_PER_USER =
            OF_TRANSACTIONS.wholeNumber("max-prepared-per-user", 1, 100_000, 500, "The same, of one user");
    public static final ConfigurationKey<Long> OUTCOME_KEPT = OF_TRANSACTIONS.duration(
            "outcome-kept",
            SECOND,
            DAY,
            600 * SECOND,
            "How long a client that has lost the answer to its commit may ask what became of the transaction");
    public static final ConfigurationKey<Long> OUTCOMES_PER_USER = OF_TRANSACTIONS.wholeNumber(
            "max-outcomes-per-user",
            1,
            1_000_000,
            10_000,
            "Transactions of a user of which that can be told: open ones, and those whose clients have not said that"
                    + " they know");
    public static final ConfigurationKey<Long> OUTCOME_SIZE_PER_USER = OF_TRANSACTIONS.size(
            "max-outcome-size-per-user",
            KIB,
            16 * GIB,
            64 * MIB,
            "Bytes of the journal that these may take; of further ones nothing can be told");

    public static final ConfigurationKey<Long> CONNECTIONS_MAX =
            OF_LIMITS.wholeNumber("connections", 1, 1_000_000, 10_000, "Connections in all");
    public static final ConfigurationKey<Long> CONNECTIONS_PER_IP_MAX =
            OF_LIMITS.wholeNumber("connections-per-ip", 1, 1_000_000, 5_000, "Connections from one IP address");
    public static final ConfigurationKey<Long> CONNECTIONS_BEFORE_LOGIN_MAX = OF_LIMITS.wholeNumber(
            "connections-before-login", 1, 1_000_000, 1_000, "Connections that have not logged in yet");
    public static final ConfigurationKey<List<SenderRule>> TENANT_LIMITS = OF_LIMITS.list(
            "tenants",
            new SenderRulesType(true),
            "What each tenant may do at most: connections, what is sent in a second on all of them together, and what"
                    + " its queues may hold together; of several that fit a connection, or an address, the first decides");
    public static final ConfigurationKey<List<SenderRule>> USER_LIMITS = OF_LIMITS.list(
            "users",
            new SenderRulesType(false),
            "What each user may do at most: connections, and what he sends in a second on all of them together; of"
                    + " several rules that fit a user the first decides, and whom none fits may do what he wants");
    public static final ConfigurationKey<Long> DISK_BYTES_MAX = OF_LIMITS.size(
            "disk",
            MIB,
            1024 * 1024 * GIB,
            "no limit",
            0,
            "Bytes of messages, and what else the journal needs, on the disk above which producers have to wait; its"
                    + " files may take twice that, and a few segments");
    public static final ConfigurationKey<Long> DISK_FREE_MIN = OF_LIMITS.size(
            "disk-free",
            MIB,
            1024 * 1024 * GIB,
            "whatever is left",
            0,
            "While fewer bytes of the disk are free producers have to wait");
    public static final ConfigurationKey<Long> MESSAGE_MEMORY = OF_LIMITS.size(
            "message-memory",
            MIB,
            1024 * 1024 * MIB,
            "half of the heap",
            0,
            "Bytes of messages in memory above which producers have to wait");

    public static final ConfigurationKey<Long> SEGMENT_SIZE =
            OF_JOURNAL.size("segment-size", MIB, 1024 * MIB, 64 * MIB, "Size of one journal file; files are reused");
    public static final ConfigurationKey<Long> RESERVE_SEGMENTS = OF_JOURNAL.wholeNumber(
            "reserve-segments", 1, 64, 2, "Empty journal files put aside, so that consumers can drain a full disk");
    public static final ConfigurationKey<Long> SCRUB = OF_JOURNAL.size(
            "scrub",
            64 * KIB,
            1024 * MIB,
            "off",
            20 * MIB,
            "Bytes a second at which the whole journal is verified in the background after a start");
    public static final ConfigurationKey<Long> KEEP_TIME = OF_JOURNAL.duration(
            "keep-time",
            SECOND,
            365 * DAY,
            "not at all",
            0,
            "How long a journal file is kept after it was full, even if all in it was consumed");
    public static final ConfigurationKey<Long> KEEP_SIZE = OF_JOURNAL.size(
            "keep-size",
            GIB,
            1024 * 1024 * GIB,
            "no limit",
            0,
            "Bytes of such files that are kept at most; a full disk frees them all");

    private ConfigurationKeys() {}

    public static List<ConfigurationKey<?>> all() {
        return List.copyOf(ALL);
    }
}
