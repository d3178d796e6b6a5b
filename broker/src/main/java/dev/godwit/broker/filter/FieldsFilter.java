package dev.godwit.broker.filter;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.broker.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Fields that must have given values, all of them (AMQP filter expressions §4.2.4, §4.2.5). A value that begins with
 * {@code &p:} or {@code &s:} asks how a text begins or ends; {@code &&} stands for a {@code &} of its own. Owned by one
 * event loop at a time.
 */
final class FieldsFilter implements MessageFilter {
    static final int FIELDS_MAX = 64;

    private static final String PREFIX = "&p:";
    private static final String SUFFIX = "&s:";

    /** How a value must be. */
    private enum Mode {
        ANY,
        EQUAL,
        PREFIX,
        SUFFIX
    }

    private record Wanted(Mode mode, Object value) {
        boolean holds(Object found) {
            return switch (mode) {
                case ANY -> true;
                case EQUAL -> isEqual(found);
                case PREFIX -> found instanceof String text && text.startsWith((String) value);
                case SUFFIX -> found instanceof String text && text.endsWith((String) value);
            };
        }

        private boolean isEqual(Object found) {
            if (found instanceof Number foundNumber && value instanceof Number number) {
                return Numbers.compare(foundNumber, number) == 0;
            }
            return found.equals(value);
        }
    }

    private final Map<?, ?> source;
    private final boolean ofProperties;
    private final List<Wanted> wanted = new ArrayList<>();
    private final List<FieldReader> readers = new ArrayList<>();
    private final MessageFields fields;

    private FieldsFilter(Map<?, ?> source, boolean ofProperties) throws InvalidFilterException {
        if (source.size() > FIELDS_MAX) {
            throw new InvalidFilterException(
                    "it names " + source.size() + " fields; at most " + FIELDS_MAX + " are allowed");
        }
        this.source = source;
        this.ofProperties = ofProperties;
        for (var each : source.entrySet()) {
            var name = name(each.getKey());
            readers.add(ofProperties ? property(name) : FieldNames.applicationProperty(name));
            wanted.add(wanted(name, each.getValue()));
        }
        this.fields = new MessageFields(readers);
    }

    /** @param fields values by the names of fields: {@code message-id} and so on */
    static FieldsFilter ofProperties(Map<?, ?> fields) throws InvalidFilterException {
        return new FieldsFilter(fields, true);
    }

    static FieldsFilter ofApplicationProperties(Map<?, ?> properties) throws InvalidFilterException {
        return new FieldsFilter(properties, false);
    }

    private static String name(Object key) throws InvalidFilterException {
        if (key instanceof Symbol || key instanceof String) {
            return key.toString();
        }
        throw new InvalidFilterException("fields are named by symbols or strings, not by " + key);
    }

    private static FieldReader property(String name) throws InvalidFilterException {
        var reader = FieldNames.ofProperties(name);
        if (reader == null) {
            throw new InvalidFilterException("properties have no field '" + name + "'");
        }
        return reader;
    }

    private static Wanted wanted(String name, @Nullable Object reference) throws InvalidFilterException {
        if (reference == null) {
            return new Wanted(Mode.ANY, "");
        }
        var value = SelectorValue.of(reference);
        if (value == null) {
            throw new InvalidFilterException("'" + name + "' is compared with a value of no simple type");
        }
        if (!(value instanceof String text) || !text.startsWith("&")) {
            return new Wanted(Mode.EQUAL, value);
        } else if (text.startsWith(PREFIX)) {
            return new Wanted(Mode.PREFIX, text.substring(PREFIX.length()));
        } else if (text.startsWith(SUFFIX)) {
            return new Wanted(Mode.SUFFIX, text.substring(SUFFIX.length()));
        } else if (text.startsWith("&&")) {
            return new Wanted(Mode.EQUAL, text.substring(1));
        }
        throw new InvalidFilterException(
                "the value of '" + name + "' begins with '&'; expected &p:, &s:, or && for a & of its own");
    }

    @Override
    public boolean matches(Message message) {
        boolean matches = fields.turnTo(message, 0, null) && allHold();
        fields.letGo();
        return matches;
    }

    private boolean allHold() {
        for (int i = 0; i < wanted.size(); i++) {
            var each = wanted.get(i);
            if (each.mode != Mode.ANY) {
                var found = fields.value(i);
                if (found == null || !each.holds(found)) {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public @Nullable CodeCondition codes(IndexedProperties properties) {
        var indexed = new IndexedFields(properties, readers);
        var known = new ArrayList<@Nullable CodeCondition>();
        for (int i = 0; i < wanted.size(); i++) {
            if (wanted.get(i).mode == Mode.EQUAL) {
                known.add(indexed.oneOf(i, List.of(wanted.get(i).value)));
            }
        }
        return CodeCondition.all(known);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FieldsFilter filter
                && filter.source.equals(source)
                && filter.ofProperties == ofProperties;
    }

    @Override
    public int hashCode() {
        return source.hashCode();
    }

    @Override
    public String toString() {
        return source.toString();
    }
}
