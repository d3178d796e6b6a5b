package dev.godwit.broker.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AddressPoliciesTest {
    private static final AddressSettings BASE = settings(10, "DLQ");

    private static AddressSettings attempts(long max) {
        return AddressSettings.NONE.with(AddressSetting.DELIVERY_ATTEMPTS_MAX, max);
    }

    private static AddressSettings deadLetters(String address) {
        return AddressSettings.NONE.with(AddressSetting.DEAD_LETTER_ADDRESS, address);
    }

    private static AddressSettings settings(long attemptsMax, String deadLetterAddress) {
        return attempts(attemptsMax).over(deadLetters(deadLetterAddress));
    }

    @Test
    void leavesTheBaseWhereNothingMatches() {
        var policies = new AddressPolicies(BASE, List.of(new AddressPolicy("a*", attempts(1))));

        assertThat(policies.of("b")).isEqualTo(BASE);
    }

    @Test
    void inheritsEachSettingFromTheMostSpecificThatHasIt() {
        var policies = new AddressPolicies(
                BASE,
                List.of(
                        new AddressPolicy("orders.eu.*", attempts(1)),
                        new AddressPolicy("orders.*", settings(2, "failed")),
                        new AddressPolicy("*", settings(3, "all"))));

        assertThat(policies.of("orders.eu.x")).isEqualTo(settings(1, "failed"));
        assertThat(policies.of("orders.us.x")).isEqualTo(settings(2, "failed"));
        assertThat(policies.of("bills")).isEqualTo(settings(3, "all"));
    }

    @Test
    void takesANameBeforeALongerPattern() {
        var policies = new AddressPolicies(
                BASE, List.of(new AddressPolicy("orders", attempts(1)), new AddressPolicy("orders*", attempts(2))));

        assertThat(policies.of("orders").get(AddressSetting.DELIVERY_ATTEMPTS_MAX))
                .isEqualTo(1);
        assertThat(policies.of("orders2").get(AddressSetting.DELIVERY_ATTEMPTS_MAX))
                .isEqualTo(2);
    }

    @Test
    void takesAStoredOneBeforeAConfiguredOneOfTheSameRank() {
        var policies = new AddressPolicies(BASE, List.of(new AddressPolicy("a*", settings(1, "configured"))));

        policies.store(List.of(new AddressPolicy("a*", attempts(2))));
        assertThat(policies.of("ab")).isEqualTo(settings(2, "configured"));

        policies.store(List.of());
        assertThat(policies.of("ab")).isEqualTo(settings(1, "configured"));
    }

    @Test
    void writesSettingsAsADefinitionKeepsThem() {
        var own = settings(3, "failed");

        assertThat(AddressSettings.of(own.texts())).isEqualTo(own);
        assertThat(attempts(1).over(Map.of("kind", "x", "dead-letter-address", "old")))
                .isEqualTo(Map.of("kind", "x", "delivery-attempts-max", "1"));
        assertThat(AddressSettings.of(Map.of("delivery-attempts-max", "-1", "of-tomorrow", "1")))
                .as("what is not known is left out")
                .isEqualTo(AddressSettings.NONE);
    }
}
