package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.queue.LargeMessage;
import dev.godwit.broker.queue.PartCursor;
import dev.godwit.broker.queue.PartsListener;
import dev.godwit.broker.queue.QueueEntry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A message too large to be held whole, on its way from the journal to a consumer: its parts are read a little ahead of
 * what the peer takes. Owned by the connection's loop; lives until the last part is written, or the message is given up.
 */
final class LargeMessageDelivery implements PartsListener {
    /** Parts read at once. */
    private static final int READ_PARTS = 8;

    /** With no more than these at hand, or on their way, the next are read. */
    private static final int READ_AHEAD_PARTS = 8;

    /** Where the parts come from. */
    interface PartsSource {
        void read(long[] indices, int count, PartsListener listener);
    }

    /** How it ends: exactly one of the two is called, once, unless it is cancelled. */
    interface Ending {
        /** The peer has been sent all of it. */
        void onSent(LargeMessageDelivery delivery);

        /** The peer has been told to forget what it got. */
        void onUnreadable(LargeMessageDelivery delivery, String problem);
    }

    private final QueueEntry entry;
    private final @Nullable AddedAnnotations added;
    private final @Nullable ByteBuffer identity;
    private final OutgoingStream stream;
    private final PartsSource source;
    private final Ending ending;
    private final PartCursor cursor;
    private final ArrayDeque<ByteBuffer> ready = new ArrayDeque<>();
    private int asked;
    private boolean begun;
    private boolean over;

    /**
     * @param added to the message's own annotations; null for none
     * @param identity a section of delivery annotations; null for none
     */
    LargeMessageDelivery(
            QueueEntry entry,
            @Nullable AddedAnnotations added,
            @Nullable ByteBuffer identity,
            LargeMessage message,
            OutgoingStream stream,
            PartsSource source,
            Ending ending) {
        this.entry = entry;
        this.added = added;
        this.identity = identity;
        this.stream = stream;
        this.source = source;
        this.ending = ending;
        this.cursor = new PartCursor(message);
    }

    QueueEntry entry() {
        return entry;
    }

    /** Writes what is at hand, as far as the peer takes it, and reads on. */
    void goOn() {
        while (!over && !ready.isEmpty() && stream.isWritable()) {
            stream.write(ready.removeFirst());
        }
        if (over) {
            return;
        }
        if (ready.isEmpty() && asked == 0 && cursor.isAtEnd()) {
            over = true;
            stream.end();
            ending.onSent(this);
            return;
        }
        while (!cursor.isAtEnd() && ready.size() + asked <= READ_AHEAD_PARTS) {
            var indices = new long[READ_PARTS];
            int count = cursor.take(indices);
            asked += count;
            source.read(indices, count, this);
        }
    }

    @Override
    public void onPart(ByteBuffer part) {
        asked--;
        if (over) {
            return;
        }
        if (begun) {
            ready.addLast(part);
        } else {
            begun = true;
            var problem = begin(part);
            if (problem != null) {
                onUnreadable(problem);
                return;
            }
        }
        goOn();
    }

    /** The first part, with a header of ours; returns what is wrong with it. */
    private @Nullable String begin(ByteBuffer first) {
        try {
            var message = new MessageReader().readHead(first, 0);
            if (message == null) {
                return "its first part does not hold the sections before its body";
            }
            if (added != null) {
                var rewritten = message.rewritten(
                        entry.deliveryCount(), !entry.wasAcquiredBefore(), entry.leftMillis(), added, identity);
                ready.addLast(rewritten.head());
                ready.addLast(rewritten.tail());
                return null;
            }
            var head = message.head(entry.deliveryCount(), !entry.wasAcquiredBefore(), entry.leftMillis(), identity);
            if (head.hasRemaining()) {
                ready.addLast(head);
            }
            ready.addLast(message.tail(head));
            return null;
        } catch (AmqpDecodeException malformed) {
            return "its first part is not the beginning of an AMQP message: " + malformed.getMessage();
        }
    }

    @Override
    public void onUnreadable(String problem) {
        if (!over) {
            cancel();
            ending.onUnreadable(this, problem);
        }
    }

    /** Gives it up: the peer is told, if it is still there. */
    void cancel() {
        over = true;
        ready.clear();
        stream.abort();
    }
}
