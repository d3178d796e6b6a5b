package dev.godwit.broker.cluster;

import dev.godwit.broker.address.AddressReply.Refusal;
import dev.godwit.broker.address.KeptSubscription;
import dev.godwit.broker.address.NoLocal;
import dev.godwit.broker.address.SubscriptionKey;
import dev.godwit.broker.address.SubscriptionRequest;
import dev.godwit.broker.address.SubscriptionTerms;
import dev.godwit.broker.address.Subscriptions;
import dev.godwit.broker.address.Topic;
import dev.godwit.broker.address.TopicPattern;
import dev.godwit.broker.catalog.Catalog;
import dev.godwit.broker.catalog.QueueDefinition;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.queue.QueueName;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.shard.Shard;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscriptions of this one node. Each is a queue in the shard of its topic, under a name that no client can give a
 * queue. A durable one is a definition in the catalog; the others are in memory alone and end with their last consumer.
 * Owned by the control loop; what concerns one named subscription is done one thing after the other.
 */
final class LocalSubscriptions implements Subscriptions {
    private static final Logger log = LoggerFactory.getLogger(LocalSubscriptions.class);

    /** Clients that may wait for their turn at one name. */
    private static final int TURNS_WAITING_MAX = 1_000;

    private final EventLoop control;
    private final Catalog catalog;
    private final Function<String, Shard> shardOf;
    private final Map<String, Topic> topics;
    private final SubscriptionLimits limits;
    private final Function<String, Predicate<String>> mayReceiveOf;

    private final DurableQuota quota;
    private final KnownSubscriptions known = new KnownSubscriptions();
    private final KeyedTurns<SubscriptionKey> turns = new KeyedTurns<>(TURNS_WAITING_MAX);

    /**
     * @param shardOf where the messages of a topic's subscriptions live, by the topic's name
     * @param topics those that there are, by name; whoever owns them changes them on the control loop
     * @param mayReceiveOf which topics a user may receive from who has not attached since the start
     */
    LocalSubscriptions(
            EventLoop control,
            Catalog catalog,
            Function<String, Shard> shardOf,
            Map<String, Topic> topics,
            SubscriptionLimits limits,
            Function<String, Predicate<String>> mayReceiveOf) {
        this.control = control;
        this.catalog = catalog;
        this.shardOf = shardOf;
        this.topics = topics;
        this.limits = limits;
        this.mayReceiveOf = mayReceiveOf;
        this.quota = new DurableQuota(limits.durablePerUserMax());
    }

    /** Takes in a subscription that came up with its shard. */
    void restore(StoredSubscription stored, Shard shard, QueueDoor queue) {
        var definition = stored.definition();
        var subscription = new LocalSubscription(
                stored.key(),
                stored.terms(),
                definition.creator(),
                shard,
                definition.queueId(),
                queue,
                durableNoLocal(stored.key(), stored.terms()),
                mayReceiveOf.apply(definition.creator()));
        known.add(subscription);
        quota.add(definition.creator());
        topicsOf(subscription).forEach(topic -> subscription.join(topic, () -> {}));
    }

    /** Containers come back, connections do not. */
    private static @Nullable NoLocal durableNoLocal(SubscriptionKey key, SubscriptionTerms terms) {
        return terms.noLocal() && key.containerId() != null ? NoLocal.ofContainer(key.containerId()) : null;
    }

    /** The queues of all subscriptions. */
    List<QueueDoor> queues() {
        return known.all().stream().map(LocalSubscription::queue).toList();
    }

    /** Those that a topic fills now. */
    List<LocalSubscription> filledBy(String topic) {
        return known.filledBy(topic);
    }

    /** True when somebody has subscribed to this very topic, or pattern. */
    boolean isSubscribedTo(String topicOrPattern) {
        return !known.to(topicOrPattern).isEmpty();
    }

    /** The queues of those who have. */
    List<QueueDoor> queues(String topicOrPattern) {
        return known.to(topicOrPattern).stream().map(LocalSubscription::queue).toList();
    }

