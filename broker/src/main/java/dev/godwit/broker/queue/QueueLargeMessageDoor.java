package dev.godwit.broker.queue;

import dev.godwit.broker.runtime.BatchDoor;
import dev.godwit.broker.runtime.EventLoop;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One large message's way into a queue, part by part. Owned by the producer's loop. */
final class QueueLargeMessageDoor implements LargeMessageDoor {
    private final MessageQueue queue;
    private final BatchDoor<QueueEntry> entries;
    private final BatchDoor<ByteBuffer> parts;
    private final LargeArrival arrival;
    private final EnqueueReply reply;
    private final @Nullable ShardBranch branch;

    QueueLargeMessageDoor(
            MessageQueue queue,
            EventLoop caller,
            BatchDoor<QueueEntry> entries,
            LargeArrival arrival,
            EnqueueReply reply,
            @Nullable ShardBranch branch) {
        this.queue = queue;
        this.entries = entries;
        this.parts = new BatchDoor<>(caller, queue.owner(), arrival::add);
        this.arrival = arrival;
        this.reply = reply;
        this.branch = branch;
    }

    @Override
    public void addPart(ByteBuffer part) {
        for (int at = part.position(); at < part.limit(); at += PART_BYTES_MAX) {
            parts.pass(part.slice(at, Math.min(PART_BYTES_MAX, part.limit() - at)));
        }
    }

    @Override
    public void end() {
        parts.flush();
        var entry = new QueueEntry(queue, arrival, reply);
        if (branch != null) {
            entry.postIn(branch);
        }
        entries.pass(entry);
    }

    @Override
    public void giveUp() {
        parts.flush();
        queue.owner().execute(arrival::giveUp);
    }
}
