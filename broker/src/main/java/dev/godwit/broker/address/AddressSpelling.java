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

    /** Likewise, for what these clients call an exchange. */
    private static final String EXCHANGES_PATH = "/exchanges/";

    /** A percent-encoded character of a name may be three bytes of three characters each. */
    private static final int LENGTH_MAX = QUEUES_PATH.length() + 9 * AddressName.LENGTH_MAX;

    /**
     * Says what is wrong with an address as a client spells it, for the peer; null when nothing is. To be asked before
     * anything else is done with it: by then it is neither long nor full of control characters.
     */
    public static @Nullable String objection(String address) {
        if (address.length() > LENGTH_MAX) {
            return AddressName.objection(address);
        }
        if (address.startsWith(EXCHANGES_PATH) && address.indexOf('/', EXCHANGES_PATH.length()) >= 0) {
            return "/exchanges/ is followed by the name of a topic alone, in which a slash is %2F: write the key into the"
                    + " subject of the messages";
        }
        return AddressName.objection(parse(address).name());
    }

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
        if (address.startsWith(EXCHANGES_PATH)) {
            return new AddressSpelling(percentDecoded(address.substring(EXCHANGES_PATH.length())), NodeKind.TOPIC);
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
