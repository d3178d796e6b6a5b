package dev.godwit.broker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {
    private static final long SECOND = 1_000_000_000L;

    /** Far from 0, where such clocks may begin. */
    private static final long BEGIN = Long.parseLong("9223372033854775807");

    private final ManualEventLoop clock = new ManualEventLoop();

    @Test
    void lendsABurstAndThenOneAfterTheOther() {
        var rate = new Rate(new RateTerms(100, 0, 1_000), BEGIN);
        for (int i = 0; i < 100; i++) {
            assertThat(rate.charge(1, 1_000_000, BEGIN)).isLessThanOrEqualTo(0);
        }
        assertThat(rate.charge(1, 1_000_000, BEGIN)).isEqualTo(SECOND / 100);
        assertThat(rate.charge(1, 1_000_000, BEGIN)).isEqualTo(2 * SECOND / 100);
        assertThat(rate.charge(0, 0, BEGIN + SECOND / 100)).isEqualTo(SECOND / 100);
        assertThat(rate.charge(0, 0, BEGIN + 2 * SECOND / 100)).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 7, 1_000, 333_333, 1_000_000_000})
    void letsThroughWhatItSaysOverTime(long perSecond) {
        var random = new Random(perSecond);
        var rate = new Rate(new RateTerms(perSecond, 0, 1), BEGIN);
        long now = BEGIN;
        long came = 0;
        while (now - BEGIN < 100 * SECOND) {
            long some = 1L + random.nextInt((int) Math.max(1, perSecond / 10));
            came += some;
            now += Math.max(0, rate.charge(some, 0, now));
        }
        double seconds = (now - BEGIN) / (double) SECOND;
        assertThat(came / seconds).isBetween(perSecond * 0.99, perSecond * 1.011);
    }

    @Test
    void waitsForBothMessagesAndBytes() {
        var rate = new Rate(new RateTerms(1_000, 1_000_000, 10), BEGIN);
        assertThat(rate.charge(1, 100_000, BEGIN)).as("bytes").isEqualTo(90_000_000);
        assertThat(rate.charge(200, 0, BEGIN)).as("messages").isEqualTo(201_000_000 - 10_000_000);
        assertThat(rate.charge(0, 1L << 40, BEGIN)).as("no overflow").isBetween(1_000_000 * SECOND, 2_000_000 * SECOND);
    }

    @Test
    void savesNoMoreThanABurst() {
        var rate = new Rate(new RateTerms(10, 0, 500), BEGIN);
        long later = BEGIN + 1_000 * SECOND;
        assertThat(rate.charge(5, 0, later)).isZero();
        assertThat(rate.charge(1, 0, later)).isPositive();
    }

    @Test
    void isDividedAmongThoseWhoShareIt() {
        var rate = new Rate(new RateTerms(1_000, 0, 1_000), BEGIN);
        rate.join();
        assertThat(rate.messagesShare()).isEqualTo(100);
        assertThat(rate.bytesShare()).isEqualTo(Long.MAX_VALUE);
        for (int i = 0; i < 999; i++) {
            rate.join();
        }
        assertThat(rate.messagesShare()).as("each may have one under way").isEqualTo(1);
    }

    @Test
    void isThatOfTheAddressForAllWhoAsk() {
        var policies = new AddressPolicies(
                AddressSettings.NONE,
                List.of(new AddressPolicy("slow.*", AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, 5L))));
        var rates = new Rates(policies, clock);
        assertThat(rates.ofAddress("fast", true)).isNull();
        var slow = Objects.requireNonNull(rates.ofAddress("slow.a", true));
        assertThat(rates.ofAddress("slow.a", true)).isSameAs(slow);
        assertThat(rates.ofAddress("slow.b", true)).as("each its own").isNotSameAs(slow);
        slow.charge(100, 0, clock.nanoTime());
        slow.leave();
        slow.leave();
        assertThat(rates.ofAddress("slow.a", true))
                .as("who leaves and comes again still owes")
                .isSameAs(slow);

        int generation = rates.generation();
        policies.storeOwn("fast", AddressSettings.NONE.with(AddressSetting.MAX_MESSAGES, 1L));
        assertThat(rates.generation()).as("nothing for producers").isEqualTo(generation);
        policies.storeOwn(
                "fast",
                AddressSettings.NONE
                        .with(AddressSetting.MAX_RATE_BYTES, 5_000L)
                        .with(AddressSetting.MAX_MESSAGE_SIZE, 10L));
        assertThat(rates.generation()).isNotEqualTo(generation);
        assertThat(Objects.requireNonNull(rates.ofAddress("fast", true)).terms())
                .isEqualTo(new RateTerms(0, 5_000, 1_000));
        assertThat(rates.messageBytesMax("fast")).isEqualTo(10);
        assertThat(rates.messageBytesMax("slow.a")).isZero();

        policies.storeOwn("fast", AddressSettings.NONE);
        assertThat(rates.ofAddress("fast", true)).isNull();
        policies.store(
                List.of(new AddressPolicy("slow.a", AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, 6L))));
        assertThat(rates.ofAddress("slow.a", true)).isNotSameAs(slow);
    }

    @Test
    void forgetsAddressesThatNobodyUses() {
        var policies = new AddressPolicies(
                AddressSettings.NONE,
                List.of(new AddressPolicy("*", AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, 5L))));
        var rates = new Rates(policies, clock);
        var kept = Objects.requireNonNull(rates.ofAddress("kept", true));
        var owing = Objects.requireNonNull(rates.ofAddress("owing", false));
        owing.charge(1_000_000, 0, clock.nanoTime());
        var idle = Objects.requireNonNull(rates.ofAddress("idle", false));
        for (int i = 0; i < 10_010; i++) {
            rates.ofAddress("a" + i, false);
        }
        assertThat(rates.ofAddress("kept", false)).isSameAs(kept);
        assertThat(rates.ofAddress("owing", false)).isSameAs(owing);
        assertThat(rates.ofAddress("idle", false)).isNotSameAs(idle);
    }
}
