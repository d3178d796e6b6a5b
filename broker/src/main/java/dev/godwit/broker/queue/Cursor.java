package dev.godwit.broker.queue;

import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * How far somebody has looked through a {@link Lane} for the messages that he wants. It has two places, one in the
 * {@link FreshLine} and one among the {@link ReturnedEntries}, and goes on with whichever message is older; what it has
 * passed it does not look at again, save messages that come back. It takes nothing out. Owned by the queue's loop.
 */
final class Cursor {
    private static final long NOTHING = -1;
    private static final long NONE = Long.MAX_VALUE;
    private static final long TIRED = -2;

    /** Messages that are passed by what is known of them between two looks at the clock. */
    private static final long STRETCH = 1 << 12;

    private final FreshLine line;
    private final ReturnedEntries returnedEntries;
    private final @Nullable MessageFilter filter;
    private final LineSearch search;
    private final ReadAhead ahead;

    /** True when of a large message more must be known than that it is there. */
    private final boolean looksInside;

    private long linePlace;
    private long returnedPlace;

    /** The first that came back, is wanted, and could not be given to anybody when it was found. */
    private long firstInVain = NONE;

    /** Wanted, and not passed yet. */
    private long foundInLine = NOTHING;

    private @Nullable QueueEntry foundReturned;
    private boolean foundIsReturned;
    private @Nullable Message message;

    /** What was seen of the one that was found: of a large message the beginning, if anything. */
    private @Nullable Message seenReturned;

    private @Nullable Message seenInLine;

    /** @param heads of large messages the beginning is wanted, whatever the filter */
    Cursor(
            FreshLine line,
            ReturnedEntries returnedEntries,
            @Nullable MessageFilter filter,
            LineSearch search,
            ReadAhead ahead,
            boolean heads) {
        this.looksInside = heads || filter != null;
        this.line = line;
        this.returnedEntries = returnedEntries;
        this.filter = filter;
        this.search = search;
        this.ahead = ahead;
    }

    /** The message that was found, when it is one that came back; null when it is in line. */
    @Nullable
    QueueEntry returned() {
        return foundIsReturned ? foundReturned : null;
    }

    /** The message that was found in line. */
    long sequence() {
        return foundInLine;
    }

    /** Its bytes; null for a large message. */
    @Nullable
    Message message() {
        return message;
    }

    /** The message that was found, or the beginning of it; null for a large one if nobody wants to know. */
    @Nullable
    Message seen() {
        return foundIsReturned ? seenReturned : seenInLine;
    }

    /** Where the message stands, or stood, that was found. */
    long found() {
        return foundIsReturned && foundReturned != null ? foundReturned.sequence() : foundInLine;
    }

    /** The first place that it has not passed, if there is a message; {@link Long#MAX_VALUE} when there is none. */
    long place() {
        long next = search.nextOfClass(line.next(linePlace));
        var back = returnedEntries.next(returnedPlace);
        long place = next < line.end() ? next : NONE;
        return back == null ? place : Math.min(place, back.sequence());
    }

    /** Since when a message could have been given out that was found in line, but not in memory, and is not large. */
    long waitsSinceMillis() {
        return ahead.waitsSinceMillis(foundInLine);
    }

    /**
     * Goes on to the next message that is wanted: {@link #returned}, or {@link #sequence} with {@link #message}. The one found
     * before is found again unless it was passed.
     */
    Sight find(Effort effort) {
        var back = findReturned(effort);
        if (back == Sight.WAITS || back == Sight.TIRED) {
            return back;
        }
        var found = back == Sight.FOUND ? foundReturned : null;
        long before = found == null ? Long.MAX_VALUE : found.sequence();
        var inLine = findInLine(before, effort);
        foundIsReturned = inLine == Sight.END && found != null;
        if (foundIsReturned && !search.mayGo(before)) {
            foundIsReturned = false;
            return Sight.WAITS;
        }
        return foundIsReturned ? Sight.FOUND : inLine;
    }

    private Sight findReturned(Effort effort) {
        if (foundReturned != null) {
            if (returnedEntries.contains(foundReturned) && foundReturned.isAtHand()) {
                return Sight.FOUND;
            }
            foundReturned = null;
        }
        for (var entry = returnedEntries.next(returnedPlace);
                entry != null;
                entry = returnedEntries.next(returnedPlace)) {
            if (!effort.goOn()) {
                return Sight.TIRED;
            }
            returnedPlace = entry.sequence();
            if (search.isOther(entry)) {
                returnedPlace++;
                continue;
            }
            if (!entry.isAtHand()) {
                returnedEntries.readFrom(entry);
                return Sight.WAITS;
            }
            var seen = looksInside ? seen(entry.sequence(), entry.large(), entry.message()) : entry.message();
            if (seen == null && looksInside) {
                return Sight.WAITS;
            }
            if (search.isOther(entry, seen)) {
                returnedPlace++;
                continue;
            }
            if (isWanted(seen, entry.deliveryCount(), entry.annotations())) {
                foundReturned = entry;
                seenReturned = seen;
                return Sight.FOUND;
            }
            returnedPlace++;
            returnedEntries.onPassed(entry);
        }
        return Sight.END;
    }

