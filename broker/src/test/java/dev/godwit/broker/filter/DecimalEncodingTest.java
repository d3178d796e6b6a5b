package dev.godwit.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

/** Bits as IEEE 754-2008 §3.5.2 lays them out, written down by hand. */
class DecimalEncodingTest {
    @Test
    void readsSmallCoefficients() {
        assertThat(DecimalEncoding.DECIMAL32.value(0, 101L << 23 | 15)).isEqualTo(new BigDecimal("15"));
        assertThat(DecimalEncoding.DECIMAL32.value(0, 1L << 31 | 100L << 23 | 15))
                .isEqualTo(new BigDecimal("-1.5"));
        assertThat(DecimalEncoding.DECIMAL64.value(0, 397L << 53 | 15)).isEqualTo(new BigDecimal("1.5"));
        assertThat(DecimalEncoding.DECIMAL128.value(6_175L << 49, 15)).isEqualTo(new BigDecimal("1.5"));
    }

    @Test
    void readsLargeCoefficients() {
        // 8388608 = 0x800000 does not fit into 23 bits: 11 in front, three bits are implied.
        assertThat(DecimalEncoding.DECIMAL32.value(0, 3L << 29 | 101L << 21)).isEqualTo(new BigDecimal("8388608"));
        assertThat(DecimalEncoding.DECIMAL32.value(0, 3L << 29 | 101L << 21 | 0x1fffff))
                .as("more than seven digits is zero")
                .isEqualTo(BigDecimal.ZERO);
    }

    @Test
    void knowsWhatIsNoNumber() {
        assertThat(DecimalEncoding.DECIMAL32.value(0, 0x7800_0000L)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(DecimalEncoding.DECIMAL64.value(0, 0xF800_0000_0000_0000L)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(DecimalEncoding.DECIMAL32.value(0, 0x7C00_0000L)).isNull();
    }
}
