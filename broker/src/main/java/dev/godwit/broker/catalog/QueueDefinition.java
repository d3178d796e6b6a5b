package dev.godwit.broker.catalog;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A queue as it was defined; or a topic, which is a name without messages; or a durable subscription, which is a queue that
 * a topic fills; or a policy, which is settings for addresses; or an alias or route between addresses. Its name says who it
 * is to clients, its id who it is in the journal.
 *
 * @param queueId number in the journal; never used again, also after the queue is gone
 * @param name the address, as clients spell it
 * @param shard the shard that holds its messages, 1 and up
 * @param createdAtMillis wall clock, milliseconds since the epoch
 * @param creator who asked for it: a user's name
 * @param settings further settings, by key of the configuration
 */
public record QueueDefinition(
        long queueId, String name, int shard, long createdAtMillis, String creator, Map<String, String> settings) {
    /** What a projection has room for. */
    public static final int NAME_LENGTH_MAX = 1_024;

    /** The same of the value of a setting. */
    public static final int SETTING_LENGTH_MAX = 4_096;

    /** The setting that tells apart what is defined; a queue goes without it. */
    public static final String KIND = "kind";

    /** The setting that what was made on demand has, whatever its value. */
    public static final String ON_DEMAND = "made-on-demand";

    public static final String KIND_TOPIC = "topic";
    public static final String KIND_SUBSCRIPTION = "subscription";
    public static final String KIND_POLICY = "policy";
    public static final String KIND_ALIAS = "alias";
    public static final String KIND_ROUTE = "route";

    /** What is no address, but says something about some. */
    private static final Set<String> RULES = Set.of(KIND_POLICY, KIND_ALIAS, KIND_ROUTE);

    public QueueDefinition {
        settings = Map.copyOf(settings);
    }

    /** True for a queue or topic that nobody declared: a client needed it, and it may go when it is not used. */
    public boolean wasMadeOnDemand() {
        return settings.containsKey(ON_DEMAND);
    }

    public boolean definesTopic() {
        return KIND_TOPIC.equals(settings.get(KIND));
    }

    public boolean definesSubscription() {
        return KIND_SUBSCRIPTION.equals(settings.get(KIND));
    }

    public boolean definesPolicy() {
        return KIND_POLICY.equals(settings.get(KIND));
    }

    /** True for an alias or a route. */
    public boolean definesRouting() {
        return definesRule() && !definesPolicy();
    }

    private boolean definesRule() {
        return RULES.contains(settings.getOrDefault(KIND, ""));
    }

    /** A queue, or a subscription: what messages lie in. */
    public boolean holdsMessages() {
        return !definesTopic() && !definesRule();
    }

    /** Says what of it no projection has room for, for whoever wants to define it; null when nothing is too long. */
    @Nullable
    String objection() {
        if (name.length() > NAME_LENGTH_MAX) {
            return "what is defined may have a name of " + NAME_LENGTH_MAX
                    + " characters, with what the broker puts before" + " it; this one has " + name.length();
        }
        if (creator.length() > NAME_LENGTH_MAX) {
            return "who defines something may have a name of " + NAME_LENGTH_MAX + " characters; this one has "
                    + creator.length();
        }
        for (var setting : settings.entrySet()) {
            if (setting.getValue().length() > SETTING_LENGTH_MAX) {
                return "the value of a setting may have " + SETTING_LENGTH_MAX + " characters; that of "
                        + setting.getKey() + " has " + setting.getValue().length();
            }
        }
        return null;
    }

    /** The same queue with other settings. */
    public QueueDefinition withSettings(Map<String, String> newSettings) {
        return new QueueDefinition(queueId, name, shard, createdAtMillis, creator, newSettings);
    }
}
