package dev.godwit.broker.cluster;

import dev.godwit.broker.address.SubscriptionKey;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The subscriptions that there are on this node, by their names where they have any. Owned by the control loop. */
final class KnownSubscriptions {
    private final Map<SubscriptionKey, LocalSubscription> named = new HashMap<>();
    private final Set<LocalSubscription> unnamed = new LinkedHashSet<>();

    /** Null when none has that name. */
    @Nullable
    LocalSubscription get(SubscriptionKey key) {
        return named.get(key);
    }

    /** False for one whose name another one has by now. */
    boolean contains(LocalSubscription subscription) {
        var key = subscription.key();
        return key == null ? unnamed.contains(subscription) : named.get(key) == subscription;
    }

    /** One with a name takes the place of whoever had it. */
    void add(LocalSubscription subscription) {
        var key = subscription.key();
        if (key == null) {
            unnamed.add(subscription);
        } else {
            named.put(key, subscription);
        }
    }

    /** Another one that has its name by now stays. */
    void remove(LocalSubscription subscription) {
        var key = subscription.key();
        if (key == null) {
            unnamed.remove(subscription);
        } else {
            named.remove(key, subscription);
        }
    }

    private Stream<LocalSubscription> each() {
        return Stream.of(named.values(), unnamed).flatMap(Collection::stream);
    }

    /** As they are now. */
    List<LocalSubscription> all() {
        return each().toList();
    }

    /** Those that a topic fills now. */
    List<LocalSubscription> filledBy(String topic) {
        return each().filter(subscription -> subscription.topics().stream()
                        .anyMatch(filling -> filling.name().equals(topic)))
                .toList();
    }

    /** Those to this very topic, or pattern. */
    List<LocalSubscription> to(String topicOrPattern) {
        return each().filter(subscription -> subscription.terms().topic().equals(topicOrPattern))
                .toList();
    }
}
