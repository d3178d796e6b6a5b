package dev.godwit.amqp.transport;

import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.jspecify.annotations.Nullable;

/** A delivery state of ours as it was last converted: neighbours mostly share one. Owned by the connection's loop. */
final class LastState {
    private dev.godwit.amqp.type.@Nullable DeliveryState ours;
    private DeliveryState engines = Accepted.getInstance();

    DeliveryState toEngine(dev.godwit.amqp.type.DeliveryState state) {
        if (state != ours) {
            engines = ProtonStates.toEngine(state);
            ours = state;
        }
        return engines;
    }
}
