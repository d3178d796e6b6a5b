package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A large message on its way to another queue: its parts are read here and written there, a few at a time. Owned by the
 * loop of the queue that it leaves; lives until the other queue has it, or does not want it.
 */
public final class LargeMessageSource {
    private static final int READ_PARTS = 4;

    /** Bytes that may be on their way from the one queue to the other. */
    private static final long ON_THE_WAY_BYTES_MAX = 2L * READ_PARTS * LargeMessageDoor.PART_BYTES_MAX;

    private final QueueLog journal;
    private final PartCursor cursor;
    private final Consumer<String> onUnreadable;
    private final long[] indices = new long[READ_PARTS];

    /** @param onUnreadable hears the problem, and no reply is given, when a part of it cannot be read */
    LargeMessageSource(LargeMessage message, QueueLog journal, Consumer<String> onUnreadable) {
        this.journal = journal;
        this.cursor = new PartCursor(message);
        this.onUnreadable = onUnreadable;
    }

    /**
     * Copies the message there, with annotations, without its time to live and as if it had never been delivered. To be
     * called once.
     */
    public void copyTo(ProducerDoor target, AddedAnnotations added, EnqueueReply reply) {
        new Copy(target, added, reply).readOn();
    }

    /** What hears of both ends. */
    private final class Copy implements PartsListener, LargeMessageReply {
        private final ProducerDoor target;
        private final AddedAnnotations added;
        private final EnqueueReply reply;
        private @Nullable LargeMessageDoor door;
        private int asked;
        private long onTheWayBytes;
        private boolean over;

        Copy(ProducerDoor target, AddedAnnotations added, EnqueueReply reply) {
            this.target = target;
            this.added = added;
            this.reply = reply;
        }

        void readOn() {
            if (asked > 0 || over || onTheWayBytes >= ON_THE_WAY_BYTES_MAX) {
                return;
            }
            if (cursor.isAtEnd()) {
                over = true;
                if (door != null) {
                    door.end();
                }
                return;
            }
            asked = cursor.take(indices);
            journal.read(indices, asked, new PartsReading(this));
        }

        @Override
        public void onPart(ByteBuffer part) {
            asked--;
            if (over) {
                return;
            }
            var bytes = part;
            if (door == null) {
                var head = readHead(part);
                if (head == null) {
                    onUnreadable("its first part is not the beginning of a message");
                    return;
                }
                door = target.openLarge(head, this);
                bytes = head.encoded();
            }
            onTheWayBytes += bytes.remaining();
            door.addPart(bytes);
            readOn();
        }

        private @Nullable Message readHead(ByteBuffer first) {
            var reader = new MessageReader();
            try {
                var head = reader.readHeadAgain(first, Clock.SYSTEM.nowMillis());
                return head == null ? null : head.headAsDeadLetter(added, LargeMessageDoor.PART_BYTES_MAX, reader);
            } catch (MalformedMessageException malformed) {
                return null;
            }
        }

        @Override
        public void onUnreadable(String problem) {
            if (!over) {
                over = true;
                if (door != null) {
                    door.giveUp();
                }
                onUnreadable.accept(problem);
            }
        }

        @Override
        public void onPartsTaken(long bytes) {
            onTheWayBytes -= bytes;
            readOn();
        }

        @Override
        public boolean isTransfer() {
            return reply.isTransfer();
        }

        @Override
        public void onSafe() {
            reply.onSafe();
        }

        @Override
        public void onRefused() {
            reply.onRefused();
        }

        @Override
        public void onInDoubt() {
            reply.onInDoubt();
        }
    }
}
