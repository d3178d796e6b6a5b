package dev.godwit.broker.cluster;

import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.policy.AddressPattern;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.Shard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Shows, stores and removes what holds for addresses by pattern, while the broker runs. A stored policy is a definition in
 * the catalog, so it is there after a restart; those of the configuration are shown, and cannot be changed. Any loop may
 * ask, and hears the answer there; the work is done on the control loop. Whether somebody may ask is not asked here.
 */
public final class PolicyAdministration {
    /** Policies are looked through for each queue that is made. */
    private static final int POLICIES_MAX = 10_000;

    private static final String NAME_PREFIX = "$policy/";

    /** What can be kept as the name of a definition. */
    private static final int PATTERN_LENGTH_MAX = QueueDefinition.NAME_LENGTH_MAX - NAME_PREFIX.length();

    /** No queue lives in a policy, but each definition has a shard. */
    private static final int SHARD = 1;

    private final EventLoop control;
    private final Catalog catalog;
    private final AddressPolicies policies;
    private final List<Shard> shards;
    private final Runnable whenChanged;
    private final Set<String> beingStored = new HashSet<>();

    /**
     * @param shards shard 1 first
     * @param whenChanged runs on the control loop when policies say something else than before
     */
    public PolicyAdministration(
            EventLoop control, Catalog catalog, AddressPolicies policies, List<Shard> shards, Runnable whenChanged) {
        this.control = control;
        this.catalog = catalog;
        this.policies = policies;
        this.shards = List.copyOf(shards);
        this.whenChanged = whenChanged;
    }

    /**
     * What an operator sees of a policy. Immutable.
     *
     * @param stored false for one of the configuration
     */
    public record Description(AddressPolicy policy, boolean stored) {
        public String pattern() {
            return policy.pattern().toString();
        }
    }

    /** Before the shards start: takes in what was stored. Control loop. */
    public static void restore(Catalog catalog, AddressPolicies policies) {
        policies.store(stored(catalog));
    }

    private static List<AddressPolicy> stored(Catalog catalog) {
        return catalog.definitions().stream()
                .filter(QueueDefinition::definesPolicy)
                .sorted(Comparator.comparingLong(QueueDefinition::queueId))
                .map(PolicyAdministration::policyOf)
                .toList();
    }

    private static AddressPolicy policyOf(QueueDefinition definition) {
        var pattern = definition.name().substring(NAME_PREFIX.length());
        return new AddressPolicy(new AddressPattern(pattern), AddressSettings.of(definition.settings()));
    }

    /** All, in the order of their patterns; those of the configuration before stored ones of the same pattern. */
    public void list(EventLoop caller, Consumer<List<Description>> told) {
        control.execute(() -> {
            var all = new ArrayList<Description>();
            policies.configured().forEach(each -> all.add(new Description(each, false)));
            stored(catalog).forEach(each -> all.add(new Description(each, true)));
            all.sort(Comparator.comparing(Description::pattern).thenComparing(Description::stored));
            caller.execute(() -> told.accept(List.copyOf(all)));
        });
    }

    /** Tells of the policy of a pattern: of the stored one, if there is one. */
    public void describe(String pattern, EventLoop caller, AdministrationReply<Description> reply) {
        control.execute(() -> {
            var definition = catalog.find(NAME_PREFIX + pattern);
            var configured = policies.configured().stream()
                    .filter(each -> each.pattern().toString().equals(pattern))
                    .findFirst();
            if (definition != null) {
                answer(caller, reply, definition);
            } else if (configured.isPresent()) {
                caller.execute(() -> reply.onDone(new Description(configured.get(), false)));
            } else {
                refuse(caller, reply, Refusal.NOT_FOUND, notThere(pattern));
            }
        });
    }

    /** Stores a policy for a pattern that has no stored one yet. It holds when the reply comes. */
    public void create(
            String pattern,
            AddressSettings settings,
            String creator,
            EventLoop caller,
            AdministrationReply<Description> reply) {
        if (pattern.length() > PATTERN_LENGTH_MAX) {
            refuse(
                    caller,
                    reply,
                    Refusal.INVALID,
                    "the pattern of a policy that is stored may have " + PATTERN_LENGTH_MAX
                            + " characters; this one has " + pattern.length());
            return;
        }
        control.execute(() -> {
            if (catalog.find(NAME_PREFIX + pattern) != null || beingStored.contains(pattern)) {
                refuse(caller, reply, Refusal.ALREADY_THERE, "there is a policy for '" + pattern + "' already");
                return;
            }
            if (stored(catalog).size() >= POLICIES_MAX) {
                refuse(
                        caller,
                        reply,
                        Refusal.UNAVAILABLE,
                        "there are " + POLICIES_MAX + " policies: remove some, or use patterns that match more");
                return;
            }
            var stored = new HashMap<>(settings.texts());
            stored.put(QueueDefinition.KIND, QueueDefinition.KIND_POLICY);
            beingStored.add(pattern);
            catalog.define(NAME_PREFIX + pattern, SHARD, creator, stored, applying(pattern, caller, reply));
        });
    }

    /** Gives a stored policy other settings. They hold when the reply comes. */
    public void update(
            String pattern, AddressSettings settings, EventLoop caller, AdministrationReply<Description> reply) {
        control.execute(() -> {
            var definition = catalog.find(NAME_PREFIX + pattern);
            if (definition == null) {
                refuse(caller, reply, Refusal.NOT_FOUND, notStored(pattern));
            } else {
                catalog.update(
                        definition.name(), settings.over(definition.settings()), applying(pattern, caller, reply));
            }
        });
    }

    /** Removes a stored policy. It holds no more when the reply comes. */
    public void delete(String pattern, EventLoop caller, AdministrationReply<Description> reply) {
        control.execute(() -> {
            if (catalog.find(NAME_PREFIX + pattern) == null) {
                refuse(caller, reply, Refusal.NOT_FOUND, notStored(pattern));
            } else {
                catalog.remove(NAME_PREFIX + pattern, applying(pattern, caller, reply));
            }
        });
    }

    private Catalog.DefineReply applying(String pattern, EventLoop caller, AdministrationReply<Description> reply) {
        return new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition definition) {
                beingStored.remove(pattern);
                policies.store(stored(catalog));
                whenChanged.run();
                applyIn(0, () -> answer(caller, reply, definition));
            }

            @Override
            public void onFailed(String reason) {
                beingStored.remove(pattern);
                refuse(caller, reply, Refusal.UNAVAILABLE, reason);
            }
        };
    }

    /** One shard after the other, so that whoever asked hears of it when it holds everywhere. */
    private void applyIn(int shard, Runnable whenDone) {
        if (shard == shards.size()) {
            whenDone.run();
            return;
        }
        var next = shards.get(shard);
        next.owner().execute(() -> {
            next.applyPolicies();
            applyIn(shard + 1, whenDone);
        });
    }

    private static void answer(EventLoop caller, AdministrationReply<Description> reply, QueueDefinition definition) {
        caller.execute(() -> reply.onDone(new Description(policyOf(definition), true)));
    }

    private static void refuse(
            EventLoop caller, AdministrationReply<Description> reply, Refusal refusal, String description) {
        caller.execute(() -> reply.onRefused(refusal, description));
    }

    private static String notThere(String pattern) {
        return "there is no policy for '" + pattern + "'";
    }

    private String notStored(String pattern) {
        return policies.configured().stream()
                        .anyMatch(each -> each.pattern().toString().equals(pattern))
                ? "the policy for '" + pattern + "' is one of the configuration: change it there, or create one here,"
                        + " which comes before it"
                : notThere(pattern);
    }
}
