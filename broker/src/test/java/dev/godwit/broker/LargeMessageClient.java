package dev.godwit.broker;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.IncomingStream;
import dev.godwit.amqp.container.IncomingStreamListener;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.message.MessageSections;
import dev.godwit.amqp.transport.AmqpConnector;
import dev.godwit.amqp.transport.ConnectOptions;
import dev.godwit.amqp.transport.EndpointLimits;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Target;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.internal.VertxInternal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that makes up the bytes of large messages while it sends them, and checks those that it receives while they
 * come: it holds no message, whatever its size. Each instance is one connection with one session.
 */
final class LargeMessageClient
        implements ConnectionListener, SessionListener, SendingLinkListener, ReceivingLinkListener, AutoCloseable {
    private static final int PART_BYTES = 100_000;
    private static final EndpointLimits LIMITS = EndpointLimits.DEFAULTS.withMaxMessageSizeBytes(1 << 30);
    private static final Vertx VERTX = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

    final List<Received> received = new CopyOnWriteArrayList<>();
    final List<Sending> sendings = new CopyOnWriteArrayList<>();
    final List<String> detached = new CopyOnWriteArrayList<>();
    private final Context loop = ((VertxInternal) VERTX).createEventLoopContext();
    private final Connection connection;
    private final Session session;
    private final CompletableFuture<Connection> opened = new CompletableFuture<>();

    LargeMessageClient(int port) {
        connection = on(() -> {
            var made = AmqpConnector.connect(
                    VERTX, loop, ConnectOptions.of("127.0.0.1", port).withLimits(LIMITS), this);
            made.open(OpenParameters.of("client-" + System.identityHashCode(this), "127.0.0.1"));
            return made;
        });
        opened.orTimeout(10, TimeUnit.SECONDS).join();
        session = on(() -> connection.begin(this));
    }

    /** The bytes of message {@code number}: a header, then one data section. */
    static byte head(int number, int at, long bodyBytes) {
        var head = ByteBuffer.allocate(HEAD_BYTES)
                .put(new byte[] {0x00, 0x53, 0x70, (byte) 0xc0, 2, 1, 0x41})
                .put(new byte[] {0x00, 0x53, 0x75, (byte) 0xb0})
                .putInt((int) bodyBytes);
        return head.get(at);
    }

    static final int HEAD_BYTES = 7 + 4 + 4;

    static byte body(int number, long at) {
        return (byte) (at * 31 + (at >>> 8) * 7 + (at >>> 16) + number);
    }

    <T> T on(Callable<T> task) {
        var done = new CompletableFuture<T>();
        loop.runOnContext(turn -> {
            try {
                done.complete(task.call());
            } catch (Throwable failed) {
                done.completeExceptionally(failed);
            }
        });
        return done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    void run(Runnable task) {
        on(() -> {
            task.run();
            return true;
        });
    }

    SendingLink attachSender(String address) {
        return on(() ->
                session.attachSender(AttachParameters.of("to-" + address, Source.at(null), Target.at(address)), this));
    }

    ReceivingLink attachReceiver(String address, int credit) {
        return on(() -> {
            var link = session.attachReceiver(
                    AttachParameters.of("from-" + address, Source.at(address), Target.at(null)), this);
            link.addCredit(credit);
            return link;
        });
    }

    /** Sends message {@code number}, as fast as the broker takes it. */
    Sending send(SendingLink link, int number, long bodyBytes) {
        var sending = new Sending(link, number, bodyBytes);
        sendings.add(sending);
        run(sending::goOn);
        return sending;
    }

    /** A message on its way out. Its fields belong to the client's loop. */
    final class Sending {
        private final SendingLink link;
        private final int number;
        private final long bytes;
        private long at;
        private boolean ended;
        volatile @Nullable OutgoingStream stream;
        volatile boolean stopped;
        volatile @Nullable Object outcome;
        volatile long written;

        Sending(SendingLink link, int number, long bodyBytes) {
            this.link = link;
            this.number = number;
            this.bytes = HEAD_BYTES + bodyBytes;
        }

        /** On one link they go one after the other. */
        private boolean isTurn() {
            for (var other : sendings) {
                if (other == this) {
                    return true;
                }
                if (other.link == link && !other.ended) {
                    return false;
                }
            }
            return true;
        }

        void goOn() {
            if (stopped || ended) {
                return;
            }
            var open = stream;
            if (open == null) {
                if (link.credit() == 0 || !isTurn()) {
                    return;
                }
                open = link.stream(false);
                stream = open;
            }
            while (at < bytes && open.isWritable()) {
                var part = ByteBuffer.allocate((int) Math.min(PART_BYTES, bytes - at));
                while (part.hasRemaining()) {
                    part.put(
                            at < HEAD_BYTES
                                    ? head(number, (int) at, bytes - HEAD_BYTES)
                                    : body(number, at - HEAD_BYTES));
                    at++;
                }
                open.write(part.flip());
                written = at;
            }
            if (at == bytes) {
                ended = true;
                open.end();
            }
        }
    }

    /** A message that comes in. */
    final class Received implements IncomingStreamListener {
        private final @Nullable IncomingStream stream;
        private final MessageSections sections = new MessageSections();
        private long bodyAt;
        private boolean begun;
        volatile long bodyBytes;
        volatile int number = -1;
        volatile long deliveryCount;
        volatile boolean firstAcquirer;
        volatile boolean correct = true;
        volatile @Nullable String ending;
        volatile @Nullable IncomingDelivery delivery;

        Received(@Nullable IncomingStream stream) {
            this.stream = stream;
        }

        @Override
        public void onPart(ByteBuffer part) {
            int bytes = part.remaining();
            if (!begun) {
                begun = true;
                if (!sections.scanHead(part)) {
                    throw new AssertionError("no head");
                }
                deliveryCount = sections.deliveryCount();
                firstAcquirer = sections.isFirstAcquirer();
                part.position(part.position() + sections.bodyOffset() + 8);
                number = part.get(part.position());
            }
            while (part.hasRemaining()) {
                correct &= part.get() == body(number, bodyAt++);
            }
            bodyBytes = bodyAt;
            if (stream != null) {
                stream.taken(bytes);
            }
        }

        @Override
        public void onEnd(IncomingDelivery whole) {
            delivery = whole;
            ending = "end";
        }

        @Override
        public void onAborted() {
            ending = "aborted";
        }

        @Override
        public void onLost() {
            ending = "lost";
        }

        void settle(Outcome outcome) {
            run(() -> {
                var whole = delivery;
                if (whole != null) {
                    whole.settle(outcome);
                }
            });
        }
    }

    @Override
    public IncomingStreamListener onStream(IncomingStream stream) {
        var begun = new Received(stream);
        received.add(begun);
        return begun;
    }

    @Override
    public void onDelivery(IncomingDelivery whole) {
        var short1 = new Received(null);
        short1.onPart(whole.message());
        short1.onEnd(whole);
        received.add(short1);
    }

    @Override
    public void onDisposition(OutgoingDelivery outgoing) {
        for (var sending : sendings) {
            var stream = sending.stream;
            if (stream != null && stream.delivery() == outgoing) {
                sending.outcome = outgoing.remoteState();
            }
        }
    }

    @Override
    public void onSendable(SendingLink link) {
        sendings.forEach(Sending::goOn);
    }

    @Override
    public void onOpen(Connection remote) {
        opened.complete(remote);
    }

    @Override
    public void onDetached(SendingLink link, boolean closed, @Nullable ErrorCondition error) {
        detached.add(link.name() + " " + (error == null ? "" : error.condition()));
    }

    @Override
    public void onDetached(ReceivingLink link, boolean closed, @Nullable ErrorCondition error) {
        detached.add(link.name() + " " + (error == null ? "" : error.condition()));
    }

    @Override
    public SessionListener onSession(Session remote) {
        throw new AssertionError("brokers begin no sessions");
    }

    @Override
    public void onClose(Connection closed, @Nullable ErrorCondition error) {}

    @Override
    public void onDisconnected(Connection gone, @Nullable DisconnectCause cause) {
        opened.completeExceptionally(new AssertionError(String.valueOf(cause)));
    }

    @Override
    public void onBegin(Session begun) {}

    @Override
    public void onAttach(SendingLink link) {}

    @Override
    public void onAttach(ReceivingLink link) {}

    @Override
    public void onEnd(Session ended, @Nullable ErrorCondition error) {}

    @Override
    public void onAttached(SendingLink link) {}

    @Override
    public void onAttached(ReceivingLink link) {}

    @Override
    public void onSettled(IncomingDelivery settled) {}

    @Override
    public void onDrained(ReceivingLink link) {}

    /** Breaks the connection. */
    @Override
    public void close() {
        run(connection::abort);
    }
}
