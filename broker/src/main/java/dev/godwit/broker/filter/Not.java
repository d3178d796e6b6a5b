package dev.godwit.broker.filter;

import org.jspecify.annotations.Nullable;

/** The opposite of a condition; of the unknown, the unknown. */
final class Not extends Expression {
    private final Expression condition;

    Not(Expression condition) {
        this.condition = condition;
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        return condition.value(fields) instanceof Boolean truth ? (Boolean) !truth : null;
    }

    @Override
    Kind kind() {
        return Kind.BOOLEAN;
    }
}
