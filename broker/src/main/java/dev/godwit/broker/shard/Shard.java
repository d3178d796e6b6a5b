package dev.godwit.broker.shard;

import dev.godwit.broker.policy.AddressPolicies;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.DeadLetters;
import dev.godwit.broker.queue.DecisionRecord;
import dev.godwit.broker.queue.MessageQueue;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueLimits;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.queue.ShardBranch;
import dev.godwit.broker.queue.StoredMessages;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.runtime.EventLoop;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A slice of the broker's queues, with its log, on one event loop. Every method runs there. */
public final class Shard {
    private static final Logger log = LoggerFactory.getLogger(Shard.class);

    private final int number;
    private final EventLoop owner;
    private final Clock clock;
    private final QueueLimits limits;
    private final AddressPolicies policies;
    private final Map<Long, MessageQueue> queues = new HashMap<>();

    /** Of each queue, the address whose policies hold for it. */
    private final Map<Long, String> policyAddresses = new HashMap<>();

    /** Of queues that have some: their own settings, which come before all policies. */
    private final Map<Long, AddressSettings> ownSettings = new HashMap<>();

    private final Map<UUID, ShardBranch> prepared = new HashMap<>();

    private @Nullable ShardJournal journal;
    private @Nullable DeadLetters deadLetters;
    private @Nullable UnfinishedTransactions transactions;

    /** @param policies what holds for queues that do not say it themselves */
    public Shard(int number, EventLoop owner, Clock clock, QueueLimits limits, AddressPolicies policies) {
        this.number = number;
        this.owner = owner;
        this.clock = clock;
        this.limits = limits;
        this.policies = policies;
    }

    public int number() {
        return number;
    }

    public EventLoop owner() {
        return owner;
    }

    /**
     * Begins to serve: opens the log for appending and brings the queues up with what they held.
     *
     * @param definedQueues with their own settings: what a queue takes back of what it held depends on them
     */
    public void start(
            ShardLogs logs,
            ShardReplay replay,
            Map<QueueName, AddressSettings> definedQueues,
            DeadLetters whereDeadLettersGo) {
        owner.assertCurrent();
        journal = new ShardJournal(number, logs, owner);
        logs.deliveryRight(number).onRegained(() -> queues.values().forEach(MessageQueue::goOn));
        deadLetters = whereDeadLettersGo;
        transactions = replay.transactions();
        replay.transactions().end(journal(), owner);
        long restored = 0;
        for (var defined : definedQueues.entrySet()) {
            var queue = defined.getKey();
            ownSettings.put(queue.queueId(), defined.getValue());
            tellProducers(queue.queueId(), queue.name());
            restored += restore(createQueue(queue), replay.takeMessages(queue.queueId()));
        }
        if (restored > 0) {
            log.info("shard {}: {} messages restored, in {} queues", number, restored, definedQueues.size());
        }
        replay.prepared().forEach((id, stored) -> prepared.put(id, stored.open(journal(), owner)));
        replay.leftovers().forEach((queueId, messages) -> {
            log.info("shard {}: dropping {} messages of a deleted queue", number, messages.count());
            new LeftoverRemoval(queueId, messages, journal(), owner).goOn();
        });
    }

    /** What transactions that stay prepared over the start do here, by their numbers; whoever asks takes it over. */
    public Map<UUID, ShardBranch> takePrepared() {
        owner.assertCurrent();
        var taken = Map.copyOf(prepared);
        prepared.clear();
        return taken;
    }

    /** Done when the transactions that were under way here when the broker stopped have their end. Any thread may ask. */
    public CompletableFuture<Void> transactionsEnded() {
        return required(transactions).ended();
    }

    /** Where the transactions are on record that were decided here before the start, and that nobody has forgotten. */
    public Map<UUID, DecisionRecord> decisions() {
        owner.assertCurrent();
        var decision = new DecisionRecord(journal(), owner);
        return required(transactions).decided().stream().collect(Collectors.toMap(id -> id, id -> decision));
    }

    /** Returns how many messages the queue has now. */
    private static long restore(MessageQueue queue, @Nullable StoredMessages messages) {
        if (messages == null) {
            return 0;
        }
        long count = messages.count();
        log.debug("queue {}: {} messages restored", queue.name(), count);
        queue.restore(messages);
        return count;
    }

    /** Adds a queue, empty. */
    public MessageQueue createQueue(QueueName name) {
        owner.assertCurrent();
        var queue = new MessageQueue(name, owner, clock, journal(), deadLetters(), limits);
        if (queues.putIfAbsent(name.queueId(), queue) != null) {
            throw new IllegalStateException("shard " + number + " has a queue with id " + name.queueId() + " already");
        }
        policyAddresses.put(name.queueId(), name.policyAddress());
        apply(name.queueId());
        return queue;
    }

    /** Gives a queue settings of its own, which come before what policies say; one that is gone needs none. */
    public void applySettings(long queueId, AddressSettings settings) {
        owner.assertCurrent();
        var queue = queues.get(queueId);
        if (queue != null) {
            ownSettings.put(queueId, settings);
            apply(queueId);
            tellProducers(queueId, queue.name());
        }
    }

    /** Those who take messages in for a queue know it by its name. */
    private void tellProducers(long queueId, String name) {
        policies.storeOwn(name, ownSettings.getOrDefault(queueId, AddressSettings.NONE));
    }

    /** Policies have changed: whatever they say holds from now on. */
    public void applyPolicies() {
        owner.assertCurrent();
        queues.keySet().forEach(this::apply);
    }

    private void apply(long queueId) {
        var queue = queues.get(queueId);
        var policyAddress = policyAddresses.get(queueId);
        if (queue != null && policyAddress != null) {
            var own = ownSettings.getOrDefault(queueId, AddressSettings.NONE);
            queue.apply(own.over(policies.of(policyAddress)));
        }
    }

    /** Ends a queue and what it holds. */
    public void deleteQueue(long queueId) {
        owner.assertCurrent();
        var queue = queues.remove(queueId);
        policyAddresses.remove(queueId);
        ownSettings.remove(queueId);
        if (queue != null) {
            tellProducers(queueId, queue.name());
            queue.delete();
        }
    }

    /** Ends a queue that holds no message and awaits none; false when it does. One that is gone is as good as ended. */
    public boolean deleteQueueIfEmpty(long queueId) {
        owner.assertCurrent();
        var queue = queues.get(queueId);
        if (queue != null && !queue.isEmpty()) {
            return false;
        }
        deleteQueue(queueId);
        return true;
    }

    /** The same of a queue that has no consumer either, nor damaged messages. */
    public boolean deleteQueueIfIdle(long queueId) {
        owner.assertCurrent();
        var queue = queues.get(queueId);
        if (queue != null && !queue.isIdle()) {
            return false;
        }
        deleteQueue(queueId);
        return true;
    }

    /** The doors of all queues, by queue id. */
    public Map<Long, QueueDoor> doors() {
        owner.assertCurrent();
        var doors = new HashMap<Long, QueueDoor>();
        queues.forEach((queueId, queue) -> doors.put(queueId, new QueueDoor(queue)));
        return doors;
    }

    private ShardJournal journal() {
        return required(journal);
    }

    private DeadLetters deadLetters() {
        return required(deadLetters);
    }

    private <T> T required(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("shard " + number + " has not started");
        }
        return part;
    }
}
