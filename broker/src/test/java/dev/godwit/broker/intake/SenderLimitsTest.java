package dev.godwit.broker.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.runtime.ManualEventLoop;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SenderLimitsTest {
    private final ManualEventLoop clock = new ManualEventLoop();

    private static SenderRule users(int connections, RateTerms rate, String... users) {
        return SenderRule.ofUsers(List.of(users), List.of("staff"), connections, rate);
    }

    private static SenderRule tenant(String name, int connections, RateTerms rate, String... hostnames) {
        return new SenderRule(name, List.of(hostnames), List.of(name + "-*"), List.of(), connections, rate, null);
    }

    private static final RateTerms SLOW = new RateTerms(10, 0, 1_000);

    @Test
    void eachUserHasConnectionsOfHisOwn() {
        var limits = new SenderLimits(List.of(users(2, SLOW, "a*"), users(1, SLOW, "*")), clock);
        var first = limits.enter(null, "anna", Set.of());
        assertThat(first.refusal()).isNull();
        assertThat(limits.enter(null, "anna", Set.of()).shares()).isEqualTo(first.shares());
        var refused = limits.enter(null, "anna", Set.of());
        assertThat(refused.shares()).isEmpty();
        assertThat(refused.refusal()).isEqualTo("user 'anna' has 2 connections, and may have no more; close one first");
        assertThat(limits.enter(null, "albert", Set.of()).refusal()).isNull();
        assertThat(limits.enter(null, "berta", Set.of()).refusal()).isNull();
        assertThat(limits.enter(null, "berta", Set.of()).refusal()).contains("1 connections");
        assertThat(limits.enter(null, "berta", Set.of("staff")).refusal())
                .as("of a group that another rule is for")
                .isNull();

        first.shares().get(0).leave();
        assertThat(limits.enter(null, "anna", Set.of()).refusal()).isNull();
    }

    @Test
    void aTenantHasThemAllTogether() {
        var limits = new SenderLimits(
                List.of(tenant("red", 2, SLOW, "red.example"), tenant("blue", 0, SLOW), users(0, SLOW, "red-1")),
                clock);
        var byHost = limits.enter("RED.example", "somebody", Set.of());
        var byName = limits.enter(null, "red-1", Set.of());
        assertThat(byHost.shares()).hasSize(1);
        assertThat(byName.shares())
                .as("its own share, and the tenant's")
                .hasSize(2)
                .containsAll(byHost.shares());
        assertThat(limits.enter("red.example", "third", Set.of()).refusal())
                .startsWith("tenant 'red' has 2 connections");
        assertThat(limits.enter("red.example", "red-1", Set.of()).refusal()).startsWith("tenant 'red'");
        byName.shares().forEach(SenderShare::leave);
        assertThat(limits.enter("red.example", "third", Set.of()).refusal())
                .as("who was refused has left nothing behind")
                .isNull();
        assertThat(limits.enter("other", "other", Set.of()).shares()).isEmpty();
        assertThat(limits.enter("other", "blue-7", Set.of()).shares()).doesNotContainAnyElementsOf(byHost.shares());
    }

    @Test
    void whoHasGoneStillOwes() {
        var limits = new SenderLimits(List.of(users(0, SLOW, "*")), clock);
        var share = limits.enter(null, "anna", Set.of()).shares().get(0);
        Objects.requireNonNull(share.rate()).charge(1_000, 0, clock.nanoTime());
        share.leave();
        for (int i = 0; i < 10_010; i++) {
            limits.enter(null, "user " + i, Set.of()).shares().forEach(SenderShare::leave);
        }
        assertThat(limits.enter(null, "anna", Set.of()).shares().get(0)).isSameAs(share);
        assertThat(Objects.requireNonNull(share.rate()).charge(0, 0, clock.nanoTime()))
                .isPositive();
    }
}
