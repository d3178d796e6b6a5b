package dev.godwit.distribution.client;

import dev.godwit.amqp.container.Session;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/** Does one thing with one broker: connects, lets a link work on the session, disconnects. */
public final class ClientRun {
    private static final long CLOSE_SECONDS = 5;

    private ClientRun() {}

    /**
     * Returns what the work comes to.
     *
     * @param work told on the event loop that the session is there; completes the future, from there, when it is done
     */
    public static <T> T on(BrokerEndpoint broker, BiConsumer<Session, CompletableFuture<T>> work)
            throws ClientFailedException, InterruptedException {
        return run(broker, work, new CompletableFuture<>());
    }

    /** The same, but a broker that does not answer in time is as good as lost. */
    public static <T> T within(Duration limit, BrokerEndpoint broker, BiConsumer<Session, CompletableFuture<T>> work)
            throws ClientFailedException, InterruptedException {
        return run(broker, work, new CompletableFuture<T>().orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static <T> T run(
            BrokerEndpoint broker, BiConsumer<Session, CompletableFuture<T>> work, CompletableFuture<T> result)
            throws ClientFailedException, InterruptedException {
        var vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        var listener = new ClientConnection.Listener() {
            @Override
            public void onSession(Session session) {
                work.accept(session, result);
            }

            @Override
            public void onFailed(ClientFailedException failure) {
                result.completeExceptionally(failure);
            }
        };
        var connection = new ClientConnection(
                vertx, "godwit-tool-" + ProcessHandle.current().pid(), listener);
        try {
            connection.dial(vertx, broker);
            return result.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof ClientFailedException known) {
                throw known;
            }
            if (failed.getCause() instanceof TimeoutException) {
                throw new ClientFailedException(ClientFailedException.Kind.CONNECTION, "the broker does not answer");
            }
            throw new IllegalStateException(failed.getCause());
        } finally {
            closeQuietly(connection, vertx);
        }
    }

    private static void closeQuietly(ClientConnection connection, Vertx vertx) throws InterruptedException {
        try {
            connection.close().get(CLOSE_SECONDS, TimeUnit.SECONDS);
            vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException stuck) {
            // The program ends after this: sockets and threads end with it.
        }
    }
}
