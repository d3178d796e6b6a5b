package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.IncomingStream;
import dev.godwit.amqp.container.IncomingStreamListener;
import dev.godwit.amqp.message.AmqpDecodeException;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.DeliveryState;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.broker.message.Message;
import dev.godwit.broker.message.MessageReader;
import dev.godwit.broker.message.UnknownAnnotations;
import dev.godwit.broker.queue.LargeMessageDoor;
import dev.godwit.broker.queue.LargeMessageReply;
import dev.godwit.broker.queue.ProducerDoor;
import dev.godwit.broker.queue.QueueTransaction;
import dev.godwit.broker.runtime.Clock;
import dev.godwit.broker.transaction.OpenTransactions;
import dev.godwit.broker.transaction.Transaction;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A message too large to be held whole, on its way from the network to a queue. Owned by the connection's loop; lives until
 * the peer has its outcome, or is gone.
 *
 * <p>What stands before the body tells where it goes; every part is passed on as soon as that is known, and counts against
 * the peer until it is on the disk. A message that nobody can take is read to its end, and then rejected.
 */
final class LargeMessageIntake implements IncomingStreamListener, Route.DoorReply, LargeMessageReply {
    private final IncomingStream stream;
    private final Route route;
    private final ProducerPace pace;
    private final MessageReader reader;
    private final UnknownAnnotations unknownAnnotations;
    private final OpenTransactions transactions;
    private final Replies replies;

    /** Parts that came before the way was known. */
    private final ArrayDeque<ByteBuffer> held = new ArrayDeque<>();

    private long heldBytes;

    /** Of all that has come. */
    private long bytes;

    /** When so many are held it is looked whether all is there that stands before the body. */
    private long nextLookBytes;

    private boolean begun;
    private boolean headRead;
    private @Nullable Message head;
    private @Nullable LargeMessageDoor door;
    private @Nullable ErrorCondition objection;

    /** Not only this message is refused: its link ends. */
    private boolean breach;

    /** Set when the last part has come. */
    private Route.@Nullable RouteReply reply;

    private boolean lost;

    /** The one that the message is posted in, until the reply stands for it. */
    private @Nullable Transaction transaction;

    /** Makes, of the whole delivery, who hears how it ended. */
    interface Replies {
        Route.RouteReply replyTo(IncomingDelivery delivery, @Nullable Transaction transaction);
    }

    LargeMessageIntake(
            IncomingStream stream,
            Route route,
            ProducerPace pace,
            MessageReader reader,
            UnknownAnnotations unknownAnnotations,
            OpenTransactions transactions,
            Replies replies) {
        this.stream = stream;
        this.route = route;
        this.pace = pace;
        this.reader = reader;
        this.unknownAnnotations = unknownAnnotations;
        this.transactions = transactions;
        this.replies = replies;
    }

    @Override
    public void onPart(ByteBuffer part) {
        bytes += part.remaining();
        pace.onMoreArrived(part.remaining());
        var tooLong = objection == null ? pace.objectionTo(bytes) : null;
        if (tooLong != null) {
            breakOff(tooLong);
        }
        if (objection != null) {
            stream.taken(part.remaining());
        } else if (door != null) {
            door.addPart(part);
        } else {
            held.addLast(part);
            heldBytes += part.remaining();
            if (!begun) {
                begun = true;
                begin();
            } else if (!headRead) {
                lookForHead();
            }
        }
    }

    /** It is longer than its link may send. */
    private void breakOff(ErrorCondition why) {
        var opened = door;
        door = null;
        breach = true;
        onUnroutable(why);
        if (opened != null) {
            opened.giveUp();
        }
    }

    private void begin() {
        if (stream.remoteState() != null && !join(stream.remoteState())) {
            return;
        }
        if (stream.messageFormat() == ProducerLink.MESSAGE_FORMAT_AMQP) {
            lookForHead();
        } else {
            onUnroutable(ProducerLink.unknownFormat(stream.messageFormat()));
        }
    }

    /**
     * When room is short the first part may be small. Consumers find all that stands before the body in the first part of
     * the journal, so more is waited for.
     */
    private void lookForHead() {
        if (heldBytes >= LargeMessageDoor.PART_BYTES_MAX) {
            readHead(joined());
        } else if (heldBytes >= nextLookBytes) {
            nextLookBytes = 2 * heldBytes;
            var first = joined();
            if (reader.reachesBody(first)) {
                readHead(first);
            }
        }
    }

    private ByteBuffer joined() {
        if (held.size() > 1) {
            var all = ByteBuffer.allocate((int) heldBytes);
            held.forEach(part -> all.put(part.duplicate()));
            held.clear();
            held.addLast(all.flip());
        }
        return held.getFirst();
    }

