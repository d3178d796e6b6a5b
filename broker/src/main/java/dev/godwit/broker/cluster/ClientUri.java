package dev.godwit.broker.cluster;

import dev.godwit.broker.cluster.link.NodeAddress;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where clients find a node, such as {@code amqps://host:5671}. The host is any name that clients may resolve: those of containers have
 * underscores.
 *
 * @param scheme what is spoken there
 */
public record ClientUri(String scheme, NodeAddress address) {
    private static final Logger log = LoggerFactory.getLogger(ClientUri.class);
    private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*");
    private static final String BETWEEN = "://";
    private static final Pattern NOT_IN_HOSTS = Pattern.compile("[/?#@\\[\\]]");

    /** @throws IllegalArgumentException when it is none */
    public ClientUri {
        if (!SCHEME.matcher(scheme).matches()
                || NOT_IN_HOSTS.matcher(address.host()).find()
                || address.port() == 0) {
            throw new IllegalArgumentException("no scheme://host:port: " + scheme + BETWEEN + address);
        }
    }

    /**
     * Reads {@code scheme://host:port}, with an IPv6 address in brackets.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static ClientUri parse(String text) {
        int between = text.indexOf(BETWEEN);
        if (between < 0) {
            throw new IllegalArgumentException("no scheme://host:port: " + text);
        }
        return new ClientUri(text.substring(0, between), NodeAddress.parse(text.substring(between + BETWEEN.length())));
    }

    /** Those of these texts that are any; the others are passed over, with a line in the log: some other node was told them. */
    public static List<ClientUri> parseAll(Collection<String> texts) {
        return texts.stream().flatMap(ClientUri::tryParse).toList();
    }

    private static Stream<ClientUri> tryParse(String text) {
        try {
            return Stream.of(parse(text));
        } catch (IllegalArgumentException none) {
            log.warn("clients are not told of a node: {}", none.getMessage());
            return Stream.empty();
        }
    }

    @Override
    public String toString() {
        return scheme + BETWEEN + address;
    }
}
