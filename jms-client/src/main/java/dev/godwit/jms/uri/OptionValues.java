package dev.godwit.jms.uri;

import dev.godwit.jms.session.ConnectionSettings;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The options that somebody has given, read as what they are. Immutable. A value that an option cannot have is an
 * {@link IllegalArgumentException} when it is read.
 */
final class OptionValues {
    static final OptionValues NONE = new OptionValues(Map.of(), Map.of());

    /** Of a WebSocket's request: the rest of such a key is the name of a header. */
    static final String HEADER_PREFIX = "transport.ws.httpHeader.";

    private final Map<ConnectionOption, String> given;
    private final Map<String, String> headers;

    private OptionValues(Map<ConnectionOption, String> given, Map<String, String> headers) {
        this.given = given;
        this.headers = headers;
    }

    /** With one more, or with another value of it; null takes it away. */
    OptionValues with(ConnectionOption option, @Nullable String value) {
        Map<ConnectionOption, String> more = new EnumMap<>(ConnectionOption.class);
        more.putAll(given);
        if (value == null) {
            more.remove(option);
        } else {
            more.put(option, value);
        }
        return new OptionValues(more, headers);
    }

    /**
     * With one more, by its name.
     *
     * @throws IllegalArgumentException when there is no such option, with the nearest that there is
     */
    OptionValues with(String key, String value) {
        if (key.startsWith(HEADER_PREFIX) && key.length() > HEADER_PREFIX.length()) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(key.substring(HEADER_PREFIX.length()), value);
            return new OptionValues(given, more);
        }
        ConnectionOption option = ConnectionOption.named(key);
        if (option == null) {
            throw new IllegalArgumentException("there is no connection option \"" + key + "\"; the nearest is "
                    + ConnectionOption.nearest(key).key());
        }
        return with(option, value);
    }

    /** These, and of the others what these do not have. */
    OptionValues over(OptionValues others) {
        Map<ConnectionOption, String> all = new EnumMap<>(ConnectionOption.class);
        all.putAll(others.given);
        all.putAll(given);
        Map<String, String> allHeaders = new LinkedHashMap<>(others.headers);
        allHeaders.putAll(headers);
        return new OptionValues(all, allHeaders);
    }

    /** Those of some groups alone. */
    OptionValues only(ConnectionOption.Group... groups) {
        List<ConnectionOption.Group> wanted = List.of(groups);
        Map<ConnectionOption, String> some = new EnumMap<>(ConnectionOption.class);
        given.forEach((option, value) -> {
            if (wanted.contains(option.group())) {
                some.put(option, value);
            }
        });
        return new OptionValues(some, wanted.contains(ConnectionOption.Group.TRANSPORT) ? headers : Map.of());
    }

    /** What was given, in the order of the table. */
    Map<ConnectionOption, String> given() {
        return Collections.unmodifiableMap(given);
    }

    /** Of a WebSocket's request. */
    Map<String, String> headers() {
        return Collections.unmodifiableMap(headers);
    }

    boolean has(ConnectionOption option) {
        return given.containsKey(option);
    }

    String text(ConnectionOption option) {
        String value = given.get(option);
        return value == null ? option.defaultValue() : value;
    }

    @Nullable
    String optional(ConnectionOption option) {
        String value = text(option);
        return value.isEmpty() ? null : value;
    }

    /** What stands between commas, without blanks. */
    List<String> list(ConnectionOption option) {
        return Stream.of(text(option).split(","))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    }

    boolean flag(ConnectionOption option) {
        String value = text(option);
        if (!value.equals("true") && !value.equals("false")) {
            throw new IllegalArgumentException(option.key() + " must be true or false: " + value);
        }
        return value.equals("true");
    }

    /** One of an enum's constants, whatever the case of its letters. */
    <E extends Enum<E>> E constant(ConnectionOption option, Class<E> type) {
        String value = text(option);
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(value.toUpperCase(Locale.ROOT))) {
                return constant;
            }
        }
        throw new IllegalArgumentException(
                option.key() + " must be one of " + List.of(type.getEnumConstants()) + ": " + value);
    }

    /** Milliseconds, or {@link ConnectionSettings#NO_LIMIT}. */
    long timeout(ConnectionOption option) {
        int millis = number(option, (int) ConnectionSettings.NO_LIMIT, Integer.MAX_VALUE);
        if (millis == 0) {
            throw new IllegalArgumentException(option.key() + " must be -1 for no limit, or positive: 0");
        }
        return millis;
    }

    int number(ConnectionOption option, int min, int max) {
        String value = text(option);
        try {
            long number = Long.parseLong(value);
            if (number >= min && number <= max) {
                return (int) number;
            }
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(
                    option.key() + " must be a number from " + min + " to " + max + ": " + value, notANumber);
        }
        throw new IllegalArgumentException(option.key() + " must be " + min + " to " + max + ": " + value);
    }

    double factor(ConnectionOption option) {
        try {
            return Double.parseDouble(text(option));
        } catch (NumberFormatException notANumber) {
            throw new IllegalArgumentException(option.key() + " must be a number: " + text(option), notANumber);
        }
    }
}
