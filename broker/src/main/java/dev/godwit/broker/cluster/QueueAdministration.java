package dev.godwit.broker.cluster;

import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.cluster.AdministrationReply.Refusal;
import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.DeferredMessage;
import dev.godwit.broker.queue.LockToken;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.queue.ScheduledMessage;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.Shard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows, makes, changes, empties and deletes queues. Any loop may ask, and hears the answer there; the work is done on the
 * control loop and on the loops of the queues. Whether somebody may ask is not asked here.
 */
public final class QueueAdministration {
    private static final Logger log = LoggerFactory.getLogger(QueueAdministration.class);
    private static final String UNKNOWN_CREATOR = "a connection";

    private final EventLoop control;
    private final Catalog catalog;
    private final LocalPlacement placement;
    private final AddressPolicies policies;
    private final List<Shard> shards;

    /** @param shards shard 1 first */
    public QueueAdministration(
            EventLoop control,
            Catalog catalog,
            LocalPlacement placement,
            AddressPolicies policies,
            List<Shard> shards) {
        this.control = control;
        this.catalog = catalog;
        this.placement = placement;
        this.policies = policies;
        this.shards = List.copyOf(shards);
    }

    /** How emptying a queue ended. Exactly one of the two is called, once, on the loop that asked. */
    public interface PurgeReply {
        /** So many messages are gone for good. */
        void onPurged(long messages);

        void onRefused(Refusal refusal, String description);
    }

    /** Tells of messages that wait for their time. Exactly one of the two is called, once, on the loop that asked. */
    public interface ScheduleReply {
        /** In the order of their times. */
        void onListed(List<ScheduledMessage> messages);

        void onRefused(Refusal refusal, String description);
    }

    /** Tells of messages that were laid aside. Exactly one of the two is called, once, on the loop that asked. */
    public interface DeferredReply {
        /** In the order of their numbers. */
        void onListed(List<DeferredMessage> messages);

        void onRefused(Refusal refusal, String description);
    }

    /** Tells how a renewal of locks went. Exactly one of the three is called, once, on the loop that asked. */
    public interface RenewalReply {
        /**
         * All of them are renewed.
         *
         * @param untilMillis when each of the locks runs out, wall clock
         */
        void onRenewed(long[] untilMillis);

        /** One of them had run out, or the message was settled: none is renewed. */
        void onLost();

        void onRefused(Refusal refusal, String description);
    }

    /** Tells of one queue. */
    public void describe(String name, EventLoop caller, AdministrationReply<QueueDescription> reply) {
        var door = placement.table().queues().get(name);
        if (door == null) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        describe(door, description -> caller.execute(() -> reply.onDone(description)));
    }

    private void describe(QueueDoor door, Consumer<QueueDescription> told) {
        door.readStatistics(statistics ->
                control.execute(() -> told.accept(description(door, catalog.find(door.name()), statistics))));
    }

    private QueueDescription description(
            QueueDoor door, @Nullable QueueDefinition definition, QueueStatistics statistics) {
        if (definition == null) {
            return new QueueDescription(
                    door.name(),
                    false,
                    UNKNOWN_CREATOR,
                    0,
                    AddressSettings.NONE,
                    policies.of(door.name()),
                    statistics,
                    false);
        }
        var own = AddressSettings.of(definition.settings());
        return new QueueDescription(
                door.name(),
                !door.isTemporary(),
                definition.creator(),
                definition.createdAtMillis(),
                own,
                own.over(policies.of(door.name())),
                statistics,
                definition.wasMadeOnDemand());
    }

    /** True for names that only the broker gives. Any thread. */
    public boolean isReserved(String name) {
        return placement.isReserved(name);
    }

    /** The name of the address that is meant by a name: another one for an alias. Any thread. */
    public String meaning(String name) {
        return placement.table().meaning(name);
    }

    /** Whether there is a queue or topic of that name, or that an alias of that name means. Any thread. */
    public boolean isThere(String name) {
        var table = placement.table();
        var meant = table.meaning(name);
        return table.queues().containsKey(meant) || table.topics().containsKey(meant);
    }

