package dev.godwit.broker.queue;

import dev.godwit.broker.message.AddedAnnotations;
import dev.godwit.broker.message.MalformedMessageException;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.runtime.Clock;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
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
        var reader = new MessageReader();
        copyTo(head -> target, head -> head.headAsDeadLetter(added, LargeMessageDoor.PART_BYTES_MAX, reader), reply);
    }

    /**
     * Copies the message to where its beginning says. To be called once.
     *
     * @param target chooses the way; null for none: then the reply is that it was refused
     * @param rewriting makes the beginning that the copy is to have
     */
    void copyTo(
            Function<Message, @Nullable ProducerDoor> target, UnaryOperator<Message> rewriting, EnqueueReply reply) {
        new Copy(target, rewriting, reply).readOn();
    }

    /** What hears of both ends. */
    private final class Copy implements PartsListener, LargeMessageReply {
        private final Function<Message, @Nullable ProducerDoor> target;
        private final UnaryOperator<Message> rewriting;
        private final EnqueueReply reply;
        private @Nullable LargeMessageDoor door;
        private int asked;
        private long onTheWayBytes;
        private boolean over;

        Copy(Function<Message, @Nullable ProducerDoor> target, UnaryOperator<Message> rewriting, EnqueueReply reply) {
            this.target = target;
            this.rewriting = rewriting;
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
                var way = target.apply(head);
                if (way == null) {
                    over = true;
                    reply.onRefused();
                    return;
                }
                door = way.openLarge(head, this);
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
                return head == null ? null : rewriting.apply(head);
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
