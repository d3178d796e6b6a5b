package dev.godwit.broker.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AccessControlTest {
    private static final Set<Action> ALL = EnumSet.allOf(Action.class);

    private static AccessRule allow(String user, String addresses, Set<Action> actions) {
        return new AccessRule(List.of(user), List.of(), List.of(addresses), actions, true);
    }

    private static AccessRule deny(String user, String addresses) {
        return new AccessRule(List.of(user), List.of(), List.of(addresses), ALL, false);
    }

    @Test
    void withoutRulesEverybodyMayDoEverything() {
        var permissions = AccessControl.OPEN.of("ann", Set.of());
        assertThat(ALL).allMatch(action -> permissions.may(action, "orders"));
    }

    @Test
    void refusesWhatNoRuleMentions() {
        var control = new AccessControl(List.of(allow("ann", "orders.*", Set.of(Action.SEND))));
        assertThat(control.of("ann", Set.of()).may(Action.SEND, "orders.new")).isTrue();
        assertThat(control.of("ann", Set.of()).may(Action.RECEIVE, "orders.new"))
                .isFalse();
        assertThat(control.of("ann", Set.of()).may(Action.SEND, "invoices")).isFalse();
        assertThat(control.of("ann", Set.of()).may(Action.SEND, "my.orders.new"))
                .isFalse();
        assertThat(control.of("bob", Set.of()).may(Action.SEND, "orders.new")).isFalse();
    }

    @Test
    void theFirstRuleThatFitsDecides() {
        var control = new AccessControl(List.of(deny("ann", "secret.*"), allow("*", "*", ALL)));
        assertThat(control.of("ann", Set.of()).may(Action.SEND, "secret.plan")).isFalse();
        assertThat(control.of("bob", Set.of()).may(Action.SEND, "secret.plan")).isTrue();
        var reversed = new AccessControl(List.of(allow("*", "*", ALL), deny("ann", "secret.*")));
        assertThat(reversed.of("ann", Set.of()).may(Action.SEND, "secret.plan")).isTrue();
    }

    @Test
    void rulesForAGroupHoldForItsMembersOnly() {
        var control = new AccessControl(
                List.of(new AccessRule(List.of(), List.of("ops"), List.of("*"), Set.of(Action.MANAGE), true)));
        assertThat(control.of("ann", Set.of("ops", "dev")).may(Action.MANAGE, "orders"))
                .isTrue();
        assertThat(control.of("ops", Set.of("dev")).may(Action.MANAGE, "orders"))
                .isFalse();
    }

    @Test
    void refusesWhatHangsOnGroupsThatAreNotKnown() {
        var control = new AccessControl(List.of(
                new AccessRule(List.of(), List.of("ops"), List.of("ops.*"), ALL, true),
                new AccessRule(List.of(), List.of("guests"), List.of("secret.*"), ALL, false),
                allow("ann", "*.news", ALL)));
        var permissions = control.ofUngrouped("ann");
        assertThat(permissions.may(Action.RECEIVE, "daily.news")).isTrue();
        assertThat(permissions.may(Action.RECEIVE, "ops.news")).isTrue();
        assertThat(permissions.may(Action.RECEIVE, "ops.alarms")).isFalse();
        assertThat(permissions.may(Action.RECEIVE, "secret.news")).isFalse();
        assertThat(AccessControl.OPEN.ofUngrouped("ann").may(Action.RECEIVE, "secret.news"))
                .isTrue();
    }

    @Test
    void takesAllButTheStarLiterally() {
        var control = new AccessControl(List.of(allow("ann", "a.b(c)*", Set.of(Action.SEND))));
        var permissions = control.of("ann", Set.of());
        assertThat(permissions.may(Action.SEND, "a.b(c)")).isTrue();
        assertThat(permissions.may(Action.SEND, "a.b(c)\nd")).isTrue();
        assertThat(permissions.may(Action.SEND, "aXb(c)")).isFalse();
    }
}
