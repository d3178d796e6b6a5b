package dev.godwit.amqp.transport;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.Container;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Gives each connection a {@link RecordingPeer} that says yes to everything, unless told otherwise. */
final class RecordingContainer implements Container {
    final List<RecordingPeer> peers = new CopyOnWriteArrayList<>();
    volatile java.util.function.Consumer<RecordingPeer> prepare = peer -> {};

    @Override
    public ConnectionListener onConnection(Connection connection) {
        var peer = new RecordingPeer("server", true);
        peer.connection = connection;
        prepare.accept(peer);
        peers.add(peer);
        return peer;
    }

    RecordingPeer peer() {
        Loopback.await(() -> !peers.isEmpty());
        return peers.get(peers.size() - 1);
    }
}
