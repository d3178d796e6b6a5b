package dev.godwit.broker.security;

import dev.godwit.broker.policy.AddressPattern;
import java.util.List;
import java.util.Set;

/**
 * One line of what was configured about who may do what. Immutable.
 *
 * @param users names for which it holds; {@code *} stands for any characters, so for everybody
 * @param groups groups for whose members it holds, too
 * @param addresses patterns of addresses; {@code *} stands for any characters
 * @param actions what it decides about
 * @param allows false for a rule that forbids
 */
public record AccessRule(
        List<String> users, List<String> groups, List<String> addresses, Set<Action> actions, boolean allows) {
    public AccessRule {
        users = List.copyOf(users);
        groups = List.copyOf(groups);
        addresses = List.copyOf(addresses);
        actions = Set.copyOf(actions);
    }

    boolean concerns(String user, Set<String> memberOf) {
        return groups.stream().anyMatch(memberOf::contains)
                || users.stream().anyMatch(each -> new AddressPattern(each).matches(user));
    }
}
