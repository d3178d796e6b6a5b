package dev.godwit.amqp.transport;

import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.PlainResponse;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A server and a client of ours, each on its own event loop, over 127.0.0.1; what both hear is recorded. */
final class Loopback implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** Shared by all tests: to start and stop one for each takes longer than most tests. */
    private static final Vertx VERTX = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));

    final Vertx vertx = VERTX;
    final Context serverLoop = newLoop();
    final Context clientLoop = newLoop();
    final RecordingContainer container = new RecordingContainer();
    final RecordingPeer client = new RecordingPeer("client", false);
    final FixedUsers users = new FixedUsers();
    final ConnectionCaps caps;
    final AmqpServer server;

    Loopback() {
        this(ListenerOptions.of("127.0.0.1", 0));
    }

    Loopback(ListenerOptions options) {
        this(options, new ConnectionCaps(options));
    }

    Loopback(ListenerOptions options, ConnectionCaps caps) {
        this(options, caps, System::nanoTime);
    }

    /** @param nanoTime the server's clock, where it asks one itself */
    Loopback(ListenerOptions options, ConnectionCaps caps, LongSupplier nanoTime) {
        this.caps = caps;
        server = AmqpServer.start(vertx, serverLoop, options, caps, users, container, nanoTime)
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    /** The loops take turns, so two calls in a row give two loops. */
    private static Context newLoop() {
        return ((VertxInternal) VERTX).createEventLoopContext();
    }

    int port() {
        return server.actualPort();
    }

    /** How often a peer has done wrong. */
    long violations() {
        return onServer(server::violations);
    }

    ConnectOptions connectOptions() {
        return ConnectOptions.of("127.0.0.1", port());
    }

    Connection connect() {
        return connect(connectOptions(), OpenParameters.of("client", "127.0.0.1"));
    }

    /** Connects and waits until both ends have opened. */
    Connection connect(ConnectOptions connectOptions, OpenParameters open) {
        Connection connection = connectWithoutWaiting(connectOptions, open);
        await(() -> client.has("onOpen"));
        return connection;
    }

    Connection connectWithoutWaiting(ConnectOptions connectOptions, @Nullable OpenParameters open) {
        return onClient(() -> {
            Connection connection = AmqpConnector.connect(vertx, clientLoop, connectOptions, client);
            if (open != null) {
                connection.open(open);
            }
            return connection;
        });
    }

    /** A session of the client's, on a connection of its own. */
    Session session() {
        Connection connection = connect();
        return onClient(() -> connection.begin(client));
    }

    /** A link of the client's, with credit. */
    SendingLink sender(Session session, String name) {
        SendingLink link = onClient(
                () -> session.attachSender(AttachParameters.of(name, Source.at(null), Target.at("queue")), client));
        await(() -> onClient(() -> link.credit() > 0));
        return link;
    }

    /** A peer that sends by hand, on handles 0 and 1, with credit for 20 messages on each. */
    RawPeer senderOfTwoLinks() {
        container.prepare = server -> server.creditForSenders = 20;
        var peer = new RawPeer(port()).open().begin();
        peer.attachSender("first", 0);
        peer.attachSender("second", 1);
        return peer;
    }

    static void await(Callable<Boolean> condition) {
        org.awaitility.Awaitility.await()
                .pollInterval(Duration.ofMillis(2))
                .atMost(PATIENCE)
                .until(condition);
    }

    <T> T onClient(Callable<T> task) {
        return on(clientLoop, task);
    }

    <T> T onServer(Callable<T> task) {
        return on(serverLoop, task);
    }

    void runOnClient(Runnable task) {
        onClient(() -> {
            task.run();
            return true;
        });
    }

    void runOnServer(Runnable task) {
        onServer(() -> {
            task.run();
            return true;
        });
    }

    private static <T> T on(Context loop, Callable<T> task) {
        var done = new CompletableFuture<T>();
        loop.runOnContext(turn -> {
            try {
                done.complete(task.call());
            } catch (Throwable failed) {
                done.completeExceptionally(failed);
            }
        });
        return done.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        server.close().toCompletionStage().toCompletableFuture().join();
    }

    /** Lets anybody in by ANONYMOUS, and alice by her password. */
    static final class FixedUsers implements Authenticator {
        volatile List<String> mechanisms = List.of("PLAIN", "ANONYMOUS");
        volatile boolean noSasl;
        /** Set to answer by hand. */
        volatile @Nullable Consumer<Consumer<@Nullable Identity>> answerLater;

        @Override
        public List<String> mechanisms(Peer peer) {
            return mechanisms;
        }

        @Override
        public boolean allowsNoSasl() {
            return noSasl;
        }

        @Override
        public @Nullable Exchange begin(String mechanism, Peer peer) {
            if (!mechanisms.contains(mechanism)) {
                return null;
            }
            return switch (mechanism) {
                case "PLAIN" -> (response, reply) -> answer(plain(response), reply);
                case "ANONYMOUS" -> (response, reply) -> answer(Identity.ANONYMOUS, reply);
                case "BROKEN" ->
                    (response, reply) -> {
                        throw new IllegalStateException("this mechanism is broken on purpose");
                    };
                case "ABSENT" -> (response, reply) -> reply.onUnavailable();
                case "TALKATIVE" -> (response, reply) -> reply.onAdmitted(Identity.ANONYMOUS, new byte[] {'!'});
                // Asks for one more word, for ever.
                default -> (response, reply) -> reply.onChallenge(new byte[] {'?'});
            };
        }

        private static @Nullable Identity plain(byte @Nullable [] response) {
            var plain = PlainResponse.parse(response);
            return plain != null
                            && plain.user().equals("alice")
                            && plain.password().equals("wonder")
                    ? new Identity("PLAIN", "alice")
                    : null;
        }

        private void answer(@Nullable Identity identity, Reply reply) {
            Consumer<Consumer<@Nullable Identity>> later = answerLater;
            if (later != null) {
                later.accept(ignored -> answerNow(identity, reply));
            } else {
                answerNow(identity, reply);
            }
        }

        private static void answerNow(@Nullable Identity identity, Reply reply) {
            if (identity == null) {
                reply.onRefused();
            } else {
                reply.onAdmitted(identity, null);
            }
        }
    }
}
