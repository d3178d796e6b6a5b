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
 * one for each delivery that came in. Owned by the connection's loop; empty when the engine has just been drained.
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
        return add(
                onChannel,
                disposition.getRole(),
                disposition.getFirst().intValue(),
                disposition.getSettled(),
                disposition.getState());
    }

    /** The same, as the fields of its disposition say it. */
    boolean add(int onChannel, Role itsRole, int id, boolean isSettled, @Nullable DeliveryState itsState) {
        if (!pending) {
            pending = true;
            channel = onChannel;
            role = itsRole;
            settled = isSettled;
            state = itsState;
            first = id;
            last = id;
            return true;
        }
        // Delivery ids are serial numbers (§2.8.8): the sum wraps as they do.
        if (id == last + 1
                && onChannel == channel
                && settled == isSettled
                && role == itsRole
                && isSame(state, itsState)) {
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
