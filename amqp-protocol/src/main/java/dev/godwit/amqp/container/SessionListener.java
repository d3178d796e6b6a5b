package dev.godwit.amqp.container;

import dev.godwit.amqp.type.ErrorCondition;
import org.jspecify.annotations.Nullable;

/** What happens on a session. Called on the connection's loop. */
public interface SessionListener {
    /** The peer agreed to a session of ours. */
    void onBegin(Session session);

    /**
     * The peer attached a link on which we are to send. Answer, now or later, by {@link SendingLink#accept} or
     * {@link Link#refuse}.
     */
    void onAttach(SendingLink link);

    /** The peer attached a link on which we are to receive. Answer, now or later, by accept or refuse. */
    void onAttach(ReceivingLink link);

    /** The peer ended the session, or broke its rules; our end has been sent. Its links hear nothing more. */
    void onEnd(Session session, @Nullable ErrorCondition error);
}
