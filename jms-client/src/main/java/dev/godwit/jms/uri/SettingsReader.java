package dev.godwit.jms.uri;

import static dev.godwit.jms.uri.ConnectionOption.*;

import dev.godwit.amqp.sasl.SaslMechanism;
import dev.godwit.amqp.transport.ConnectOptions;
import dev.godwit.amqp.transport.TlsClient;
import dev.godwit.jms.failover.FailoverSettings;
import dev.godwit.jms.message.DeserializationPolicy;
import dev.godwit.jms.provider.Settlement;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.provider.amqp.PresettlePolicy;
import dev.godwit.jms.session.ConnectionSettings;
import dev.godwit.jms.session.MessageIdType;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Options, as the settings that are made of them. Stateless. */
final class SettingsReader {
    private SettingsReader() {}

    /** What {@code jms.redeliveryPolicy.outcome} may be. */
    private enum Outcome {
        ACCEPTED(Settlement.ACCEPTED),
        REJECTED(Settlement.REJECTED),
        RELEASED(Settlement.RELEASED),
        MODIFIED_FAILED(Settlement.FAILED),
        MODIFIED_FAILED_UNDELIVERABLE(Settlement.UNDELIVERABLE);

        private final Settlement settlement;

        Outcome(Settlement settlement) {
            this.settlement = settlement;
        }
    }

    /** What {@code jms.tracing} may be. */
    private enum Tracing {
        OPENTELEMETRY,
        /** Of Qpid JMS, and there is none of it here. */
        OPENTRACING,
        NOOP
    }

    static boolean isTraced(OptionValues values) {
        return values.constant(TRACING, Tracing.class) == Tracing.OPENTELEMETRY;
    }

    static ConnectionSettings connection(OptionValues values) {
        return new ConnectionSettings(
                values.timeout(CONNECT_TIMEOUT),
                values.timeout(REQUEST_TIMEOUT),
                values.timeout(SEND_TIMEOUT),
                values.timeout(CLOSE_TIMEOUT),
                new ConnectionSettings.Naming(
                        values.text(CLIENT_ID_PREFIX), values.text(CONNECTION_ID_PREFIX), values.flag(AWAIT_CLIENT_ID)),
                new ConnectionSettings.Sending(
                        values.number(SEND_WINDOW, 1_024, Integer.MAX_VALUE),
                        values.flag(FORCE_SYNC_SEND),
                        values.flag(FORCE_ASYNC_SEND),
                        values.flag(POPULATE_USER_ID),
                        values.constant(MESSAGE_ID_TYPE, MessageIdType.class)),
                receiving(values),
                values.flag(USE_DAEMON_THREAD),
                values.flag(VALIDATE_PROPERTY_NAMES),
                DeserializationPolicy.parse(values.text(ALLOW_LIST), values.text(DENY_LIST)));
    }

    private static ConnectionSettings.Receiving receiving(OptionValues values) {
        return new ConnectionSettings.Receiving(
                new ConnectionSettings.Prefetch(
                        prefetch(values, QUEUE_PREFETCH),
                        prefetch(values, TOPIC_PREFETCH),
                        prefetch(values, DURABLE_TOPIC_PREFETCH),
                        prefetch(values, BROWSER_PREFETCH)),
                values.timeout(DRAIN_TIMEOUT),
                values.flag(LOCAL_MESSAGE_EXPIRY),
                values.flag(LOCAL_MESSAGE_PRIORITY),
                values.flag(RECEIVE_LOCAL_ONLY),
                values.flag(RECEIVE_NO_WAIT_LOCAL_ONLY),
                values.number(MAX_REDELIVERIES, -1, Integer.MAX_VALUE),
                values.constant(REDELIVERY_OUTCOME, Outcome.class).settlement);
    }

    private static int prefetch(OptionValues values, ConnectionOption own) {
        return values.number(values.optional(own) == null ? PREFETCH : own, 0, ConnectionSettings.PREFETCH_MAX);
    }

    /**
     * A broker.
     *
     * @param own as whom at this broker alone; null as whom the connection says
     * @param context in place of the key and trust stores; null to read these
     */
    static AmqpSettings broker(
            BrokerUri uri,
            OptionValues values,
            AmqpSettings.@Nullable User own,
            @Nullable SSLContext context,
            @Nullable Supplier<String> tokens) {
        return new AmqpSettings(
                uri.host(),
                uri.port(),
                new AmqpSettings.Transport(
                        tcp(values),
                        tls(values, context),
                        webSocket(uri, values),
                        uri.scheme().isEncrypted(),
                        uri.scheme().isWebSocket()),
                new AmqpSettings.Login(
                        values.flag(SASL_LAYER), mechanisms(values), tokens, values.flag(ALLOW_NON_SECURE_TOKENS), own),
                values.timeout(CONNECT_TIMEOUT),
                values.optional(VIRTUAL_HOST),
                values.number(IDLE_TIMEOUT, 0, Integer.MAX_VALUE),
                values.number(MAX_FRAME_SIZE, 512, 1024 * 1024),
                presettle(values),
                values.optional(QUEUE_PREFIX),
                values.optional(TOPIC_PREFIX),
                values.flag(TRACE_FRAMES),
                values.flag(ALLOW_NON_SECURE_REDIRECTS));
    }

