package dev.godwit.broker.security;

import dev.godwit.broker.policy.AddressPattern;
import java.util.List;
import java.util.Set;

/** The rules that concern one user, in their order. Immutable. */
final class RulePermissions implements Permissions {
    private record Line(List<AddressPattern> addresses, Set<Action> actions, boolean allows) {
        boolean decides(Action action, String address) {
            return actions.contains(action) && addresses.stream().anyMatch(pattern -> pattern.matches(address));
        }
    }

    private final List<Line> lines;

    RulePermissions(List<AccessRule> rules) {
        lines = rules.stream()
                .map(rule -> new Line(
                        rule.addresses().stream().map(AddressPattern::new).toList(), rule.actions(), rule.allows()))
                .toList();
    }

    @Override
    public boolean may(Action action, String address) {
        for (var line : lines) {
            if (line.decides(action, address)) {
                return line.allows();
            }
        }
        return false;
    }
}