    /** A topic is there from now on: patterns that match its name are subscriptions to it, before it is found by anyone. */
    void onTopicMade(Topic topic) {
        for (var subscription : known.all()) {
            if (subscription.isFilledBy(topic)) {
                subscription.join(topic, () -> {});
            }
        }
    }

    /** A topic is no more, and its subscriptions end; what a pattern holds of it stays. */
    void onTopicGone(String name) {
        for (var subscription : known.all()) {
            if (subscription.terms().topic().equals(name)) {
                endGone(subscription);
            } else {
                subscription.topics().removeIf(each -> each.name().equals(name));
            }
        }
    }

    private void endGone(LocalSubscription subscription) {
        var key = subscription.key();
        if (key == null) {
            end(subscription);
        } else {
            turns.take(key, done -> remove(subscription, done));
        }
    }

    @Override
    public void subscribe(SubscriptionRequest request, EventLoop caller, SubscribeReply reply) {
        control.execute(() -> {
            var key = request.key();
            if (key == null) {
                make(request, new Making(request, caller, reply, () -> {}));
                return;
            }
            var objection = key.objection();
            if (objection == null && key.durable()) {
                objection = StoredSubscription.objection(key, request.terms());
            }
            if (objection != null) {
                var problem = objection;
                caller.execute(() -> reply.onRefused(Refusal.INVALID_NAME, problem));
                return;
            }
            if (!turns.offer(key, done -> subscribe(key, request, new Making(request, caller, reply, done)))) {
                caller.execute(() -> reply.onRefused(Refusal.UNAVAILABLE, crowded(key)));
            }
        });
    }

    private void subscribe(SubscriptionKey key, SubscriptionRequest request, Making making) {
        var there = known.get(key);
        if (there == null && request.fetches()) {
            making.refuse(Refusal.NOT_FOUND, "there is no subscription '" + key.name() + "' to fetch messages from");
        } else if (there == null) {
            make(request, making);
        } else if (!there.user().equals(request.user())) {
            making.refuse(Refusal.UNAUTHORIZED, "subscription '" + key.name() + "' belongs to another user");
        } else if (there.isPattern()
                && !there.topics().stream()
                        .allMatch(each -> request.mayReceive().test(each.name()))) {
            making.refuse(
                    Refusal.UNAUTHORIZED,
                    "subscription '" + key.name() + "' is filled by topics that user '" + request.user()
                            + "' may not receive from");
        } else if (there.terms().shared() != request.terms().shared()) {
            making.refuse(
                    Refusal.CONTRADICTION,
                    "there is a subscription '" + key.name() + "' that is "
                            + (there.terms().shared() ? "shared" : "not shared")
                            + ": unsubscribe, or take another name");
        } else if (request.fetches()) {
            fetch(key, there, request, making);
        } else if (there.terms().meanTheSameAs(request.terms())) {
            steal(there);
            there.replaceMayReceive(request.mayReceive());
            making.fill(there);
        } else if (there.terms().shared() && !there.seats().isEmpty()) {
            making.refuse(
                    Refusal.IN_USE,
                    "subscription '" + key.name() + "' has consumers, and another topic or other filters");
        } else {
            steal(there);
            log.info(
                    "subscription {} is made anew on other terms", there.queue().name());
            making.replaced = there;
            make(request, making);
        }
    }

    /** Whatever its other filters are: those that the subscription has hold for what it is sent, not for what lies in it. */
    private static void fetch(
            SubscriptionKey key, LocalSubscription known, SubscriptionRequest request, Making making) {
        if (known.terms().topic().equals(request.terms().topic())) {
            making.grantFetching(known);
        } else {
            making.refuse(
                    Refusal.CONTRADICTION,
                    "subscription '" + key.name() + "' is to '" + known.terms().topic() + "'");
        }
    }

    /** One consumer at most has what is not shared: the last one that came. */
    private static void steal(LocalSubscription subscription) {
        if (!subscription.terms().shared()) {
            subscription.seats().forEach(Seat::stolen);
            subscription.seats().clear();
        }
    }

