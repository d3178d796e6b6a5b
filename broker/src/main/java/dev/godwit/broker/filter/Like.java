package dev.godwit.broker.filter;

import org.jspecify.annotations.Nullable;

/** A string of a certain form; false for what is no string. */
final class Like extends Expression {
    private final Expression operand;
    private final LikePattern pattern;

    Like(Expression operand, LikePattern pattern) {
        this.operand = operand;
        this.pattern = pattern;
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        var value = operand.value(fields);
        if (value == null) {
            return null;
        }
        return value instanceof String text && pattern.matches(text);
    }

    @Override
    Kind kind() {
        return Kind.BOOLEAN;
    }
}
