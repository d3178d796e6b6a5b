package dev.godwit.amqp.transport;

import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Role;
import org.jspecify.annotations.Nullable;

/**
 * Joins dispositions that say the same of neighbouring deliveries into one frame (AMQP 1.0 §2.7.6). The engine writes
 * one for each delivery. Owned by the connection's loop; empty between two drains of the engine.
 */
final class DispositionRange {
    private boolean pending;
    private int channel;
    private Role role = Role.RECEIVER;
    private boolean settled;
    private @Nullable DeliveryState state;
    private int first;
    private int last;

    boolean isPending() {
        return pending;
    }

    int channel() {
        return channel;
    }

    /** Takes one more delivery in; false when it does not fit, and the range must be written first. */
    boolean add(int onChannel, Disposition disposition) {
        int id = disposition.getFirst().intValue();
        if (!pending) {
            pending = true;
            channel = onChannel;
            role = disposition.getRole();
            settled = disposition.getSettled();
            state = disposition.getState();
            first = id;
            last = id;
            return true;
        }
        // Delivery ids are serial numbers (§2.8.8): the sum wraps as they do.
        if (id == last + 1
                && onChannel == channel
                && settled == disposition.getSettled()
                && role == disposition.getRole()
                && isSame(state, disposition.getState())) {
            last = id;
            return true;
        }
        return false;
    }

    /** The frame for what was taken in; empties the range. */
    Disposition take() {
        var disposition = new Disposition();
        disposition.setRole(role);
        disposition.setFirst(UnsignedInteger.valueOf(first));
        disposition.setLast(UnsignedInteger.valueOf(last));
        disposition.setSettled(settled);
        disposition.setState(state == NoState.INSTANCE ? null : state);
        pending = false;
        state = null;
        return disposition;
    }

    void discard() {
        pending = false;
        state = null;
    }

    private static boolean isSame(@Nullable DeliveryState a, @Nullable DeliveryState b) {
        return a == b
                || (a instanceof Accepted && b instanceof Accepted)
                || (a instanceof Released && b instanceof Released);
    }

    /**
     * Stands in the engine for the state of a delivery whose settlement the peer knows already, from its last transfer
     * frame. The disposition that carries it is not written.
     */
    enum Unspoken implements DeliveryState {
        INSTANCE;

        @Override
        public DeliveryStateType getType() {
            throw new UnsupportedOperationException("never encoded");
        }
    }

    /**
     * Stands in the engine for no state at all: the engine tells the peer of a settlement, or of anything, only when there
     * is a state. Never reaches the wire.
     */
    enum NoState implements DeliveryState {
        INSTANCE;

        @Override
        public DeliveryStateType getType() {
            throw new UnsupportedOperationException("never encoded");
        }
    }
}
