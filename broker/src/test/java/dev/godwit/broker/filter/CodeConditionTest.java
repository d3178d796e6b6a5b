package dev.godwit.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.UnsignedInteger;
import dev.godwit.amqp.type.UnsignedLong;
import dev.godwit.broker.message.Message;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What codes say of messages, and what filters ask of codes. */
class CodeConditionTest {
    private static final Message ABSENT = SampleMessage.with("other", 1).message();

    private final CodeBlock block = new CodeBlock(2);

    private static IndexedProperties properties(String... names) {
        try {
            return IndexedProperties.of(List.of(names));
        } catch (InvalidFilterException wrong) {
            throw new AssertionError(wrong);
        }
    }

    private static Selector selector(String text) {
        try {
            return Selector.parse(text);
        } catch (InvalidFilterException wrong) {
            throw new AssertionError(wrong);
        }
    }

    /** The places of the messages that the selector would have to look at. */
    private List<Integer> candidates(String text, Message... messages) {
        var indexed = properties("a", "b");
        for (int place = 0; place < messages.length; place++) {
            indexed.read(messages[place], block, place);
        }
        return candidates(selector(text).codes(indexed), messages.length);
    }

    private List<Integer> candidates(@Nullable CodeCondition condition, int count) {
        if (condition == null) {
            throw new AssertionError("codes tell nothing");
        }
        var found = new ArrayList<Integer>();
        for (int place = condition.next(block, 0, count);
                place < count;
                place = condition.next(block, place + 1, count)) {
            found.add(place);
        }
        return found;
    }

    private static Message a(Object value) {
        return SampleMessage.with("a", value).message();
    }

    @Test
    void equalityLeavesThoseWithTheValue() {
        assertThat(candidates("a = 'x'", a("x"), a("y"), ABSENT, a(1), a(Symbol.of("x"))))
                .containsExactly(0, 4);
        assertThat(candidates("'x' = a", a("x"), a("y"))).containsExactly(0);
    }

    @Test
    void numbersOfAllTypesAreTheSameWhenTheirValuesAre() {
        assertThat(candidates(
                        "a = 5",
                        a(5),
                        a(5L),
                        a(5.0),
                        a(5.0f),
                        a(UnsignedInteger.of(5)),
                        a(new UnsignedLong(5)),
                        a((short) 5),
                        a("5"),
                        a(6),
                        a(5.5)))
                .containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(candidates("a = 0", a(0.0), a(-0.0), a(false))).containsExactly(0, 1);
    }

    @Test
    void membershipLeavesThoseWithOneOfTheValues() {
        assertThat(candidates("a IN ('x', 'y', 3)", a("x"), a("z"), a(3), a(3.0), a("3"), ABSENT))
                .containsExactly(0, 2, 3);
        assertThat(candidates(
                        "a IN ('a', 'b', 'c', 'd', 'e', 'f', 'g')", a("g"), a("h"), a("a"), a("i"), a("d"), ABSENT))
                .containsExactly(0, 2, 4);
    }

    @Test
    void rangesLeaveNumbersWithin() {
        assertThat(candidates("a BETWEEN 10 AND 20", a(9), a(10), a(15.5), a(20L), a(21), a("15"), ABSENT))
                .containsExactly(1, 2, 3);
        assertThat(candidates("a < -1", a(-2), a(-0.5), a(-1_000_000L), a(Double.NEGATIVE_INFINITY), a(3), ABSENT))
                .containsExactly(0, 2, 3);
        assertThat(candidates("-1 < a AND a <= 2.5", a(-2), a(0), a(2.5f), a(2.6), a(Double.NaN)))
                .containsExactly(1, 2);
    }

    @Test
    void anOrderOfStringsIsNone() {
        assertThat(candidates("a > 5", a("x"), a(true), ABSENT)).isEmpty();
    }

    @Test
    void conjunctionsNarrowAndDisjunctionsWiden() {
        var both = SampleMessage.with("a", "x").and("b", 7).message();
        var one = SampleMessage.with("a", "x").and("b", 8).message();
        var other = SampleMessage.with("a", "y").and("b", 7).message();
        assertThat(candidates("a = 'x' AND b = 7", both, one, other)).containsExactly(0);
        assertThat(candidates("a = 'x' AND b = 7 AND c LIKE 'q%'", both, one, other))
                .containsExactly(0);
        assertThat(candidates("a = 'y' OR b = 8", both, one, other)).containsExactly(1, 2);
        assertThat(candidates("(a = 'y' OR b = 8) AND a = 'x'", both, one, other))
                .containsExactly(1);
    }

