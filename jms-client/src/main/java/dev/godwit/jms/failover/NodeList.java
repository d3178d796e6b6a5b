package dev.godwit.jms.failover;

import dev.godwit.jms.provider.ProviderFactory;
import dev.godwit.jms.provider.ServerAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a broker, and whose turn it is. A round begins behind the node that was connected last, and so ends with it.
 * Owned by the provider's loop.
 */
final class NodeList {
    /** A broker may name so many. */
    static final int LEARNT_MAX = 1_000;

    private final FailoverSettings settings;
    private final Random random;
    /** As they were given, by where they are: how to speak with these a broker that names them cannot say better. */
    private final Map<String, ProviderFactory> given = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    private List<ProviderFactory> nodes;
    private final Deque<ProviderFactory> round = new ArrayDeque<>();
    private @Nullable String lastConnected;

    NodeList(List<ProviderFactory> nodes, FailoverSettings settings, Random random) {
        this.nodes = List.copyOf(nodes);
        this.settings = settings;
        this.random = random;
        nodes.forEach(each -> given.putIfAbsent(each.describe(), each));
    }

    int size() {
        return nodes.size();
    }

    /** Whether whom one of them refuses the others would refuse, too. */
    boolean logInAlike() {
        return nodes.stream().map(ProviderFactory::login).distinct().count() == 1;
    }

    /** Each node comes once from now on. */
    void beginRound() {
        List<ProviderFactory> order = new ArrayList<>(nodes);
        if (settings.randomize()) {
            Collections.shuffle(order, random);
        }
        Collections.rotate(order, -(indexOfLast(order) + 1));
        round.clear();
        round.addAll(order);
    }

    private int indexOfLast(List<ProviderFactory> order) {
        for (int i = 0; i < order.size(); i++) {
            if (order.get(i).describe().equals(lastConnected)) {
                return i;
            }
        }
        return -1;
    }

    /** The next of the round; null when it is over. */
    @Nullable
    ProviderFactory next() {
        return round.poll();
    }

    /**
     * A node has let us in.
     *
     * @param others that it names
     */
    void onConnected(ProviderFactory node, List<ServerAddress> others) {
        lastConnected = node.describe();
        round.clear();
        if (others.isEmpty() || settings.amqpOpenServerListAction() == FailoverSettings.ServerListAction.IGNORE) {
            return;
        }
        Map<String, ProviderFactory> known = new LinkedHashMap<>();
        known.put(node.describe(), node);
        if (settings.amqpOpenServerListAction() == FailoverSettings.ServerListAction.ADD) {
            known.clear();
            nodes.forEach(each -> known.putIfAbsent(each.describe(), each));
        }
        others.stream()
                .limit(LEARNT_MAX)
                .map(each -> named(node, each))
                .forEach(each -> known.putIfAbsent(each.describe(), each));
        nodes = List.copyOf(known.values());
    }

    private ProviderFactory named(ProviderFactory by, ServerAddress where) {
        ProviderFactory alike = by.at(where);
        return given.getOrDefault(alike.describe(), alike);
    }
}