    private void make(SubscriptionRequest request, Making making) {
        if (!TopicPattern.isPattern(request.terms().topic())
                && !topics.containsKey(request.terms().topic())) {
            making.refuse(
                    Refusal.NOT_FOUND, "there is no topic '" + request.terms().topic() + "' any more");
            return;
        }
        var key = request.key();
        var topic = topics.get(request.terms().topic());
        if (key != null && key.durable() && topic != null && topic.isTemporary()) {
            making.refuse(
                    Refusal.CONTRADICTION,
                    "'" + topic.name() + "' is temporary: there is no durable subscription to what ends by itself");
            return;
        }
        var shard = shardOf.apply(request.terms().topic());
        if (key == null || !key.durable()) {
            long queueId = catalog.nextQueueId();
            var name = StoredSubscription.NAME_PREFIX + request.terms().topic() + "/" + queueId;
            start(new QueueName(queueId, name, false, request.terms().topic()), shard, making);
            return;
        }
        if (making.replaced == null && quota.isUsedUp(request.user())) {
            making.refuse(
                    Refusal.UNAVAILABLE,
                    "user '" + request.user() + "' has " + quota.perUserMax()
                            + " durable subscriptions: unsubscribe from some, or raise"
                            + " topics.durable-subscriptions-per-user");
            return;
        }
        quota.add(request.user());
        var name = StoredSubscription.queueName(key);
        var settings = StoredSubscription.settings(key, request.terms());
        catalog.define(name, shard.number(), request.user(), settings, new Catalog.DefineReply() {
            @Override
            public void onDefined(QueueDefinition definition) {
                start(LocalPlacement.queueName(definition), shard, making);
            }

            @Override
            public void onFailed(String reason) {
                quota.remove(request.user());
                making.refuse(Refusal.UNAVAILABLE, reason);
            }
        });
    }

    private void start(QueueName name, Shard shard, Making making) {
        shard.owner().execute(() -> {
            var created = shard.createQueue(name);
            if (!name.isDurable()) {
                created.holdAtMost(limits.holding());
            }
            var queue = new QueueDoor(created);
            control.execute(() -> making.onQueue(shard, name.queueId(), queue));
        });
    }

    private List<Topic> topicsOf(LocalSubscription subscription) {
        return topics.values().stream().filter(subscription::isFilledBy).toList();
    }

    private void leave(Seat seat, boolean closed) {
        var key = seat.subscription().key();
        if (key == null) {
            if (seat.subscription().seats().remove(seat)) {
                end(seat.subscription());
            }
        } else {
            turns.take(key, done -> leaveNamed(seat, closed, done));
        }
    }

    private void leaveNamed(Seat seat, boolean closed, Runnable done) {
        var subscription = seat.subscription();
        boolean last = subscription.seats().remove(seat) && subscription.seats().isEmpty();
        if (last && (closed || !subscription.isDurable())) {
            remove(subscription, done);
        } else {
            done.run();
        }
    }

    /** Ends a named subscription, unless another one has its name by now. */
    private void remove(LocalSubscription subscription, Runnable done) {
        if (!known.contains(subscription)) {
            done.run();
        } else if (!subscription.isDurable()) {
            end(subscription);
            done.run();
        } else {
            catalog.remove(subscription.queue().name(), new Catalog.DefineReply() {
                @Override
                public void onDefined(QueueDefinition removed) {
                    end(subscription);
                    done.run();
                }

                @Override
                public void onFailed(String reason) {
                    log.warn("subscription {} stays: {}", subscription.queue().name(), reason);
                    done.run();
                }
            });
        }
    }

    private void end(LocalSubscription subscription) {
        known.remove(subscription);
        if (subscription.isDurable()) {
            quota.remove(subscription.user());
        }
        subscription.end();
    }

    @Override
    public void find(SubscriptionKey key, String user, EventLoop caller, FindReply reply) {
        control.execute(() -> {
            boolean taken = turns.offer(key, done -> {
                findHere(key, user, caller, reply);
                done.run();
            });
            if (!taken) {
                caller.execute(() -> reply.onRefused(Refusal.UNAVAILABLE, crowded(key)));
            }
        });
    }

