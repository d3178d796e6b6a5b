package dev.godwit.amqp.container;

import dev.godwit.amqp.type.DeliveryState;
import org.jspecify.annotations.Nullable;

/** A link on which we receive: our end has role {@code receiver}. Owned by its connection's loop. */
public interface ReceivingLink extends Link {
    /**
     * Answers a peer's attach; {@code answer} carries the terminus as it really is. The peer's name is kept. When the
     * link was lost meanwhile, the listener hears of the detach; when its session was, nothing happens and
     * {@link #isAttached} is false.
     */
    void accept(AttachParameters answer, ReceivingLinkListener listener);

    /** Credit the peer still holds, in messages. */
    int credit();

    /** Invites {@code messages} more (AMQP 1.0 §2.6.7). Told to the peer at the end of the turn. */
    void addCredit(int messages);

    /** The state that came along with the message that is coming in and not whole yet; null when there is none. */
    @Nullable
    DeliveryState partialState();

    /**
     * Asks the peer to use its credit at once or give it back; {@link ReceivingLinkListener#onDrained} says when it is
     * done (§2.6.7).
     */
    void drain();
}
