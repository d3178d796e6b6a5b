package dev.godwit.distribution.client;

import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.transport.AmqpConnector;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.ErrorCondition;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One connection with one session. Owned by the event loop that it makes for itself; any thread may dial, hand over
 * tasks and wait for the end.
 */
public final class ClientConnection implements ConnectionListener, SessionListener {
    /** Hears how the connection is doing, on its event loop. */
    public interface Listener {
        /** The session is there: links can be attached. */
        void onSession(Session session);

        /** The connection or the session is lost, or never was. At most once, and not after a close of ours. */
        void onFailed(ClientFailedException failure);
    }

    private final String containerId;
    private final Context loop;
    private final Listener listener;
    private final CompletableFuture<@Nullable Void> disconnected = new CompletableFuture<>();
    private @Nullable Connection connection;
    private boolean ended;

    public ClientConnection(Vertx vertx, String containerId, Listener listener) {
        this.containerId = containerId;
        this.loop = ((VertxInternal) vertx).createEventLoopContext();
        this.listener = listener;
    }

    /** Begins to connect; the session follows when the broker has let us in. */
    public void dial(Vertx vertx, BrokerEndpoint broker) {
        execute(() -> {
            connection = AmqpConnector.connect(vertx, loop, broker.connectOptions(), this);
            connection.open(OpenParameters.of(containerId, broker.host()));
        });
    }

    /** Runs a task on the event loop. */
    public void execute(Runnable task) {
        loop.runOnContext(ignored -> task.run());
    }

    /** Ends the connection in order. The future ends when the socket is gone. */
    public CompletableFuture<@Nullable Void> close() {
        execute(() -> {
            ended = true;
            if (connection == null) {
                disconnected.complete(null);
            } else {
                connection.close(null);
            }
        });
        return disconnected;
    }

    @Override
    public void onOpen(Connection opened) {
        opened.begin(this);
    }

    @Override
    public void onBegin(Session session) {
        listener.onSession(session);
    }

    @Override
    public SessionListener onSession(Session session) {
        session.end(AmqpError.NOT_ALLOWED.because("this client takes no sessions"));
        return this;
    }

    @Override
    public void onAttach(SendingLink link) {
        link.refuse(AmqpError.NOT_ALLOWED.because("this client takes no links"));
    }

    @Override
    public void onAttach(ReceivingLink link) {
        link.refuse(AmqpError.NOT_ALLOWED.because("this client takes no links"));
    }

    @Override
    public void onEnd(Session session, @Nullable ErrorCondition error) {
        fail(ClientFailedException.Kind.REFUSED, "the broker ended the session: " + text(error));
    }

    @Override
    public void onClose(Connection closed, @Nullable ErrorCondition error) {
        fail(ClientFailedException.Kind.CONNECTION, "the broker closed the connection: " + text(error));
    }

    @Override
    public void onDisconnected(Connection gone, @Nullable DisconnectCause cause) {
        disconnected.complete(null);
        fail(
                ClientFailedException.Kind.CONNECTION,
                cause == null ? "the connection was closed" : "no connection: " + cause.message());
    }

    private void fail(ClientFailedException.Kind kind, String reason) {
        if (!ended) {
            ended = true;
            listener.onFailed(new ClientFailedException(kind, reason));
        }
    }

    /** An error as a user may read it. */
    public static String text(@Nullable ErrorCondition error) {
        if (error == null) {
            return "no reason given";
        }
        return error.description() == null
                ? error.condition().toString()
                : error.condition() + " " + error.description();
    }
}
