package dev.godwit.amqp.transport;

import io.netty.buffer.ByteBuf;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The way from the socket to the handshake and the frame reader, and the reasons to stop reading for a while. What
 * comes meanwhile waits in the socket, and so in the peer. Owned by the connection's loop.
 */
final class ConnectionInput {
    /** Why nothing is read. */
    enum Wait {
        /** Nobody knows yet who speaks; nothing of it may be acted upon. */
        AUTHENTICATOR,
        /**
         * The peer has opened and we have not. The engine cannot answer a begin, an attach or an end whose counterpart
         * is over before ours is written.
         */
        OUR_OPEN,
        /** The peer takes so little of what we say that it must not say more itself. */
        PEER_TO_READ,
        /** Parts of long messages have come faster than they are taken. */
        PARTS_TO_BE_TAKEN
    }

    private final ProtonConnection connection;
    private final InputBuffer buffer = new InputBuffer();
    private final Set<Wait> waits = EnumSet.noneOf(Wait.class);
    private @Nullable ConnectionSocket socket;

    ConnectionInput(ProtonConnection connection) {
        this.connection = connection;
    }

    void onSocket(ConnectionSocket newSocket) {
        socket = newSocket;
    }

    /** Takes ownership of {@code data}. */
    void onData(ByteBuf data) {
        if (isReading()) {
            read(buffer.join(data));
        } else {
            data.release();
        }
    }

    private void read(ByteBuf in) {
        try {
            connection.onBytes(in);
        } finally {
            buffer.keep(in);
        }
    }

    /** False when what the peer says can no longer be understood, or no longer matters. */
    boolean isReading() {
        return socket != null && !socket.isEnding();
    }

    void pause(Wait wait) {
        if (waits.add(wait) && socket != null) {
            socket.pause();
        }
    }

    /** Goes on in a turn of its own, unless there is another reason to wait. */
    void resume(Wait wait) {
        if (waits.remove(wait) && waits.isEmpty()) {
            connection.loop().execute(this::goOn);
        }
    }

    private void goOn() {
        if (!waits.isEmpty() || !isReading()) {
            return;
        }
        ByteBuf before = buffer.take();
        if (before != null) {
            read(before);
        }
        if (waits.isEmpty() && socket != null) {
            socket.resume();
        }
    }

    void release() {
        buffer.release();
    }
}
