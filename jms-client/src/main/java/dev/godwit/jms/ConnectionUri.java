package dev.godwit.jms;

import dev.godwit.jms.message.DeserializationPolicy;
import dev.godwit.jms.provider.amqp.AmqpSettings;
import dev.godwit.jms.session.ConnectionSettings;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A connection URI, taken apart: {@code amqp://[user[:password]@]host[:port][?option=value&…]}. Immutable.
 *
 * <p>What is wrong with one is said by an {@link IllegalArgumentException}: an option that does not exist, with the
 * nearest that does, or a value that it cannot have.
 */
final class ConnectionUri {
    private final String text;
    private final URI uri;
    private final Map<ConnectionOption, String> options = new EnumMap<>(ConnectionOption.class);

    private ConnectionUri(String text, URI uri) {
        this.text = text;
        this.uri = uri;
    }

    static ConnectionUri parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException malformed) {
            throw new IllegalArgumentException(
                    "not a connection URI, from its letter " + malformed.getIndex() + " on: " + malformed.getReason());
        }
        if (!"amqp".equals(uri.getScheme())) {
            throw new IllegalArgumentException("a connection URI begins with amqp:// and not so: " + withoutUser(uri));
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "a connection URI names a host, as in amqp://host:5672: " + withoutUser(uri));
        }
        if (uri.getRawFragment() != null
                || !(uri.getRawPath() == null || uri.getRawPath().matches("/?"))) {
            throw new IllegalArgumentException(
                    "a connection URI has neither path nor fragment, but options behind a ?: " + withoutUser(uri));
        }
        ConnectionUri parsed = new ConnectionUri(text, uri);
        parsed.readUser(uri.getRawUserInfo());
        parsed.readOptions(uri.getRawQuery());
        parsed.connectionSettings();
        parsed.amqpSettings();
        return parsed;
    }

    private static String withoutUser(URI uri) {
        return uri.getScheme() + "://" + (uri.getHost() == null ? "" : uri.getHost());
    }

    private void readUser(@Nullable String userInfo) {
        if (userInfo != null) {
            int colon = userInfo.indexOf(':');
            options.put(ConnectionOption.USERNAME, decoded(colon < 0 ? userInfo : userInfo.substring(0, colon)));
            if (colon >= 0) {
                options.put(ConnectionOption.PASSWORD, decoded(userInfo.substring(colon + 1)));
            }
        }
    }

    private void readOptions(@Nullable String query) {
        if (query == null || query.isEmpty()) {
            return;
        }
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            String key = decoded(equals < 0 ? part : part.substring(0, equals));
            ConnectionOption option = ConnectionOption.named(key);
            if (option == null) {
                throw new IllegalArgumentException("there is no connection option \"" + key + "\"; the nearest is "
                        + ConnectionOption.nearest(key).key());
            }
            if (equals < 0) {
                throw new IllegalArgumentException("the connection option " + key + " has no value");
            }
            options.put(option, decoded(part.substring(equals + 1)));
        }
    }

    /** Percent signs are decoded; a plus sign is itself. */
    private static String decoded(String part) {
        return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    ConnectionSettings connectionSettings() {
        return new ConnectionSettings(
                (int) number(ConnectionOption.PREFETCH, 0, ConnectionSettings.PREFETCH_MAX),
                timeout(ConnectionOption.CONNECT_TIMEOUT),
                timeout(ConnectionOption.REQUEST_TIMEOUT),
                timeout(ConnectionOption.SEND_TIMEOUT),
                timeout(ConnectionOption.CLOSE_TIMEOUT),
                (int) number(ConnectionOption.SEND_WINDOW, 1024, Integer.MAX_VALUE),
                flag(ConnectionOption.FORCE_SYNC_SEND),
                flag(ConnectionOption.FORCE_ASYNC_SEND),
                flag(ConnectionOption.LOCAL_MESSAGE_EXPIRY),
                DeserializationPolicy.parse(value(ConnectionOption.ALLOW_LIST), value(ConnectionOption.DENY_LIST)));
    }

    AmqpSettings amqpSettings() {
        return new AmqpSettings(
                host(),
                uri.getPort() < 0 ? AmqpSettings.DEFAULT_PORT : uri.getPort(),
                timeout(ConnectionOption.CONNECT_TIMEOUT),
                optional(ConnectionOption.VIRTUAL_HOST),
                number(ConnectionOption.IDLE_TIMEOUT, 0, Integer.MAX_VALUE),
                (int) number(ConnectionOption.MAX_FRAME_SIZE, 512, 1024 * 1024));
    }

    /** An IPv6 address comes without the brackets that it has in a URI. */
    private String host() {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    @Nullable
    String clientId() {
        return optional(ConnectionOption.CLIENT_ID);
    }

    @Nullable
    String user() {
        return optional(ConnectionOption.USERNAME);
    }

    @Nullable
    String password() {
        return optional(ConnectionOption.PASSWORD);
    }

    /** As it was written. */
    String text() {
        return text;
    }

    private String value(ConnectionOption option) {
        String value = options.get(option);
        return value == null ? option.defaultValue() : value;
    }

    private @Nullable String optional(ConnectionOption option) {
        String value = value(option);
        return value.isEmpty() ? null : value;
    }

    private boolean flag(ConnectionOption option) {
        String value = value(option);
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException(option.key() + " must be true or false: " + value);
        }
        return value.equals("true");
    }

    private long timeout(ConnectionOption option) {
        long millis = number(option, ConnectionSettings.NO_LIMIT, Integer.MAX_VALUE);
        if (millis == 0) {
            throw new IllegalArgumentException(option.key() + " must be -1 for no limit, or positive: 0");
        }
        return millis;
    }

    private long number(ConnectionOption option, long min, long max) {
        String value = value(option);
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(
                    option.key() + " must be a number from " + min + " to " + max + ": " + value, notANumber);
        }
        throw new IllegalArgumentException(option.key() + " must be " + min + " to " + max + ": " + value);
    }
}
