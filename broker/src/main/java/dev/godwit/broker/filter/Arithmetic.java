package dev.godwit.broker.filter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A chain of operations of one precedence, from left to right. Unknown when an operand is no number. */
final class Arithmetic extends Expression {
    private final Expression first;
    private final char[] operators;
    private final Expression[] others;

    /** @param operators one for each of the others: {@code + - * / %} */
    Arithmetic(Expression first, List<Character> operators, List<Expression> others) {
        this.first = first;
        this.operators = new char[operators.size()];
        for (int i = 0; i < this.operators.length; i++) {
            this.operators[i] = operators.get(i);
        }
        this.others = others.toArray(Expression[]::new);
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        if (!(first.value(fields) instanceof Number result)) {
            return null;
        }
        for (int i = 0; i < others.length; i++) {
            if (!(others[i].value(fields) instanceof Number operand)) {
                return null;
            }
            result = Numbers.calculate(operators[i], result, operand);
            if (result == null) {
                return null;
            }
        }
        return result;
    }

    @Override
    Kind kind() {
        return Kind.NUMBER;
    }
}
