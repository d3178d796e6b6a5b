package dev.godwit.distribution.configuration;

import dev.godwit.broker.address.RoutingRule;
import dev.godwit.broker.address.RoutingRule.Alias;
import dev.godwit.broker.address.RoutingRule.Forward;
import dev.godwit.broker.address.RoutingRules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What leads from one address to another: a list of aliases, or one of routes. */
final class RoutingType implements ValueType<List<RoutingRule>> {
    static final RoutingType ALIASES = new RoutingType(true, Set.of("name", "to"), Set.of());
    static final RoutingType ROUTES =
            new RoutingType(false, Set.of("name", "from", "to"), Set.of("filter", "exclusive"));

    private static final int TEXT_LENGTH_MAX = 4_096;

    private final boolean aliases;
    private final Set<String> needed;
    private final Set<String> further;

    private RoutingType(boolean aliases, Set<String> needed, Set<String> further) {
        this.aliases = aliases;
        this.needed = needed;
        this.further = further;
    }

    @Override
    public List<RoutingRule> read(@Nullable Object raw) throws InvalidValueException {
        var read = new ArrayList<RoutingRule>();
        var rules = new RoutingRules(false);
        for (Object item : FieldMap.list(raw)) {
            var fields = new FieldMap(item, needed, further);
            var rule = aliases ? alias(fields) : forward(fields);
            var objection = rules.find(rule) != null
                    ? "there are two entries named '" + rule.name() + "'"
                    : rules.objection(rule);
            if (objection != null) {
                throw new InvalidValueException(objection, line(item));
            }
            rules.put(rule);
            read.add(rule);
        }
        return List.copyOf(read);
    }

    private static int line(@Nullable Object item) {
        return item instanceof YamlEntries.Fields located ? located.line("name") : 0;
    }

    private static Alias alias(FieldMap fields) throws InvalidValueException {
        return new Alias(fields.text("name", TEXT_LENGTH_MAX), fields.text("to", TEXT_LENGTH_MAX));
    }

    private static Forward forward(FieldMap fields) throws InvalidValueException {
        return new Forward(
                fields.text("name", TEXT_LENGTH_MAX),
                fields.text("from", TEXT_LENGTH_MAX),
                fields.text("to", TEXT_LENGTH_MAX),
                fields.has("filter") ? fields.text("filter", TEXT_LENGTH_MAX) : null,
                fields.has("exclusive") && ValueTypes.onOff().read(fields.raw("exclusive")));
    }

    @Override
    public String expects() {
        return aliases
                ? "a list of {name: NAME, to: ADDRESS}"
                : "a list of {name: NAME, from: ADDRESS, to: ADDRESS, filter: SELECTOR, exclusive: true}, of which filter"
                        + " and exclusive may be left out; in from, * stands for one word of a topic's name and # for any"
                        + " number of words";
    }

    @Override
    public String write(List<RoutingRule> value) {
        return value.stream()
                .map(RoutingType::fields)
                .map(each -> each.entrySet().stream()
                        .map(field -> field.getKey() + ": " + field.getValue())
                        .collect(Collectors.joining(", ", "{", "}")))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    private static Map<String, String> fields(RoutingRule rule) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("name", ValueTypes.quoted(rule.name()));
        if (rule instanceof Forward forward) {
            fields.put("from", ValueTypes.quoted(forward.from()));
        }
        fields.put("to", ValueTypes.quoted(rule.to()));
        if (rule instanceof Forward forward) {
            if (forward.filter() != null) {
                fields.put("filter", ValueTypes.quoted(forward.filter()));
            }
            if (forward.exclusive()) {
                fields.put("exclusive", "true");
            }
        }
        return fields;
    }
}
