package dev.godwit.broker.filter;

import dev.godwit.broker.filter.Comparison.Operator;
import dev.godwit.broker.filter.FieldNames.ApplicationProperty;
import dev.godwit.broker.filter.FieldNames.Quoted;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which of the fields that a filter asks for are {@link IndexedProperties}, and what follows from that. Immutable. */
final class IndexedFields {
    private final IndexedProperties properties;
    private final List<FieldReader> readers;

    /** @param readers by the slots of the filter's fields */
    IndexedFields(IndexedProperties properties, List<FieldReader> readers) {
        this.properties = properties;
        this.readers = readers;
    }

    /** The field has one of some values; null when nothing is known of it. */
    @Nullable
    CodeCondition oneOf(int slot, List<?> values) {
        var reader = readers.get(slot);
        int column = properties.column(reader);
        if (column >= 0) {
            return CodeCondition.oneOf(column, values);
        }
        if (!(reader instanceof Quoted quoted)) {
            return null;
        }
        column = properties.column(new ApplicationProperty(quoted.name()));
        if (column < 0) {
            return null;
        }
        // Who has no such property may have, or be given, an annotation of that name.
        var orNone = new ArrayList<@Nullable Object>(values);
        orNone.add(null);
        return CodeCondition.oneOf(column, orNone);
    }

    /** The field has none. */
    @Nullable
    CodeCondition none(int slot) {
        return oneOf(slot, Collections.singletonList(null));
    }

    /** The field is a number that lies so to another one. */
    @Nullable
    CodeCondition order(int slot, Operator operator, Number number) {
        int column = properties.column(readers.get(slot));
        if (column < 0) {
            return null;
        }
        return switch (operator) {
            case LESS -> CodeCondition.below(column, number, false);
            case LESS_OR_EQUAL -> CodeCondition.below(column, number, true);
            case MORE -> CodeCondition.above(column, number, false);
            case MORE_OR_EQUAL -> CodeCondition.above(column, number, true);
            case EQUAL, UNEQUAL -> null;
        };
    }
}
