package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.OutgoingStream;
import java.nio.ByteBuffer;

/** A long message while it goes out, first on its link until it ends. Owned by the connection's loop. */
final class SentStream implements OutgoingStream {
    private final ProtonSendingLink link;
    private final WaitingTransfer transfer;

    SentStream(ProtonSendingLink link, WaitingTransfer transfer) {
        this.link = link;
        this.transfer = transfer;
    }

    @Override
    public OutgoingDelivery delivery() {
        return transfer.delivery();
    }

    @Override
    public boolean isWritable() {
        link.session().connection().assertOnLoop();
        return isOpen() && link.isAttached() && link.isWritable();
    }

    @Override
    public void write(ByteBuffer part) {
        link.session().connection().assertOnLoop();
        if (!isOpen() || !link.isAttached() || !part.hasRemaining()) {
            return;
        }
        if (!isDrained()) {
            throw new IllegalStateException("link " + link.name() + " has not sent the last part yet");
        }
        transfer.add(part);
        // Not at once: its end may follow, and needs no frame of its own then.
        link.session().connection().output().awaitTurnEnd(link);
    }

    @Override
    public void end() {
        link.session().connection().assertOnLoop();
        if (isOpen()) {
            transfer.end();
            link.onStreamLeft(this);
            link.session().outbox().send(link);
        }
    }

    @Override
    public void abort() {
        link.session().connection().assertOnLoop();
        if (isOpen()) {
            transfer.abort();
            link.onStreamLeft(this);
            transfer.delivery().onAborted();
            link.session().outbox().send(link);
        }
    }

    /** Parts may be written to it: it has not ended. */
    boolean isOpen() {
        return !transfer.isComplete();
    }

    /** What was written has gone to the socket. */
    boolean isDrained() {
        if (transfer.payload().remaining() > 0) {
            link.session().outbox().send(link);
        }
        return transfer.payload().remaining() == 0;
    }
}
