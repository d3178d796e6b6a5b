package dev.godwit.broker.cluster;

import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRule.Forward;
import dev.godwit.broker.catalog.QueueDefinition;
import java.util.HashMap;
import java.util.Map;

/** An alias or a route as the catalog keeps it: a name, and settings that say where it leads. */
final class StoredRouting {
    private static final String ALIAS_PREFIX = "$alias/";
    private static final String ROUTE_PREFIX = "$route/";

    private static final String FROM = "route.from";
    private static final String TO = "route.to";
    private static final String FILTER = "route.filter";
    private static final String EXCLUSIVE = "route.exclusive";

    private StoredRouting() {}

    static String nameOf(RoutingRule rule) {
        return (rule instanceof Alias ? ALIAS_PREFIX : ROUTE_PREFIX) + rule.name();
    }

    static Map<String, String> settings(RoutingRule rule) {
        var settings = new HashMap<String, String>();
        settings.put(
                QueueDefinition.KIND, rule instanceof Alias ? QueueDefinition.KIND_ALIAS : QueueDefinition.KIND_ROUTE);
        settings.put(TO, rule.to());
        if (rule instanceof Forward forward) {
            settings.put(FROM, forward.from());
            settings.put(EXCLUSIVE, String.valueOf(forward.exclusive()));
            if (forward.filter() != null) {
                settings.put(FILTER, forward.filter());
            }
        }
        return settings;
    }

    /**
     * Reads what {@link #settings} wrote.
     *
     * @throws IllegalStateException when the definition is not that of an alias or a route
     */
    static RoutingRule of(QueueDefinition definition) {
        var settings = definition.settings();
        if (definition.name().startsWith(ALIAS_PREFIX)) {
            return new Alias(definition.name().substring(ALIAS_PREFIX.length()), required(definition, TO));
        }
        return new Forward(
                definition.name().substring(ROUTE_PREFIX.length()),
                required(definition, FROM),
                required(definition, TO),
                settings.get(FILTER),
                Boolean.parseBoolean(settings.get(EXCLUSIVE)));
    }

    private static String required(QueueDefinition definition, String setting) {
        var value = definition.settings().get(setting);
        if (value == null) {
            throw new IllegalStateException("the definition of " + definition.name() + " lacks " + setting);
        }
        return value;
    }
}
