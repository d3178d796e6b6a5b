package dev.godwit.amqp.transport;

import dev.godwit.amqp.type.ErrorCondition;
import org.apache.qpid.proton.engine.Connection;
import org.jspecify.annotations.Nullable;

/**
 * Our close of one connection, from when it is asked for until the engine is to write it: behind what waits to be sent,
 * unless it tells of an error. Owned by the connection's loop.
 */
final class OwnClose {
    private final ProtonConnection connection;
    private final FrameGuard guard;
    private final EngineTransport engine;
    private final Connection engineConnection;
    private boolean waiting;

    OwnClose(ProtonConnection connection, FrameGuard guard, EngineTransport engine, Connection engineConnection) {
        this.connection = connection;
        this.guard = guard;
        this.engine = engine;
        this.engineConnection = engineConnection;
    }

    void ask(@Nullable ErrorCondition error) {
        guard.sessions().forEach(session -> session.links().giveUpStreams());
        // What was said in this turn goes out first: an error makes the engine skip all but the close itself.
        connection.drainEngine();
        if (error != null) {
            org.apache.qpid.proton.amqp.transport.ErrorCondition engineError = ProtonValues.toEngine(error);
            engineConnection.setCondition(engineError);
            engine.setCondition(engineError);
        }
        waiting = true;
        if (error != null || !hasUnsent()) {
            write();
        }
    }

    private boolean hasUnsent() {
        return guard.sessions().stream().anyMatch(session -> session.outbox().isWaiting());
    }

    /** It waits for what goes out before it. */
    boolean isWaiting() {
        return waiting;
    }

    /** A session has sent what it had to: it need not be waited for any longer, if it was. */
    void onAllSent() {
        if (waiting && !hasUnsent()) {
            write();
        }
    }

    /** The peer has closed: nothing is waited for any longer. */
    void onRemoteClose() {
        if (waiting) {
            write();
        }
    }

    private void write() {
        waiting = false;
        engineConnection.close();
        connection.touch();
    }
}
