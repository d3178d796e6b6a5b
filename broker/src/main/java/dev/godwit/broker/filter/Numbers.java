package dev.godwit.broker.filter;

import java.math.BigDecimal;
import java.math.MathContext;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic as Java does it, over Long, Double and BigDecimal: a Long beside a Double becomes one, and so does, where it
 * is compared or calculated with a BigDecimal, nothing: that is exact to 34 digits.
 */
final class Numbers {
    /** What {@link #compare} says when there is a NaN. */
    static final int UNORDERED = 2;

    private Numbers() {}

    /** -1, 0, 1, or {@link #UNORDERED}. */
    static int compare(Number left, Number right) {
        if (left instanceof Long l && right instanceof Long r) {
            return Long.compare(l, r);
        }
        if (left instanceof BigDecimal || right instanceof BigDecimal) {
            return compareExactly(left, right);
        }
        return compareDoubles(left.doubleValue(), right.doubleValue());
    }

    private static int compareDoubles(double left, double right) {
        return left < right ? -1 : left > right ? 1 : left == right ? 0 : UNORDERED;
    }

    private static int compareExactly(Number left, Number right) {
        if (!isFinite(left) || !isFinite(right)) {
            double finite = 0;
            return compareDoubles(
                    isFinite(left) ? finite : left.doubleValue(), isFinite(right) ? finite : right.doubleValue());
        }
        return decimal(left).compareTo(decimal(right));
    }

    private static boolean isFinite(Number number) {
        return !(number instanceof Double value) || Double.isFinite(value);
    }

    private static BigDecimal decimal(Number number) {
        if (number instanceof BigDecimal decimal) {
            return decimal;
        }
        return number instanceof Long value ? BigDecimal.valueOf(value) : new BigDecimal(number.doubleValue());
    }

    /** Null where there is no result: a whole number divided by 0. */
    static @Nullable Number calculate(char operator, Number left, Number right) {
        if (left instanceof Long l && right instanceof Long r) {
            return calculateLongs(operator, l, r);
        }
        boolean exact = left instanceof BigDecimal || right instanceof BigDecimal;
        if (exact && isFinite(left) && isFinite(right)) {
            return calculateDecimals(operator, decimal(left), decimal(right));
        }
        double l = left.doubleValue();
        double r = right.doubleValue();
        return switch (operator) {
            case '+' -> l + r;
            case '-' -> l - r;
            case '*' -> l * r;
            case '/' -> l / r;
            default -> l % r;
        };
    }

    private static @Nullable Number calculateLongs(char operator, long left, long right) {
        return switch (operator) {
            case '+' -> left + right;
            case '-' -> left - right;
            case '*' -> left * right;
            case '/' -> right == 0 ? null : (Long) (left / right);
            default -> right == 0 ? null : (Long) (left % right);
        };
    }

    private static @Nullable Number calculateDecimals(char operator, BigDecimal left, BigDecimal right) {
        try {
            return switch (operator) {
                case '+' -> left.add(right, MathContext.DECIMAL128);
                case '-' -> left.subtract(right, MathContext.DECIMAL128);
                case '*' -> left.multiply(right, MathContext.DECIMAL128);
                case '/' -> left.divide(right, MathContext.DECIMAL128);
                default -> left.remainder(right, MathContext.DECIMAL128);
            };
        } catch (ArithmeticException impossible) {
            return null;
        }
    }

    static Number negate(Number number) {
        if (number instanceof Long value) {
            return -value;
        }
        return number instanceof BigDecimal decimal ? decimal.negate() : (Number) (-number.doubleValue());
    }
}
