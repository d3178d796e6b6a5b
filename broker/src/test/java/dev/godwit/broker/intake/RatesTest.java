package dev.godwit.broker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RatesTest {
    private final CountingClock clock = new CountingClock();
    private final Rates rates = new Rates(
            new AddressPolicies(AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, 10L), List.of()), clock);

    private Rate join(int address) {
        return Objects.requireNonNull(rates.ofAddress("q" + address, true));
    }

    @Test
    void areSharedByAllThatSendToAnAddress() {
        assertThat(join(1)).isSameAs(join(1)).isNotSameAs(join(2));
    }

    @Test
    void areNotLookedThroughForEachProducerWhenManyAreInUse() {
        for (int address = 0; address <= Rates.KEPT_MAX; address++) {
            join(address);
        }
        join(0);
        long looks = clock.asked;
        for (int address = 0; address < 100; address++) {
            join(address);
        }
        assertThat(clock.asked).isEqualTo(looks);
        assertThat(rates.kept()).isEqualTo(Rates.KEPT_MAX + 1);
    }

    @Test
    void areForgottenWhenNobodyUsesThem() {
        var joined = new ArrayList<Rate>();
        for (int address = 0; address < 2 * Rates.KEPT_MAX; address++) {
            joined.add(join(address));
        }
        joined.forEach(Rate::leave);
        for (int address = 0; address < 10 * Rates.KEPT_MAX; address++) {
            join(-1 - address).leave();
        }
        assertThat(rates.kept()).isLessThan(5 * Rates.KEPT_MAX);
    }

    private static final class CountingClock implements Clock {
        private long asked;

        @Override
        public long nowMillis() {
            return 0;
        }

        @Override
        public long nanoTime() {
            asked++;
            return 0;
        }
    }
}
