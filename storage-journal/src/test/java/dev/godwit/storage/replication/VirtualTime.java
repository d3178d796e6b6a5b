package dev.godwit.storage.replication;

import java.util.PriorityQueue;
import java.util.Queue;

/** Time that passes from event to event, and the events to come. Of two at the same time the one that was planned first is first. */
final class VirtualTime {
    private record Event(long micros, long number, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(micros, other.micros);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    private final Queue<Event> events = new PriorityQueue<>();
    private long nowMicros;
    private long planned;
    private long happened;

    long nowMicros() {
        return nowMicros;
    }

    /** How many events there were. */
    long happened() {
        return happened;
    }

    void after(long micros, Runnable action) {
        events.add(new Event(nowMicros + micros, planned++, action));
    }

    /** Lets everything happen up to {@code micros}. */
    void runUntil(long micros) {
        Event next = events.peek();
        while (next != null && next.micros() <= micros) {
            events.remove();
            nowMicros = next.micros();
            happened++;
            next.action().run();
            next = events.peek();
        }
        nowMicros = micros;
    }
}
