package dev.godwit.it.history;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** What clients saw, in one order. Every thread may add; read it when they have stopped. */
public final class History {
    /** One thing that a client did or saw. */
    public sealed interface Event {
        /** A producer is about to send. */
        record Sent(MessageKey key) implements Event {}

        /** A producer saw {@code accepted}. */
        record Confirmed(MessageKey key) implements Event {}

        /**
         * A consumer was given a message.
         *
         * @param scope within which first deliveries of a producer must keep their order
         * @param attempt as the broker counts: above 1 somebody was sent it before, perhaps on a connection that was lost, so that
         *     no program saw it
         */
        record Delivered(MessageKey key, String scope, int attempt) implements Event {
            public Delivered(MessageKey key, String scope) {
                this(key, scope, 1);
            }
        }

        /** A consumer was given bytes that no producer of ours wrote. */
        record Unreadable(String scope) implements Event {}

        /** A consumer saw the broker settle what it had accepted. */
        record Settled(MessageKey key) implements Event {}
    }

    private final Queue<Event> events = new ConcurrentLinkedQueue<>();

    public void add(Event event) {
        events.add(event);
    }

    public Iterable<Event> events() {
        return events;
    }
}