    /** All of it is here, and no body was found in it before. */
    private void readWhole(ByteBuffer whole) {
        try {
            reader.read(whole, Clock.SYSTEM.nowMillis());
        } catch (AmqpDecodeException malformed) {
            headRead = true;
            onUnroutable(AmqpError.DECODE_ERROR.because(malformed.getMessage()));
            return;
        }
        readHead(whole);
    }

    /** Its bytes go to the disk as they come, so they do not count for what a transaction may post. */
    private boolean join(DeliveryState state) {
        var named = state instanceof TransactionalState transactional
                ? transactions.find(transactional.transactionId())
                : null;
        if (named == null) {
            onUnroutable(ProducerLink.unknownTransaction());
            return false;
        }
        var problem = named.onPost(0);
        if (problem != null) {
            onUnroutable(problem);
            return false;
        }
        transaction = named;
        return true;
    }

    @Override
    public @Nullable QueueTransaction transaction() {
        return transaction;
    }

    private void readHead(ByteBuffer first) {
        headRead = true;
        // Only as much as one part of the journal holds: whoever delivers the message reads the head from that alone.
        var beginning = first.slice(first.position(), Math.min(first.remaining(), LargeMessageDoor.PART_BYTES_MAX));
        try {
            head = readHead(first, beginning);
        } catch (AmqpDecodeException malformed) {
            onUnroutable(AmqpError.DECODE_ERROR.because(malformed.getMessage()));
            return;
        }
        if (head == null) {
            onUnroutable(AmqpError.NOT_IMPLEMENTED.because(
                    "header, annotations and properties of a message sent in parts must end within its first "
                            + beginning.remaining()
                            + " bytes; send what is so long in the application properties or the body"));
            return;
        }
        var problem = unknownAnnotations.objectionTo(reader);
        if (problem != null) {
            breach = true;
            onUnroutable(problem);
            return;
        }
        problem = reader.objectionToDeliveryTime();
        if (problem != null) {
            onUnroutable(problem);
            return;
        }
        route.find(head, this);
    }

    /** Null when the beginning does not hold it, also when a section is cut off that is whole in {@code first}. */
    private @Nullable Message readHead(ByteBuffer first, ByteBuffer beginning) {
        long nowMillis = Clock.SYSTEM.nowMillis();
        try {
            return reader.readHead(beginning, nowMillis);
        } catch (AmqpDecodeException cutOffOrMalformed) {
            reader.readHead(first, nowMillis);
            return null;
        }
    }

    @Override
    public void onFound(ProducerDoor found) {
        if (lost || head == null) {
            return;
        }
        var opened = found.openLarge(head, this);
        head = null;
        door = opened;
        held.forEach(opened::addPart);
        held.clear();
        if (reply != null) {
            opened.end();
        }
    }

    @Override
    public void onUnroutable(ErrorCondition error) {
        if (lost) {
            return;
        }
        objection = error;
        head = null;
        held.forEach(part -> stream.taken(part.remaining()));
        held.clear();
        if (reply != null) {
            reply.onUnroutable(error);
        }
    }

    @Override
    public void onEnd(IncomingDelivery delivery) {
        if (begun && !headRead && objection == null) {
            readWhole(joined());
        }
        reply = replies.replyTo(delivery, transaction);
        if (objection != null && breach) {
            reply.onBreach(objection);
        } else if (objection != null) {
            reply.onUnroutable(objection);
        } else if (door != null) {
            door.end();
        }
    }

    @Override
    public void onAborted() {
        onLost();
    }

    @Override
    public void onLost() {
        lost = true;
        if (transaction != null && reply == null) {
            transaction.onAnswered();
        }
        head = null;
        held.clear();
        if (door != null) {
            door.giveUp();
        }
    }

    @Override
    public void onPartsTaken(long bytes) {
        stream.taken(bytes);
    }

    @Override
    public boolean isTransfer() {
        return false;
    }

    @Override
    public void onSafe() {
        if (reply != null) {
            reply.onSafe();
        }
    }

    @Override
    public void onRefused() {
        if (reply != null) {
            reply.onRefused();
        }
    }

    @Override
    public void onRejected(ErrorCondition why) {
        if (reply != null) {
            reply.onRejected(why);
        }
    }

    @Override
    public void onDeleted() {
        if (reply != null) {
            reply.onDeleted();
        }
    }

    @Override
    public void onInDoubt() {
        if (reply != null) {
            reply.onInDoubt();
        }
    }
}
