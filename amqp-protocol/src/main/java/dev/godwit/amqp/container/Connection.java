package dev.godwit.amqp.container;

import dev.godwit.amqp.type.ErrorCondition;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One AMQP connection, either end. Owned by one event loop: every call and every callback of it, its sessions and its
 * links happens there. What is sent during a turn of the loop leaves in one flush at the turn's end.
 */
public interface Connection {
    /** The loop that owns this connection. */
    Executor loop();

    /** The peer's socket address as host:port, for logs. */
    String remoteAddress();

    /** Who the peer proved to be; null until SASL has ended, and always at the client's end. */
    @Nullable
    Identity identity();

    /** What the peer said in its open frame; null until that came. */
    @Nullable
    OpenParameters remoteOpen();

    /** Sends our open frame. A server answers with it, a client begins with it. */
    void open(OpenParameters parameters);

    /** Begins a session of ours; its listener hears {@link SessionListener#onBegin} when the peer has agreed. */
    Session begin(SessionListener listener);

    /** Ends the connection; with an error when there was one. A server that has not yet sent its open does so first. */
    void close(@Nullable ErrorCondition error);

    /** Drops the socket without a word. */
    void abort();

    /** False from the moment either end closed or the socket was lost. */
    boolean isUsable();
}
