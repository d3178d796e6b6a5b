package dev.godwit.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random conditions and random messages: the compiled selector against an evaluator that walks the condition as it was
 * made, by the letter of SQL's truth tables.
 */
class SelectorModelTest {
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "missing");

    /** A condition or value: how it is written, and what it is for a message's properties. */
    private interface Node {
        String text();

        @Nullable
        Object value(Map<String, @Nullable Object> properties);
    }

    private record Written(String text, Function<Map<String, @Nullable Object>, @Nullable Object> f) implements Node {
        @Override
        public @Nullable Object value(Map<String, @Nullable Object> properties) {
            return f.apply(properties);
        }
    }

    @Test
    void agreesWithTheNaiveEvaluator() throws Exception {
        long seed = Long.getLong("selector.seed", System.nanoTime());
        var random = new Random(seed);
        int selected = 0;
        for (int i = 0; i < 10_000; i++) {
            var condition = condition(random, 4);
            var selector = Selector.parse(condition.text());
            for (int j = 0; j < 5; j++) {
                var properties = properties(random);
                boolean expected = Boolean.TRUE.equals(condition.value(properties));
                assertThat(selector.matches(SampleMessage.of(properties)))
                        .as("%s of %s; run again with -Dselector.seed=%d", condition.text(), properties, seed)
                        .isEqualTo(expected);
                selected += expected ? 1 : 0;
            }
        }
        assertThat(selected).as("seed %d", seed).isBetween(5_000, 45_000);
    }

    private static Map<String, @Nullable Object> properties(Random random) {
        var properties = new HashMap<String, @Nullable Object>();
        for (var name : NAMES.subList(0, 4)) {
            switch (random.nextInt(6)) {
                case 0 -> properties.put(name, (long) random.nextInt(5));
                case 1 -> properties.put(name, random.nextInt(5) / 2.0);
                case 2 -> properties.put(name, random.nextBoolean());
                case 3 -> properties.put(name, word(random));
                case 4 -> properties.put(name, random.nextInt(5));
                default -> properties.put(name, null);
            }
        }
        return properties;
    }

    private static String word(Random random) {
        return List.of("", "x", "xy", "o'k").get(random.nextInt(4));
    }

    private static Node condition(Random random, int depth) {
        return switch (depth == 0 ? 2 + random.nextInt(5) : random.nextInt(9)) {
            case 0, 7 -> junction(random, depth, true);
            case 1, 8 -> junction(random, depth, false);
            case 2 -> isNull(random);
            case 3 -> membership(random);
            case 4 -> between(random, depth);
            case 5 -> depth == 0 ? name(random) : negation(random, depth);
            default -> comparison(random, depth);
        };
    }

    private static Node junction(Random random, int depth, boolean and) {
        var left = condition(random, depth - 1);
        var right = condition(random, depth - 1);
        var text = "(" + left.text() + (and ? " AND " : " or ") + right.text() + ")";
        return new Written(text, properties -> {
            var l = left.value(properties) instanceof Boolean truth ? truth : null;
            var r = right.value(properties) instanceof Boolean truth ? truth : null;
            if (and) {
                if (Boolean.FALSE.equals(l) || Boolean.FALSE.equals(r)) {
                    return false;
                }
                return (l == null || r == null) ? null : (Boolean) true;
            }
            if (Boolean.TRUE.equals(l) || Boolean.TRUE.equals(r)) {
                return true;
            }
            return (l == null || r == null) ? null : (Boolean) false;
        });
    }

    private static Node negation(Random random, int depth) {
        var inner = condition(random, depth - 1);
        return new Written("NOT (" + inner.text() + ")", properties -> negated(inner.value(properties)));
    }

    private static @Nullable Object negated(@Nullable Object value) {
        return value instanceof Boolean truth ? (Boolean) !truth : null;
    }

    private static Node isNull(Random random) {
        var name = name(random);
        boolean not = random.nextBoolean();
        return new Written(
                name.text() + (not ? " IS NOT NULL" : " IS NULL"),
                properties -> (name.value(properties) == null) != not);
    }

    private static Node membership(Random random) {
        var name = name(random);
        boolean not = random.nextBoolean();
        var list = List.of(word(random), word(random));
        var text = name.text() + (not ? " NOT IN " : " IN ") + "(" + quoted(list.get(0)) + ", " + quoted(list.get(1))
                + ")";
        return new Written(text, properties -> {
            var value = name.value(properties);
            return value == null ? null : (Boolean) (list.contains(value) != not);
        });
    }

    private static Node between(Random random, int depth) {
        var operand = number(random, depth);
        var low = number(random, 0);
        var high = number(random, 0);
        boolean not = random.nextBoolean();
        var text = operand.text() + (not ? " NOT" : "") + " BETWEEN " + low.text() + " AND " + high.text();
        return new Written(text, properties -> {
            var x = operand.value(properties);
            var l = compared(">=", x, low.value(properties));
            var h = compared("<=", x, high.value(properties));
            Object result = Boolean.FALSE.equals(l) || Boolean.FALSE.equals(h)
                    ? (Object) false
                    : (l == null || h == null) ? null : (Object) true;
            return not ? negated(result) : result;
        });
    }

    private static Node comparison(Random random, int depth) {
        boolean equality = random.nextBoolean();
        var operator = equality
                ? List.of("=", "<>").get(random.nextInt(2))
                : List.of("<", "<=", ">", ">=").get(random.nextInt(4));
        var left = equality && random.nextBoolean() ? name(random) : number(random, depth);
        var right = equality && random.nextBoolean() ? literal(random) : number(random, depth);
        return new Written(
                left.text() + " " + operator + " " + right.text(),
                properties -> compared(operator, left.value(properties), right.value(properties)));
    }

    private static @Nullable Object compared(String operator, @Nullable Object left, @Nullable Object right) {
        if (left == null || right == null) {
            return null;
        }
        if (!(left instanceof Number l) || !(right instanceof Number r)) {
            boolean comparable = left.getClass() == right.getClass();
            return comparable
                    && ((operator.equals("=") && left.equals(right)) || (operator.equals("<>") && !left.equals(right)));
        }
        double ld = l.doubleValue();
        double rd = r.doubleValue();
        return switch (operator) {
            case "=" -> ld == rd;
            case "<>" -> ld != rd;
            case "<" -> ld < rd;
            case "<=" -> ld <= rd;
            case ">" -> ld > rd;
            default -> ld >= rd;
        };
    }

    private static Node name(Random random) {
        var name = NAMES.get(random.nextInt(NAMES.size()));
        return new Written(name, properties -> {
            var value = properties.get(name);
            return value instanceof Integer number ? (Object) number.longValue() : value;
        });
    }

    private static Node literal(Random random) {
        if (random.nextBoolean()) {
            boolean truth = random.nextBoolean();
            return new Written(truth ? "TRUE" : "false", properties -> truth);
        }
        var word = word(random);
        return new Written(quoted(word), properties -> word);
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "''") + "'";
    }

    private static Node number(Random random, int depth) {
        switch (depth == 0 ? random.nextInt(3) : random.nextInt(5)) {
            case 0 -> {
                return name(random);
            }
            case 1 -> {
                long value = random.nextInt(5);
                return new Written(Long.toString(value), properties -> value);
            }
            case 2 -> {
                double value = random.nextInt(5) / 2.0;
                return new Written(new BigDecimal(value).toPlainString() + "D", properties -> value);
            }
            default -> {
                var left = number(random, depth - 1);
                var right = number(random, depth - 1);
                char sign = "+-*/".charAt(random.nextInt(4));
                return new Written(
                        "(" + left.text() + " " + sign + " " + right.text() + ")",
                        properties -> calculated(sign, left.value(properties), right.value(properties)));
            }
        }
    }

    private static @Nullable Object calculated(char sign, @Nullable Object left, @Nullable Object right) {
        if (!(left instanceof Number l) || !(right instanceof Number r)) {
            return null;
        }
        if (l instanceof Long x && r instanceof Long y) {
            return switch (sign) {
                case '+' -> x + y;
                case '-' -> x - y;
                case '*' -> x * y;
                default -> y == 0 ? null : (Object) (x / y);
            };
        }
        double x = l.doubleValue();
        double y = r.doubleValue();
        return switch (sign) {
            case '+' -> x + y;
            case '-' -> x - y;
            case '*' -> x * y;
            default -> x / y;
        };
    }
}
