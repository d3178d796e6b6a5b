package dev.godwit.jms.session;

import jakarta.jms.JMSException;

/**
 * Hears of a connection that is lost and made anew. The exception listener hears when it cannot be. Called one at a time, on a
 * thread of the connection's own.
 */
public interface ConnectionStateListener {
    /** The connection is gone, and another is being looked for: whatever needs it waits. */
    void onInterrupted(JMSException cause);

    /**
     * There is a connection again.
     *
     * @param broker host and port of the node that it goes to
     */
    void onRestored(String broker);
}
