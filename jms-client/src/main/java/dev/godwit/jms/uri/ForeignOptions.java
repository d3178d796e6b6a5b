package dev.godwit.jms.uri;

import dev.godwit.jms.session.ConnectionSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Options of the clients of ActiveMQ and Artemis, in our words. What means nothing here is remembered, to be named in the
 * log. Owned by whoever reads a URI.
 */
final class ForeignOptions {
    /** The same thing under another name. */
    private static final Map<String, ConnectionOption> SAME = Map.ofEntries(
            // ActiveMQ, behind jms.
            Map.entry("jms.userName", ConnectionOption.USERNAME),
            Map.entry("jms.useAsyncSend", ConnectionOption.FORCE_ASYNC_SEND),
            Map.entry("jms.alwaysSyncSend", ConnectionOption.FORCE_SYNC_SEND),
            Map.entry("jms.redeliveryPolicy.maximumRedeliveries", ConnectionOption.MAX_REDELIVERIES),
            Map.entry("jms.connectResponseTimeout", ConnectionOption.CONNECT_TIMEOUT),
            Map.entry("jms.trustedPackages", ConnectionOption.ALLOW_LIST),
            // ActiveMQ, of a transport.
            Map.entry("wireFormat.maxInactivityDuration", ConnectionOption.IDLE_TIMEOUT),
            Map.entry("connectionTimeout", ConnectionOption.TCP_CONNECT_TIMEOUT),
            Map.entry("keepAlive", ConnectionOption.TCP_KEEP_ALIVE),
            Map.entry("soLinger", ConnectionOption.SO_LINGER),
            Map.entry("trafficClass", ConnectionOption.TRAFFIC_CLASS),
            Map.entry("socket.tcpNoDelay", ConnectionOption.TCP_NO_DELAY),
            Map.entry("socket.keepAlive", ConnectionOption.TCP_KEEP_ALIVE),
            Map.entry("socket.verifyHostName", ConnectionOption.VERIFY_HOST),
            Map.entry("socket.enabledProtocols", ConnectionOption.PROTOCOLS),
            Map.entry("socket.enabledCipherSuites", ConnectionOption.CIPHERS),
            // ActiveMQ, of failover.
            Map.entry("initialReconnectDelay", ConnectionOption.INITIAL_RECONNECT_DELAY),
            Map.entry("maxReconnectDelay", ConnectionOption.MAX_RECONNECT_DELAY),
            Map.entry("useExponentialBackOff", ConnectionOption.USE_RECONNECT_BACK_OFF),
            Map.entry("backOffMultiplier", ConnectionOption.RECONNECT_BACK_OFF_MULTIPLIER),
            Map.entry("maxReconnectAttempts", ConnectionOption.MAX_RECONNECT_ATTEMPTS),
            Map.entry("startupMaxReconnectAttempts", ConnectionOption.STARTUP_MAX_RECONNECT_ATTEMPTS),
            Map.entry("warnAfterReconnectAttempts", ConnectionOption.WARN_AFTER_RECONNECT_ATTEMPTS),
            Map.entry("randomize", ConnectionOption.RANDOMIZE),
            // Artemis.
            Map.entry("user", ConnectionOption.USERNAME),
            Map.entry("password", ConnectionOption.PASSWORD),
            Map.entry("clientID", ConnectionOption.CLIENT_ID),
            Map.entry("callTimeout", ConnectionOption.REQUEST_TIMEOUT),
            Map.entry("connectionTTL", ConnectionOption.IDLE_TIMEOUT),
            Map.entry("retryInterval", ConnectionOption.RECONNECT_DELAY),
            Map.entry("retryIntervalMultiplier", ConnectionOption.RECONNECT_BACK_OFF_MULTIPLIER),
            Map.entry("maxRetryInterval", ConnectionOption.MAX_RECONNECT_DELAY),
            Map.entry("reconnectAttempts", ConnectionOption.MAX_RECONNECT_ATTEMPTS),
            Map.entry("producerWindowSize", ConnectionOption.SEND_WINDOW),
            Map.entry("deserializationWhiteList", ConnectionOption.ALLOW_LIST),
            Map.entry("deserializationAllowList", ConnectionOption.ALLOW_LIST),
            Map.entry("deserializationBlackList", ConnectionOption.DENY_LIST),
            Map.entry("deserializationDenyList", ConnectionOption.DENY_LIST),
            Map.entry("tcpNoDelay", ConnectionOption.TCP_NO_DELAY),
            Map.entry("tcpSendBufferSize", ConnectionOption.SEND_BUFFER),
            Map.entry("tcpReceiveBufferSize", ConnectionOption.RECEIVE_BUFFER),
            Map.entry("localAddress", ConnectionOption.LOCAL_ADDRESS),
            Map.entry("connect-timeout-millis", ConnectionOption.TCP_CONNECT_TIMEOUT),
            Map.entry("keyStorePath", ConnectionOption.KEY_STORE),
            Map.entry("keyStorePassword", ConnectionOption.KEY_STORE_PASSWORD),
            Map.entry("keyStoreType", ConnectionOption.KEY_STORE_TYPE),
            Map.entry("keyStoreAlias", ConnectionOption.KEY_ALIAS),
            Map.entry("trustStorePath", ConnectionOption.TRUST_STORE),
            Map.entry("trustStorePassword", ConnectionOption.TRUST_STORE_PASSWORD),
            Map.entry("trustStoreType", ConnectionOption.TRUST_STORE_TYPE),
            Map.entry("trustAll", ConnectionOption.TRUST_ALL),
            Map.entry("verifyHost", ConnectionOption.VERIFY_HOST),
            Map.entry("enabledProtocols", ConnectionOption.PROTOCOLS),
            Map.entry("enabledCipherSuites", ConnectionOption.CIPHERS));

