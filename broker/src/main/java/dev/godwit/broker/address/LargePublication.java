package dev.godwit.broker.address;

import dev.godwit.broker.message.Message;
import dev.godwit.broker.queue.EnqueueReply;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.QueueTransaction;
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
final class LargePublication {
    private final LongConsumer taken;
    private final EnqueueReply reply;
    private final List<Copy> copies = new ArrayList<>();
    private long takenByAll;
    private boolean nowhere;

    /** @param taken told of bytes that no subscription needs in memory any more */
    LargePublication(LongConsumer taken, EnqueueReply reply) {
        this.taken = taken;
        this.reply = reply;
    }

    void begin(Message head, List<Subscriber> wanting) {
        var gathered = new CopiesReply(wanting.size(), reply);
        for (var subscriber : wanting) {
            var copy = new Copy(gathered);
            copies.add(copy);
            copy.door = subscriber.door().openLarge(head, copy);
        }
    }

    /** The topic is no more. */
    void beginNowhere() {
        nowhere = true;
    }

    void addPart(ByteBuffer part) {
        if (copies.isEmpty()) {
            taken.accept(part.remaining());
        }
        for (var copy : copies) {
            copy.door().addPart(part);
        }
    }

    void end() {
        if (nowhere) {
            reply.onDeleted();
        } else if (copies.isEmpty()) {
            reply.onSafe();
        }
        for (var copy : copies) {
            copy.door().end();
        }
    }

    void giveUp() {
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
    private final class Copy implements LargeMessageReply {
        private final EnqueueReply end;
        private @Nullable LargeMessageDoor door;
        private long takenBytes;

        Copy(EnqueueReply end) {
            this.end = end;
        }

        LargeMessageDoor door() {
            if (door == null) {
                throw new IllegalStateException("a copy without its way");
            }
            return door;
        }

        @Override
        public void onPartsTaken(long bytes) {
            takenBytes += bytes;
            onTaken();
        }

        @Override
        public @Nullable QueueTransaction transaction() {
            return end.transaction();
        }

        @Override
        public boolean isTransfer() {
            return end.isTransfer();
        }

        @Override
        public void onSafe() {
            end.onSafe();
        }

        @Override
        public void onRefused() {
            end.onRefused();
        }

        @Override
        public void onInDoubt() {
            end.onInDoubt();
        }
    }
}
