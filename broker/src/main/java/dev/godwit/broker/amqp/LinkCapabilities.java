package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.address.NodeKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What we offer. A word stands here only if what it promises works: clients turn features on by it. */
final class LinkCapabilities {
    static final List<Symbol> OF_CONNECTION = List.of(
            Capability.ANONYMOUS_RELAY,
            Capability.DELAYED_DELIVERY,
            Capability.SHARED_SUBSCRIPTIONS,
            Capability.SOLE_CONNECTION);

    /**
     * Transactions that other connections know nothing of, as many of them and wherever on theirs the client likes; and such
     * as are known by a global id once they are prepared.
     */
    static final List<Symbol> OF_COORDINATOR = List.of(
            Capability.LOCAL_TRANSACTIONS,
            Capability.MULTI_TXNS_PER_SSN,
            Capability.MULTI_SSNS_PER_TXN,
            Capability.PREPARED_TRANSACTIONS,
            Capability.TRANSACTION_OUTCOMES);

    private LinkCapabilities() {}

    /** The words for a terminus at a queue: of those the peer asked for, the ones that are true. */
    static List<Symbol> ofQueue(List<Symbol> wished, boolean temporary) {
        return wished.stream()
                .filter(each -> each.equals(Capability.QUEUE) || (temporary && each.equals(Capability.TEMPORARY_QUEUE)))
                .toList();
    }

    /** The same for a terminus at a topic. */
    static List<Symbol> ofTopic(List<Symbol> wished, boolean temporary) {
        boolean shared = wished.contains(Capability.SHARED);
        return wished.stream()
                .filter(each -> each.equals(Capability.TOPIC)
                        || each.equals(Capability.SHARED)
                        || (shared && each.equals(Capability.GLOBAL))
                        || (temporary && each.equals(Capability.TEMPORARY_TOPIC)))
                .toList();
    }

    /** Those words of a producer's link that the peer asked for, and that are true of all. */
    static List<Symbol> ofProducer(List<Symbol> wished) {
        return wished.contains(Capability.NUMBERED_SENDS) ? List.of(Capability.NUMBERED_SENDS) : List.of();
    }

    /**
     * The same of a consumer's.
     *
     * @param takes false for one that only looks
     */
    static List<Symbol> ofConsumer(List<Symbol> wished, boolean takes) {
        return takes && wished.contains(Capability.MESSAGE_IDENTITY) ? List.of(Capability.MESSAGE_IDENTITY) : List.of();
    }

    /** What a terminus is to be at, as its capabilities say; null when they do not. */
    static @Nullable NodeKind kindWished(List<Symbol> wished) {
        if (wished.contains(Capability.TOPIC) || wished.contains(Capability.TEMPORARY_TOPIC)) {
            return NodeKind.TOPIC;
        }
        return wished.contains(Capability.QUEUE) || wished.contains(Capability.TEMPORARY_QUEUE) ? NodeKind.QUEUE : null;
    }
}