    private static final String NESTED = "nested.";
    private static final long SEND_WINDOW_MIN = 1_024;

    /** Artemis: TLS is spoken, though the scheme is tcp. */
    private static final String TLS = "sslEnabled";

    private final List<String> ignored = new ArrayList<>();

    /** The options with one more, in our words. */
    OptionValues add(OptionValues values, UriText.Pair pair) {
        String key = pair.key().startsWith(NESTED) ? pair.key().substring(NESTED.length()) : pair.key();
        String value = pair.value();
        ConnectionOption same = SAME.get(key);
        ConnectionOption ours = same == null ? ConnectionOption.named(key) : same;
        if (ours != null) {
            return values.with(ours, inOurWords(ours, value));
        }
        if (key.startsWith(OptionValues.HEADER_PREFIX)) {
            return values.with(key, value);
        }
        OptionValues more = addOtherwise(values, key, value);
        if (more == null) {
            if (!ignored.contains(key)) {
                ignored.add(key);
            }
            return values;
        }
        return more;
    }

    /** What is not positive means no limit there, or what the system chooses; what we take is said otherwise. */
    private static String inOurWords(ConnectionOption option, String value) {
        long number;
        try {
            number = Long.parseLong(value);
        } catch (NumberFormatException noNumber) {
            return value;
        }
        return switch (option) {
            case CONNECT_TIMEOUT, REQUEST_TIMEOUT, SEND_TIMEOUT, CLOSE_TIMEOUT ->
                number <= 0 ? Long.toString(ConnectionSettings.NO_LIMIT) : value;
            case MAX_RECONNECT_ATTEMPTS, STARTUP_MAX_RECONNECT_ATTEMPTS, MAX_REDELIVERIES -> number < 0 ? "-1" : value;
            case IDLE_TIMEOUT, SEND_BUFFER, RECEIVE_BUFFER -> number < 0 ? "0" : value;
            case TCP_CONNECT_TIMEOUT -> number <= 0 ? Integer.toString(Integer.MAX_VALUE) : value;
            // A window of some messages there: at least as many bytes as we must have.
            case SEND_WINDOW ->
                number < 0 ? Integer.toString(Integer.MAX_VALUE) : Long.toString(Math.max(number, SEND_WINDOW_MIN));
            default -> value;
        };
    }

    /** What has no one name here; null when it means nothing. */
    private static @Nullable OptionValues addOtherwise(OptionValues values, String key, String value) {
        return switch (key) {
            case "socketBufferSize" ->
                values.with(ConnectionOption.SEND_BUFFER, value).with(ConnectionOption.RECEIVE_BUFFER, value);
            case "updateURIsSupported" ->
                values.with(ConnectionOption.SERVER_LIST_ACTION, value.equals("false") ? "IGNORE" : "REPLACE");
            case "blockOnDurableSend" ->
                value.equals("false") ? values.with(ConnectionOption.FORCE_ASYNC_SEND, "true") : values;
            case "blockOnNonDurableSend" ->
                value.equals("true") ? values.with(ConnectionOption.FORCE_SYNC_SEND, "true") : values;
            case "consumerWindowSize" -> value.equals("0") ? values.with(ConnectionOption.PREFETCH, "0") : null;
            // That there are several brokers says it, or the scheme: see asksForTls.
            case "ha", TLS -> values;
            default -> null;
        };
    }

    /** Whether options say that a broker, or all of them, are spoken to by TLS. */
    static boolean asksForTls(List<UriText.Pair> options) {
        return options.stream().anyMatch(option -> option.key().equals(TLS) && Boolean.parseBoolean(option.value()));
    }

    /** The names of those that mean nothing here. */
    List<String> ignored() {
        return List.copyOf(ignored);
    }
}