    static FailoverSettings failover(OptionValues values) {
        // Qpid's -1: as often as later.
        boolean asLater = values.number(STARTUP_MAX_RECONNECT_ATTEMPTS, -1, Integer.MAX_VALUE) < 0;
        return new FailoverSettings(
                values.number(INITIAL_RECONNECT_DELAY, 0, Integer.MAX_VALUE),
                values.number(RECONNECT_DELAY, 0, Integer.MAX_VALUE),
                values.number(MAX_RECONNECT_DELAY, 0, Integer.MAX_VALUE),
                values.flag(USE_RECONNECT_BACK_OFF),
                values.factor(RECONNECT_BACK_OFF_MULTIPLIER),
                values.number(MAX_RECONNECT_ATTEMPTS, -1, Integer.MAX_VALUE),
                values.number(asLater ? MAX_RECONNECT_ATTEMPTS : STARTUP_MAX_RECONNECT_ATTEMPTS, -1, Integer.MAX_VALUE),
                values.number(WARN_AFTER_RECONNECT_ATTEMPTS, 0, Integer.MAX_VALUE),
                values.flag(RANDOMIZE),
                values.constant(SERVER_LIST_ACTION, FailoverSettings.ServerListAction.class));
    }

    private static ConnectOptions.Tcp tcp(OptionValues values) {
        return new ConnectOptions.Tcp(
                values.number(TCP_CONNECT_TIMEOUT, 1, Integer.MAX_VALUE),
                values.flag(TCP_NO_DELAY),
                values.flag(TCP_KEEP_ALIVE),
                values.number(SO_LINGER, -1, 65_535),
                values.number(SEND_BUFFER, 0, 1 << 30),
                values.number(RECEIVE_BUFFER, 0, 1 << 30),
                values.number(TRAFFIC_CLASS, 0, 255),
                values.optional(LOCAL_ADDRESS));
    }

    private static TlsClient tls(OptionValues values, @Nullable SSLContext context) {
        return new TlsClient(
                context,
                store(values, KEY_STORE, KEY_STORE_PASSWORD, KEY_STORE_TYPE),
                values.optional(KEY_ALIAS),
                store(values, TRUST_STORE, TRUST_STORE_PASSWORD, TRUST_STORE_TYPE),
                values.flag(TRUST_ALL),
                values.flag(VERIFY_HOST),
                values.text(CONTEXT_PROTOCOL),
                values.list(PROTOCOLS),
                values.list(WITHOUT_PROTOCOLS),
                values.list(CIPHERS),
                values.list(WITHOUT_CIPHERS));
    }

    private static TlsClient.@Nullable Store store(
            OptionValues values, ConnectionOption location, ConnectionOption password, ConnectionOption type) {
        String file = values.optional(location);
        if (file == null) {
            return null;
        }
        String own = values.optional(type);
        try {
            return new TlsClient.Store(
                    Path.of(file), values.optional(password), own == null ? values.optional(STORE_TYPE) : own);
        } catch (InvalidPathException noPath) {
            throw new IllegalArgumentException(location.key() + " is no file's name: " + file, noPath);
        }
    }

    private static ConnectOptions.WebSocket webSocket(BrokerUri uri, OptionValues values) {
        String path = values.optional(WS_PATH);
        if (path == null) {
            path = uri.path().isEmpty() ? "/" : uri.path();
        }
        return new ConnectOptions.WebSocket(
                path.startsWith("/") ? path : '/' + path,
                values.headers(),
                values.number(WS_MAX_FRAME_SIZE, 125, 65_535));
    }

    private static List<SaslMechanism> mechanisms(OptionValues values) {
        List<SaslMechanism> mechanisms = new ArrayList<>();
        for (String name : values.list(SASL_MECHANISMS)) {
            SaslMechanism mechanism = SaslMechanism.named(name);
            if (mechanism == null) {
                throw new IllegalArgumentException(SASL_MECHANISMS.key() + " names " + name + ", which is none of "
                        + Arrays.stream(SaslMechanism.values())
                                .map(SaslMechanism::text)
                                .toList());
            }
            mechanisms.add(mechanism);
        }
        return mechanisms;
    }

    private static PresettlePolicy presettle(OptionValues values) {
        boolean all = values.flag(PRESETTLE_ALL);
        return new PresettlePolicy(
                all || values.flag(PRESETTLE_PRODUCERS),
                values.flag(PRESETTLE_TOPIC_PRODUCERS),
                values.flag(PRESETTLE_QUEUE_PRODUCERS),
                values.flag(PRESETTLE_TRANSACTED_PRODUCERS),
                all || values.flag(PRESETTLE_CONSUMERS),
                values.flag(PRESETTLE_TOPIC_CONSUMERS),
                values.flag(PRESETTLE_QUEUE_CONSUMERS));
    }
}
