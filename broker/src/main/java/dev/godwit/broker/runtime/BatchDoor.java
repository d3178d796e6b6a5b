package dev.godwit.broker.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way from one event loop to another, in batches: what is passed during a turn of the sending loop goes over at the
 * turn's end by one task, so that a thousand messages cost one wake-up. When both ends are the same loop it is a plain
 * call. Owned by the sending loop.
 */
public final class BatchDoor<T> {
    private static final Logger log = LoggerFactory.getLogger(BatchDoor.class);

    private final EventLoop from;
    private final EventLoop to;
    private final Consumer<? super T> receiver;
    private @Nullable List<T> gathered;

    /** @param receiver called on {@code to}, in the order of {@link #pass} */
    public BatchDoor(EventLoop from, EventLoop to, Consumer<? super T> receiver) {
        this.from = from;
        this.to = to;
        this.receiver = receiver;
    }

    public void pass(T item) {
        if (from == to) {
            receiver.accept(item);
            return;
        }
        var batch = gathered;
        if (batch == null) {
            batch = new ArrayList<>();
            gathered = batch;
            from.execute(this::flush);
        }
        batch.add(item);
    }

    /** One item that fails takes none of its neighbours along: they may belong to other links. */
    private void receive(T item) {
        try {
            receiver.accept(item);
        } catch (RuntimeException failed) {
            log.error("an item passed between event loops failed", failed);
        }
    }

    /** Hands over now what has gathered, so that it is there before whatever is given to the other loop next. */
    public void flush() {
        var batch = gathered;
        gathered = null;
        if (batch != null) {
            to.execute(() -> batch.forEach(this::receive));
        }
    }
}