    private boolean isWanted(@Nullable Message seen, int deliveryCount, @Nullable AddedAnnotations added) {
        return filter == null
                || (seen != null && seen != ReadAhead.UNREADABLE && filter.matches(seen, deliveryCount, added));
    }

    /** A message's bytes up to its body; null when they have to be read first. */
    private @Nullable Message seen(long sequence, @Nullable LargeMessage large, @Nullable Message whole) {
        return large == null ? whole : ahead.head(sequence, large);
    }

    private Sight findInLine(long before, Effort effort) {
        if (search.renew()) {
            // What was read ahead need not be what is wanted next.
            letGo();
        }
        long end = Math.min(before, search.end());
        for (long next = candidate(end, effort); next < end; next = candidate(end, effort)) {
            if (next == TIRED) {
                return Sight.TIRED;
            }
            if (next != foundInLine && !effort.goOn()) {
                return Sight.TIRED;
            }
            linePlace = next;
            ahead.dropBefore(next);
            var entry = line.inMemory(next);
            var large = entry == null ? line.largeAt(next) : entry.large();
            message = null;
            if (large == null) {
                message = entry == null ? ahead.message(next) : entry.message();
                if (message == null) {
                    return Sight.WAITS;
                }
            }
            if (next == foundInLine && (seenInLine != null || !looksInside)) {
                return Sight.FOUND;
            }
            var seen = looksInside ? seen(next, large, message) : message;
            if (looksInside && seen == null) {
                return Sight.WAITS;
            }
            if (seen != null && seen != ReadAhead.UNREADABLE) {
                search.learn(next, seen);
            }
            if (isWanted(seen, deliveryCount(next, entry), annotations(next, entry))) {
                foundInLine = next;
                seenInLine = seen;
                return Sight.FOUND;
            }
            linePlace++;
            ahead.dropBefore(linePlace);
        }
        message = null;
        return Sight.END;
    }

    /** The next message that may be wanted, from its place on; the end, or one behind it, when there is none before. */
    private long candidate(long end, Effort effort) {
        long next = line.next(linePlace);
        if (!search.knowsSome()) {
            return next;
        }
        while (next < end) {
            long limit = Math.min(end, next + STRETCH);
            long found = search.next(next, limit);
            if (found < limit) {
                return found;
            }
            linePlace = found;
            if (!effort.goOn()) {
                return TIRED;
            }
            next = line.next(found);
        }
        return next;
    }

    private int deliveryCount(long sequence, @Nullable QueueEntry entry) {
        return entry == null ? line.deliveryCount(sequence) : entry.deliveryCount();
    }

    private @Nullable AddedAnnotations annotations(long sequence, @Nullable QueueEntry entry) {
        return entry == null ? line.annotations(sequence) : entry.annotations();
    }

    /** Leaves the message that was found behind. */
    void pass() {
        if (foundIsReturned) {
            returnedPlace++;
            foundReturned = null;
            seenReturned = null;
        } else {
            linePlace++;
            seenInLine = null;
            ahead.dropBefore(linePlace);
        }
        message = null;
    }

    /** Leaves the message behind that was found and had come back: it is wanted, but none of those may have it. */
    void passInVain(QueueEntry entry) {
        firstInVain = Math.min(firstInVain, entry.sequence());
        pass();
    }

    /** Somebody else may have what was passed in vain. */
    void lookAgain() {
        if (firstInVain != NONE) {
            onReturned(firstInVain);
            firstInVain = NONE;
        }
    }

    /** A message that came back was looked at and stays: it need not stay in memory for that. */
    void onSeen(QueueEntry entry) {
        returnedEntries.onPassed(entry);
    }

    /** What came back and is older than this place is behind it, too. */
    void passReturnedBefore(long sequence) {
        returnedPlace = Math.max(returnedPlace, sequence);
    }

    /** A message came back: it may be looked at again. */
    void onReturned(long sequence) {
        returnedPlace = Math.min(returnedPlace, sequence);
        if (foundReturned != null && foundReturned.sequence() > sequence) {
            foundReturned = null;
        }
    }

    /** A message left the line, and stands among those that came back although nobody has had it. */
    void onSteppedAside(long sequence) {
        if (sequence >= linePlace) {
            onReturned(sequence);
        }
    }

    /** True when there is something that was not looked at, or is wanted. */
    boolean hasMore() {
        return search.nextOfClass(line.next(linePlace)) < line.end() || returnedEntries.next(returnedPlace) != null;
    }

    /** Nobody waits for what was read ahead: it can be read again. */
    void letGo() {
        message = null;
        seenInLine = null;
        ahead.letGo();
    }
}
