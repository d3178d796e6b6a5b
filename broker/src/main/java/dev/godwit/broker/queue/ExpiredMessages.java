package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.EventLoop;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What becomes of messages of one queue whose time to live has ended: they are dropped, or go to the address that the queue
 * has for them, as dead letters do. One that is not taken there is offered again and again, and nobody is given it meanwhile.
 * Owned by the queue's loop; lives as long as the queue.
 */
final class ExpiredMessages {
    /** So many may be on their way, or wait for it, before others expire by themselves. */
    static final int LEAVING_MAX = 10_000;

    static final long RETRY_MILLIS = 1_000;

    private static final Logger log = LoggerFactory.getLogger(ExpiredMessages.class);

    private final MessageQueue queue;
    private final EventLoop owner;
    private final Departures departures;
    private final DeadLetterRules rules;
    private final QueueCounters counters;

    /** They were not taken, and are offered again; null for none. */
    private @Nullable ArrayDeque<QueueEntry> refused;

    ExpiredMessages(
            MessageQueue queue, EventLoop owner, Departures departures, DeadLetterRules rules, QueueCounters counters) {
        this.queue = queue;
        this.owner = owner;
        this.departures = departures;
        this.rules = rules;
        this.counters = counters;
    }

    /** Those that wait to be offered again. */
    int waiting() {
        return refused == null ? 0 : refused.size();
    }

    /** Tells of those that wait to be offered again. */
    void forEach(Consumer<QueueEntry> what) {
        if (refused != null) {
            refused.forEach(what);
        }
    }

    /** So many more may expire. */
    int room() {
        return Math.max(0, LEAVING_MAX - departures.size() - waiting());
    }

    /** It has been taken out of its place, and counts as one that could be given out. */
    void add(QueueEntry entry) {
        log.debug("queue {}: message {} expired", queue.name(), entry.sequence());
        counters.onExpired();
        if (queue.isDeleted() || !rules.keepsExpired()) {
            queue.exits().end(entry);
            return;
        }
        if (entry.state() != EntryState.READY) {
            entry.become(EntryState.READY);
        }
        entry.become(EntryState.LEAVING);
        depart(entry);
    }

    private void depart(QueueEntry entry) {
        departures.add(entry, rules.expired(entry));
    }

    /** It was not taken. */
    void onRefused(QueueEntry entry) {
        if (queue.isDeleted()) {
            queue.exits().end(entry);
            return;
        }
        if (refused == null) {
            refused = new ArrayDeque<>();
            owner.schedule(RETRY_MILLIS, this::offerAgain);
        }
        refused.addLast(entry);
    }

    private void offerAgain() {
        var again = refused;
        refused = null;
        while (again != null && !again.isEmpty()) {
            var entry = again.removeFirst();
            if (queue.isDeleted()) {
                queue.exits().end(entry);
            } else {
                depart(entry);
            }
        }
    }
}
