package dev.godwit.broker.queue;

import org.jspecify.annotations.Nullable;

/**
 * The messages of one priority in a queue: those that were never given out, and those that came back, which go first
 * where they are older. Owned by the queue's loop; lives as long as the queue, from the first message of its priority on: what
 * consumers have comes back here, also when it has been empty meanwhile.
 */
final class Lane {
    /** Sequence numbers of a lane begin with its number: in their natural order, higher priorities come first. */
    private static final int SHIFT = 56;

    private final int number;
    private final FreshLine line;
    private final ReturnedEntries returned;
    private final ReturnedPlaces places = new ReturnedPlaces();
    private final WaitingTimes waitingTimes = new WaitingTimes();

    /** True while it is among the lanes that are asked for messages. */
    boolean inUse;

    Lane(int number, FreshLine line, ReturnedEntries returned) {
        this.number = number;
        this.line = line;
        this.returned = returned;
    }

    /** The lane of a message: 0 for the highest priority. */
    static int numberOf(int priority) {
        return PriorityRules.LEVELS - 1 - Math.min(PriorityRules.LEVELS - 1, priority);
    }

    static int numberIn(long sequence) {
        return (int) (sequence >>> SHIFT);
    }

    /** The sequence number of the first message that comes to a lane. */
    static long firstSequence(int number) {
        return ((long) number << SHIFT) + 1;
    }

    int number() {
        return number;
    }

    int priority() {
        return PriorityRules.LEVELS - 1 - number;
    }

    FreshLine line() {
        return line;
    }

    ReturnedEntries returned() {
        return returned;
    }

    /** How far consumers have looked through what came back. */
    ReturnedPlaces places() {
        return places;
    }

    WaitingTimes waitingTimes() {
        return waitingTimes;
    }

    boolean isEmpty() {
        return line.isEmpty() && returned.isEmpty();
    }

    /** The oldest that nobody has, perhaps as a stand-in that only knows its place; null when there is none. */
    @Nullable
    QueueEntry oldest() {
        var back = returned.next(0);
        var first = line.first();
        return back == null || (first != null && first.sequence() < back.sequence()) ? first : back;
    }

    /** True when there is an older message in line, because a seeker took this one from the middle. */
    boolean isOvertaken(QueueEntry back) {
        return line.next(0) < Math.min(back.sequence(), line.end());
    }
}
