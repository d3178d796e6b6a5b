package dev.godwit.broker.filter;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One of a list: strings by a look into a set, numbers one by one. */
final class Membership extends Expression {
    private final Expression operand;
    private final Set<Object> words = new HashSet<>();
    private final List<Number> numbers = new ArrayList<>();

    Membership(Expression operand, List<Object> values) {
        this.operand = operand;
        for (var value : values) {
            if (value instanceof Number number) {
                numbers.add(number);
            } else {
                words.add(value);
            }
        }
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        var value = operand.value(fields);
        if (value == null) {
            return null;
        }
        return value instanceof Number number ? (Boolean) isOneOf(number) : (Boolean) words.contains(value);
    }

    private boolean isOneOf(Number number) {
        for (int i = 0; i < numbers.size(); i++) {
            if (Numbers.compare(number, numbers.get(i)) == 0) {
                return true;
            }
        }
        return false;
    }

    @Override
    Kind kind() {
        return Kind.BOOLEAN;
    }

    @Override
    @Nullable
    CodeCondition codes(IndexedFields indexed) {
        if (!(operand instanceof Field field)) {
            return null;
        }
        var values = new ArrayList<Object>(words);
        values.addAll(numbers);
        return indexed.oneOf(field.slot(), values);
    }
}
