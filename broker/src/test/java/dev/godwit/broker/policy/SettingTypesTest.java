package dev.godwit.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.TimeUnit;
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
        var decimal = SettingTypes.decimal(0, 1);
        assertThat(decimal.parse("0.25")).isEqualTo(0.25);
        assertThat(decimal.write(0.25)).isEqualTo("0.25");
        assertThat(decimal.write(1.0)).isEqualTo("1");
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
