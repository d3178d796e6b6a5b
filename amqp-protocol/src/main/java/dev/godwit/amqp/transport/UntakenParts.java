package dev.godwit.amqp.transport;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Counts the bytes of long messages that came in parts on one connection and that nobody has taken yet, and holds the
 * peer back by them. Owned by the connection's loop.
 *
 * <p>Design note: a session's window counts frames, whatever their size, and what was announced cannot be taken back; so
 * the window holds back a peer that streams for some time, and the socket one that has just begun to.
 */
final class UntakenParts {
    /** From here on no session's window is opened any further. */
    private static final long CROWDED_BYTES = 2 * 1024 * 1024;
    /** From here on the socket is not read. */
    private static final long FULL_BYTES = 8 * 1024 * 1024;

    private final ConnectionInput input;
    private final IdleWatch idle;
    private final Set<ProtonSession> held = new LinkedHashSet<>();
    private long bytes;

    UntakenParts(ConnectionInput input, IdleWatch idle) {
        this.input = input;
        this.idle = idle;
    }

    void add(long partBytes) {
        bytes += partBytes;
        if (bytes >= FULL_BYTES) {
            input.pause(ConnectionInput.Wait.PARTS_TO_BE_TAKEN);
            idle.pauseInput();
        }
    }

    void subtract(long partBytes) {
        bytes -= partBytes;
        if (isCrowded()) {
            return;
        }
        input.resume(ConnectionInput.Wait.PARTS_TO_BE_TAKEN);
        idle.resumeInput();
        held.forEach(ProtonSession::requestFlow);
        held.clear();
    }

    boolean isCrowded() {
        return bytes >= CROWDED_BYTES;
    }

    /** The session's window stays shut for now; it is opened as soon as there is room. */
    void hold(ProtonSession session) {
        held.add(session);
    }

    void forget(ProtonSession session) {
        held.remove(session);
    }
}
