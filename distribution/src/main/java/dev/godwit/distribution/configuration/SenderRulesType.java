package dev.godwit.distribution.configuration;

import dev.godwit.broker.intake.RateTerms;
import dev.godwit.broker.intake.SenderRule;
import dev.godwit.broker.intake.TenantHoldings;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What users may do at most, each by himself, or tenants: a list of rules, of which the first that fits decides. */
final class SenderRulesType implements ValueType<List<SenderRule>> {
    private static final String NAME = "name";
    private static final String HOSTNAMES = "hostnames";
    private static final String ADDRESSES = "addresses";
    private static final String HELD_MESSAGES = "messages";
    private static final String HELD_BYTES = "bytes";
    private static final String USERS = "users";
    private static final String GROUPS = "groups";
    private static final String CONNECTIONS = "connections";
    private static final String MESSAGES = "max-rate-messages";
    private static final String BYTES = "max-rate-bytes";
    private static final String BURST = "rate-burst";
    private static final int NAME_LENGTH_MAX = 255;
    private static final int ADDRESS_LENGTH_MAX = 1_024;
    private static final long HELD_MESSAGES_MAX = 1_000_000_000_000L;
    private static final ValueType<Long> HELD_SIZE = ValueTypes.size(1L << 10, 1L << 50, "no limit");
    private static final long CONNECTIONS_MAX = 1_000_000;
    private static final long MESSAGES_MAX = 1_000_000_000;
    private static final long BURST_MILLIS = 1_000;
    private static final ValueType<Long> SIZE = ValueTypes.size(1L << 10, 1L << 40, "no limit");
    private static final ValueType<Long> TIME = ValueTypes.duration(1, 3_600_000, null);

    private final boolean ofTenants;

    /** @param ofTenants whether each has a name, and is for all together whom it fits */
    SenderRulesType(boolean ofTenants) {
        this.ofTenants = ofTenants;
    }

    @Override
    public List<SenderRule> read(@Nullable Object raw) throws InvalidValueException {
        var rules = new ArrayList<SenderRule>();
        for (Object item : FieldMap.list(raw)) {
            var fields = ofTenants
                    ? new FieldMap(
                            item,
                            Set.of(NAME),
                            Set.of(
                                    HOSTNAMES,
                                    USERS,
                                    GROUPS,
                                    CONNECTIONS,
                                    MESSAGES,
                                    BYTES,
                                    BURST,
                                    ADDRESSES,
                                    HELD_MESSAGES,
                                    HELD_BYTES))
                    : new FieldMap(item, Set.of(), Set.of(USERS, GROUPS, CONNECTIONS, MESSAGES, BYTES, BURST));
            rules.add(rule(fields));
        }
        var names = rules.stream().map(SenderRule::tenant).toList();
        if (ofTenants && names.stream().distinct().count() != names.size()) {
            throw new InvalidValueException();
        }
        return List.copyOf(rules);
    }

    private static SenderRule rule(FieldMap fields) throws InvalidValueException {
        var hostnames = fields.texts(HOSTNAMES, NAME_LENGTH_MAX);
        var users = fields.texts(USERS, NAME_LENGTH_MAX);
        var groups = fields.texts(GROUPS, NAME_LENGTH_MAX);
        long connections = fields.has(CONNECTIONS) ? fields.number(CONNECTIONS, CONNECTIONS_MAX) : 0;
        long messages = fields.has(MESSAGES) ? fields.number(MESSAGES, MESSAGES_MAX) : 0;
        long bytes = fields.has(BYTES) ? SIZE.read(fields.raw(BYTES)) : 0;
        long burst = fields.has(BURST) ? TIME.read(fields.raw(BURST)) : BURST_MILLIS;
        var holdings = holdings(fields);
        if (hostnames.isEmpty() && users.isEmpty() && groups.isEmpty() && holdings == null) {
            throw new InvalidValueException();
        }
        return new SenderRule(
                fields.has(NAME) ? fields.text(NAME, NAME_LENGTH_MAX) : null,
                hostnames,
                users,
                groups,
                (int) connections,
                messages == 0 && bytes == 0 ? null : new RateTerms(messages, bytes, burst),
                holdings);
    }

    private static @Nullable TenantHoldings holdings(FieldMap fields) throws InvalidValueException {
        var addresses = fields.texts(ADDRESSES, ADDRESS_LENGTH_MAX);
        long messages = fields.has(HELD_MESSAGES) ? fields.number(HELD_MESSAGES, HELD_MESSAGES_MAX) : 0;
        long bytes = fields.has(HELD_BYTES) ? HELD_SIZE.read(fields.raw(HELD_BYTES)) : 0;
        if (addresses.isEmpty() != (messages == 0 && bytes == 0)) {
            throw new InvalidValueException();
        }
        return addresses.isEmpty() ? null : new TenantHoldings(addresses, messages, bytes);
    }

    @Override
    public String expects() {
        if (ofTenants) {
            return "a list of tenants with different names, each {name: NAME, hostnames: [NAME, …], users: [NAME, …],"
                    + " groups: [NAME, …], connections: N, max-rate-messages: N, max-rate-bytes: SIZE, rate-burst: TIME,"
                    + " addresses: [PATTERN, …], messages: N, bytes: SIZE}; a connection is a tenant's that fits one of hostnames,"
                    + " users (* stands for any characters) or groups, a queue one whose name fits addresses; all but the name may"
                    + " be left out, addresses together with messages and bytes";
        }
        return "a list of rules, each {users: [NAME, …], groups: [NAME, …], connections: N, max-rate-messages: N,"
                + " max-rate-bytes: SIZE, rate-burst: TIME}; * in a NAME of users stands for any characters, users or"
                + " groups may be left out, and so may limits";
    }

    @Override
    public String write(List<SenderRule> value) {
        return value.stream().map(SenderRulesType::write).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String write(SenderRule rule) {
        var rate = rule.rate();
        return "{connections: " + rule.connectionsMax()
                + (rule.tenant() == null ? "" : ", name: " + ValueTypes.quoted(rule.tenant()))
                + FieldMap.write(", hostnames: ", rule.hostnames())
                + FieldMap.write(", users: ", rule.users())
                + FieldMap.write(", groups: ", rule.groups())
                + (rate == null
                        ? ""
                        : ", max-rate-messages: " + rate.messagesPerSecond() + ", max-rate-bytes: "
                                + SIZE.write(rate.bytesPerSecond()) + ", rate-burst: "
                                + TIME.write(rate.burstMillis()))
                + write(rule.holdings()) + "}";
    }

    private static String write(@Nullable TenantHoldings holdings) {
        return holdings == null
                ? ""
                : FieldMap.write(", addresses: ", holdings.addresses()) + ", messages: " + holdings.messagesMax()
                        + ", bytes: " + HELD_SIZE.write(holdings.bytesMax());
    }
}
