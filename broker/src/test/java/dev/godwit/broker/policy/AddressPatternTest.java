package dev.godwit.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressPatternTest {
    @ParameterizedTest
    @CsvSource({
        "'', '', true",
        "'', a, false",
        "*, '', true",
        "*, anything, true",
        "a.*.eu, a..eu, true",
        "a.*.eu, a.b.eu.c.eu, true",
        "a.*.eu, a.eu, false",
        "a*, b, false",
        "*a*b*, xaxbx, true",
        "*a*b*, xbxax, false",
        "**, x, true",
        "a, ab, false",
        "ab, a, false",
    })
    void aStarStandsForAnyCharacters(String pattern, String name, boolean matches) {
        assertThat(new AddressPattern(pattern).matches(name)).isEqualTo(matches);
    }

    @Test
    void matchesWhatTheSameRegularExpressionMatches() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            var pattern = text(random, "ab*");
            var name = text(random, "ab");
            var regex = Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
            assertThat(new AddressPattern(pattern).matches(name))
                    .as("%s on %s (new Random(%dL))", pattern, name, seed)
                    .isEqualTo(name.matches(regex));
        }
    }

    private static String text(Random random, String letters) {
        return random.ints(random.nextInt(8), 0, letters.length())
                .mapToObj(index -> letters.substring(index, index + 1))
                .collect(Collectors.joining());
    }

    /** With a step back for every star this would outlast everybody. */
    @Test
    void isNotHeldUpByAnyName() {
        var pattern = new AddressPattern("a.*.*.*.*.eu");
        var name = "a" + ".".repeat(20_000);
        assertThat(assertTimeoutPreemptively(Duration.ofSeconds(10), () -> pattern.matches(name)))
                .isFalse();
    }
}
