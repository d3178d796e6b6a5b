package dev.godwit.broker.cluster;

import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.NodeUse;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.runtime.WallClockTimer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes queues and topics that were made on demand, when their settings say so: those that hold nothing, that no link has
 * had at its end for a time, and that nothing else needs. Owned by the control loop.
 *
 * <p>One goes in steps: no link comes to it any more, and who asks for its address waits here; its own loop ends it, if it is
 * empty; its definition is removed; then who waits is answered as if it had never been. Where something is in the way, all
 * is as before.
 */
final class UnusedNodes {
    private static final Logger log = LoggerFactory.getLogger(UnusedNodes.class);

    /** Nodes that are looked at in one go before other work of the loop gets its turn. */
    private static final int LOOKED_AT_MAX = 100;

    private static final long CHECK_MILLIS_MIN = 10;

    /** Where the nodes are. Control loop. */
    interface Nodes {
        /** Who uses it; null when there is no such node. */
        @Nullable
        NodeUse useOf(String name);

        /** True when something leads to it, or somebody has subscribed to it. */
        boolean isNeeded(String name);

        /** Ends it, if it is empty, and tells whether it did. Nobody finds it then. */
        void end(QueueDefinition definition, Consumer<Boolean> told);

        /** It is to be there after all, empty; who asks for it meanwhile waits. */
        void bringBack(QueueDefinition definition);
    }

    /** A node that is to go when it is not used. */
    private static final class Watched {
        private final String name;
        private long dueMillis;
        private int changes;

        Watched(String name) {
            this.name = name;
        }
    }

    private final EventLoop control;
    private final Clock clock;
    private final Catalog catalog;
    private final AddressPolicies policies;
    private final Nodes nodes;
    private final Map<String, Watched> watched = new HashMap<>();
    private final TreeSet<Watched> byTime = new TreeSet<>(
            Comparator.<Watched>comparingLong(each -> each.dueMillis).thenComparing(each -> each.name));

    /** Nodes that are going, and who has to wait for that. */
    private final Map<String, List<Runnable>> leaving = new HashMap<>();

    /** Names whose settings may have changed. */
    private final ArrayDeque<String> toLookAt = new ArrayDeque<>();

    private boolean looking;
    private final WallClockTimer timer;
    private long removed;

    UnusedNodes(EventLoop control, Clock clock, Catalog catalog, AddressPolicies policies, Nodes nodes) {
        this.control = control;
        this.clock = clock;
        this.catalog = catalog;
        this.policies = policies;
        this.nodes = nodes;
        this.timer = new WallClockTimer(control, clock, this::onTime);
    }

    /** How many have been removed since the start. */
    long removed() {
        return removed;
    }

    /** True for an address whose node is going: {@code later} runs when it is gone, or stays after all. */
    boolean holdsUp(String name, Runnable later) {
        var waiting = leaving.get(name);
        if (waiting != null) {
            waiting.add(later);
        }
        return waiting != null;
    }

    /** The settings of all addresses may have changed. */
    void onSettingsChanged() {
        control.assertCurrent();
        toLookAt.clear();
        catalog.definitions().stream()
                .filter(QueueDefinition::wasMadeOnDemand)
                .map(QueueDefinition::name)
                .forEach(toLookAt::addLast);
        if (!looking) {
            lookOn();
        }
    }

    private void lookOn() {
        looking = false;
        for (int count = 0; count < LOOKED_AT_MAX && !toLookAt.isEmpty(); count++) {
            look(toLookAt.removeFirst());
        }
        if (!toLookAt.isEmpty()) {
            looking = true;
            control.execute(this::lookOn);
        }
    }

    /** The node was made, or has other settings: it counts as used now. */
    void look(String name) {
        control.assertCurrent();
        long afterMillis = afterMillis(catalog.find(name));
        var use = nodes.useOf(name);
        if (afterMillis == 0 || use == null) {
            forget(name);
        } else if (!leaving.containsKey(name)) {
            watch(watched.computeIfAbsent(name, Watched::new), use, afterMillis);
        }
    }

    /** Somebody needs the node whether clients use it or not: it stays, also after a restart. */
    void keep(String name) {
        var definition = catalog.find(name);
        if (definition == null || !definition.wasMadeOnDemand()) {
            return;
        }
        forget(name);
        var settings = new HashMap<>(definition.settings());
        settings.remove(QueueDefinition.ON_DEMAND);
        catalog.update(name, settings, new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition kept) {
                forget(name);
            }

            @Override
            public void onFailed(String reason) {
                log.warn("{} may go again when it is not used: {}", name, reason);
            }
        });
    }

    private void forget(String name) {
        var known = watched.remove(name);
        if (known != null) {
            byTime.remove(known);
        }
    }

    /** 0 for never. */
    private long afterMillis(@Nullable QueueDefinition definition) {
        if (definition == null || !definition.wasMadeOnDemand()) {
            return 0;
        }
        return AddressSettings.of(definition.settings())
                .over(policies.of(definition.name()))
                .get(AddressSetting.AUTO_DELETE_AFTER);
    }

    private void watch(Watched node, NodeUse use, long afterMillis) {
        byTime.remove(node);
        node.changes = use.changes();
        node.dueMillis = clock.nowMillis() + afterMillis;
        byTime.add(node);
        armTimer();
    }

    private void armTimer() {
        if (!byTime.isEmpty()) {
            timer.set(byTime.first().dueMillis, CHECK_MILLIS_MIN);
        }
    }

    private void onTime() {
        long nowMillis = clock.nowMillis();
        for (int count = 0; count < LOOKED_AT_MAX && !byTime.isEmpty(); count++) {
            var first = byTime.first();
            if (first.dueMillis > nowMillis) {
                break;
            }
            check(first);
        }
        armTimer();
    }

    /** It has not been looked at for as long as it may be unused. */
    private void check(Watched node) {
        var definition = catalog.find(node.name);
        long afterMillis = afterMillis(definition);
        var use = nodes.useOf(node.name);
        if (definition == null || afterMillis == 0 || use == null) {
            forget(node.name);
        } else if (use.changes() != node.changes || !use.isFree() || nodes.isNeeded(node.name) || !use.close()) {
            watch(node, use, afterMillis);
        } else {
            forget(node.name);
            remove(definition, use, afterMillis);
        }
    }

    private void remove(QueueDefinition definition, NodeUse use, long afterMillis) {
        var name = definition.name();
        leaving.put(name, new ArrayList<>());
        nodes.end(definition, ended -> {
            if (ended) {
                undefine(definition, afterMillis);
            } else {
                use.reopen();
                over(name);
                look(name);
            }
        });
    }

    private void undefine(QueueDefinition definition, long afterMillis) {
        var name = definition.name();
        catalog.remove(name, new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition gone) {
                removed++;
                log.info(
                        "{} {} is removed: it was made on demand, is empty, and has not been used for {} ms"
                                + " ({} since the start)",
                        definition.definesTopic() ? "topic" : "queue",
                        name,
                        afterMillis,
                        removed);
                over(name);
            }

            @Override
            public void onFailed(String reason) {
                if (catalog.find(name) != null) {
                    log.warn("{} stays although it is not used: {}", name, reason);
                    nodes.bringBack(definition);
                }
                over(name);
                look(name);
            }
        });
    }

    private void over(String name) {
        var waiting = leaving.remove(name);
        if (waiting != null) {
            waiting.forEach(Runnable::run);
        }
    }
}
