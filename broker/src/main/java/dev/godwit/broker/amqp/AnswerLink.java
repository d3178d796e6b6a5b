package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.TransactionId;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A link on which answers of the management node go out, in the order in which they were given, each settled at once. Owned
 * by the connection's event loop; ends with its session.
 *
 * <p>Answers wait here, where they are counted, until the peer grants credit and its socket and window have room. A long one
 * goes out as a stream, so that the engine never holds more than one of them for a link.
 */
final class AnswerLink implements SendingLinkListener, BrokerSession.BrokerLink {
    /** The reply-to that stands for the link of the same name as the request's (link pairing). */
    static final String PAIRED = "$me";

    /** A longer answer is followed by nothing until it has left the engine. */
    private static final int BYTES_OF_SHORT = 4 * 1024;

    private static final ByteBuffer NO_HEAD = ByteBuffer.allocate(0);

    private final SendingLink link;
    private final @Nullable String targetAddress;
    private final AnswerRoom room;
    private final Consumer<AnswerLink> left;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

    /** The first of those that wait, while it goes out; null when it does not. */
    private @Nullable OutgoingStream stream;

    private boolean gone;

    /**
     * @param targetAddress what requests name as their reply-to to be answered here
     * @param room of the connection
     * @param left hears that this link is over
     */
    AnswerLink(SendingLink link, @Nullable String targetAddress, AnswerRoom room, Consumer<AnswerLink> left) {
        this.link = link;
        this.targetAddress = targetAddress;
        this.room = room;
        this.left = left;
    }

    String name() {
        return link.name();
    }

    boolean isTargetedAt(String address) {
        return address.equals(targetAddress);
    }

    /**
     * Sends an answer when the peer takes it.
     *
     * @param onGone runs once, now or later: the answer is not kept here any more
     */
    void send(ByteBuffer answer, Runnable onGone) {
        if (gone) {
            onGone.run();
            return;
        }
        if (answer.remaining() > ConsumerLink.messageBytesMax(link)) {
            leave();
            link.close(AmqpError.MESSAGE_SIZE_EXCEEDED.because("an answer of " + answer.remaining()
                    + " bytes is longer than this link takes: raise its max-message-size, or ask for less"));
            onGone.run();
            return;
        }
        if (!room.take(answer.remaining())) {
            leave();
            link.close(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("more than " + AnswerRoom.BYTES_MAX
                    + " bytes of answers wait for this connection to take them; grant credit and read"));
            onGone.run();
            return;
        }
        waiting.addLast(new Waiting(answer, onGone));
        onSendable(link);
    }

    @Override
    public void onAttached(SendingLink attached) {
        throw new IllegalStateException("this container attaches no links of its own");
    }

    @Override
    public void onSendable(SendingLink sendable) {
        while (!gone && !waiting.isEmpty() && goOn(waiting.getFirst())) {
            giveUp(waiting.removeFirst());
        }
        if (!gone && waiting.isEmpty() && link.isDraining()) {
            link.drained();
        }
    }

    @Override
    public void onAcquisition(SendingLink acquiring, @Nullable TransactionId transactionId) {
        leave();
        link.close(AmqpError.NOT_IMPLEMENTED.because("answers cannot be acquired within a transaction"));
    }

    /** True when the answer is on its way, and is not to be kept here any more. */
    private boolean goOn(Waiting first) {
        if (stream != null) {
            if (!stream.isWritable()) {
                return false;
            }
            var written = stream;
            stream = null;
            written.end();
            return true;
        }
        if (link.credit() == 0 || !link.isWritable()) {
            return false;
        }
        if (first.answer.remaining() <= BYTES_OF_SHORT) {
            link.send(NO_HEAD, first.answer, true, null);
            return true;
        }
        stream = link.stream(true);
        stream.write(first.answer);
        return goOn(first);
    }

    private void giveUp(Waiting answer) {
        room.giveBack(answer.answer.remaining());
        answer.onGone.run();
    }

    @Override
    public void onDisposition(OutgoingDelivery delivery) {
        // They are settled when they are sent.
    }

    @Override
    public void onDetached(SendingLink detached, boolean closed, @Nullable ErrorCondition error) {
        leave();
    }

    @Override
    public void onSessionGone() {
        leave();
    }

    private void leave() {
        if (gone) {
            return;
        }
        gone = true;
        stream = null;
        var dropped = List.copyOf(waiting);
        waiting.clear();
        left.accept(this);
        dropped.forEach(this::giveUp);
    }

    private record Waiting(ByteBuffer answer, Runnable onGone) {}
}
