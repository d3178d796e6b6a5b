package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.type.OpenProperty;
import dev.godwit.broker.runtime.EventLoop;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Which connections take whose place: a client that has lost its connection comes again before we may know that it was lost, and what
 * the old one has, messages that it was given and others that are yet to come on it, must not be behind what the new one does. So the
 * old one ends first, wherever it is. The client proves that it is the same by its user, and by an id that it alone knows
 * ({@link OpenProperty#SUCCESSION}).
 *
 * <p>Shared by all event loops; touched once when such a connection opens and once when it ends.
 */
public final class Successions {
    private final ConcurrentMap<Key, Place> latest = new ConcurrentHashMap<>();

    private record Key(String user, UUID succession) {}

    /**
     * Takes the place of the connections before.
     *
     * @param open of the new one
     * @param loop of the new one
     * @param ending ends the new one when its own place is taken, unless it has left by then: its links have left when it returns. On
     *     the same loop
     * @return null when a later one is here
     */
    @Nullable
    Place enter(String user, OpenParameters open, EventLoop loop, Runnable ending) {
        if (!(open.properties().get(OpenProperty.SUCCESSION) instanceof UUID succession)
                || !(open.properties().get(OpenProperty.SUCCESSION_NUMBER) instanceof Long number)) {
            return new Place(null, 0, loop, ending);
        }
        var entering = new Place(new Key(user, succession), number, loop, ending);
        var now = latest.compute(new Key(user, succession), (key, before) -> {
            if (before != null && before.number >= entering.number) {
                return before;
            }
            entering.before = before;
            return entering;
        });
        return now == entering ? entering : null;
    }

    /** Places of connections that are here, or about to leave. */
    int size() {
        return latest.size();
    }

    /** One connection's. Owned by its loop, save what is said otherwise. */
    final class Place {
        /** Null when nobody takes it. */
        private final @Nullable Key key;

        private final long number;
        private final EventLoop loop;
        private final Runnable ending;

        /** Completed when nothing is left of it, nor of those before, for which it may have waited itself. Any thread. */
        private final CompletableFuture<Void> free = new CompletableFuture<>();

        /** Whose place it took; null when nobody was there. */
        private @Nullable Place before;

        private boolean left;

        private Place(@Nullable Key key, long number, EventLoop loop, Runnable ending) {
            this.key = key;
            this.number = number;
            this.loop = loop;
            this.ending = ending;
        }

        /** Ends the connection before, and runs the task when nothing is left of it: at once when there is none. */
        void occupy(Runnable task) {
            loop.assertCurrent();
            var predecessor = before;
            if (predecessor == null) {
                task.run();
            } else {
                var unused = predecessor.free.thenRun(() -> loop.execute(() -> {
                    before = null;
                    if (!left) {
                        task.run();
                    }
                }));
                predecessor.loop.execute(predecessor::giveWay);
            }
        }

        private void giveWay() {
            if (!left) {
                try {
                    ending.run();
                } finally {
                    // Whatever becomes of it, its client is not to wait for ever.
                    leave();
                }
            }
        }

        /** The connection is over, and its links have left. */
        void leave() {
            loop.assertCurrent();
            if (left) {
                return;
            }
            left = true;
            if (key != null) {
                // Behind what its links have passed to other loops in this turn.
                loop.execute(this::becomeFree);
            }
        }

        private void becomeFree() {
            var predecessor = before;
            if (predecessor != null) {
                // Not in its stack: there may be many, one behind the other.
                var unused = predecessor.free.thenRun(() -> loop.execute(this::free));
            } else {
                free();
            }
        }

        /** Any thread. */
        private void free() {
            if (key != null) {
                latest.remove(key, this);
            }
            free.complete(null);
        }
    }
}
