package dev.godwit.broker.amqp;

import dev.godwit.broker.address.CreditReason;
import dev.godwit.broker.address.ProducerCredit;
import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * Goes once through the connections of one loop for the producers of an address, some at a time, so that other work of the loop
 * goes on. Owned by that loop; lives until it has told what it found.
 */
final class ProducerWalk {
    /** Links that are looked at in one go, by whole connections. */
    private static final int LINKS_MAX = 2_000;

    private final EventLoop owner;
    private final String name;
    private final int countMax;
    private final Consumer<List<ProducerCredit>> told;
    private final ArrayDeque<BrokerConnection> left;
    private final List<ProducerCredit> blocked = new ArrayList<>();
    private final List<ProducerCredit> others = new ArrayList<>();

    ProducerWalk(
            EventLoop owner,
            Collection<BrokerConnection> connections,
            String name,
            int countMax,
            Consumer<List<ProducerCredit>> told) {
        this.owner = owner;
        this.left = new ArrayDeque<>(connections);
        this.name = name;
        this.countMax = countMax;
        this.told = told;
    }

    void goOn() {
        int looked = 0;
        while (!left.isEmpty() && looked < LINKS_MAX && blocked.size() < countMax) {
            looked += 1 + left.removeFirst().forEachProducer(this::look);
        }
        if (left.isEmpty() || blocked.size() >= countMax) {
            blocked.addAll(others);
            told.accept(List.copyOf(blocked.subList(0, Math.min(countMax, blocked.size()))));
        } else {
            owner.execute(this::goOn);
        }
    }

    private void look(ProducerLink link) {
        if (link.leadsTo(name)) {
            var found = link.describe(name);
            var list = found.why() == CreditReason.HAS_CREDIT ? others : blocked;
            if (list.size() < countMax) {
                list.add(found);
            }
        }
    }
}
