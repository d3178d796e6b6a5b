package dev.godwit.broker.filter;

import org.jspecify.annotations.Nullable;

/** True when there is no such value. */
final class IsNull extends Expression {
    private final Expression operand;

    IsNull(Expression operand) {
        this.operand = operand;
    }

    @Override
    Object value(MessageFields fields) {
        return operand.value(fields) == null;
    }

    @Override
    Kind kind() {
        return Kind.BOOLEAN;
    }

    @Override
    @Nullable
    CodeCondition codes(IndexedFields indexed) {
        return operand instanceof Field field ? indexed.none(field.slot()) : null;
    }
}
