package dev.godwit.broker.queue;

import dev.godwit.broker.filter.CodeCondition;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Which messages of a {@link FreshLine} a filter has to look at: by the line's {@link LineIndex}, if it has one that tells
 * something of what the filter wants, else all; perhaps only those of one class of keys. Owned by the queue's loop; lives as
 * long as the {@link Cursor} that looks.
 */
final class LineSearch {
    /** Messages of all keys. */
    static final int ALL_CLASSES = -1;

    private final FreshLine line;
    private final @Nullable MessageFilter filter;
    private final int number;
    private @Nullable LineIndex index;
    private @Nullable CodeCondition condition;

    /** @param number of the class of keys; {@link #ALL_CLASSES} */
    LineSearch(FreshLine line, @Nullable MessageFilter filter, int number) {
        this.line = line;
        this.filter = filter;
        this.number = number;
    }

    /** Goes by the index that the line has now; true when it had another before, and others may be candidates. */
    boolean renew() {
        var now = line.index();
        if (now == index) {
            return false;
        }
        index = now;
        condition = now == null || filter == null ? null : filter.codes(now.properties());
        return true;
    }

    /** False when every message has to be looked at. */
    boolean knowsSome() {
        return condition != null || number != ALL_CLASSES;
    }

    /** So far it may look now: not beyond the first message of which nobody knows yet whose it is. */
    long end() {
        var now = number == ALL_CLASSES ? null : line.index();
        return now == null ? line.end() : now.nextUnknown(0);
    }

    /** False for one that came back to a place beyond that: an older one of its key may stand in line. */
    boolean mayGo(long back) {
        return number == ALL_CLASSES || back < end();
    }

    /** The first candidate from this place on, perhaps behind the limit; the limit, or one behind it, when there is none before. */
    long next(long from, long limit) {
        var fair = fair();
        if (fair == null) {
            return index == null || condition == null ? line.next(from) : index.next(condition, from, limit);
        }
        long at = fair.next(number, from, limit);
        while (at < limit && index != null && condition != null) {
            long wanted = index.next(condition, at, limit);
            if (wanted == at) {
                return at;
            }
            at = wanted < limit ? fair.next(number, wanted, limit) : limit;
        }
        return at;
    }

    /** The first message of its class from this place on, or the first of which nobody knows whose it is; else the end. */
    long nextOfClass(long from) {
        var fair = fair();
        return fair == null || from >= line.end() ? from : fair.next(number, from, end());
    }

    private @Nullable FairLine fair() {
        var now = number == ALL_CLASSES ? null : line.index();
        return now == null ? null : now.fair();
    }

    /** True when it is known that a message which came back is of another class. */
    boolean isOther(QueueEntry back) {
        var fair = fair();
        int known = fair == null ? number : fair.share().knownClassOf(back);
        return known >= 0 && known != number;
    }

    /** The same once it was looked at; {@code seen} is null when it cannot be read. */
    boolean isOther(QueueEntry back, @Nullable Message seen) {
        var fair = fair();
        return fair != null && fair.share().classOf(back, seen) != number;
    }

    /** A candidate was seen, or cannot be read. */
    void learn(long sequence, @Nullable Message seen) {
        if (index != null) {
            index.learn(sequence, seen);
        }
    }
}
