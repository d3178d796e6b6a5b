package dev.godwit.jms.uri;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may stand behind the {@code ?} of a connection URI: the one table of names, defaults and meanings. */
public enum ConnectionOption {
    USERNAME("jms.username", "", "the user to come in as, unless `createConnection` names one"),
    PASSWORD("jms.password", "", "that user's password"),
    CLIENT_ID("jms.clientID", "", "how the broker knows the connection; may be connected only once"),
    CONNECT_TIMEOUT("jms.connectTimeout", "15000", "milliseconds until the broker has let us in; -1 for no limit"),
    REQUEST_TIMEOUT("jms.requestTimeout", "60000", "milliseconds until the broker has answered; -1 for no limit"),
    SEND_TIMEOUT("jms.sendTimeout", "60000", "milliseconds until the broker has taken a message; -1 for no limit"),
    CLOSE_TIMEOUT("jms.closeTimeout", "60000", "milliseconds until a close is done; -1 for no limit"),
    CLIENT_ID_PREFIX(
            "jms.clientIDPrefix",
            "ID:",
            "how the name begins under which a connection without `jms.clientID` connects"),
    CONNECTION_ID_PREFIX(
            "jms.connectionIDPrefix",
            "ID:",
            "how a connection's name begins in the names of its threads and in the log"),
    AWAIT_CLIENT_ID(
            "jms.awaitClientID",
            "true",
            "a client identifier may be set on a new connection, which then connects anew; if false, it may not"),
    USE_DAEMON_THREAD(
            "jms.useDaemonThread", "false", "message listeners run on daemon threads, which keep no program alive"),
    QUEUE_PREFIX(
            "jms.queuePrefix", "", "goes before the names of queues on the wire; in place of what a broker announces"),
    TOPIC_PREFIX("jms.topicPrefix", "", "the same for topics"),
    FORCE_SYNC_SEND("jms.forceSyncSend", "false", "every send waits for the broker's answer"),
    FORCE_ASYNC_SEND("jms.forceAsyncSend", "false", "no send waits for the broker's answer"),
    FORCE_ASYNC_ACKS(
            "jms.forceAsyncAcks", "false", "nothing: acknowledgements never wait for the broker's answer", false),
    SEND_WINDOW("jms.sendWindowBytes", "8388608", "bytes of a session on their way that nobody waits for"),
    POPULATE_USER_ID("jms.populateJMSXUserID", "false", "messages say who sent them, in `JMSXUserID`"),
    VALIDATE_PROPERTY_NAMES(
            "jms.validatePropertyNames", "true", "names of properties must be identifiers, as selectors want them"),
    LOCAL_MESSAGE_EXPIRY("jms.localMessageExpiry", "true", "consumers drop messages whose time is over"),
    LOCAL_MESSAGE_PRIORITY(
            "jms.localMessagePriority", "false", "consumers give out the messages they hold by priority"),
    RECEIVE_LOCAL_ONLY(
            "jms.receiveLocalOnly",
            "true",
            "`receive` with a timeout does not ask the broker once more before it gives up; with a prefetch of 0 it does"),
    RECEIVE_NO_WAIT_LOCAL_ONLY(
            "jms.receiveNoWaitLocalOnly",
            "false",
            "`receiveNoWait` looks only at what the consumer holds; with a prefetch of 0 it asks"),
    PREFETCH(
            "jms.prefetchPolicy.all",
            "1000",
            "messages that a consumer holds before they are asked for; 0 for none. Also `jms.prefetch`",
            "jms.prefetch"),
    QUEUE_PREFETCH("jms.prefetchPolicy.queuePrefetch", "", "the same for consumers of queues, if it differs"),
    TOPIC_PREFETCH("jms.prefetchPolicy.topicPrefetch", "", "the same for consumers of topics, if it differs"),
    DURABLE_TOPIC_PREFETCH(
            "jms.prefetchPolicy.durableTopicPrefetch", "", "the same for durable subscriptions, if it differs"),
    BROWSER_PREFETCH(
            "jms.prefetchPolicy.queueBrowserPrefetch", "", "messages that a browser asks for at once, if it differs"),
    MAX_REDELIVERIES(
            "jms.redeliveryPolicy.maxRedeliveries",
            "-1",
            "a message that comes again more often is not delivered; -1 for no limit"),
    REDELIVERY_OUTCOME(
            "jms.redeliveryPolicy.outcome",
            "MODIFIED_FAILED_UNDELIVERABLE",
            "what becomes of it: `ACCEPTED`, `REJECTED`, `RELEASED`, `MODIFIED_FAILED`, `MODIFIED_FAILED_UNDELIVERABLE`"),
    MESSAGE_ID_TYPE(
            "jms.messageIDPolicy.messageIDType",
            "DEFAULT",
            "what message ids are on the wire: `DEFAULT` (a text that counts), `UUID`, `UUID_STRING`,"
                    + " `PREFIXED_UUID_STRING`"),
    PRESETTLE_ALL("jms.presettlePolicy.presettleAll", "false", "the next two together"),
    PRESETTLE_PRODUCERS(
            "jms.presettlePolicy.presettleProducers", "false", "no broker answers what producers send: it may be lost"),
    PRESETTLE_CONSUMERS(
            "jms.presettlePolicy.presettleConsumers",
            "false",
            "the broker forgets what it sends to consumers, if their session is not transacted"),
    PRESETTLE_TOPIC_PRODUCERS("jms.presettlePolicy.presettleTopicProducers", "false", "producers to a topic"),
    PRESETTLE_QUEUE_PRODUCERS("jms.presettlePolicy.presettleQueueProducers", "false", "producers to a queue"),
    PRESETTLE_TRANSACTED_PRODUCERS(
            "jms.presettlePolicy.presettleTransactedProducers", "false", "producers of transacted sessions"),
    PRESETTLE_TOPIC_CONSUMERS("jms.presettlePolicy.presettleTopicConsumers", "false", "consumers of topics"),
    PRESETTLE_QUEUE_CONSUMERS("jms.presettlePolicy.presettleQueueConsumers", "false", "consumers of queues"),
    ALLOW_LIST(
            "jms.deserializationPolicy.allowList",
            "",
            "classes and packages that object messages may hold, with commas between; only plain values when empty,"
                    + " `*` for all. Also `whiteList`",
            "jms.deserializationPolicy.whiteList"),
    DENY_LIST(
            "jms.deserializationPolicy.denyList",
            "",
            "classes and packages that they may not, whatever is allowed. Also `blackList`",
            "jms.deserializationPolicy.blackList"),
    CLOSE_LINKS_THAT_FAIL(
            "jms.closeLinksThatFailOnReconnect",
            "true",
            "nothing: a producer or consumer that cannot be made anew always ends, and alone",
            false),
    TRACING(
            "jms.tracing",
            "opentelemetry",
            "`opentelemetry`: spans of messages, if its API is on the class path and the program has set it; `noop`: none, and"
                    + " `opentracing` means none, too"),

