package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one connection comes to its end, whoever wants it: why, what is said of that to the peer, and the end of the socket. Owned by
 * the connection's loop; lives as long as the connection.
 */
final class ConnectionEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionEnd.class);

    /** How long a peer may take to answer our close. */
    private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

    private final ProtonConnection connection;
    private final LoopTasks tasks;
    private final OwnClose ownClose;
    private final ConnectionOwner owner;
    private @Nullable DisconnectCause cause;
    private long closeTimer = LoopTasks.NO_TIMER;

    ConnectionEnd(ProtonConnection connection, LoopTasks tasks, OwnClose ownClose, ConnectionOwner owner) {
        this.connection = connection;
        this.tasks = tasks;
        this.ownClose = ownClose;
        this.owner = owner;
    }

    /** Why it came to it; null when both ends have agreed. */
    @Nullable
    DisconnectCause cause() {
        return cause;
    }

    // ---- we want it

    /** The container closes. */
    void close(@Nullable ErrorCondition error) {
        if (connection.state() == ConnectionState.OPEN) {
            sendClose(error);
        } else if (connection.state() != ConnectionState.CLOSING) {
            endSocket();
        }
    }

    private void sendClose(@Nullable ErrorCondition error) {
        ownClose.ask(error);
        connection.become(ConnectionState.CLOSING);
        connection.input().resume(ConnectionInput.Wait.OUR_OPEN);
        closeTimer = tasks.setTimer(CLOSE_TIMEOUT_MILLIS, this::abort);
        connection.touch();
    }

    /** Without a word. */
    void abort() {
        if (cause == null && connection.state() != ConnectionState.CLOSING) {
            cause = new DisconnectCause(DisconnectCause.Kind.NETWORK, "aborted here", null, null);
        }
        ConnectionSocket socket = connection.socket();
        if (socket != null) {
            socket.abort();
        } else {
            endSocket();
        }
    }

    // ---- the peer brings it about

    void onViolation(ProtocolViolation violation) {
        ErrorCondition error = violation.condition();
        connection.onPeerFault(error);
        var newCause = new DisconnectCause(violation.kind(), String.valueOf(error.description()), error, null);
        if (connection.state() == ConnectionState.OPEN) {
            cause = newCause;
            sendClose(error);
        }
        // The next byte may be anything: no answer can be read.
        end(newCause);
    }

    void onSilentPeer() {
        if (connection.state() == ConnectionState.OPEN) {
            ErrorCondition error =
                    AmqpError.RESOURCE_LIMIT_EXCEEDED.because("nothing was heard for twice the idle timeout");
            connection.warn(String.valueOf(error.description()));
            cause = new DisconnectCause(DisconnectCause.Kind.IDLE, "the peer fell silent", error, null);
            sendClose(error);
        }
        connection.drainEngine();
        endSocket();
    }

    /** There is no speaking with it; what was written goes out, and the socket goes. */
    void onHandshakeFailed(DisconnectCause.Kind kind, String reason) {
        connection.warn(reason);
        end(new DisconnectCause(kind, reason, null, null));
    }

    /** Both ends have closed. */
    void onClosed() {
        connection.drainEngine();
        endSocket();
    }

    // ---- something fails

    /** A listener of ours failed: this connection alone pays for it. */
    void onBug(RuntimeException bug) {
        LOG.error("{}: connection closed because of our own failure", connection.remoteAddress(), bug);
        ErrorCondition error = AmqpError.INTERNAL_ERROR.because("the connection's other end failed");
        if (connection.state() == ConnectionState.OPEN) {
            sendClose(error);
        }
        end(new DisconnectCause(DisconnectCause.Kind.PROTOCOL, "failure at our end: " + bug, error, bug));
    }

    void onOutputBroken(RuntimeException broken) {
        LOG.error("{}: connection dropped, its output failed", connection.remoteAddress(), broken);
        cause = new DisconnectCause(DisconnectCause.Kind.PROTOCOL, "failure at our end: " + broken, null, broken);
        abort();
    }

    /** A client found no way to its peer, for that reason unless there is another. */
    void onConnectFailed(Throwable failure) {
        cause = cause != null ? cause : ConnectionSocket.causeOf(failure);
    }

    /** The socket is no more, and the connection with it. */
    void onSocketGone(@Nullable Throwable failure) {
        if (cause == null && connection.isUsable()) {
            cause = failure != null
                    ? ConnectionSocket.causeOf(failure)
                    : new DisconnectCause(DisconnectCause.Kind.NETWORK, "the peer dropped the connection", null, null);
        }
        tasks.cancel(closeTimer);
    }

    // ---- and then

    private void end(DisconnectCause newCause) {
        cause = cause != null ? cause : newCause;
        connection.drainEngine();
        endSocket();
    }

    /** What is written goes out, then the socket closes. */
    private void endSocket() {
        if (connection.isUsable()) {
            connection.become(ConnectionState.CLOSING);
        }
        ConnectionSocket socket = connection.socket();
        if (socket != null) {
            socket.end();
        } else if (connection.state() != ConnectionState.DISCONNECTED) {
            owner.onGone(connection);
        }
    }
}
