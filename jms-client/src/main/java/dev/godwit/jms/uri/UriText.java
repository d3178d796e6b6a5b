package dev.godwit.jms.uri;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The pieces of connection URIs, as texts. Stateless. */
final class UriText {
    /** A comma begins the next broker only where an address follows: values of options may have commas, too. */
    private static final Pattern NEXT_BROKER = Pattern.compile("\\s*,\\s*(?=[A-Za-z][A-Za-z0-9+.-]*:/)");

    private UriText() {}

    /** Brokers in parentheses, and the options behind them. */
    record Composite(List<String> brokers, @Nullable String query) {}

    /** One option. */
    record Pair(String key, String value) {}

    /** Takes {@code (a,b)?query} apart, or {@code a,b}. */
    static Composite composite(String text) {
        String list = text;
        String query = null;
        if (text.startsWith("(")) {
            int end = closing(text);
            list = text.substring(1, end);
            String rest = text.substring(end + 1);
            if (!rest.isEmpty() && !rest.startsWith("?")) {
                throw new IllegalArgumentException("behind the brokers in parentheses stands neither nothing nor a ?");
            }
            query = rest.isEmpty() ? null : rest.substring(1);
        }
        List<String> brokers = new ArrayList<>();
        for (String broker : NEXT_BROKER.split(list.strip(), -1)) {
            if (broker.isBlank()) {
                throw new IllegalArgumentException("a connection URI names at least one broker");
            }
            brokers.add(broker.strip());
        }
        return new Composite(brokers, query);
    }

    private static int closing(String text) {
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '(') {
                depth++;
            } else if (text.charAt(i) == ')' && --depth == 0) {
                return i;
            }
        }
        throw new IllegalArgumentException("a parenthesis is opened and not closed");
    }

    /** The options of a query, in their order. */
    static List<Pair> pairs(@Nullable String query) {
        List<Pair> pairs = new ArrayList<>();
        if (query == null || query.isEmpty()) {
            return pairs;
        }
        for (String part : query.split("&", -1)) {
            int equals = part.indexOf('=');
            String key = decoded(equals < 0 ? part : part.substring(0, equals));
            if (equals < 0) {
                throw new IllegalArgumentException("the connection option " + key + " has no value");
            }
            pairs.add(new Pair(key, decoded(part.substring(equals + 1))));
        }
        return pairs;
    }

    /** Percent signs are decoded; a plus sign is itself. */
    static String decoded(String part) {
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            throw new IllegalArgumentException("a % is not followed by two hexadecimal digits", malformed);
        }
    }
}
