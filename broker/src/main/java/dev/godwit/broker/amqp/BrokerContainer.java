package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.Container;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.runtime.EventLoop;

/** Our AMQP container, one on each event loop. Owned by that loop. */
public final class BrokerContainer implements Container {
    private final EventLoop owner;
    private final ContainerSettings settings;
    private final Addresses addresses;
    private final ContainerIds containerIds;
    private final IntakeGate gate;

    /**
     * @param containerIds shared by all loops of the broker
     * @param gate of this loop
     */
    public BrokerContainer(
            EventLoop owner,
            ContainerSettings settings,
            Addresses addresses,
            ContainerIds containerIds,
            IntakeGate gate) {
        this.owner = owner;
        this.settings = settings;
        this.addresses = addresses;
        this.containerIds = containerIds;
        this.gate = gate;
    }

    @Override
    public ConnectionListener onConnection(Connection connection) {
        owner.assertCurrent();
        return new BrokerConnection(connection, owner, settings, addresses, containerIds, gate);
    }
}
