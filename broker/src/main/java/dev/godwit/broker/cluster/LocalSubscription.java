package dev.godwit.broker.cluster;

import dev.godwit.broker.address.NoLocal;
import dev.godwit.broker.address.SubscriptionKey;
import dev.godwit.broker.address.SubscriptionTerms;
import dev.godwit.broker.address.Topic;
import dev.godwit.broker.address.TopicPattern;
import dev.godwit.broker.queue.QueueDoor;
import dev.godwit.broker.shard.Shard;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A subscription on this node: its queue, the topics that fill it, and who consumes. Owned by the control loop. */
final class LocalSubscription {
    private final @Nullable SubscriptionKey key;
    private final SubscriptionTerms terms;

    /** Null when it is to one topic. */
    private final @Nullable TopicPattern pattern;

    private final String user;
    private final Shard shard;
    private final long queueId;
    private final QueueDoor queue;
    private final @Nullable NoLocal noLocal;
    private Predicate<String> mayReceive;
    private final List<Topic> topics = new ArrayList<>();
    private final Set<Seat> seats = new LinkedHashSet<>();

    /**
     * @param user whose it is
     * @param noLocal whose messages are not for it
     * @param mayReceive which topics a pattern brings to its consumers
     */
    LocalSubscription(
            @Nullable SubscriptionKey key,
            SubscriptionTerms terms,
            String user,
            Shard shard,
            long queueId,
            QueueDoor queue,
            @Nullable NoLocal noLocal,
            Predicate<String> mayReceive) {
        this.key = key;
        this.terms = terms;
        this.pattern = TopicPattern.isPattern(terms.topic()) ? new TopicPattern(terms.topic()) : null;
        this.user = user;
        this.shard = shard;
        this.queueId = queueId;
        this.queue = queue;
        this.noLocal = noLocal;
        this.mayReceive = mayReceive;
    }

    @Nullable
    SubscriptionKey key() {
        return key;
    }

    /** As an operator knows it: what its clients call it, or the name of its queue when they do not. */
    String shownName() {
        return key == null ? queue.name() : key.name();
    }

    /** Of the clients that may take it up; null when it is not for one container. */
    @Nullable
    String containerId() {
        return key == null ? null : key.containerId();
    }

    boolean isDurable() {
        return key != null && key.durable();
    }

    SubscriptionTerms terms() {
        return terms;
    }

    String user() {
        return user;
    }

    QueueDoor queue() {
        return queue;
    }

    boolean isPattern() {
        return pattern != null;
    }

    /** Whether what is published there is for it. */
    boolean isFilledBy(Topic topic) {
        if (pattern == null) {
            return terms.topic().equals(topic.name());
        }
        return !topic.isTemporary()
                && pattern.matches(topic.name())
                && mayReceive.test(topic.name())
                && seats.stream().allMatch(seat -> seat.mayReceive(topic.name()));
    }

    /** From now on a pattern brings the topics that whoever attached last may receive from, and all others who consume. */
    void replaceMayReceive(Predicate<String> newMayReceive) {
        mayReceive = newMayReceive;
    }

    /** Those that fill it now. */
    List<Topic> topics() {
        return topics;
    }

    /** Its consumers. */
    Set<Seat> seats() {
        return seats;
    }

    /** Gets what is published there from now on; {@code joined} runs on the topic's loop. */
    void join(Topic topic, Runnable joined) {
        topics.add(topic);
        var filter = terms.newFilter();
        topic.owner().execute(() -> {
            topic.add(queue, filter, noLocal);
            joined.run();
        });
    }

    /** Deletes the queue, and takes it from its topics. */
    void end() {
        for (var topic : topics) {
            topic.owner().execute(() -> topic.remove(queue));
        }
        topics.clear();
        shard.owner().execute(() -> shard.deleteQueue(queueId));
    }
}
