package dev.godwit.broker.cluster.relay;

import dev.godwit.amqp.transport.ConnectionCaps;
import dev.godwit.amqp.transport.ListenerOptions;
import dev.godwit.amqp.transport.Reception;
import dev.godwit.broker.runtime.vertx.VertxLoops;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of a node where clients come in, whoever is active. While this node is, clients stay here. While another one is, their
 * connections are passed on to it: TLS, WebSocket and AMQP go through unopened; the active node hears first, by a PROXY header, who the
 * client is. While it is not known who is active, clients that come wait for a while. When another one becomes active, the connections
 * to the one before end: clients begin anew.
 *
 * <p>Any thread may call, but {@link #close} and what {@link #listen} gives back must not be waited for on a loop.
 */
public final class Relay implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Relay.class);

    /** Who takes clients in while this node is active. */
    public interface Hosts {
        /** Those of a loop, one for each address, in the order of {@link #listen}. */
        List<? extends Reception.Host> of(int loop);
    }

    private final List<RelayLoop> relays;
    private int doors;

    public Relay(VertxLoops loops, RelaySettings settings) {
        relays = loops.all().stream()
                .map(loop -> new RelayLoop(loops.vertx(), loop, settings))
                .toList();
    }

    /**
     * Takes clients in at one address, on all loops; addresses are listened on in the order of {@link ActiveNode#doors}. By one
     * thread, before clients are to come.
     *
     * @param options of which TLS and WebSocket mean nothing here
     * @param caps made from the options. A client that waits counts as one that has not logged in
     * @return the port
     */
    public Future<Integer> listen(ListenerOptions options, ConnectionCaps caps) {
        int door = doors++;
        var listening = new ArrayList<Future<Integer>>();
        for (var relay : relays) {
            // One after the other: with port 0 the first one finds the port of all.
            var before = listening.isEmpty() ? Future.succeededFuture(0) : listening.get(listening.size() - 1);
            listening.add(before.compose(
                    ready -> relay.listen(options, caps, door).map(reception -> reception.actualPort())));
        }
        return listening.get(listening.size() - 1);
    }

    /** Clients stay here from now on. */
    public void serve(Hosts hosts) {
        log.info("clients stay here");
        for (int number = 0; number < relays.size(); number++) {
            relays.get(number).serve(hosts.of(number));
        }
    }

    /** Clients do not stay here any more. */
    public void passOn() {
        relays.forEach(relay -> relay.serve(null));
    }

    /** Clients that do not stay here go there from now on; null while it is not known where. */
    public void onActive(@Nullable ActiveNode node) {
        log.info(
                node == null ? "it is not known who is active: clients that come wait" : "clients are passed on to {}",
                node);
        relays.forEach(relay -> relay.loop().execute(() -> relay.onActive(node)));
    }

    /** Whoever comes from now on is to go elsewhere; those who are here stay, save those who wait. */
    public void turnAway() {
        relays.forEach(relay -> relay.loop().execute(relay::turnAway));
    }

    /** Connections that are passed on, or wait for that. */
    public CompletableFuture<Integer> connections() {
        return relays.stream()
                .map(relay -> CompletableFuture.supplyAsync(relay::connections, relay.loop()))
                .reduce(CompletableFuture.completedFuture(0), (one, other) -> one.thenCombine(other, Integer::sum));
    }

    /** Stops listening, and drops all connections. Blocks until that is done. */
    @Override
    public void close() {
        relays.stream().map(RelayLoop::close).toList().forEach(closing -> closing.await());
    }
}