    /**
     * Tells of some queues, in the order of their names; the others are not even asked.
     *
     * @param wanted asked on the calling thread
     * @param offset so many of those that are wanted are left out
     * @param count at most so many are told of
     */
    public void list(
            Predicate<String> wanted, int offset, int count, EventLoop caller, Consumer<List<QueueDescription>> told) {
        var doors = placement.table().queues().values().stream()
                .filter(door -> wanted.test(door.name()))
                .sorted(Comparator.comparing(QueueDoor::name))
                .skip(offset)
                .limit(count)
                .toList();
        control.execute(() -> {
            var found = new ArrayList<QueueDescription>();
            if (doors.isEmpty()) {
                caller.execute(() -> told.accept(found));
            }
            for (var door : doors) {
                describe(door, description -> {
                    found.add(description);
                    if (found.size() == doors.size()) {
                        found.sort(Comparator.comparing(QueueDescription::name));
                        caller.execute(() -> told.accept(found));
                    }
                });
            }
        });
    }

    /** Makes a queue that is not there yet. */
    public void create(
            String name,
            AddressSettings settings,
            String creator,
            EventLoop caller,
            AdministrationReply<QueueDescription> reply) {
        var objection = AddressName.objectionToNew("a queue's name", name);
        if (objection == null && placement.isReserved(name)) {
            objection = "the name '" + name + "' is kept for queues and nodes of the broker's own; choose another";
        }
        if (objection != null) {
            var description = objection;
            caller.execute(() -> reply.onRefused(Refusal.INVALID, description));
            return;
        }
        var table = placement.table();
        if (!table.meaning(name).equals(name)) {
            caller.execute(() -> reply.onRefused(
                    Refusal.ALREADY_THERE, "'" + name + "' is an alias of '" + table.meaning(name) + "'"));
            return;
        }
        if (table.queues().containsKey(name) || table.topics().containsKey(name)) {
            var what = table.queues().containsKey(name) ? "queue" : "topic";
            caller.execute(
                    () -> reply.onRefused(Refusal.ALREADY_THERE, "there is a " + what + " '" + name + "' already"));
            return;
        }
        placement.declare(name, creator, control, new AddressReply() {
            @Override
            public void onFound(QueueDoor door) {
                if (settings.equals(AddressSettings.NONE)) {
                    describe(door, description -> caller.execute(() -> reply.onDone(description)));
                } else {
                    change(name, settings, caller, reply);
                }
            }

            @Override
            public void onRefused(AddressReply.Refusal refusal, String description) {
                caller.execute(() -> reply.onRefused(AdministrationReply.Refusal.UNAVAILABLE, description));
            }
        });
    }

    /** Gives a queue other settings; they hold from the next message that is given back. */
    public void update(
            String name, AddressSettings settings, EventLoop caller, AdministrationReply<QueueDescription> reply) {
        control.execute(() -> change(name, settings, caller, reply));
    }