    private static String crowded(SubscriptionKey key) {
        return "too many wait for subscription '" + key.name() + "': try again later";
    }

    private void findHere(SubscriptionKey key, String user, EventLoop caller, FindReply reply) {
        var there = known.get(key);
        if (there == null) {
            caller.execute(() -> reply.onRefused(Refusal.NOT_FOUND, "there is no subscription '" + key.name() + "'"));
        } else if (!there.user().equals(user)) {
            caller.execute(() ->
                    reply.onRefused(Refusal.UNAUTHORIZED, "subscription '" + key.name() + "' belongs to another user"));
        } else if (!there.seats().isEmpty()) {
            caller.execute(() -> reply.onRefused(
                    Refusal.IN_USE, "subscription '" + key.name() + "' has consumers: close them first"));
        } else {
            caller.execute(() -> reply.onKept(new Kept(key, there)));
        }
    }

    private final class Kept implements KeptSubscription {
        private final SubscriptionKey key;
        private final LocalSubscription subscription;

        Kept(SubscriptionKey key, LocalSubscription subscription) {
            this.key = key;
            this.subscription = subscription;
        }

        @Override
        public SubscriptionKey key() {
            return key;
        }

        @Override
        public SubscriptionTerms terms() {
            return subscription.terms();
        }

        @Override
        public void remove() {
            control.execute(() -> turns.take(key, done -> {
                if (subscription.seats().isEmpty()) {
                    LocalSubscriptions.this.remove(subscription, done);
                } else {
                    done.run();
                }
            }));
        }
    }

    /** A subscription on its way: who waits for it, and what it takes the place of. */
    private final class Making {
        private final SubscriptionRequest request;
        private final EventLoop caller;
        private final SubscribeReply reply;
        private final Runnable done;
        private @Nullable LocalSubscription replaced;
        private int topicsToJoin;

        Making(SubscriptionRequest request, EventLoop caller, SubscribeReply reply, Runnable done) {
            this.request = request;
            this.caller = caller;
            this.reply = reply;
            this.done = done;
        }

        void onQueue(Shard shard, long queueId, QueueDoor queue) {
            var key = request.key();
            var terms = request.terms();
            var made = new LocalSubscription(
                    key, terms, request.user(), shard, queueId, queue, noLocal(), request.mayReceive());
            if (replaced != null) {
                end(replaced);
            }
            known.add(made);
            fill(made);
        }

        /** Grants the subscription once all topics fill it that may. */
        void fill(LocalSubscription subscription) {
            var joining = topicsOf(subscription).stream()
                    .filter(topic -> !subscription.topics().contains(topic))
                    .toList();
            topicsToJoin = joining.size();
            if (joining.isEmpty()) {
                grant(subscription);
            }
            joining.forEach(topic -> subscription.join(topic, () -> control.execute(() -> onJoined(subscription))));
        }

        private @Nullable NoLocal noLocal() {
            var key = request.key();
            if (key != null && key.durable()) {
                return durableNoLocal(key, request.terms());
            }
            return request.terms().noLocal() ? NoLocal.of(request.consumer()) : null;
        }

        private void onJoined(LocalSubscription subscription) {
            topicsToJoin--;
            if (topicsToJoin == 0) {
                grant(subscription);
            }
        }

        private void grant(LocalSubscription subscription) {
            var seat = new Seat(
                    subscription, caller, request, (left, closed) -> control.execute(() -> leave(left, closed)));
            subscription.seats().add(seat);
            caller.execute(() -> reply.onSubscribed(seat));
            done.run();
        }

        /** Not among those who consume: when it leaves, nothing changes. */
        void grantFetching(LocalSubscription subscription) {
            var seat = new Seat(subscription, caller, request, (left, closed) -> {});
            caller.execute(() -> reply.onSubscribed(seat));
            done.run();
        }

        void refuse(Refusal refusal, String description) {
            caller.execute(() -> reply.onRefused(refusal, description));
            done.run();
        }
    }
}
