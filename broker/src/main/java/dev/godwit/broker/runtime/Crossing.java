package dev.godwit.broker.runtime;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that one event loop passes to another: it gathers during a turn, and goes over at the turn's end by one task. So a
 * message for ten consumers of another loop wakes that loop once, and not once for each of them. Keeps the order of what
 * is passed, whichever doors it goes through. Owned by the sending loop.
 */
final class Crossing {
    private static final Logger log = LoggerFactory.getLogger(Crossing.class);

    private final EventLoop from;
    private final EventLoop to;
    private final Runnable atEndOfTurn = this::flush;
    private @Nullable Batch gathered;

    Crossing(EventLoop from, EventLoop to) {
        this.from = from;
        this.to = to;
    }

    <T> void pass(Consumer<? super T> receiver, T item) {
        var batch = gathered;
        if (batch == null) {
            batch = new Batch();
            gathered = batch;
            from.execute(atEndOfTurn);
        }
        batch.add(receiver, item);
    }

    /** Hands over now what has gathered. */
    void flush() {
        var batch = gathered;
        gathered = null;
        if (batch != null) {
            to.execute(batch);
        }
    }

    /** What was passed in one turn: each item behind who receives it. Goes from one loop to the other, once. */
    private static final class Batch implements Runnable {
        private static final int ITEMS_AT_FIRST = 12;

        private @Nullable Object[] things = new Object[2 * ITEMS_AT_FIRST];
        private int end;

        <T> void add(Consumer<? super T> receiver, T item) {
            if (end == things.length) {
                things = Arrays.copyOf(things, 2 * end);
            }
            things[end] = receiver;
            things[end + 1] = item;
            end += 2;
        }

        @Override
        public void run() {
            for (int at = 0; at < end; at += 2) {
                receive(things[at], things[at + 1]);
                things[at + 1] = null;
            }
        }

        /** One item that fails takes none of its neighbours along: they may belong to other links. */
        @SuppressWarnings({"unchecked", "NullAway"}) // add() took the two together
        private static void receive(@Nullable Object receiver, @Nullable Object item) {
            try {
                ((Consumer<Object>) receiver).accept(item);
            } catch (RuntimeException failed) {
                log.error("an item passed between event loops failed", failed);
            }
        }
    }
}