    private void change(
            String name, AddressSettings settings, EventLoop caller, AdministrationReply<QueueDescription> reply) {
        var definition = catalog.find(name);
        if (definition == null || !definition.holdsMessages() || definition.definesSubscription()) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        catalog.update(name, settings.over(definition.settings()), new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition changed) {
                placement.onSettingsChanged(name);
                var shard = shards.get(changed.shard() - 1);
                shard.owner().execute(() -> {
                    shard.applySettings(changed.queueId(), settings);
                    describe(name, caller, reply);
                });
            }

            @Override
            public void onFailed(String reason) {
                caller.execute(() -> reply.onRefused(Refusal.UNAVAILABLE, reason));
            }
        });
    }

    /** Deletes a queue with all that is in it. Who is attached to it hears that. */
    public void delete(String name, EventLoop caller, AdministrationReply<QueueDescription> reply) {
        var door = placement.table().queues().get(name);
        if (door == null || door.isTemporary()) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        describe(door, before -> {
            var objection = placement.objectionToRemoving(name);
            if (objection == null) {
                delete(before, caller, reply);
            } else {
                caller.execute(() -> reply.onRefused(Refusal.INVALID, objection));
            }
        });
    }

    private void delete(QueueDescription before, EventLoop caller, AdministrationReply<QueueDescription> reply) {
        var name = before.name();
        catalog.remove(name, new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition removed) {
                placement.withdraw(name);
                var shard = shards.get(removed.shard() - 1);
                shard.owner().execute(() -> {
                    shard.deleteQueue(removed.queueId());
                    caller.execute(() -> reply.onDone(before));
                });
            }

            @Override
            public void onFailed(String reason) {
                caller.execute(() -> reply.onRefused(Refusal.UNAVAILABLE, reason));
            }
        });
    }

    /** Removes the messages that a queue holds and nobody has. */
    public void purge(String name, EventLoop caller, PurgeReply reply) {
        var door = placement.table().queues().get(name);
        if (door == null) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        door.purge(messages -> {
            log.info("queue {}: {} messages purged", name, messages);
            caller.execute(() -> reply.onPurged(messages));
        });
    }

    /**
     * Tells of the messages of a queue that wait for their time, after a time and, of that time, after an id's number.
     *
     * @param countMax at most so many
     */
    public void listScheduled(
            String name, long afterMillis, long afterNumber, int countMax, EventLoop caller, ScheduleReply reply) {
        var door = placement.table().queues().get(name);
        if (door == null) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        door.listScheduled(afterMillis, afterNumber, countMax, found -> caller.execute(() -> reply.onListed(found)));
    }

    /**
     * Removes messages of a queue that wait for their time.
     *
     * @param id which one; null for all
     */
    public void cancelScheduled(String name, ScheduledMessage.@Nullable Id id, EventLoop caller, PurgeReply reply) {
        var door = placement.table().queues().get(name);
        if (door == null) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        LongConsumer whenSafe = messages -> {
            log.info("queue {}: {} scheduled messages cancelled", name, messages);
            caller.execute(() -> {
                if (id != null && messages == 0) {
                    reply.onRefused(
                            Refusal.NOT_FOUND, "no message " + id + " waits for its time in queue '" + name + "'");
                } else {
                    reply.onPurged(messages);
                }
            });
        };
        if (id == null) {
            door.cancelAllScheduled(whenSafe);
        } else {
            door.cancelScheduled(id, whenSafe);
        }
    }

    /**
     * Tells of the messages of a queue that consumers have laid aside, after a sequence number.
     *
     * @param countMax at most so many
     */
    public void listDeferred(String name, long afterNumber, int countMax, EventLoop caller, DeferredReply reply) {
        var door = placement.table().queues().get(name);
        if (door == null) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        door.listDeferred(afterNumber, countMax, found -> caller.execute(() -> reply.onListed(found)));
    }

    /**
     * Has messages given out again that consumers of a queue have laid aside.
     *
     * @param sequenceNumbers those that are not there (any more) are passed over
     */
    public void returnDeferred(String name, List<Long> sequenceNumbers, EventLoop caller, PurgeReply reply) {
        var door = placement.table().queues().get(name);
        if (door == null) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, notThere(name)));
            return;
        }
        door.returnDeferred(sequenceNumbers, messages -> {
            log.info("queue {}: {} messages that were laid aside are given out again", name, messages);
            caller.execute(() -> reply.onPurged(messages));
        });
    }

    /**
     * Gives consumers more time for messages that they have locked.
     *
     * @param name of the queue, or the topic or pattern that they have subscribed to
     * @param tokens all of which must be held, else nothing is renewed
     */
    public void renewLocks(String name, List<LockToken> tokens, EventLoop caller, RenewalReply reply) {
        var door = placement.table().queues().get(name);
        if (door == null) {
            control.execute(() -> renewSubscriptionLocks(name, tokens, caller, reply));
        } else {
            renewLocks(List.of(door), 0, tokens, caller, reply);
        }
    }

    private void renewSubscriptionLocks(String name, List<LockToken> tokens, EventLoop caller, RenewalReply reply) {
        var doors = placement.subscriptionQueues(name);
        if (doors.isEmpty()) {
            caller.execute(() -> reply.onRefused(
                    Refusal.NOT_FOUND, notThere(name) + ", and nobody has subscribed to a topic of that name"));
        } else {
            renewLocks(doors, 0, tokens, caller, reply);
        }
    }

    /** One queue after the other: a lock is known only to the one that has given it. */
    private static void renewLocks(
            List<QueueDoor> doors, int place, List<LockToken> tokens, EventLoop caller, RenewalReply reply) {
        doors.get(place).renewLocks(tokens, untilMillis -> {
            if (untilMillis != null) {
                caller.execute(() -> reply.onRenewed(untilMillis));
            } else if (place + 1 < doors.size()) {
                renewLocks(doors, place + 1, tokens, caller, reply);
            } else {
                caller.execute(reply::onLost);
            }
        });
    }

    private static String notThere(String name) {
        return "there is no queue '" + name + "'";
    }
}
