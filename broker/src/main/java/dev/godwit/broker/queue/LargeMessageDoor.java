package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;

/**
 * One large message's way into a queue, part by part. Owned by the producer's loop; lives until the message is whole, or
 * given up. The message takes its place among the producer's others when it is whole.
 */
public final class LargeMessageDoor {
    /** More than this is no part, but several. */
    public static final int PART_BYTES_MAX = 256 * 1024;

    private final MessageQueue queue;
    private final BatchDoor<QueueEntry> entries;
    private final BatchDoor<ByteBuffer> parts;
    private final LargeArrival arrival;
    private final EnqueueReply reply;

    LargeMessageDoor(
            MessageQueue queue,
            EventLoop caller,
            BatchDoor<QueueEntry> entries,
            LargeArrival arrival,
            EnqueueReply reply) {
        this.queue = queue;
        this.entries = entries;
        this.parts = new BatchDoor<>(caller, queue.owner(), arrival::add);
        this.arrival = arrival;
        this.reply = reply;
    }

    /** The next bytes, from position to limit; nobody may write to them any more. */
    public void addPart(ByteBuffer part) {
        for (int at = part.position(); at < part.limit(); at += PART_BYTES_MAX) {
            parts.pass(part.slice(at, Math.min(PART_BYTES_MAX, part.limit() - at)));
        }
    }

    /** That was all. The reply tells how it ended. */
    public void end() {
        parts.flush();
        entries.pass(new QueueEntry(queue, arrival, reply));
    }

    /** The rest will not come. The reply stays silent. */
    public void giveUp() {
        parts.flush();
        queue.owner().execute(arrival::giveUp);
    }
}
