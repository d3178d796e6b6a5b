package dev.godwit.broker.queue;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is: the consumers with credit, those of the highest priority first, a {@link ConsumerRank} each. Owned by the
 * queue's loop.
 */
final class ConsumerRotation {
    /** So many are asked how many groups they have when one is to be given away. */
    private static final int CHOICE_MAX = 32;

    private final ConsumerRank usual = new ConsumerRank(Interest.USUAL_PRIORITY);

    /** The highest priority first; the usual one is always among them. */
    private final List<ConsumerRank> ranks = new ArrayList<>(1);

    /** Those of lower priority are not there for the time being. */
    private long floor = Long.MIN_VALUE;

    ConsumerRotation() {
        ranks.add(usual);
    }

    /** Of those of lower priority than this nothing is seen from now on. */
    void showDownTo(long priority) {
        floor = priority;
    }

    int size() {
        if (ranks.size() == 1) {
            return usual.priority() >= floor ? usual.size() : 0;
        }
        int size = 0;
        for (int i = 0; i < ranks.size() && ranks.get(i).priority() >= floor; i++) {
            size += ranks.get(i).size();
        }
        return size;
    }

    boolean isEmpty() {
        return first() == null;
    }

    /** Who is served first; null when nobody is here. */
    @Nullable
    QueueConsumer first() {
        for (int i = 0; i < ranks.size() && ranks.get(i).priority() >= floor; i++) {
            var first = ranks.get(i).first();
            if (first != null) {
                return first;
            }
        }
        return null;
    }

    /** The next in the order of serving; null for none. */
    @Nullable
    QueueConsumer after(QueueConsumer consumer) {
        var rank = rankOf(consumer);
        var next = rank.after(consumer);
        if (next != null || ranks.size() == 1) {
            return next;
        }
        for (int i = ranks.indexOf(rank) + 1; i < ranks.size() && ranks.get(i).priority() >= floor; i++) {
            var first = ranks.get(i).first();
            if (first != null) {
                return first;
            }
        }
        return null;
    }

    private static ConsumerRank rankOf(QueueConsumer consumer) {
        if (consumer.rank == null) {
            throw new IllegalStateException("the consumer does not stand in the rotation");
        }
        return consumer.rank;
    }

    /** True when one of them has credit. */
    boolean hasTaker() {
        for (var consumer = first(); consumer != null; consumer = after(consumer)) {
            if (consumer.hasCredit()) {
                return true;
            }
        }
        return false;
    }

    /** The highest priority below this one of which there is a consumer with credit; {@link Long#MIN_VALUE} for none. */
    long takersPriorityBelow(long priority) {
        for (var rank : ranks) {
            if (rank.priority() < priority) {
                for (var consumer = rank.first(); consumer != null; consumer = rank.after(consumer)) {
                    if (consumer.hasCredit()) {
                        return rank.priority();
                    }
                }
            }
        }
        return Long.MIN_VALUE;
    }

    /** Takes the consumer in if it has credit and is not in yet. */
    void offer(QueueConsumer consumer) {
        if (consumer.rank == null && consumer.hasCredit()) {
            rank(consumer.priority()).add(consumer);
        }
    }

    private ConsumerRank rank(int priority) {
        if (priority == Interest.USUAL_PRIORITY) {
            return usual;
        }
        int place = 0;
        while (place < ranks.size() && ranks.get(place).priority() > priority) {
            place++;
        }
        if (place == ranks.size() || ranks.get(place).priority() != priority) {
            ranks.add(place, new ConsumerRank(priority));
        }
        return ranks.get(place);
    }

    /** Forgets a consumer that left. */
    void remove(QueueConsumer consumer) {
        if (consumer.rank != null) {
            consumer.rank.remove(consumer);
        }
        if (ranks.size() > 1) {
            ranks.removeIf(rank -> rank != usual && rank.size() == 0);
        }
    }

    /** True when some consumer could be given the entry. */
    boolean hasTakerFor(QueueEntry entry) {
        for (var consumer = first(); consumer != null; consumer = after(consumer)) {
            if (consumer.hasCredit() && entry.isDeliverableTo(consumer)) {
                return true;
            }
        }
        return false;
    }

    /** From where those with credit have to look at what came back. */
    long returnedPlace(ReturnedPlaces places) {
        if (places.isEmpty()) {
            return 0;
        }
        long place = Long.MAX_VALUE;
        for (var consumer = first(); consumer != null; consumer = after(consumer)) {
            if (consumer.hasCredit()) {
                place = Math.min(place, places.of(consumer));
            }
        }
        return place;
    }

    /** Consumers that lost their credit fall out. */
    void retainTakers() {
        for (var consumer = first(); consumer != null; ) {
            var next = after(consumer);
            if (!consumer.hasCredit()) {
                rankOf(consumer).remove(consumer);
            }
            consumer = next;
        }
    }

    /** None of those with credit may have this one, nor anything between {@code place} and it. */
    void pass(ReturnedPlaces places, long place, long sequence) {
        for (var consumer = first(); consumer != null; consumer = after(consumer)) {
            if (consumer.hasCredit()) {
                places.pass(consumer, place, sequence);
            }
        }
    }

    /** True when the consumer could be served. */
    boolean isTaker(QueueConsumer consumer) {
        return consumer.rank != null && consumer.hasCredit() && consumer.priority() >= floor;
    }

    /** Takes one of them out. Offer it again when it has been served. */
    void take(QueueConsumer consumer) {
        rankOf(consumer).remove(consumer);
    }

    /**
     * Who is to have a group: of the first ones of the highest priority, the one that has the fewest.
     *
     * @param entry that it may have to be given; null for any
     */
    @Nullable
    QueueConsumer withFewestGroupsFor(@Nullable QueueEntry entry) {
        QueueConsumer best = null;
        int looked = 0;
        for (var consumer = first(); consumer != null && looked < CHOICE_MAX; consumer = after(consumer)) {
            if (best != null && consumer.priority() < best.priority()) {
                break;
            }
            if (consumer.hasCredit() && (entry == null || entry.isDeliverableTo(consumer))) {
                best = best == null || groups(consumer) < groups(best) ? consumer : best;
                looked++;
            }
        }
        return best;
    }

    private static int groups(QueueConsumer consumer) {
        var share = consumer.shareOrNull();
        return share == null ? 0 : share.size();
    }

    /**
     * The next consumer that may have the entry; null when there is none. Offer it again when it has been served.
     * Consumers that lost their credit fall out on the way.
     */
    @Nullable
    QueueConsumer takeFor(QueueEntry entry) {
        for (var consumer = first(); consumer != null; ) {
            boolean taker = consumer.hasCredit();
            if (taker && entry.isDeliverableTo(consumer)) {
                rankOf(consumer).remove(consumer);
                return consumer;
            }
            var next = after(consumer);
            if (!taker) {
                rankOf(consumer).remove(consumer);
            }
            consumer = next;
        }
        return null;
    }
}
