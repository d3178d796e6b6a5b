package dev.godwit.broker.address;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import org.jspecify.annotations.Nullable;

/**
 * An address as clients spell it: the plain name, or one with a prefix that says what it is to be. Immutable.
 *
 * @param name without the prefix
 * @param kind what the prefix says; null without one
 */
public record AddressSpelling(String name, @Nullable NodeKind kind) {
    private static final String QUEUE_SCHEME = "queue://";
    private static final String TOPIC_SCHEME = "topic://";

    /** The form that some clients use alone, with the name percent-encoded as in a URI. */
    private static final String QUEUES_PATH = "/queues/";

    public static AddressSpelling parse(String address) {
        if (address.startsWith(QUEUE_SCHEME)) {
            return new AddressSpelling(address.substring(QUEUE_SCHEME.length()), NodeKind.QUEUE);
        }
        if (address.startsWith(TOPIC_SCHEME)) {
            return new AddressSpelling(address.substring(TOPIC_SCHEME.length()), NodeKind.TOPIC);
        }
        if (address.startsWith(QUEUES_PATH)) {
            return new AddressSpelling(percentDecoded(address.substring(QUEUES_PATH.length())), NodeKind.QUEUE);
        }
        return new AddressSpelling(address, null);
    }

    private static String percentDecoded(String text) {
        try {
            // A plus sign stands for itself in a path.
            return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException notEncoded) {
            return text;
        }
    }
}
