package dev.godwit.broker.amqp;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.Container;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.broker.address.Addresses;
import dev.godwit.broker.address.ProducerCredit;
import dev.godwit.broker.address.RequestNode;
import dev.godwit.broker.intake.Rates;
import dev.godwit.broker.intake.SenderLimits;
import dev.godwit.broker.runtime.EventLoop;
import dev.godwit.broker.security.AccessControl;
import dev.godwit.broker.transaction.PreparedTransactions;
import dev.godwit.broker.transaction.TransactionOutcomes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Our AMQP container, one on each event loop. Owned by that loop. */
public final class BrokerContainer implements Container {
    private final EventLoop owner;
    private final ContainerSettings settings;
    private final Addresses addresses;
    private final RequestNode management;
    private final ContainerIds containerIds;
    private final Successions successions;
    private final IntakeGate gate;
    private final AccessControl accessControl;
    private final Rates rates;
    private final SenderLimits senderLimits;
    private final UUID transactionIds = UUID.randomUUID();
    private long lastTransaction;
    private final ResumableLinks resumableLinks;
    private final PreparedTransactions prepared;
    private final TransactionOutcomes outcomes;
    private final Map<Connection, BrokerConnection> connections = new LinkedHashMap<>();
    private @Nullable CompletableFuture<Void> allGone;

    /**
     * @param containerIds shared by all loops of the broker
     * @param successions shared by all loops of the broker
     * @param gate of this loop
     * @param rates shared by all loops of the broker
     * @param senderLimits shared by all loops of the broker
     * @param resumableLinks shared by all loops of the broker
     * @param prepared those of the whole broker
     * @param outcomes the same
     */
    public BrokerContainer(
            EventLoop owner,
            ContainerSettings settings,
            Addresses addresses,
            RequestNode management,
            ContainerIds containerIds,
            Successions successions,
            IntakeGate gate,
            AccessControl accessControl,
            Rates rates,
            SenderLimits senderLimits,
            ResumableLinks resumableLinks,
            PreparedTransactions prepared,
            TransactionOutcomes outcomes) {
        this.outcomes = outcomes;
        this.prepared = prepared;
        this.owner = owner;
        this.settings = settings;
        this.addresses = addresses;
        this.management = management;
        this.containerIds = containerIds;
        this.successions = successions;
        this.gate = gate;
        this.accessControl = accessControl;
        this.rates = rates;
        this.senderLimits = senderLimits;
        this.resumableLinks = resumableLinks;
    }

    /** Closes every connection with {@code amqp:connection:forced}; completes when all are gone. Any thread. */
    public CompletableFuture<Void> closeAll() {
        var gone = new CompletableFuture<Void>();
        owner.execute(() -> {
            allGone = gone;
            var error = AmqpError.CONNECTION_FORCED.because("the broker is shutting down");
            Set.copyOf(connections.keySet()).forEach(connection -> connection.close(error));
            completeWhenAllGone();
        });
        return gone;
    }

    void onConnectionGone(Connection connection) {
        connections.remove(connection);
        completeWhenAllGone();
    }

    private void completeWhenAllGone() {
        if (allGone != null && connections.isEmpty()) {
            allGone.complete(null);
        }
    }

    /** Not used before in this journal: its first half is new with each container. */
    UUID nextTransactionId() {
        return new UUID(transactionIds.getMostSignificantBits(), ++lastTransaction);
    }

    /** Tells, on this container's loop, which producers an address has here. Any thread. */
    void producersOf(String name, int countMax, Consumer<List<ProducerCredit>> told) {
        owner.execute(() -> new ProducerWalk(owner, connections.values(), name, countMax, told).goOn());
    }

    EventLoop owner() {
        return owner;
    }

    ContainerSettings settings() {
        return settings;
    }

    Addresses addresses() {
        return addresses;
    }

    ResumableLinks resumableLinks() {
        return resumableLinks;
    }

    PreparedTransactions prepared() {
        return prepared;
    }

    TransactionOutcomes outcomes() {
        return outcomes;
    }

    ContainerIds containerIds() {
        return containerIds;
    }

    Successions successions() {
        return successions;
    }

    RequestNode management() {
        return management;
    }

    IntakeGate gate() {
        return gate;
    }

    Rates rates() {
        return rates;
    }

    SenderLimits senderLimits() {
        return senderLimits;
    }

    AccessControl accessControl() {
        return accessControl;
    }

    @Override
    public ConnectionListener onConnection(Connection connection) {
        owner.assertCurrent();
        if (allGone != null) {
            connection.abort();
        }
        var added = new BrokerConnection(connection, this);
        connections.put(connection, added);
        return added;
    }
}
