package dev.godwit.amqp.transport;

import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.qpid.proton.engine.Session;
import org.jspecify.annotations.Nullable;

/**
 * When what is to be said goes out: transfers to the socket's buffers at once, and with them what the engine was asked for
 * before; to the socket itself once, at the end of the turn. Also whom to tell when there is room again. Owned by the connection's loop.
 */
final class EngineOutput {
    private static final long EMPTY_FRAME = 0x00000008_02000000L;

    private final ProtonConnection connection;
    private final EngineTransport engine;
    private final EventLoop eventLoop;
    private final Runnable turnEnd = this::onTurnEnd;
    private final RetiredEndpoints retired = new RetiredEndpoints();
    private List<ProtonSendingLink> awaitingWritable = new ArrayList<>();
    private List<ProtonSendingLink> awaitingTurnEnd = new ArrayList<>();
    private @Nullable SocketOutput socketOutput;
    private boolean turnEndPosted;
    /** The engine has been asked for something since it was drained. */
    private boolean asked;

    EngineOutput(ProtonConnection connection, EngineTransport engine, EventLoop eventLoop) {
        this.connection = connection;
        this.engine = engine;
        this.eventLoop = eventLoop;
    }

    void onSocket(SocketOutput output) {
        socketOutput = output;
        touch();
    }

    /** The engine has something to write: once, at the end of this turn of the loop, or before the next transfer. */
    void touch() {
        asked = true;
        endTurn();
    }

    private void endTurn() {
        if (!turnEndPosted && socketOutput != null) {
            turnEndPosted = true;
            eventLoop.execute(turnEnd);
        }
    }

    private void onTurnEnd() {
        turnEndPosted = false;
        if (!awaitingTurnEnd.isEmpty()) {
            List<ProtonSendingLink> waiting = awaitingTurnEnd;
            awaitingTurnEnd = new ArrayList<>();
            waiting.forEach(ProtonSendingLink::onTurnEnd);
        }
        drain();
        retired.free(connection);
        connection.dispatchEvents();
        if (socketOutput != null && socketOutput.flush()) {
            connection.onFlushed();
            if (socketOutput.isChoked()) {
                connection.input().pause(ConnectionInput.Wait.PEER_TO_READ);
            }
        }
    }

    /** Moves what the engine has to say towards the socket, without a flush. */
    void drain() {
        if (socketOutput == null || !connection.mayEngineWrite()) {
            return;
        }
        asked = false;
        try {
            socketOutput.drain(engine);
        } catch (RuntimeException broken) {
            // The engine wrote half of something: nothing that follows could be understood.
            connection.end().onOutputBroken(broken);
        }
    }

    /** An empty frame tells the peer that we live (AMQP 1.0 §2.4.5). */
    void keepAlive() {
        if (socketOutput != null && connection.maySignLife()) {
            drain();
            socketOutput.room().writeLong(EMPTY_FRAME);
            socketOutput.flush();
        }
    }

    /** What the engine was asked for so far goes ahead of what is put here next. */
    void drainAsked() {
        if (asked) {
            drain();
        }
    }

    /** Appends bytes of a frame that is not the engine's. */
    void put(byte[] bytes, int length) {
        if (socketOutput != null) {
            socketOutput.put(bytes, length);
        }
    }

    /** Appends bytes of a frame that is not the engine's, from an index on; the buffer stays as it is. */
    void put(ByteBuffer from, int index, int length) {
        if (socketOutput == null) {
            return;
        }
        try {
            socketOutput.put(from, index, length);
        } catch (RuntimeException broken) {
            // Half a frame is out: whoever gave us the buffer has changed its limit since.
            connection.end().onOutputBroken(broken);
        }
    }

    /** A frame has been put here. */
    void onFrame() {
        endTurn();
    }

    /** The link is told when this turn ends. */
    void awaitTurnEnd(ProtonSendingLink link) {
        awaitingTurnEnd.add(link);
        endTurn();
    }

    boolean isWritable() {
        return socketOutput != null && socketOutput.isWritable();
    }

    /** The link is told when there is room again. */
    void awaitWritable(ProtonSendingLink link) {
        awaitingWritable.add(link);
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