    VIRTUAL_HOST("amqp.vhost", "", "the host name told to the broker; that of the URI by default"),
    IDLE_TIMEOUT("amqp.idleTimeout", "60000", "milliseconds of silence after which the broker is lost; 0 for no limit"),
    MAX_FRAME_SIZE("amqp.maxFrameSize", "131072", "bytes of the longest frame that we take; 512 to 1048576"),
    SASL_LAYER("amqp.saslLayer", "true", "log in; if false, AMQP begins at once"),
    SASL_MECHANISMS(
            "amqp.saslMechanisms",
            "",
            "the ways to log in that may be used, with commas between; all when empty. The strongest that the broker"
                    + " offers, too, is taken"),
    DRAIN_TIMEOUT(
            "amqp.drainTimeout",
            "1000",
            "milliseconds until the broker has said whether there is a message; then there is none"),
    TRACE_FRAMES(
            "amqp.traceFrames", "false", "write frames to the logger `dev.godwit.amqp.FRAMES`, at the level TRACE"),
    ALLOW_NON_SECURE_REDIRECTS(
            "amqp.allowNonSecureRedirects", "false", "follow a broker that sends us from TLS to where there is none"),
    ALLOW_NON_SECURE_TOKENS(
            "amqp.allowNonSecureTokens", "false", "send tokens, by OAUTHBEARER or XOAUTH2, also where there is no TLS"),

