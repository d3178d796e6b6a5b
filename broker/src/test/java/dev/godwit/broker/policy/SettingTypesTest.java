package dev.godwit.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingTypesTest {
    private enum Mode {
        STRICT,
        BY_TURNS
    }

    @Test
    void readsWhatItWrites() throws Exception {
        var numbers = SettingTypes.wholeNumbers(3, 1, 9);
        assertThat(numbers.parse("1 2,  9")).containsExactly(1L, 2L, 9L);
        assertThat(numbers.write(List.of(1L, 2L, 9L))).isEqualTo("1 2 9");
        assertThat(numbers.expects()).isEqualTo("3 whole numbers from 1 to 9, with spaces between");
        for (var wrong : List.of("1 2", "1 2 3 4", "1 2 0", "1 2 x", "")) {
            assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> numbers.parse(wrong));
        }
        var names = SettingTypes.names(2, 5, Pattern.compile("x.*"), "not what begins with x");
        assertThat(names.parse(" ")).isEmpty();
        assertThat(names.parse("b, a b")).containsExactly("b", "a b");
        assertThat(names.write(List.of("b", "a b"))).isEqualTo("b, a b");
        assertThat(names.expects())
                .isEqualTo(
                        "at most 2 different names with commas between, of 1 to 5 characters, not what begins with x");
        for (var wrong : List.of("a,b,c", "a,,b", "a,a", "xa", "abcdef", "a\tb")) {
            assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> names.parse(wrong));
        }
        var decimal = SettingTypes.decimal(0, 1);
        assertThat(decimal.parse("0.25")).isEqualTo(0.25);
        assertThat(decimal.write(0.25)).isEqualTo("0.25");
        assertThat(decimal.write(1.0)).isEqualTo("1");
        assertThat(decimal.parse(decimal.write(0.0005))).isEqualTo(0.0005);
        var mode = SettingTypes.oneOf(Mode.class);
        assertThat(mode.parse("by-turns")).isEqualTo(Mode.BY_TURNS);
        assertThat(mode.write(Mode.BY_TURNS)).isEqualTo("by-turns");
        assertThat(mode.expects()).isEqualTo("one of strict, by-turns");
        var time = SettingTypes.duration(0, 3_600_000, "none");
        assertThat(time.parse("90 s")).isEqualTo(90_000);
        assertThat(time.write(90_000L)).isEqualTo("90 s");
        assertThat(time.parse("0")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1.1", "-0.1", "1e-1", "0x1", "NaN", ".5"})
    void refusesWhatIsNoNumberInRange(String text) {
        assertThatExceptionOfType(InvalidSettingException.class)
                .isThrownBy(() -> SettingTypes.decimal(0, 1).parse(text))
                .withMessage("must be a number from 0 to 1, not \"" + text + "\"");
    }

    @ParameterizedTest
    @CsvSource({"5 parsec", "-1 s", "999999999999999999 h", "2 h"})
    void refusesWhatIsNoTimeInRange(String text) {
        assertThatExceptionOfType(InvalidSettingException.class)
                .isThrownBy(() -> SettingTypes.duration(1, TimeUnit.HOURS.toMillis(1), null)
                        .parse(text))
                .withMessageContaining("a time from 1 ms to 1 h");
    }
}
