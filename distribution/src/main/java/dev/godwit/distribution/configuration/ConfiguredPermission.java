package dev.godwit.distribution.configuration;

import java.util.List;

/**
 * A rule about who may do what.
 *
 * @param users names, in which {@code *} stands for any characters
 * @param groups names of groups
 * @param addresses patterns, in which {@code *} stands for any characters
 * @param actions some of {@link #ACTIONS}, or {@link #ALL}
 * @param allows false for a rule that forbids
 */
public record ConfiguredPermission(
        List<String> users, List<String> groups, List<String> addresses, List<String> actions, boolean allows) {
    public static final String ALL = "all";
    public static final List<String> ACTIONS = List.of("send", "receive", "browse", "create", "delete", "manage");
}
