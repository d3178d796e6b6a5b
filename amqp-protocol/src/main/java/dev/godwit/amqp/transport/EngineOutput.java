package dev.godwit.amqp.transport;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.proton.engine.Session;
import org.jspecify.annotations.Nullable;

/**
 * When what the engine has to say goes out: towards the socket's buffers whenever much has gathered, and to the socket
 * itself once, at the end of the turn. Also whom to tell when there is room again. Owned by the connection's loop.
 */
final class EngineOutput {
    /** So many deliveries, or bytes of them, gather in the engine at most: its cost for each grows with their number. */
    private static final int UNDRAINED_DELIVERIES_MAX = 256;

    private static final int UNDRAINED_BYTES_MAX = 512 * 1024;

    private final ProtonConnection connection;
    private final EngineTransport engine;
    private final EventLoop eventLoop;
    private final Runnable turnEnd = this::onTurnEnd;
    private final RetiredEndpoints retired = new RetiredEndpoints();
    private List<ProtonSendingLink> awaitingWritable = new ArrayList<>();
    private List<ProtonSendingLink> awaitingDrain = new ArrayList<>();
    private @Nullable SocketOutput socketOutput;
    private boolean turnEndPosted;
    private int undrainedDeliveries;
    private int undrainedBytes;

    EngineOutput(ProtonConnection connection, EngineTransport engine, EventLoop eventLoop) {
        this.connection = connection;
        this.engine = engine;
        this.eventLoop = eventLoop;
    }

    void onSocket(SocketOutput output) {
        socketOutput = output;
        touch();
    }

    /** Something is to be written: once, at the end of this turn of the loop. */
    void touch() {
        if (!turnEndPosted && socketOutput != null) {
            turnEndPosted = true;
            eventLoop.execute(turnEnd);
        }
    }

    private void onTurnEnd() {
        turnEndPosted = false;
        drain();
        retired.free(connection);
        connection.dispatchEvents();
        if (!awaitingDrain.isEmpty()) {
            List<ProtonSendingLink> waiting = awaitingDrain;
            awaitingDrain = new ArrayList<>();
            waiting.forEach(ProtonSendingLink::onEngineDrained);
        }
        if (socketOutput != null && socketOutput.flush()) {
            connection.onFlushed();
            if (socketOutput.isChoked()) {
                connection.input().pause(ConnectionInput.Wait.PEER_TO_READ);
            }
        }
    }

    /** Moves what the engine has to say towards the socket, without a flush. */
    void drain() {
        undrainedDeliveries = 0;
        undrainedBytes = 0;
        if (socketOutput == null || !connection.mayEngineWrite()) {
            return;
        }
        try {
            socketOutput.drain(engine);
            engine.streams().onDrained();
        } catch (RuntimeException broken) {
            // The engine wrote half of something: nothing that follows could be understood.
            connection.onOutputBroken(broken);
        }
    }

    void onSent(int bytes) {
        undrainedDeliveries++;
        undrainedBytes += bytes;
        if (undrainedDeliveries >= UNDRAINED_DELIVERIES_MAX || undrainedBytes >= UNDRAINED_BYTES_MAX) {
            drain();
        }
        touch();
    }

    boolean isWritable() {
        return socketOutput != null && socketOutput.isWritable();
    }

    /** The link is told when there is room again. */
    void awaitWritable(ProtonSendingLink link) {
        awaitingWritable.add(link);
    }

    /** The link is told when the engine has been drained next. */
    void awaitDrain(ProtonSendingLink link) {
        awaitingDrain.add(link);
    }

    /** Room in the socket, or in a session's window: whoever waited may look. */
    void onMaybeWritable() {
        if (awaitingWritable.isEmpty()) {
            return;
        }
        drain();
        List<ProtonSendingLink> waiting = awaitingWritable;
        awaitingWritable = new ArrayList<>();
        for (ProtonSendingLink link : waiting) {
            if (!link.onMaybeWritable()) {
                awaitingWritable.add(link);
            }
        }
    }

    void retire(ProtonLink link) {
        retired.add(link);
        touch();
    }

    void retire(Session engineSession) {
        retired.add(engineSession);
        touch();
    }
}
