package dev.godwit.amqp.transport;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * The long messages that are going out on one connection, each on a link of its own. Finds whose transfer frame the
 * engine is about to write. Owned by the connection's loop.
 */
final class OutgoingStreams {
    private final List<ProtonOutgoingStream> open = new ArrayList<>();
    private List<ProtonOutgoingStream> written = new ArrayList<>();

    boolean isEmpty() {
        return open.isEmpty();
    }

    void add(ProtonOutgoingStream stream) {
        open.add(stream);
    }

    /**
     * The stream that a frame belongs to; null when it is that of another message. The engine puts the delivery's own tag
     * into the frame, the very array.
     */
    @Nullable
    ProtonOutgoingStream find(Transfer transfer) {
        byte[] tag = transfer.getDeliveryTag().getArray();
        for (ProtonOutgoingStream stream : open) {
            if (stream.tag() == tag) {
                return stream;
            }
        }
        return null;
    }

    /** The last frame of the stream has been written; the engine is still busy with it. */
    void onLastFrame(ProtonOutgoingStream stream) {
        open.remove(stream);
        written.add(stream);
    }

    /** The engine has been drained, and may be told of endings again. */
    void onDrained() {
        if (!written.isEmpty()) {
            List<ProtonOutgoingStream> finished = written;
            written = new ArrayList<>();
            finished.forEach(ProtonOutgoingStream::onWritten);
        }
        if (!open.isEmpty()) {
            open.removeIf(ProtonOutgoingStream::isLinkOver);
        }
    }

    /** The connection is about to be closed: what is half sent is given up, or it would keep the close back. */
    void abortAll() {
        List.copyOf(open).forEach(ProtonOutgoingStream::abort);
    }

    /**
     * Hands a disposition of the peer on, in pieces: the engine forgets a delivery that the peer has settled, and could
     * not write the rest of it any more. So it hears of such a settlement as of a state, and the stream of the rest.
     */
    void pass(ProtonSession session, Disposition disposition, Consumer<Disposition> engine) {
        int first = disposition.getFirst().intValue();
        int last = disposition.getLast() == null ? first : disposition.getLast().intValue();
        int next = first;
        for (ProtonOutgoingStream stream : within(session, first, last)) {
            int id = stream.deliveryId();
            if (id != next) {
                engine.accept(piece(disposition, next, id - 1, true));
            }
            stream.onSettledEarly();
            engine.accept(piece(disposition, id, id, false));
            next = id + 1;
        }
        if (next != last + 1) {
            engine.accept(piece(disposition, next, last, true));
        }
    }

    /** Delivery ids are serial numbers (§2.8.8): distances count, not values. */
    private List<ProtonOutgoingStream> within(ProtonSession session, int first, int last) {
        return open.stream()
                .filter(stream -> stream.isBegun() && stream.link().session() == session)
                .filter(stream -> Integer.compareUnsigned(stream.deliveryId() - first, last - first) <= 0)
                .sorted(Comparator.comparingInt(stream -> stream.deliveryId() - first))
                .toList();
    }

    private static Disposition piece(Disposition whole, int first, int last, boolean settled) {
        var piece = new Disposition();
        piece.setRole(Role.RECEIVER);
        piece.setFirst(UnsignedInteger.valueOf(first));
        piece.setLast(UnsignedInteger.valueOf(last));
        piece.setState(whole.getState());
        piece.setSettled(settled);
        return piece;
    }
}
