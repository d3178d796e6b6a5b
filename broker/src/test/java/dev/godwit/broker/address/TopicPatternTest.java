package dev.godwit.broker.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicPatternTest {
    private static final int CASES = 20_000;

    @ParameterizedTest
    @CsvSource({
        "a.*,a.b,true",
        "a.*,a,false",
        "a.*,a.b.c,false",
        "*.b,a.b,true",
        "#,a,true",
        "#,a.b.c,true",
        "a.#,a,true",
        "a.#,a.b.c,true",
        "a.#,b,false",
        "#.c,a.b.c,true",
        "#.c,c,true",
        "a.#.c,a.c,true",
        "a.#.c,a.b.b.c,true",
        "a.#.*,a,false",
        "a.#.*,a.b,true",
        "a*,a*,true",
        "a*,ab,false",
    })
    void matchesWordsBetweenDots(String pattern, String topic, boolean matches) {
        assertThat(new TopicPattern(pattern).matches(topic)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({"a.*,true", "#,true", "*.a,true", "a.b,false", "a*,false", "a.b#,false"})
    void isAPatternByAWordThatStandsForOthers(String text, boolean pattern) {
        assertThat(TopicPattern.isPattern(text)).isEqualTo(pattern);
    }

    @Test
    void agreesWithARegularExpression() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int n = 0; n < CASES; n++) {
            var pattern = words(random, "a", "b", "*", "#");
            var topic = words(random, "a", "b", "c");
            assertThat(new TopicPattern(pattern).matches(topic))
                    .as("%s of %s (seed %d)", topic, pattern, seed)
                    .isEqualTo(regex(pattern).matcher("." + topic).matches());
        }
    }

    @Test
    void takesNoLongerForManyWordsThatStandForAny() {
        var pattern = IntStream.range(0, 500).mapToObj(n -> "#.a").collect(Collectors.joining("."));
        var topic = Stream.generate(() -> "a").limit(499).collect(Collectors.joining("."));
        assertThat(new TopicPattern(pattern).matches(topic)).isFalse();
    }

    private static String words(Random random, String... choices) {
        return IntStream.rangeClosed(0, random.nextInt(5))
                .mapToObj(n -> choices[random.nextInt(choices.length)])
                .collect(Collectors.joining("."));
    }

    private static Pattern regex(String pattern) {
        return Pattern.compile(Stream.of(pattern.split("\\."))
                .map(word -> switch (word) {
                    case "*" -> "\\.[^.]+";
                    case "#" -> "(\\.[^.]+)*";
                    default -> "\\." + Pattern.quote(word);
                })
                .collect(Collectors.joining()));
    }
}
