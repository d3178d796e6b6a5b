package dev.godwit.broker.filter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two values side by side. Unknown when one is unknown, false when they are not of one kind; strings and booleans are
 * equal or not, and neither is more than the other (Jakarta Messaging §3.8.1.2).
 */
final class Comparison extends Expression {
    /** The signs, and how numbers must lie for each to hold. */
    enum Operator {
        EQUAL("="),
        UNEQUAL("<>"),
        LESS("<"),
        LESS_OR_EQUAL("<="),
        MORE(">"),
        MORE_OR_EQUAL(">=");

        private final String sign;

        Operator(String sign) {
            this.sign = sign;
        }

        String sign() {
            return sign;
        }

        boolean isOrder() {
            return this != EQUAL && this != UNEQUAL;
        }

        /** The sign that says the same of the two the other way round. */
        Operator turned() {
            return switch (this) {
                case EQUAL, UNEQUAL -> this;
                case LESS -> MORE;
                case LESS_OR_EQUAL -> MORE_OR_EQUAL;
                case MORE -> LESS;
                case MORE_OR_EQUAL -> LESS_OR_EQUAL;
            };
        }

        /** @param order -1, 0, 1 or {@link Numbers#UNORDERED} */
        boolean holds(int order) {
            return switch (this) {
                case EQUAL -> order == 0;
                case UNEQUAL -> order != 0;
                case LESS -> order == -1;
                case LESS_OR_EQUAL -> order == -1 || order == 0;
                case MORE -> order == 1;
                case MORE_OR_EQUAL -> order == 0 || order == 1;
            };
        }
    }

    private final Operator operator;
    private final Expression left;
    private final Expression right;

    Comparison(Operator operator, Expression left, Expression right) {
        this.operator = operator;
        this.left = left;
        this.right = right;
    }

    @Override
    @Nullable
    Object value(MessageFields fields) {
        var leftValue = left.value(fields);
        if (leftValue == null) {
            return null;
        }
        var rightValue = right.value(fields);
        return rightValue == null ? null : (Boolean) holds(leftValue, rightValue);
    }

    private boolean holds(Object leftValue, Object rightValue) {
        if (leftValue instanceof Number leftNumber && rightValue instanceof Number rightNumber) {
            return operator.holds(Numbers.compare(leftNumber, rightNumber));
        }
        if (operator.isOrder() || leftValue.getClass() != rightValue.getClass()) {
            return false;
        }
        return leftValue.equals(rightValue) == (operator == Operator.EQUAL);
    }

    @Override
    Kind kind() {
        return Kind.BOOLEAN;
    }

    @Override
    @Nullable
    CodeCondition codes(IndexedFields indexed) {
        if (left instanceof Field field && right instanceof Literal literal) {
            return codes(indexed, field, operator, literal);
        }
        return left instanceof Literal literal && right instanceof Field field
                ? codes(indexed, field, operator.turned(), literal)
                : null;
    }

    private static @Nullable CodeCondition codes(
            IndexedFields indexed, Field field, Operator operator, Literal literal) {
        if (operator == Operator.EQUAL) {
            return indexed.oneOf(field.slot(), List.of(literal.value()));
        }
        return literal.value() instanceof Number number ? indexed.order(field.slot(), operator, number) : null;
    }
}
