package dev.godwit.jms;

import dev.godwit.amqp.container.AttachParameters;
import dev.godwit.amqp.container.Authenticator;
import dev.godwit.amqp.container.Connection;
import dev.godwit.amqp.container.ConnectionListener;
import dev.godwit.amqp.container.DisconnectCause;
import dev.godwit.amqp.container.Identity;
import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.amqp.container.OpenParameters;
import dev.godwit.amqp.container.OutgoingDelivery;
import dev.godwit.amqp.container.ReceivingLink;
import dev.godwit.amqp.container.ReceivingLinkListener;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.container.SendingLinkListener;
import dev.godwit.amqp.container.Session;
import dev.godwit.amqp.container.SessionListener;
import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.message.TransactionRequests.Decide;
import dev.godwit.amqp.message.TransactionRequests.Declare;
import dev.godwit.amqp.message.TransactionRequests.Discharge;
import dev.godwit.amqp.transport.AmqpServer;
import dev.godwit.amqp.transport.ListenerOptions;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Capability;
import dev.godwit.amqp.type.Coordinator;
import dev.godwit.amqp.type.Declared;
import dev.godwit.amqp.type.DistributionMode;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Source;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.Target;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A small AMQP peer with queues in memory, local transactions, browsing and refusals by name: what a client must get on
 * with. On one event loop. Names that begin with {@code refuse-} are not found, with {@code full-} give no credit before
 * {@link #giveCredit}, with {@code reject-} reject every message.
 */
final class MemoryPeer {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** Attaches as they came. */
    final List<AttachParameters> attaches = new CopyOnWriteArrayList<>();

    final List<OpenParameters> opens = new CopyOnWriteArrayList<>();
    final List<Connection> connections = new CopyOnWriteArrayList<>();
    volatile boolean rollsBackEveryCommit;
    volatile boolean appliesNoFilters;
    volatile boolean refusesTransactions;
    /** The coordinator is there, and begins none. */
    volatile boolean beginsNoTransactions;
    /** The coordinator offers to prepare transactions. */
    volatile boolean preparesTransactions;
    /** It offers the same; what is decided of them is answered by the end of the link. */
    volatile boolean losesDecisions;
    /** It offers the same, and answers what is asked of its coordinator when {@link #answerHeld} says so. */
    volatile boolean holdsAnswers;

    volatile Map<Symbol, Object> openProperties = Map.of();
    /** With which every connection is closed at once. */
    volatile @Nullable ErrorCondition turnsAwayWith;

    private final Vertx vertx;
    private final AmqpServer server;
    private final Map<String, ArrayDeque<ByteBuffer>> queues = new HashMap<>();
    private final List<Outlet> outlets = new ArrayList<>();
    private final List<ReceivingLink> full = new ArrayList<>();
    private final Map<TransactionId, Work> transactions = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
    private boolean isEmptied;
    private byte transactionNumber;
    private int nodeNumber;

    MemoryPeer() throws Exception {
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        server = AmqpServer.start(
                        vertx,
                        vertx.getOrCreateContext(),
                        ListenerOptions.of("127.0.0.1", 0),
                        new Anyone(),
                        Visitor::new)
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    String uri() {
        return "amqp://127.0.0.1:" + port();
    }

    int port() {
        return server.actualPort();
    }

    /** What a commit does, and what a rollback does. */
    private record Work(List<Runnable> commits, List<Runnable> rollbacks) {
        Work() {
            this(new ArrayList<>(), new ArrayList<>());
        }
    }

    private ArrayDeque<ByteBuffer> queue(String name) {
        return queues.computeIfAbsent(name, unknown -> new ArrayDeque<>());
    }

    private void enqueue(String name, ByteBuffer message) {
        queue(name).add(message);
        List.copyOf(outlets).forEach(Outlet::pump);
    }

    private void giveBack(String name, ByteBuffer message) {
        queue(name).addFirst(message);
        List.copyOf(outlets).forEach(Outlet::pump);
    }

    /** Without a word. */
    void breakConnections() {
        connections.forEach(connection -> connection.loop().execute(connection::abort));
    }

    void close() throws Exception {
        server.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static final class Anyone implements Authenticator {
        @Override
        public List<String> mechanisms(Peer peer) {
            return List.of("PLAIN", "ANONYMOUS");
        }

        @Override
        public boolean allowsNoSasl() {
            return true;
        }

        @Override
        public Exchange begin(String mechanism, Peer peer) {
            return (response, reply) -> reply.onAdmitted(Identity.ANONYMOUS, null);
        }
    }

    private final class Visitor implements ConnectionListener, SessionListener {
        Visitor(Connection connection) {
            connections.add(connection);
        }

        @Override
        public void onOpen(Connection connection) {
            OpenParameters remote = connection.remoteOpen();
            if (remote == null) {
                return;
            }
            opens.add(remote);
            boolean taken = remote.containerId().equals("taken");
            ErrorCondition refusal = turnsAwayWith;
            OpenParameters plain = OpenParameters.of("peer", null);
            connection.open(new OpenParameters(
                    "peer",
                    null,
                    plain.maxFrameSize(),
                    plain.channelMax(),
                    0,
                    List.of(Capability.SOLE_CONNECTION),
                    List.of(),
                    taken || refusal != null
                            ? Map.of(Symbol.of("amqp:connection-establishment-failed"), true)
                            : openProperties));
            if (refusal != null) {
                connection.close(refusal);
            } else if (taken) {
                connection.close(new ErrorCondition(
                        AmqpError.INVALID_FIELD.condition(),
                        "in use",
                        Map.of(Symbol.of("invalid-field"), Symbol.of("container-id"))));
            }
        }

        @Override
        public SessionListener onSession(Session session) {
            return this;
        }

        @Override
        public void onClose(Connection connection, @Nullable ErrorCondition error) {}

        @Override
        public void onDisconnected(Connection connection, @Nullable DisconnectCause cause) {
            connections.remove(connection);
            outlets.removeIf(outlet -> outlet.link.session().connection() == connection);
        }

        @Override
        public void onBegin(Session session) {}

        @Override
        public void onEnd(Session session, @Nullable ErrorCondition error) {
            for (Outlet outlet : List.copyOf(outlets)) {
                if (outlet.link.session() == session) {
                    outlet.end();
                }
            }
        }

        @Override
        public void onAttach(SendingLink link) {
            AttachParameters wish = link.remoteAttach();
            if (wish == null) {
                return;
            }
            attaches.add(wish);
            Source source = wish.source();
            if (source == null || source.address() == null) {
                link.refuse(AmqpError.NOT_FOUND.because("no subscription " + wish.name()));
                return;
            }
            if (source.address().startsWith("refuse-")) {
                link.refuse(AmqpError.NOT_FOUND.because("no queue " + source.address()));
                return;
            }
            Outlet outlet = new Outlet(link, source.address(), source.distributionMode() == DistributionMode.COPY);
            outlets.add(outlet);
            link.accept(
                    AttachParameters.of(
                            wish.name(), appliesNoFilters ? source.withFilters(Map.of()) : source, wish.target()),
                    outlet);
        }

        @Override
        public void onAttach(ReceivingLink link) {
            AttachParameters wish = link.remoteAttach();
            if (wish == null) {
                return;
            }
            attaches.add(wish);
            if (wish.target() instanceof Coordinator && refusesTransactions) {
                link.refuse(AmqpError.NOT_IMPLEMENTED.because("no transactions here"));
            } else if (wish.target() instanceof Coordinator) {
                var coordinator = new Coordinator(List.of(
                        preparesTransactions || losesDecisions || holdsAnswers
                                ? Capability.PREPARED_TRANSACTIONS
                                : Capability.LOCAL_TRANSACTIONS));
                link.accept(AttachParameters.of(link.name(), wish.source(), coordinator), new CoordinatorLink());
                link.addCredit(10);
            } else if (wish.target() instanceof Target target) {
                attach(link, wish, target);
            }
        }

        private void attach(ReceivingLink link, AttachParameters wish, Target target) {
            String address = target.dynamic() ? "node-" + ++nodeNumber : target.address();
            if (address == null || address.startsWith("refuse-")) {
                link.refuse(AmqpError.NOT_FOUND.because("no queue " + address));
                return;
            }
            link.accept(
                    AttachParameters.of(wish.name(), wish.source(), target.withAddress(address)), new Inlet(address));
            if (address.startsWith("full-") && !isEmptied) {
                full.add(link);
            } else {
                link.addCredit(1_000);
            }
        }
    }

    /** Cares for nothing but what comes. */
    private abstract static class Taker implements ReceivingLinkListener {
        @Override
        public void onAttached(ReceivingLink link) {}

        @Override
        public void onSettled(IncomingDelivery delivery) {}

        @Override
        public void onDrained(ReceivingLink link) {}

        @Override
        public void onDetached(ReceivingLink link, boolean closed, @Nullable ErrorCondition error) {}
    }

    /** Takes messages into a queue, at once or with a transaction. */
    private final class Inlet extends Taker {
        private final String queue;

        Inlet(String queue) {
            this.queue = queue;
        }

        @Override
        public void onDelivery(IncomingDelivery delivery) {
            delivery.link().addCredit(1);
            ByteBuffer message = delivery.message();
            if (queue.startsWith("reject-")) {
                delivery.settle(new Outcome.Rejected(AmqpError.NOT_ALLOWED.because("not here")));
            } else if (delivery.remoteState() instanceof TransactionalState state) {
                Work work = transactions.get(state.transactionId());
                if (work == null) {
                    delivery.settle(new Outcome.Rejected(AmqpError.UNKNOWN_TRANSACTION.because("?")));
                } else {
                    work.commits().add(() -> enqueue(queue, message));
                    delivery.settle(new TransactionalState(state.transactionId(), Outcome.Accepted.INSTANCE));
                }
            } else {
                enqueue(queue, message);
                delivery.settle(Outcome.Accepted.INSTANCE);
            }
        }
    }

    /** Also to what was full until now. */
    void giveCredit() {
        connections.get(connections.size() - 1).loop().execute(() -> {
            isEmptied = true;
            full.forEach(link -> link.addCredit(1_000));
            full.clear();
        });
    }

    private void answer(Runnable told) {
        if (holdsAnswers) {
            held.add(told);
        } else {
            told.run();
        }
    }

    /** Gives the answers that it holds, and holds no more. */
    void answerHeld() {
        connections.get(connections.size() - 1).loop().execute(() -> {
            holdsAnswers = false;
            for (Runnable told = held.poll(); told != null; told = held.poll()) {
                told.run();
            }
        });
    }

    int heldAnswers() {
        return held.size();
    }

    /** How many transactions are declared and not discharged. */
    int openTransactions() {
        return transactions.size();
    }

    private final class CoordinatorLink extends Taker {
        @Override
        public void onDelivery(IncomingDelivery delivery) {
            delivery.link().addCredit(1);
            TransactionRequests.TransactionRequest request = TransactionRequests.decode(delivery.message());
            if (request instanceof Declare && beginsNoTransactions) {
                delivery.settle(new Outcome.Rejected(AmqpError.RESOURCE_LIMIT_EXCEEDED.because("as the test wants")));
            } else if (request instanceof Declare) {
                TransactionId id = new TransactionId(new byte[] {++transactionNumber});
                transactions.put(id, new Work());
                answer(() -> delivery.settle(new Declared(id)));
            } else if (request instanceof Decide && holdsAnswers) {
                answer(() -> delivery.settle(Outcome.Accepted.INSTANCE));
            } else if (request instanceof Decide) {
                delivery.link().close(AmqpError.TRANSACTION_ROLLBACK.because("as the test wants"));
            } else if (request instanceof Discharge discharge) {
                Work work = transactions.remove(discharge.transactionId());
                boolean fails = discharge.fail() || rollsBackEveryCommit;
                if (work != null) {
                    (fails ? work.rollbacks() : work.commits()).forEach(Runnable::run);
                }
                delivery.settle(
                        fails && !discharge.fail()
                                ? new Outcome.Rejected(AmqpError.TRANSACTION_ROLLBACK.because("as the test wants"))
                                : Outcome.Accepted.INSTANCE);
            }
        }
    }

    /** Ends every session with a consumer in it, without a word why. */
    void endConsumingSessions() {
        for (Connection each : connections) {
            each.loop().execute(() -> {
                for (Outlet outlet : List.copyOf(outlets)) {
                    outlet.link.session().end(null);
                }
            });
        }
    }

    /** Gives a queue's messages out, or copies of them. */
    private final class Outlet implements SendingLinkListener {
        private final SendingLink link;
        private final String queue;
        private final boolean copies;
        private final List<OutgoingDelivery> unsettled = new ArrayList<>();
        private int copied;

        Outlet(SendingLink link, String queue, boolean copies) {
            this.link = link;
            this.queue = queue;
            this.copies = copies;
        }

        private void pump() {
            while (link.credit() > 0) {
                ByteBuffer next = next();
                if (next == null) {
                    break;
                }
                OutgoingDelivery delivery = link.send(EMPTY, next.duplicate(), false, null);
                delivery.attach(next);
                unsettled.add(delivery);
            }
            if (link.isDraining()) {
                link.drained();
            }
        }

        private @Nullable ByteBuffer next() {
            ArrayDeque<ByteBuffer> messages = queue(queue);
            if (!copies) {
                return messages.poll();
            }
            return copied < messages.size() ? new ArrayList<>(messages).get(copied++) : null;
        }

        private void end() {
            outlets.remove(this);
            if (!copies) {
                for (int i = unsettled.size() - 1; i >= 0; i--) {
                    giveBack(queue, (ByteBuffer)
                            Objects.requireNonNull(unsettled.get(i).attachment()));
                }
            }
            unsettled.clear();
        }

        @Override
        public void onAttached(SendingLink attached) {}

        @Override
        public void onSendable(SendingLink sendable) {
            pump();
        }

        @Override
        public void onDisposition(OutgoingDelivery delivery) {
            if (!(delivery.attachment() instanceof ByteBuffer message)) {
                return;
            }
            unsettled.remove(delivery);
            if (delivery.remoteState() instanceof TransactionalState state) {
                Work work = transactions.get(state.transactionId());
                if (work != null) {
                    work.rollbacks().add(0, () -> giveBack(queue, message));
                }
            } else if (!(delivery.remoteState() instanceof Outcome.Accepted) && !copies) {
                giveBack(queue, message);
            }
            delivery.settle(delivery.remoteState());
        }

        @Override
        public void onDetached(SendingLink detached, boolean closed, @Nullable ErrorCondition error) {
            end();
        }
    }
}
