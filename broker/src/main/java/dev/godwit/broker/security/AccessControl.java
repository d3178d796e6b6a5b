package dev.godwit.broker.security;

import java.util.List;
import java.util.Set;

/**
 * Who may do what, as configured: of the rules that concern a user, an action and an address, the first one decides; what
 * none of them mentions is refused. Without any rule everybody who was let in may do everything. Immutable; any thread.
 */
public final class AccessControl {
    /** Everybody may do everything. */
    public static final AccessControl OPEN = new AccessControl(List.of());

    private final List<AccessRule> rules;

    /** @param rules the first that matches decides */
    public AccessControl(List<AccessRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** What one user may do, for as long as its connection lives. */
    public Permissions of(String user, Set<String> groups) {
        if (rules.isEmpty()) {
            return Permissions.ALL;
        }
        return new RulePermissions(
                rules.stream().filter(rule -> rule.concerns(user, groups)).toList());
    }

    /** What a user may do in whatever groups it is: what hangs on that is refused. */
    public Permissions ofUngrouped(String user) {
        if (rules.isEmpty()) {
            return Permissions.ALL;
        }
        return new RulePermissions(rules.stream()
                .filter(rule -> rule.concerns(user, Set.of())
                        || (!rule.allows() && !rule.groups().isEmpty()))
                .toList());
    }
}
