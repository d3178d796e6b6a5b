package dev.godwit.broker;

import dev.godwit.amqp.transport.ConnectionCaps;
import dev.godwit.broker.cluster.relay.ActiveNode;
import dev.godwit.broker.cluster.relay.Relay;
import dev.godwit.broker.cluster.relay.RelaySettings;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The listeners of a node of a cluster, open as long as it runs. Whoever comes is given to the {@link Frontend} while this node
 * serves, and passed on to the active node else. Any thread may call; to open and to close blocks.
 */
final class ClientDoors implements AutoCloseable {
    private final Relay relay;
    private final ConnectionCaps caps;
    private final Listen listen;

    private ClientDoors(Relay relay, ConnectionCaps caps, Listen listen) {
        this.relay = relay;
        this.caps = caps;
        this.listen = listen;
    }

    /** Listens at all listeners, in their order. Clients wait until it is said where they are to go. */
    static ClientDoors open(Listen listen, VertxLoops loops, RelaySettings settings) throws BrokerStartException {
        var relay = new Relay(loops, settings);
        var caps = new ConnectionCaps(ListenPoint.options(listen, listen.first(), null));
        var found = new ArrayList<Listener>();
        for (var listener : listen.listeners()) {
            var options = ListenPoint.options(listen, listener, null);
            try {
                int port = relay.listen(options, caps.forAnotherPort(options)).await();
                found.add(listener.withPort(port));
            } catch (Exception failed) { // await() throws whatever the future failed with, checked or not
                relay.close();
                throw ListenPoint.failure(listener, failed);
            }
        }
        return new ClientDoors(relay, caps, listen.withListeners(found));
    }

    /** What is listened at, with the ports that were found. */
    Listen listen() {
        return listen;
    }

    /** Where clients connect to, the first listener first. */
    List<String> uris() {
        return listen.listeners().stream()
                .map(listener -> listener.uri(listener.port()))
                .toList();
    }

    /** By which those who come here are counted, and those whom other nodes pass on. */
    ConnectionCaps caps() {
        return caps;
    }

    /** Clients stay here from now on, until {@link #passOn}. */
    void serve(Frontend frontend) {
        relay.serve(frontend::hosts);
    }

    /** Clients do not stay here any more. */
    void passOn() {
        relay.passOn();
    }

    /** Clients are passed on to that node; null while it is not known who is active. */
    void onActive(@Nullable ActiveNode node) {
        relay.onActive(node);
    }

    /** Whoever comes from now on is to go elsewhere: this node ends. */
    void turnAway() {
        relay.turnAway();
    }

    @Override
    public void close() {
        relay.close();
    }
}
