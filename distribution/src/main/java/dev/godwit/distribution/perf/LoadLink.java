package dev.godwit.distribution.perf;

import dev.godwit.amqp.container.Session;
import dev.godwit.distribution.client.ClientFailedException;

/** A producer or a consumer. Owned by the event loop of its connection. */
interface LoadLink {
    /** The session is there: attach, and tell the listener when the link can work. */
    void attach(Session session);

    /** Hears how a link is doing, on its event loop. */
    interface Listener {
        /** Attached, and all else it needs: exactly once. */
        void onReady();

        /** It cannot work, or no longer. */
        void onFailed(ClientFailedException failure);
    }
}
