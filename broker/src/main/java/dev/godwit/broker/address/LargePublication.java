package dev.godwit.broker.address;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.ProducerDoor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A large message on its way to the subscriptions that want it, part by part: each keeps parts of its own. The producer
 * may send as much more as the slowest of them has on stable storage. Owned by the topic's loop; lives until the message
 * is whole, or given up.
 */
final class LargePublication implements LargeMessageDoor {
    private final LongConsumer taken;
    private final EnqueueReply reply;
    private final List<Copy> copies = new ArrayList<>();
    private long takenByAll;
    private boolean nowhere;
    private boolean answered;

    /** @param taken told of bytes that no subscription needs in memory any more */
    LargePublication(LongConsumer taken, EnqueueReply reply) {
        this.taken = taken;
        this.reply = reply;
    }

    /**
     * One copy goes to each of these.
     *
     * @param end hears when all of them are safe; nothing when there are none
     */
    void begin(Message head, List<Subscriber> wanting, EnqueueReply end) {
        var gathered = new CopiesReply(wanting.size(), end);
        for (var subscriber : wanting) {
            addCopy(subscriber.door(), head, gathered);
        }
    }

    /** One copy goes there as it comes. */
    void addCopy(ProducerDoor door, Message head, EnqueueReply end) {
        addCopy(door, head, head, end);
    }

    /**
     * One copy goes there with another beginning.
     *
     * @param head what the parts that come begin with
     * @param instead what stands in its place
     */
    void addCopy(ProducerDoor door, Message head, Message instead, EnqueueReply end) {
        var copy = new Copy(end);
        copies.add(copy);
        var opened = door.openLarge(instead, copy);
        copy.door = opened;
        if (instead != head) {
            copy.toSkip = head.sizeBytes();
            // It is counted as what it stands for.
            copy.takenBytes = (long) head.sizeBytes() - instead.sizeBytes();
            opened.addPart(instead.encoded().duplicate());
        }
    }

    /** The topic is no more. */
    void beginNowhere() {
        nowhere = true;
    }

    /** Its sender has been told already what becomes of it: what comes of it is dropped. */
    void beginAnswered() {
        answered = true;
    }

    @Override
    public void addPart(ByteBuffer part) {
        if (copies.isEmpty()) {
            taken.accept(part.remaining());
        }
        for (var copy : copies) {
            copy.addPart(part);
        }
    }

    @Override
    public void end() {
        if (nowhere) {
            reply.onDeleted();
        } else if (copies.isEmpty() && !answered) {
            Topic.endUnwanted(reply);
        }
        for (var copy : copies) {
            copy.door().end();
        }
    }

    @Override
    public void giveUp() {
        for (var copy : copies) {
            copy.door().giveUp();
        }
    }

    private void onTaken() {
        long byAll = Long.MAX_VALUE;
        for (var copy : copies) {
            byAll = Math.min(byAll, copy.takenBytes);
        }
        if (byAll > takenByAll) {
            long more = byAll - takenByAll;
            takenByAll = byAll;
            taken.accept(more);
        }
    }

    /** The message on its way to one subscription. */
    private final class Copy implements LargeMessageReply.Before {
        private final EnqueueReply end;
        private @Nullable LargeMessageDoor door;
        private long takenBytes;

        /** Bytes to come in place of which others were sent. */
        private int toSkip;

        Copy(EnqueueReply end) {
            this.end = end;
        }

        LargeMessageDoor door() {
            if (door == null) {
                throw new IllegalStateException("a copy without its way");
            }
            return door;
        }

        void addPart(ByteBuffer part) {
            int skipped = Math.min(toSkip, part.remaining());
            toSkip -= skipped;
            if (skipped < part.remaining()) {
                door().addPart(part.slice(part.position() + skipped, part.remaining() - skipped));
            }
        }

        @Override
        public EnqueueReply reply() {
            return end;
        }

        @Override
        public void onPartsTaken(long bytes) {
            takenBytes += bytes;
            onTaken();
        }
    }
}