    /** Whoever names thousands of alternatives keeps the queue no longer than with one. */
    @Test
    void alternativesOfOneValueAreOneQuestionAndTooManyOthersNone() {
        var values = IntStream.range(0, 1_000).mapToObj(i -> "a = " + i);
        var one = SampleMessage.with("a", 999).message();
        var other = SampleMessage.with("a", 1_000).message();
        String chain = values.collect(Collectors.joining(" OR "));
        assertThat(candidates(chain, one, other)).containsExactly(0);
        assertThat(Objects.requireNonNull(selector(chain).codes(properties("a")))
                        .getClass())
                .isEqualTo(Objects.requireNonNull(selector("a = 1").codes(properties("a")))
                        .getClass());

        var ranges = IntStream.range(0, 17).mapToObj(i -> "a BETWEEN " + 10 * i + " AND " + (10 * i + 5));
        assertThat(selector(ranges.collect(Collectors.joining(" OR "))).codes(properties("a")))
                .isNull();
    }

    @Test
    void truthItselfIsAValue() {
        assertThat(candidates("a", a(true), a(false), a("true"), ABSENT)).containsExactly(0);
        assertThat(candidates("a = FALSE", a(true), a(false), ABSENT)).containsExactly(1);
        assertThat(candidates("a IS NULL", a(true), ABSENT)).containsExactly(1);
    }

    /** An annotation of that name would count, and consumers may add one. */
    @Test
    void aQuotedNameIsThePropertyWhereThereIsOne() {
        assertThat(candidates("\"a\" = 'x'", a("x"), a("y"), ABSENT)).containsExactly(0, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a <> 'x'",
                "NOT a = 'x'",
                "a LIKE 'x%'",
                "c = 'x'",
                "a = 'x' OR c = 1",
                "a = b",
                "a + 1 = 2",
                "\"a\" > 5",
                "a NOT IN ('x')",
                "a IS NOT NULL"
            })
    void conditionsOfWhichCodesTellNothingHaveNone(String text) {
        assertThat(selector(text).codes(properties("a", "b"))).isNull();
    }

    @Test
    void headersAreFoundByEachOfTheirNames() {
        var indexed = properties("JMSType", "JMSPriority");
        indexed.read(SampleMessage.with(p -> p.subject("x")).message(), block, 0);
        indexed.read(SampleMessage.with(p -> p.subject("y")).message(), block, 1);
        assertThat(candidates(selector("JMSType = 'x'").codes(indexed), 2)).containsExactly(0);
        assertThat(candidates(selector("amqp.subject = 'y'").codes(indexed), 2)).containsExactly(1);
        assertThat(candidates(selector("JMSPriority = 4 AND JMSType = 'x'").codes(indexed), 2))
                .containsExactly(0);
        assertThat(candidates(selector("JMSPriority > 4").codes(indexed), 2)).isEmpty();
    }

    @Test
    void filtersByFieldsAskCodesToo() throws InvalidFilterException {
        var indexed = properties("JMSType", "a");
        indexed.read(SampleMessage.with(p -> p.subject("x")).and("a", 3).message(), block, 0);
        indexed.read(SampleMessage.with(p -> p.subject("y")).and("a", 4).message(), block, 1);
        assertThat(candidates(
                        FieldsFilter.ofProperties(Map.of(Symbol.of("subject"), "y"))
                                .codes(indexed),
                        2))
                .containsExactly(1);
        assertThat(candidates(
                        FieldsFilter.ofApplicationProperties(Map.of("a", 3L)).codes(indexed), 2))
                .containsExactly(0);
        assertThat(FieldsFilter.ofApplicationProperties(Map.of("a", "&p:x")).codes(indexed))
                .isNull();
        var all =
                new AllFilters(List.of(FieldsFilter.ofApplicationProperties(Map.of("c", 1)), selector("a IN (3, 5)")));
        assertThat(candidates(all.codes(indexed), 2)).containsExactly(0);
    }

