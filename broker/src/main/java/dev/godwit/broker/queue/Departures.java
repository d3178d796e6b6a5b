package dev.godwit.broker.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages on their way to the dead letters, or to where those go that have expired. Only so many are in memory for it at a time: the others wait in turn, without
 * their messages, until those before them are safe where they go. Owned by the queue's loop.
 */
final class Departures {
    private static final Logger log = LoggerFactory.getLogger(Departures.class);

    /** Messages that may be read for it, or be waiting for an answer. */
    private static final int ON_THE_WAY_MAX = Rereads.MESSAGES_MAX;

    private static final long ON_THE_WAY_BYTES_MAX = 2 * Rereads.BYTES_MAX;

    /** How a departure ends. Exactly one of the three is called, once. */
    interface DepartureListener {
        /** It is safe elsewhere. */
        void onDeparted(QueueEntry entry);

        /** It was not taken. */
        void onStay(QueueEntry entry, DeadLetter why);

        /** It cannot be read. */
        void onUnreadable(QueueEntry entry, String problem);
    }

    private record Departure(QueueEntry entry, DeadLetter why) {}

    private final DeadLetters deadLetters;
    private final QueueLog journal;
    private final MessageMemory memory;
    private final DepartureListener listener;
    private final Rereads rereads;
    private final ArrayDeque<Departure> waiting = new ArrayDeque<>(1);

    /** Those whose messages are being read now. */
    private List<Departure> batch = List.of();

    /** Those that wait for an answer; null as long as there has been none. */
    private @Nullable Set<QueueEntry> asked;

    private int onTheWay;
    private long onTheWayBytes;
    private boolean departing;

    Departures(DeadLetters deadLetters, QueueLog journal, MessageMemory memory, DepartureListener listener) {
        this.deadLetters = deadLetters;
        this.journal = journal;
        this.memory = memory;
        this.listener = listener;
        this.rereads = new Rereads(journal, memory, new Rereads.RereadListener() {
            @Override
            public void onUnreadable(QueueEntry entry, String problem) {
                listener.onUnreadable(entry, problem);
            }

            @Override
            public void onReread() {
                departBatch();
            }
        });
    }

    boolean isEmpty() {
        return size() == 0;
    }

    int size() {
        return waiting.size() + onTheWay;
    }

    void add(QueueEntry entry, DeadLetter why) {
        waiting.addLast(new Departure(entry, why));
        goOn();
    }

    private void goOn() {
        if (departing) {
            return;
        }
        departing = true;
        try {
            while (!rereads.isBusy() && !waiting.isEmpty() && hasRoom()) {
                nextBatch();
            }
        } finally {
            departing = false;
        }
    }

    private boolean hasRoom() {
        return onTheWay < ON_THE_WAY_MAX && onTheWayBytes < ON_THE_WAY_BYTES_MAX;
    }

    private void nextBatch() {
        var next = new ArrayList<Departure>();
        var unread = new ArrayList<QueueEntry>();
        while (!waiting.isEmpty() && hasRoom()) {
            var departure = waiting.removeFirst();
            next.add(departure);
            onTheWay++;
            onTheWayBytes += bytesOnTheWay(departure.entry);
            if (!departure.entry.isAtHand()) {
                unread.add(departure.entry);
            }
        }
        batch = next;
        if (unread.isEmpty()) {
            departBatch();
        } else {
            rereads.read(unread);
        }
    }

    private void departBatch() {
        var leaving = batch;
        batch = List.of();
        leaving.forEach(this::depart);
        goOn();
    }

    private void depart(Departure departure) {
        var entry = departure.entry;
        var message = entry.message();
        if (entry.state() != EntryState.LEAVING) {
            onEnded(entry);
            return;
        }
        var way = new Way(entry, departure.why);
        if (asked == null) {
            asked = new LinkedHashSet<>();
        }
        asked.add(entry);
        try {
            var large = entry.large();
            if (large != null) {
                deadLetters.takeLarge(departure.why, new LargeMessageSource(large, journal, way::onUnreadable), way);
            } else if (message != null) {
                entry.letMessageGo();
                entry.count(memory, entry.presentBytes());
                deadLetters.take(departure.why, message, way);
            } else {
                way.onRefused();
            }
        } catch (RuntimeException broken) {
            // A message that waits here for an answer that never comes would be gone until the next start.
            log.error("message {} stays in its queue, no dead letter can be made of it", entry.index(), broken);
            way.onRefused();
        }
    }

    /** One message on its way; the first ending that it hears of counts. */
    private final class Way implements EnqueueReply {
        private final QueueEntry entry;
        private final DeadLetter why;
        private boolean over;

        Way(QueueEntry entry, DeadLetter why) {
            this.entry = entry;
            this.why = why;
        }

        @Override
        public boolean isTransfer() {
            return true;
        }

        private boolean end() {
            if (over) {
                return false;
            }
            over = true;
            onEnded(entry);
            return true;
        }

        @Override
        public void onSafe() {
            if (end()) {
                listener.onDeparted(entry);
                goOn();
            }
        }

        @Override
        public void onRefused() {
            if (end()) {
                listener.onStay(entry, why);
                goOn();
            }
        }

        @Override
        public void onInDoubt() {}

        void onUnreadable(String problem) {
            if (end()) {
                listener.onUnreadable(entry, problem);
                goOn();
            }
        }
    }

    /** Tells of all that are on their way. */
    void forEach(Consumer<QueueEntry> what) {
        if (asked != null) {
            asked.forEach(what);
        }
        batch.forEach(departure -> what.accept(departure.entry));
        waiting.forEach(departure -> what.accept(departure.entry));
    }

    /** Why a message that is on its way is still here. */
    static Obstacle obstacle() {
        return Obstacle.of(
                WaitingReason.BECOMING_DEAD_LETTER,
                "it is on its way to the dead letters, which have not taken it yet");
    }

    private void onEnded(QueueEntry entry) {
        if (asked != null) {
            asked.remove(entry);
        }
        onTheWay--;
        onTheWayBytes -= bytesOnTheWay(entry);
    }

    /** A large one fills the way by itself at most: it is copied a few parts at a time. */
    private static long bytesOnTheWay(QueueEntry entry) {
        var large = entry.large();
        return large == null ? entry.sizeBytes() : Math.min(large.encodedBytes(), ON_THE_WAY_BYTES_MAX);
    }
}
