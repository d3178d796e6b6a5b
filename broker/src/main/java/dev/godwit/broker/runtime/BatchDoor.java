package dev.godwit.broker.runtime;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way from one event loop to another, in batches: what is passed during a turn of the sending loop goes over at the
 * turn's end by one task, together with what goes through other doors between these two loops, so that a thousand messages
 * cost one wake-up. When both ends are the same loop it is a plain call. Owned by the sending loop.
 */
public final class BatchDoor<T> {
    private final Consumer<? super T> receiver;

    /** Null when both ends are the same loop. */
    private final @Nullable Crossing crossing;

    /**
     * Any thread may make one.
     *
     * @param receiver called on {@code to}, in the order of {@link #pass}
     */
    public BatchDoor(EventLoop from, EventLoop to, Consumer<? super T> receiver) {
        this.receiver = receiver;
        crossing = from == to ? null : from.crossings().to(to);
    }

    public void pass(T item) {
        if (crossing == null) {
            receiver.accept(item);
        } else {
            crossing.pass(receiver, item);
        }
    }

    /** Hands over now what has gathered, so that it is there before whatever is given to the other loop next. */
    public void flush() {
        if (crossing != null) {
            crossing.flush();
        }
    }
}