    TCP_CONNECT_TIMEOUT("transport.connectTimeout", "60000", "milliseconds until the broker's machine has answered"),
    TCP_NO_DELAY("transport.tcpNoDelay", "true", "small packets do not wait for more"),
    TCP_KEEP_ALIVE("transport.tcpKeepAlive", "false", "the system probes idle connections"),
    SO_LINGER(
            "transport.soLinger", "-1", "seconds that the last bytes may take after a close; -1 for the system's way"),
    SEND_BUFFER("transport.sendBufferSize", "0", "bytes; 0 for what the system chooses"),
    RECEIVE_BUFFER("transport.receiveBufferSize", "0", "bytes; 0 for what the system chooses"),
    TRAFFIC_CLASS("transport.trafficClass", "0", "of the packets that go out; 0 to 255"),
    LOCAL_ADDRESS("transport.localAddress", "", "from where we connect"),
    KEY_STORE(
            "transport.keyStoreLocation",
            "",
            "file with our key and certificate: PKCS#12, JKS, or PEM without a password"),
    KEY_STORE_PASSWORD("transport.keyStorePassword", "", "its password"),
    KEY_STORE_TYPE("transport.keyStoreType", "", "`PKCS12`, `JKS`, `PEM`, …; found out when empty"),
    KEY_ALIAS("transport.keyAlias", "", "which key of the file; any that fits when empty"),
    TRUST_STORE(
            "transport.trustStoreLocation", "", "file with the certificates of those whom we trust, of the same kinds"),
    TRUST_STORE_PASSWORD("transport.trustStorePassword", "", "its password"),
    TRUST_STORE_TYPE("transport.trustStoreType", "", "as `transport.keyStoreType`"),
    STORE_TYPE("transport.storeType", "", "the type of both files"),
    TRUST_ALL("transport.trustAll", "false", "trust any broker, under any name; for tests"),
    VERIFY_HOST("transport.verifyHost", "true", "the broker's certificate must be for the host of the URI"),
    CONTEXT_PROTOCOL("transport.contextProtocol", "TLS", "name of the `SSLContext` to make"),
    PROTOCOLS("transport.enabledProtocols", "", "the versions of TLS to speak, with commas between; Java's when empty"),
    WITHOUT_PROTOCOLS("transport.disabledProtocols", "SSLv2Hello,SSLv3", "taken out of these"),
    CIPHERS("transport.enabledCipherSuites", "", "the cipher suites to use, with commas between; Java's when empty"),
    WITHOUT_CIPHERS("transport.disabledCipherSuites", "", "taken out of these"),
    WS_PATH("transport.ws.path", "", "what a WebSocket is asked for; the path of the URI, or `/`, when empty"),
    WS_MAX_FRAME_SIZE("transport.ws.maxFrameSize", "32768", "bytes of the longest WebSocket frame that we send"),
    WS_COMPRESSION("transport.ws.compression", "false", "nothing: it is never asked for", false),
    USE_OPEN_SSL("transport.useOpenSSL", "false", "nothing: TLS is Java's own", false),
    USE_EPOLL("transport.useEpoll", "true", "nothing: epoll is used where it can be loaded", false),
    USE_K_QUEUE("transport.useKQueue", "false", "nothing: epoll is used where it can be loaded", false),
    SO_TIMEOUT("transport.soTimeout", "-1", "nothing: see `amqp.idleTimeout`", false),
    LOCAL_PORT("transport.localPort", "0", "nothing: the system chooses the port", false),

