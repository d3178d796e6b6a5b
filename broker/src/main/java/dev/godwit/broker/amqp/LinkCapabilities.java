package dev.godwit.broker.amqp;

import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Symbol;
import java.util.List;

/** What we offer. A word stands here only if what it promises works: clients turn features on by it. */
final class LinkCapabilities {
    static final List<Symbol> OF_CONNECTION = List.of(Capability.ANONYMOUS_RELAY, Capability.SOLE_CONNECTION);

    private LinkCapabilities() {}

    /** The words for a terminus at a queue: of those the peer asked for, the ones that are true. */
    static List<Symbol> ofQueue(List<Symbol> wished, boolean temporary) {
        return wished.stream()
                .filter(each -> each.equals(Capability.QUEUE) || (temporary && each.equals(Capability.TEMPORARY_QUEUE)))
                .toList();
    }
}
