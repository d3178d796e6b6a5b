package dev.godwit.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Jakarta Messaging §3.8.1.2. */
class LikePatternTest {
    @Test
    void knowsItsTwoSignsAndTheEscapeFromThem() throws Exception {
        assertThat(matches("12%3", "123")).isTrue();
        assertThat(matches("12%3", "12993")).isTrue();
        assertThat(matches("12%3", "1234")).isFalse();
        assertThat(matches("l_se", "lose")).isTrue();
        assertThat(matches("l_se", "loose")).isFalse();
        assertThat(LikePattern.of("\\_%", "\\").matches("_foo")).isTrue();
        assertThat(LikePattern.of("\\_%", "\\").matches("bar")).isFalse();
        assertThat(LikePattern.of("!%!!%", "!").matches("%!x")).isTrue();
        assertThat(matches("", "")).isTrue();
        assertThat(matches("", "a")).isFalse();
        assertThat(matches("%%%", "")).isTrue();
        assertThat(matches("a%a", "a")).isFalse();
        assertThat(matches("%a%b%", "xaxbx")).isTrue();
        assertThat(matches("%b%a%", "xaxbx")).isFalse();
        assertThat(matches("a%\n%b", "a\n\nb")).isTrue();
    }

    @Test
    void agreesWithTheNaiveMatcherOnRandomPatterns() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            var pattern = text(random, random.nextInt(random.nextInt(20) == 0 ? 150 : 9), "aab_%ü");
            var text = text(random, random.nextInt(random.nextInt(20) == 0 ? 300 : 12), "aabü");
            assertThat(matches(pattern, text))
                    .as("'%s' LIKE '%s', seed %d", text, pattern, seed)
                    .isEqualTo(naive(pattern, text));
        }
    }

    @Test
    void takesTimeThatGrowsWithTheTextOnly() throws Exception {
        var bomb = LikePattern.of("%" + "a%".repeat(200) + "a_".repeat(300) + "b%c", "");
        var text = "a".repeat(1_000_000);
        // A matcher that goes back at each sign would not end within the age of the universe.
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertThat(bomb.matches(text + "c"))
                .isFalse());
    }

    @Test
    void refusesPatternsThatAreTooLong() {
        assertThatThrownBy(() -> LikePattern.of("a".repeat(1_025), "")).hasMessageContaining("at most 1024 characters");
    }

    private static boolean matches(String pattern, String text) throws InvalidFilterException {
        return LikePattern.of(pattern, "").matches(text);
    }

    private static String text(Random random, int length, String alphabet) {
        return random.ints(length, 0, alphabet.length())
                .collect(StringBuilder::new, (all, c) -> all.append(alphabet.charAt(c)), StringBuilder::append)
                .toString();
    }

    /** A table of what the first characters of each may be, as a textbook has it. */
    private static boolean naive(String pattern, String text) {
        var before = new boolean[text.length() + 1];
        before[0] = true;
        for (int p = 0; p < pattern.length(); p++) {
            char c = pattern.charAt(p);
            var now = new boolean[text.length() + 1];
            for (int t = 0; t <= text.length(); t++) {
                if (c == '%') {
                    now[t] = before[t] || (t > 0 && now[t - 1]);
                } else {
                    now[t] = t > 0 && before[t - 1] && (c == '_' || c == text.charAt(t - 1));
                }
            }
            before = now;
        }
        return before[text.length()];
    }
}