    @Test
    void whatIsNotKnownIsAlwaysACandidate() {
        block.forget(3);
        block.forget(900);
        for (var text : List.of("a = 'x'", "a IN ('x', 'y')", "b > 5", "a = 'x' AND b > 5", "a = 'x' OR b > 5")) {
            assertThat(candidates(selector(text).codes(properties("a", "b")), CodeBlock.LENGTH))
                    .as(text)
                    .containsExactly(3, 900);
        }
        assertThat(block.isUnknown(900)).isTrue();
        block.clear(900);
        assertThat(block.isUnknown(900)).isFalse();
    }

    @Test
    void whatChangesWithDeliveriesIsNotIndexed() {
        for (var name : List.of("JMSRedelivered", "JMSXDeliveryCount", "amqp.delivery_count", "amqp.first_acquirer")) {
            assertThatThrownBy(() -> IndexedProperties.of(List.of(name)))
                    .isInstanceOf(InvalidFilterException.class)
                    .hasMessageContaining(name);
        }
    }

    @Test
    void largerNumbersNeverHaveALowerOrder() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            var left = number(random);
            var right = number(random);
            int order = Numbers.compare(left, right);
            if (order == 0) {
                assertThat(ValueCodes.hash(left))
                        .as("seed %d: %s and %s", seed, left, right)
                        .isEqualTo(ValueCodes.hash(right));
            } else if (order != Numbers.UNORDERED) {
                assertThat(Integer.signum(Integer.compare(ValueCodes.order(left), ValueCodes.order(right))) * order)
                        .as("seed %d: %s and %s", seed, left, right)
                        .isNotNegative();
            }
        }
    }

    /** They are on disks: see docs/journal-format.md. */
    @Test
    void codesStayAsTheyAre() {
        assertThat(ValueCodes.hash(null)).isZero();
        assertThat(ValueCodes.hash("x")).isEqualTo(163_803_048);
        assertThat(ValueCodes.hash("größe")).isEqualTo(1_585_248_617);
        assertThat(ValueCodes.hash(5L)).isEqualTo(-1_549_128_902);
        assertThat(ValueCodes.hash(-2.5)).isEqualTo(1_717_887_713);
        assertThat(ValueCodes.hash(true)).isEqualTo(435_418_473);
        assertThat(ValueCodes.hash(false)).isEqualTo(1_368_112_007);
        assertThat(ValueCodes.order("x")).isEqualTo(Integer.MIN_VALUE);
        assertThat(ValueCodes.order(5L)).isEqualTo(0x40A0_0000);
        assertThat(ValueCodes.order(-2.5)).isEqualTo(-1_075_838_976);
        assertThat(ValueCodes.order(0.1)).isEqualTo(0x3DCC_CCCD);
    }

    @Test
    void noComparisonLeavesOutANumberForWhichItHolds() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        int spared = 0;
        for (int i = 0; i < 200_000; i++) {
            var found = number(random);
            var wanted = random.nextInt(4) == 0 ? near(found, random) : number(random);
            block.put(0, 0, found);
            for (var operator : Comparison.Operator.values()) {
                var codes =
                        switch (operator) {
                            case LESS -> CodeCondition.below(0, wanted, false);
                            case LESS_OR_EQUAL -> CodeCondition.below(0, wanted, true);
                            case MORE -> CodeCondition.above(0, wanted, false);
                            case MORE_OR_EQUAL -> CodeCondition.above(0, wanted, true);
                            case EQUAL, UNEQUAL -> CodeCondition.oneOf(0, List.of(wanted));
                        };
                boolean holds =
                        operator != Comparison.Operator.UNEQUAL && operator.holds(Numbers.compare(found, wanted));
                boolean isCandidate = codes.next(block, 0, 1) == 0;
                assertThat(isCandidate || !holds)
                        .as("seed %d: %s %s %s", seed, found, operator.sign(), wanted)
                        .isTrue();
                spared += isCandidate ? 0 : 1;
            }
        }
        assertThat(spared).isGreaterThan(400_000);
    }

    private static Number near(Number number, Random random) {
        double near = number.doubleValue();
        return switch (random.nextInt(5)) {
            case 0 -> Math.nextUp(near);
            case 1 -> Math.nextDown(near);
            case 2 -> near;
            case 3 -> (double) (float) near;
            default ->
                Double.isFinite(near)
                        ? new BigDecimal(near)
                                .add(new BigDecimal("1e-30").multiply(BigDecimal.valueOf(random.nextInt(3) - 1)))
                        : (Number) 0L;
        };
    }

    private static Number number(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> random.nextLong();
            case 1 -> (long) random.nextInt(10) - 5;
            case 2 -> Double.longBitsToDouble(random.nextLong());
            case 3 -> (random.nextInt(10) - 5) / 2.0;
            case 4 -> new BigDecimal(random.nextLong()).movePointLeft(random.nextInt(20));
            case 5 -> new BigDecimal(random.nextInt(10) - 5);
            case 6 -> Long.MAX_VALUE - random.nextInt(3);
            default -> random.nextBoolean() ? -0.0 : 0.0;
        };
    }

    /** Whatever a filter wants, its codes let through. */
    @Test
    void neverLeavesOutWhatIsWanted() {
        long seed = Long.getLong("godwit.seed", new Random().nextLong());
        var random = new Random(seed);
        var indexed = properties("a", "b");
        int wanted = 0;
        int spared = 0;
        for (int round = 0; round < 3_000; round++) {
            var text = condition(random, 0);
            var selector = selector(text);
            var codes = selector.codes(indexed);
            for (int i = 0; i < 20; i++) {
                var message = message(random);
                int place = random.nextInt(CodeBlock.LENGTH);
                indexed.read(message, block, place);
                boolean isCandidate = codes == null || codes.next(block, place, place + 1) == place;
                boolean matches = selector.matches(message);
                assertThat(isCandidate || !matches)
                        .as("seed %d: %s", seed, text)
                        .isTrue();
                wanted += matches ? 1 : 0;
                spared += isCandidate ? 0 : 1;
            }
        }
        System.out.printf("codes against filters: seed %d, %d wanted, %d spared%n", seed, wanted, spared);
        assertThat(wanted).isGreaterThan(3_000);
        assertThat(spared).isGreaterThan(10_000);
    }

    private static Message message(Random random) {
        var sample = SampleMessage.with("c", random.nextInt(3));
        if (random.nextInt(5) > 0) {
            sample.and("a", value(random));
        }
        if (random.nextInt(5) > 0) {
            sample.and("b", value(random));
        }
        if (random.nextInt(5) == 0) {
            sample.annotated("a", "x");
        }
        return sample.message();
    }

    private static Object value(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> "x";
            case 1 -> "y";
            case 2 -> random.nextBoolean();
            case 3 -> random.nextInt(4) - 1;
            case 4 -> (random.nextInt(8) - 2) / 2.0;
            default -> (long) random.nextInt(4);
        };
    }

    private static String condition(Random random, int depth) {
        var name = List.of("a", "b", "c", "\"a\"").get(random.nextInt(4));
        var literal = List.of("'x'", "'y'", "1", "0.5", "TRUE", "-1").get(random.nextInt(6));
        var sign = List.of("=", "=", "<>", "<", "<=", ">", ">=").get(random.nextInt(7));
        boolean order = !sign.equals("=") && !sign.equals("<>");
        if (order && !"10.5-1".contains(literal)) {
            literal = "1";
        }
        return switch (random.nextInt(depth > 2 ? 5 : 8)) {
            case 0 -> name + " " + sign + " " + literal;
            case 1 -> literal + " " + sign + " " + name;
            case 2 -> name + " IN ('x', 2, -1.0)";
            case 3 -> name + (random.nextBoolean() ? " BETWEEN 0 AND 1" : " NOT BETWEEN 0 AND 1");
            case 4 -> name + (random.nextBoolean() ? " IS NULL" : " IS NOT NULL");
            case 5 -> "(" + condition(random, depth + 1) + " AND " + condition(random, depth + 1) + ")";
            case 6 -> "(" + condition(random, depth + 1) + " OR " + condition(random, depth + 1) + ")";
            default -> "NOT (" + condition(random, depth + 1) + ")";
        };
    }
}