    INITIAL_RECONNECT_DELAY("failover.initialReconnectDelay", "0", "milliseconds before the first attempt"),
    RECONNECT_DELAY("failover.reconnectDelay", "10", "milliseconds between the first attempts"),
    MAX_RECONNECT_DELAY("failover.maxReconnectDelay", "30000", "milliseconds between attempts at most"),
    USE_RECONNECT_BACK_OFF("failover.useReconnectBackOff", "true", "let the time between attempts grow"),
    RECONNECT_BACK_OFF_MULTIPLIER("failover.reconnectBackOffMultiplier", "2.0", "by which it grows"),
    MAX_RECONNECT_ATTEMPTS(
            "failover.maxReconnectAttempts", "-1", "attempts until the connection is lost; -1 for no limit"),
    STARTUP_MAX_RECONNECT_ATTEMPTS(
            "failover.startupMaxReconnectAttempts",
            "-1",
            "the same for a connection that never was; -1 for `failover.maxReconnectAttempts`"),
    WARN_AFTER_RECONNECT_ATTEMPTS(
            "failover.warnAfterReconnectAttempts", "10", "a line in the log after so many attempts"),
    RANDOMIZE("failover.randomize", "false", "try the brokers in any order"),
    SERVER_LIST_ACTION(
            "failover.amqpOpenServerListAction",
            "REPLACE",
            "what becomes of the brokers that a broker names: `REPLACE` ours, `ADD` to ours, or `IGNORE`");

    /** Whom an option concerns, and where it may stand. */
    public enum Group {
        /** The connection, and what is made from it. */
        JMS("jms."),
        /** How AMQP is spoken with one broker. */
        AMQP("amqp."),
        /** How one broker is reached. */
        TRANSPORT("transport."),
        /** How a lost broker is replaced. */
        FAILOVER("failover.");

        private final String prefix;

        Group(String prefix) {
            this.prefix = prefix;
        }
    }

    private final String key;
    private final String defaultValue;
    private final String description;
    private final boolean effective;
    private final @Nullable String alias;

    ConnectionOption(String key, String defaultValue, String description) {
        this(key, defaultValue, description, true, null);
    }

    ConnectionOption(String key, String defaultValue, String description, boolean effective) {
        this(key, defaultValue, description, effective, null);
    }

    ConnectionOption(String key, String defaultValue, String description, String alias) {
        this(key, defaultValue, description, true, alias);
    }

    ConnectionOption(String key, String defaultValue, String description, boolean effective, @Nullable String alias) {
        this.key = key;
        this.defaultValue = defaultValue;
        this.description = description;
        this.effective = effective;
        this.alias = alias;
    }

    /** Its name in a URI. */
    public String key() {
        return key;
    }

    /** What holds when the URI says nothing; empty for none. */
    public String defaultValue() {
        return defaultValue;
    }

    /** What it means, in one line of Markdown. */
    public String description() {
        return description;
    }

    /** False for one that is understood, and changes nothing here. */
    boolean isEffective() {
        return effective;
    }

    /** Where it belongs, by the beginning of its name. */
    public Group group() {
        for (Group group : Group.values()) {
            if (key.startsWith(group.prefix)) {
                return group;
            }
        }
        throw new IllegalStateException("of no group: " + key);
    }

    /** Of all that have this name, or had it; null when there is none. */
    public static @Nullable ConnectionOption named(String key) {
        for (ConnectionOption option : values()) {
            if (option.key.equals(key) || key.equals(option.alias)) {
                return option;
            }
        }
        return null;
    }

    /** The option whose name is most like it, for who has mistyped one. */
    static ConnectionOption nearest(String key) {
        return Arrays.stream(values())
                .min(Comparator.comparingInt(option -> distance(key, option.key)))
                .orElse(CLIENT_ID);
    }

    /** Those of a group, in the order of the table. */
    public static List<ConnectionOption> of(Group group) {
        return Arrays.stream(values()).filter(option -> option.group() == group).toList();
    }

    /** Letters to add, drop or change, whatever their case. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                int changed = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
