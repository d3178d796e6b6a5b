package dev.godwit.broker;

import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.address.RoutingRules;
import java.util.List;

/**
 * What leads from one address to another, from the start. Immutable.
 *
 * @param rules aliases and routes
 * @param virtualTopics whether queues named {@code Consumer.x.VirtualTopic.y} get what is published to {@code
 *     VirtualTopic.y}
 */
public record RoutingConfiguration(List<RoutingRule> rules, boolean virtualTopics) {
    public static final RoutingConfiguration NONE = new RoutingConfiguration(List.of(), false);

    public RoutingConfiguration {
        rules = List.copyOf(rules);
    }

    /** With virtual topics, addresses of that name are topics when clients do not say what they want. */
    AutoCreation autoCreation(AutoCreation configured) {
        return virtualTopics ? configured.withTopics(RoutingRules.VIRTUAL_TOPIC_PREFIX + "*") : configured;
    }
}
