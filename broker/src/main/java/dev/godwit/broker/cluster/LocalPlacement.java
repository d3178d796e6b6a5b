package dev.godwit.broker.cluster;

import dev.godwit.broker.address.AddressName;
import dev.godwit.broker.address.AddressReply;
import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.address.AddressTable;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.address.AutoCreation;
import dev.godwit.broker.address.Requester;
import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.catalog.QueueShards;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.Shard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Places addresses on the shards of this one node, and publishes the address table. Owned by the control loop, save the
 * table, which any loop reads.
 */
public final class LocalPlacement implements Addresses {
    private static final String TEMPORARY_PREFIX = "temporary.";

    private final EventLoop control;
    private final Catalog catalog;
    private final List<Shard> shards;
    private final AutoCreation autoCreation;
    private final String nodeName;
    private final Map<String, QueueDoor> doors = new HashMap<>();
    private final Map<String, TemporaryQueue> temporaryQueues = new HashMap<>();

    /** Who waits for a queue that is being made. */
    private final Map<String, List<Waiting>> beingMade = new HashMap<>();

    private boolean publishPosted;

    /** One of the few volatiles: written by the control loop, read by all. */
    private volatile AddressTable table = AddressTable.EMPTY;

    /** @param shards shard 1 first */
    public LocalPlacement(
            EventLoop control, Catalog catalog, List<Shard> shards, AutoCreation autoCreation, String nodeName) {
        this.control = control;
        this.catalog = catalog;
        this.shards = List.copyOf(shards);
        this.autoCreation = autoCreation;
        this.nodeName = nodeName;
    }

    /** Takes in the queues that came up with their shards. */
    public void addAll(Map<String, QueueDoor> startedQueues) {
        control.assertCurrent();
        doors.putAll(startedQueues);
        publish();
    }

    @Override
    public AddressTable table() {
        return table;
    }

    @Override
    public void resolve(String address, Requester requester, EventLoop caller, AddressReply reply) {
        var door = table.find(address);
        if (door != null) {
            reply.onFound(door);
            return;
        }
        var objection = AddressName.objection(address);
        if (objection != null) {
            reply.onRefused(Refusal.INVALID_NAME, objection);
            return;
        }
        control.execute(() -> resolveHere(address, requester, new Waiting(caller, reply)));
    }

    private void resolveHere(String address, Requester requester, Waiting waiting) {
        var door = doors.get(address);
        if (door != null) {
            waiting.onFound(door);
        } else if (address.startsWith(TEMPORARY_PREFIX) || !autoCreation.allows(address)) {
            waiting.onRefused(
                    Refusal.NOT_FOUND,
                    "there is no queue '" + address + "', and it may not be created on demand: predeclare it");
        } else if (!requester.mayCreate(address)) {
            waiting.onRefused(Refusal.UNAUTHORIZED, noRight(requester, address));
        } else {
            make(address, requester.user(), waiting);
        }
    }

    private static String noRight(Requester requester, String address) {
        return "there is no queue '" + address + "', and user '" + requester.user() + "' may not create it";
    }

    @Override
    public void declare(String address, String creator, EventLoop caller, AddressReply reply) {
        var objection = AddressName.objection(address);
        if (objection != null) {
            caller.execute(() -> reply.onRefused(Refusal.INVALID_NAME, objection));
            return;
        }
        var waiting = new Waiting(caller, reply);
        control.execute(() -> {
            var door = doors.get(address);
            if (door != null) {
                waiting.onFound(door);
            } else {
                make(address, creator, waiting);
            }
        });
    }

    private void make(String address, String user, Waiting waiting) {
        var others = beingMade.get(address);
        if (others != null) {
            others.add(waiting);
            return;
        }
        var all = new ArrayList<Waiting>();
        all.add(waiting);
        beingMade.put(address, all);
        catalog.define(address, shardOf(address).number(), user, Map.of(), new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition definition) {
                start(definition);
            }

            @Override
            public void onFailed(String reason) {
                all.forEach(each -> each.onRefused(Refusal.UNAVAILABLE, reason));
                beingMade.remove(address);
            }
        });
    }

    private void start(QueueDefinition definition) {
        var shard = shards.get(definition.shard() - 1);
        var name = new QueueName(definition.queueId(), definition.name(), true);
        shard.owner().execute(() -> {
            var door = new QueueDoor(shard.createQueue(name));
            control.execute(() -> {
                doors.put(definition.name(), door);
                publish();
                var waiting = beingMade.remove(definition.name());
                if (waiting != null) {
                    waiting.forEach(each -> each.onFound(door));
                }
            });
        });
    }

    @Override
    public void createTemporary(Requester requester, EventLoop caller, AddressReply reply) {
        control.execute(() -> {
            var address = TEMPORARY_PREFIX + nodeName + "." + UUID.randomUUID();
            if (!requester.mayCreate(address)) {
                new Waiting(caller, reply).onRefused(Refusal.UNAUTHORIZED, noRight(requester, address));
                return;
            }
            var name = new QueueName(catalog.nextQueueId(), address, false);
            var shard = shardOf(address);
            temporaryQueues.put(address, new TemporaryQueue(shard, name.queueId()));
            shard.owner().execute(() -> {
                var door = new QueueDoor(shard.createQueue(name));
                control.execute(() -> {
                    doors.put(address, door);
                    publish();
                    new Waiting(caller, reply).onFound(door);
                });
            });
        });
    }

    @Override
    public void deleteTemporary(String address) {
        control.execute(() -> {
            var queue = temporaryQueues.remove(address);
            if (queue != null) {
                doors.remove(address);
                publish();
                queue.shard().owner().execute(() -> queue.shard().deleteQueue(queue.queueId()));
            }
        });
    }

    /** Publishes at the end of the turn: queues made together are one new table. */
    private void publish() {
        if (!publishPosted) {
            publishPosted = true;
            control.execute(() -> {
                publishPosted = false;
                table = new AddressTable(doors);
            });
        }
    }

    private Shard shardOf(String address) {
        return shards.get(QueueShards.shardOf(address, shards.size()) - 1);
    }

    private record TemporaryQueue(Shard shard, long queueId) {}

    private record Waiting(EventLoop caller, AddressReply reply) {
        void onFound(QueueDoor door) {
            caller.execute(() -> reply.onFound(door));
        }

        void onRefused(Refusal refusal, String description) {
            caller.execute(() -> reply.onRefused(refusal, description));
        }
    }
}
