package dev.godwit.broker;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Open;
import org.apache.qpid.proton.amqp.transport.Role;
import org.jspecify.annotations.Nullable;

/** A whole broker, and peers that speak to it frame by frame. Owned by the test's thread. */
final class RawBroker implements AutoCloseable {
    private final Broker broker;
    private final List<RawPeer> peers = new ArrayList<>();

    RawBroker(Path directory) throws BrokerStartException {
        this(directory, listen -> listen);
    }

    RawBroker(Path directory, UnaryOperator<Listen> changes) throws BrokerStartException {
        var defaults = BrokerConfiguration.defaults(directory).withPort(0);
        broker = Broker.start(defaults.withListen(changes.apply(defaults.listen())), failure -> {});
    }

    RawBroker(BrokerConfiguration configuration) throws BrokerStartException {
        broker = Broker.start(configuration, failure -> {});
    }

    /** One whose addresses have these settings. */
    static RawBroker with(Path directory, AddressSettings settings) throws BrokerStartException {
        var defaults = BrokerConfiguration.defaults(directory).withPort(0);
        return new RawBroker(defaults.withQueues(defaults.queues().withPolicies(new AddressPolicy("*", settings))));
    }

    int port() {
        return broker.port();
    }

    /** A peer with a session on channel 0. */
    RawPeer connect() {
        return connect(RawPeer.openPerformative());
    }

    /** The same, of a peer that says this of itself. */
    RawPeer connect(Open open) {
        return visit().open(open).begin();
    }

    /** A peer that has said nothing yet. */
    RawPeer visit() {
        var peer = new RawPeer(broker.port());
        peers.add(peer);
        return peer;
    }

    /** True when the broker has a queue of that name. */
    boolean has(String queue) {
        return broker.queueStatistics().join().stream()
                .anyMatch(each -> each.queue().equals(queue));
    }

    /** A figure of the queue named {@code queue}. */
    long count(Function<QueueStatistics, Number> figure) {
        return broker.queueStatistics().join().stream()
                .filter(each -> each.queue().equals("queue"))
                .mapToLong(each -> figure.apply(each).longValue())
                .sum();
    }

    /** Sends a message on a connection of its own, and returns what was said of it. */
    Disposition put(byte[] message) {
        try (var peer = new RawPeer(broker.port())) {
            peer.open().begin().attachSender("filling", 0);
            peer.send(0, RawPeer.transferPerformative(0, 0), message);
            return peer.expect(Disposition.class);
        }
    }

    /** The sections, encoded one after the other. */
    byte[] encode(Object... sections) {
        try (var peer = new RawPeer(broker.port())) {
            var encoded = new byte[sections.length][];
            for (int i = 0; i < sections.length; i++) {
                byte[] frame = peer.frame(0, 0, sections[i]);
                encoded[i] = Arrays.copyOfRange(frame, 8, frame.length);
            }
            return RawPeer.join(encoded);
        }
    }

    static Disposition disposition(Role role, UnsignedInteger deliveryId, @Nullable Object state, boolean settled) {
        var disposition = new Disposition();
        disposition.setRole(role);
        disposition.setFirst(deliveryId);
        disposition.setState((org.apache.qpid.proton.amqp.transport.DeliveryState) state);
        disposition.setSettled(settled);
        return disposition;
    }

    static Flow credit(int handle, int credit, int deliveryCount) {
        var flow = RawPeer.flowPerformative(handle, credit, 1, 1_000);
        flow.setDeliveryCount(UnsignedInteger.valueOf(deliveryCount));
        return flow;
    }

    /** Asks for what there is, so that a flow comes when that is nothing. */
    static Flow drain(int handle, int credit, int deliveryCount) {
        var flow = credit(handle, credit, deliveryCount);
        flow.setDrain(true);
        return flow;
    }

    static Detach detach(int handle, boolean closed) {
        var detach = new Detach();
        detach.setHandle(UnsignedInteger.valueOf(handle));
        detach.setClosed(closed);
        return detach;
    }

    @Override
    public void close() {
        peers.forEach(RawPeer::close);
        broker.close();
    }
}
