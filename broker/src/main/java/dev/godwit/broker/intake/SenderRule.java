package dev.godwit.broker.intake;

import dev.godwit.broker.policy.AddressPattern;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What some of those who connect may do at most. Immutable.
 *
 * @param tenant what they are called, who may do so much all together; null when each user may do so much by himself
 * @param hostnames hosts for which it holds, as they ask for them in their open, whether upper or lower case
 * @param users names of users for whom it holds, too; {@code *} stands for any characters
 * @param groups groups for whose members it holds, too
 * @param connectionsMax how many connections they may have; 0 for any number
 * @param rate how fast they may send, on all their connections together; null for as fast as they can
 * @param holdings what the queues of a tenant may hold; null for as much as others
 */
public record SenderRule(
        @Nullable String tenant,
        List<String> hostnames,
        List<String> users,
        List<String> groups,
        int connectionsMax,
        @Nullable RateTerms rate,
        @Nullable TenantHoldings holdings) {
    public SenderRule {
        hostnames = List.copyOf(hostnames);
        users = List.copyOf(users);
        groups = List.copyOf(groups);
    }

    /** For each user by himself. */
    public static SenderRule ofUsers(
            List<String> users, List<String> groups, int connectionsMax, @Nullable RateTerms rate) {
        return new SenderRule(null, List.of(), users, groups, connectionsMax, rate, null);
    }

    boolean concerns(@Nullable String hostname, String user, Set<String> memberOf) {
        return (hostname != null && hostnames.stream().anyMatch(hostname::equalsIgnoreCase))
                || groups.stream().anyMatch(memberOf::contains)
                || users.stream().anyMatch(each -> new AddressPattern(each).matches(user));
    }
}
