package dev.godwit.distribution.perf;

import dev.godwit.amqp.container.Session;
import dev.godwit.distribution.client.BrokerEndpoint;
import dev.godwit.distribution.client.ClientConnection;
import dev.godwit.distribution.client.ClientFailedException;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A connection with its producers or consumers, and what they count. Owned by the connection's event loop. */
final class LoadConnection implements ClientConnection.Listener {
    private final LoadLink.Listener listener;
    private final ClientConnection connection;
    private final LoadMeter meter = new LoadMeter();
    private final List<LoadLink> links = new ArrayList<>();

    LoadConnection(Vertx vertx, String containerId, LoadLink.Listener listener) {
        this.listener = listener;
        this.connection = new ClientConnection(vertx, containerId, this);
    }

    /** What is counted here; the links that are added count into it. */
    LoadMeter meter() {
        return meter;
    }

    /** Before the connection is made. */
    void add(LoadLink link) {
        links.add(link);
    }

    /** Begins to connect; the links follow when the broker has let us in. Any thread may call. */
    void dial(Vertx vertx, BrokerEndpoint broker) {
        connection.dial(vertx, broker);
    }

    /** Runs a task on the event loop. Any thread may call. */
    void execute(Runnable task) {
        connection.execute(task);
    }

    /** Ends the connection. Any thread may call. */
    CompletableFuture<@Nullable Void> close() {
        return connection.close();
    }

    /** Sends nothing more. */
    void stopProducers() {
        for (LoadLink link : links) {
            if (link instanceof LoadProducer producer) {
                producer.stop();
            }
        }
    }

    @Override
    public void onSession(Session session) {
        links.forEach(link -> link.attach(session));
    }

    @Override
    public void onFailed(ClientFailedException failure) {
        listener.onFailed(failure);
    }
}
