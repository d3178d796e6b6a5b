package dev.godwit.broker.filter;

import org.jspecify.annotations.Nullable;

/** A number with the other sign. */
final class Negative extends Expression {
    private final Expression operand;

    Negative(Expression operand) {
        this.operand = operand;
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        return operand.value(fields) instanceof Number number ? Numbers.negate(number) : null;
    }

    @Override
    Kind kind() {
        return Kind.NUMBER;
    }
}
