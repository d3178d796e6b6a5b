package dev.godwit.broker.address;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.Sweep;
import dev.godwit.broker.runtime.EventLoop;
import java.time.Instant;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where the messages of a sweep go: dead letters to where they came from, or all to one address. Counts them by origin. Owned
 * by the loop of the queue that is swept; lives as long as the sweep.
 */
public final class SweepDestinations implements Sweep.Destination {
    /** Origins that are told apart: what stands in messages bounds nothing. */
    private static final int ORIGINS_MAX = 1_000;

    /** What stands for messages that say nothing of their origin, and for those of the origins beyond. */
    private static final String OTHERS = "";

    private static final int DOORS_MAX = 256;

    private final Addresses addresses;
    private final EventLoop owner;
    private final @Nullable String to;
    private final boolean onlyCounts;
    private final boolean onlyLetters;
    private final long beginMillis;
    private final Predicate<String> maySend;
    private final Map<String, Long> origins = new LinkedHashMap<>();

    /** By queue or topic. */
    private final IdentityHashMap<Object, ProducerDoor> doors = new IdentityHashMap<>();

    /**
     * @param to the address for all of them; null for where each came from
     * @param onlyLetters true when what is no dead letter, or has become one since {@code beginMillis}, is to stay
     * @param onlyCounts true when nothing goes anywhere
     * @param maySend whether messages may be brought to an address of that name
     */
    public SweepDestinations(
            Addresses addresses,
            EventLoop owner,
            @Nullable String to,
            boolean onlyLetters,
            boolean onlyCounts,
            long beginMillis,
            Predicate<String> maySend) {
        this.addresses = addresses;
        this.owner = owner;
        this.to = to;
        this.onlyLetters = onlyLetters;
        this.onlyCounts = onlyCounts;
        this.beginMillis = beginMillis;
        this.maySend = maySend;
    }

    @Override
    public boolean isChoosy() {
        return onlyLetters;
    }

    @Override
    public boolean wants(Message message) {
        if (!onlyLetters) {
            return true;
        }
        var origin = originOf(message);
        return origin != null && !isLater(message) && (to != null || doorTo(origin) != null);
    }

    private static @Nullable String originOf(Message message) {
        return message.annotation(DeadLetterAnnotations.ADDRESS.toString()) instanceof String origin ? origin : null;
    }

    @Override
    public @Nullable ProducerDoor wayOf(Message message) {
        var origin = originOf(message);
        count(origin);
        var target = to == null ? origin : to;
        return onlyCounts || target == null ? null : doorTo(target);
    }

    @Override
    public void leave() {
        doors.values().forEach(ProducerDoor::leave);
    }

    /** It has been brought back since, and died again: it would go around for ever. */
    private boolean isLater(Message message) {
        return message.annotation(DeadLetterAnnotations.TIME.toString()) instanceof Instant time
                && time.toEpochMilli() > beginMillis;
    }

    private void count(@Nullable String origin) {
        var key = origin != null && (origins.containsKey(origin) || origins.size() < ORIGINS_MAX) ? origin : OTHERS;
        origins.merge(key, 1L, Long::sum);
    }

    private @Nullable ProducerDoor doorTo(String name) {
        var table = addresses.table();
        var meant = table.meaning(name);
        var queue = table.queues().get(meant);
        var topic = table.topics().get(meant);
        if (!maySend.test(meant)) {
            return null;
        } else if (queue != null) {
            return kept(queue, () -> queue.openProducer(owner));
        } else if (topic != null) {
            return kept(topic, () -> topic.openProducer(owner, Publisher.BROKER));
        }
        return null;
    }

    /** An address that was deleted and made anew has another door. */
    private ProducerDoor kept(Object node, Supplier<ProducerDoor> opening) {
        if (doors.size() >= DOORS_MAX) {
            doors.clear();
        }
        return doors.computeIfAbsent(node, unopened -> opening.get());
    }

    /** How many messages there were, by where they came from; the empty name stands for all others. */
    public Map<String, Long> origins() {
        owner.assertCurrent();
        return Map.copyOf(origins);
    }
}
