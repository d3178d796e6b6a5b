package dev.godwit.amqp.container;

import dev.godwit.amqp.type.ErrorCondition;
import org.jspecify.annotations.Nullable;

/** One AMQP session. Owned by its connection's loop. */
public interface Session {
    Connection connection();

    /** Attaches a link on which we send. Its listener hears {@link SendingLinkListener#onAttached} or onDetached. */
    SendingLink attachSender(AttachParameters parameters, SendingLinkListener listener);

    /** Attaches a link on which we receive. Its listener hears {@link ReceivingLinkListener#onAttached} or onDetached. */
    ReceivingLink attachReceiver(AttachParameters parameters, ReceivingLinkListener listener);

    void end(@Nullable ErrorCondition error);

    /** True from when we ended it until the peer has: what comes from the peer meanwhile is dropped (§2.5.5). */
    boolean isDiscarding();
}
