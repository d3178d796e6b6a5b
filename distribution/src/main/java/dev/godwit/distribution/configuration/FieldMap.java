package dev.godwit.distribution.configuration;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One entry of a list: named fields, of which some must be there and no others may. Used once and dropped. */
final class FieldMap {
    private final Map<?, ?> fields;

    FieldMap(@Nullable Object raw, Set<String> needed, Set<String> further) throws InvalidValueException {
        if (!(raw instanceof Map<?, ?> map) || !map.keySet().containsAll(needed)) {
            throw new InvalidValueException();
        }
        for (Object name : map.keySet()) {
            if (!needed.contains(name) && !further.contains(name)) {
                throw new InvalidValueException();
            }
        }
        fields = map;
    }

    /** The entries; none when nothing was written. */
    static List<?> list(@Nullable Object raw) throws InvalidValueException {
        if (raw == null) {
            return List.of();
        }
        if (raw instanceof List<?> list) {
            return list;
        }
        throw new InvalidValueException();
    }

    boolean has(String name) {
        return fields.containsKey(name);
    }

    @Nullable
    Object raw(String name) {
        return fields.get(name);
    }

    long number(String name, long max) throws InvalidValueException {
        return ValueTypes.wholeNumber(0, max).read(fields.get(name));
    }

    String text(String name, int lengthMax) throws InvalidValueException {
        return ValueTypes.text(lengthMax).read(fields.get(name));
    }

    /** One text, or a list of them; none when the field is not there. */
    List<String> texts(String name, int lengthMax) throws InvalidValueException {
        return ValueTypes.texts("texts", lengthMax).read(fields.get(name));
    }

    /** A field that holds a list, as YAML; nothing when the list is empty. */
    static String write(String label, Collection<String> values) {
        return values.isEmpty() ? "" : label + ValueTypes.list(values);
    }
}
