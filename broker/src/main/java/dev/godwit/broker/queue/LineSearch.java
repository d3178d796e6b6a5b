package dev.godwit.broker.queue;

import dev.godwit.broker.filter.CodeCondition;
import dev.godwit.broker.filter.MessageFilter;
import dev.godwit.broker.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Which messages of a {@link FreshLine} a filter has to look at: by the line's {@link LineIndex}, if it has one that tells
 * something of what the filter wants, else all. Owned by the queue's loop; lives as long as the {@link Cursor} that looks.
 */
final class LineSearch {
    private final FreshLine line;
    private final @Nullable MessageFilter filter;
    private @Nullable LineIndex index;
    private @Nullable CodeCondition condition;

    LineSearch(FreshLine line, @Nullable MessageFilter filter) {
        this.line = line;
        this.filter = filter;
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
        return condition != null;
    }

    /** The first candidate from this place on, perhaps behind the limit; the limit, or one behind it, when there is none before. */
    long next(long from, long limit) {
        return index == null || condition == null ? line.next(from) : index.next(condition, from, limit);
    }

    /** A candidate was seen, or cannot be read. */
    void learn(long sequence, @Nullable Message seen) {
        if (index != null) {
            index.learn(sequence, seen);
        }
    }
}
