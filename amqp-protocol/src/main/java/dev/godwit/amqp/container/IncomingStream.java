package dev.godwit.amqp.container;

import dev.godwit.amqp.type.DeliveryState;
import org.jspecify.annotations.Nullable;

/**
 * A long message while it comes in, part by part (AMQP 1.0 §2.6.14). Owned by the connection's loop; lives from
 * {@link ReceivingLinkListener#onStream} to the one ending that its {@link IncomingStreamListener} hears, and is of use
 * after that only to say what has been taken.
 */
public interface IncomingStream {
    ReceivingLink link();

    /** 0 for a message as the specification defines it. */
    int messageFormat();

    /** The state that came along: a {@code TransactionalState} or null. */
    @Nullable
    DeliveryState remoteState();

    /**
     * So many bytes of the parts that came are no longer in the listener's hands. While much of what came on a connection
     * has not been taken, its peer may send no more: at first its sessions' windows stay shut, at last its socket is not
     * read.
     */
    void taken(long bytes);
}
