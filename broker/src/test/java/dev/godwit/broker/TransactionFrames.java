package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.policy.AddressPolicy;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.transaction.OutcomeLimits;
import dev.godwit.broker.transaction.TransactionLimits;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Outcome;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transaction.Coordinator;
import org.apache.qpid.proton.amqp.transaction.Declared;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole broker with several loops, and clients that speak to it of transactions frame by frame. One for each class of
 * tests, with a queue for each test.
 */
abstract class TransactionFrames {
    static final Duration PATIENCE = Duration.ofSeconds(10);
    static final int TRANSACTIONS_MAX = 3;
    static final int OPERATIONS_MAX = 100;
    static final int PREPARED_MAX = 3;
    static final int MESSAGE_BYTES_MAX = 1 << 20;

    /** The name of a queue whose messages are locked, for so long. */
    static final String LOCKED = "locked";

    static final long LOCK_MILLIS = 1_000;

    static final int CONTROL = 0;
    static final int PRODUCER = 1;
    static final int CONSUMER = 2;
    static final int OTHER_CONTROL = 3;

    static final String UNKNOWN_ID = "amqp:transaction:unknown-id";
    static final String ROLLBACK = "amqp:transaction:rollback";

    private static @Nullable Broker running;

    @TempDir
    private static @Nullable Path parent;

    private static final int COPIES_MAX = 1_000;
    private static Path directory = Path.of("");
    private static int lives;

    /** Each test has a queue of its own. */
    static String queue = "";

    private static int lastQueue;
    private final List<Client> clients = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        directory = Objects.requireNonNull(parent).resolve("life-" + ++lives);
        running = startBroker();
    }

    /** As if the process were killed now, and started again on what the disk has. */
    void crash() throws Exception {
        disconnect();
        clients.clear();
        var copy = copied();
        broker().close();
        directory = copy;
        running = startBroker();
    }

    /** Where the journal gives a file another name meanwhile, it is copied once more. */
    private static Path copied() throws Exception {
        while (true) {
            var copy = Objects.requireNonNull(parent).resolve("life-" + ++lives);
            try (var files = Files.walk(directory)) {
                for (var file : files.toList()) {
                    Files.copy(file, copy.resolve(directory.relativize(file)));
                }
                return copy;
            } catch (NoSuchFileException | UncheckedIOException renamed) {
                assertThat(lives).as("copies: %s", renamed).isLessThan(COPIES_MAX);
            }
        }
    }

    private static Broker startBroker() throws Exception {
        var defaults = BrokerConfiguration.defaults(directory);
        var listen = defaults.withPort(0).listen();
        var limits = listen.limits();
        return Broker.start(
                defaults.withTransactions(new TransactionLimits(
                                60_000,
                                TRANSACTIONS_MAX,
                                1 << 20,
                                OPERATIONS_MAX,
                                PREPARED_MAX,
                                PREPARED_MAX,
                                OutcomeLimits.DEFAULTS))
                        .withListen(listen.withLimits(new ListenLimits(
                                limits.maxFrameSizeBytes(),
                                MESSAGE_BYTES_MAX,
                                limits.idleTimeoutMillis(),
                                limits.handshakeTimeoutMillis(),
                                limits.connections())))
                        .withQueues(withLocks(defaults.queues())),
                failure -> {});
    }

    private static BrokerConfiguration.Queues withLocks(BrokerConfiguration.Queues defaults) {
        var locked = AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS);
        return defaults.withPolicies(new AddressPolicy(LOCKED, locked));
    }

    @AfterAll
    static void stop() {
        broker().close();
    }

    @BeforeEach
    void takeAQueue() {
        queue = "queue-" + ++lastQueue;
    }

    @AfterEach
    void disconnect() {
        clients.forEach(client -> client.peer.close());
    }

    static Broker broker() {
        return Objects.requireNonNull(running);
    }

    long count(Function<QueueStatistics, Number> figure) {
        return broker().queueStatistics().join().stream()
                .filter(each -> each.queue().equals(queue))
                .mapToLong(each -> figure.apply(each).longValue())
                .sum();
    }

    void awaitCount(Function<QueueStatistics, Number> figure, long expected) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(count(figure)).isEqualTo(expected));
    }

    Client connect() {
        var client = new Client(new RawPeer(broker().port()));
        clients.add(client);
        client.peer.open().begin();
        return client;
    }

    /** A client with a control link. */
    Client controller() {
        var client = connect();
        client.attachControl(CONTROL);
        return client;
    }

    /** Puts messages 1 to {@code count} on the queue. */
    void fill(int count) {
        var client = connect();
        client.attachProducer();
        for (int i = 1; i <= count; i++) {
            assertThat(client.post(null, i).getState()).isEqualTo(Accepted.getInstance());
        }
        client.peer.close();
    }

    static byte[] message(int number) {
        byte durableHeader = 0x41;
        return new byte[] {0, 0x53, 0x70, (byte) 0xc0, 2, 1, durableHeader, 0, 0x53, 0x77, 0x54, (byte) number};
    }

    static byte[] bytes(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    static TransactionalState in(@Nullable Binary transaction, @Nullable Outcome outcome) {
        var state = new TransactionalState();
        state.setTxnId(transaction);
        state.setOutcome(outcome);
        return state;
    }

    static String conditionOf(@Nullable ErrorCondition error) {
        return String.valueOf(Objects.requireNonNull(error).getCondition());
    }

    static Modified failed() {
        var modified = new Modified();
        modified.setDeliveryFailed(true);
        return modified;
    }

    static String refusal(@Nullable Object state) {
        assertThat(state).isInstanceOf(Rejected.class);
        return conditionOf(((Rejected) Objects.requireNonNull(state)).getError());
    }

    static Attach resumable(java.util.@Nullable Map<Object, Object> unsettled) {
        var attach = Client.consumer();
        var source = new Source();
        source.setExpiryPolicy(TerminusExpiryPolicy.NEVER);
        attach.setSource(source);
        attach.setTarget(new Target());
        attach.setUnsettled(unsettled);
        return attach;
    }

    /** One connection with one session, whose frames are written by hand. */
    static final class Client {
        final RawPeer peer;
        private int nextDeliveryId;
        private int received;

        /** Dispositions that came while one of the other role was looked for. */
        private final List<Disposition> early = new ArrayList<>();

        Client(RawPeer peer) {
            this.peer = peer;
        }

        // ---- links

        Attach attachControl(int handle, Symbol... outcomes) {
            var attach = RawPeer.attachPerformative("control-" + handle, handle, Role.SENDER);
            var coordinator = new Coordinator();
            coordinator.setCapabilities(Symbol.valueOf("amqp:local-transactions"));
            attach.setTarget(coordinator);
            var source = new Source();
            source.setOutcomes(outcomes);
            attach.setSource(source);
            return attach(attach);
        }

        Attach attach(Attach attach) {
            if (attach.getRole() == Role.RECEIVER) {
                ((Source) attach.getSource()).setAddress(queue);
            } else if (attach.getTarget() instanceof Target target) {
                target.setAddress(queue);
            }
            peer.send(0, attach);
            Attach answer = peer.expect(Attach.class);
            if (attach.getRole() == Role.SENDER) {
                peer.expect(Flow.class);
            }
            return answer;
        }

        Attach attachProducer() {
            return attach(RawPeer.attachPerformative("producer", PRODUCER, Role.SENDER));
        }

        static Attach consumer() {
            return RawPeer.attachPerformative("consumer", CONSUMER, Role.RECEIVER);
        }

        /** Attaches a consumer, and takes so many messages. */
        void consume(int messages) {
            consume(consumer(), messages);
        }

        void consume(Attach attach, int messages) {
            attach(attach);
            peer.send(0, flow(messages));
            for (int i = 0; i < messages; i++) {
                expectMessage();
            }
        }

        Flow flow(int credit) {
            var flow = RawPeer.flowPerformative(CONSUMER, credit, 1, 1_000);
            flow.setNextIncomingId(null);
            flow.setDeliveryCount(UnsignedInteger.valueOf(received));
            return flow;
        }

        Transfer expectMessage() {
            received++;
            return peer.expect(Transfer.class);
        }

        void detach(int handle, boolean closed) {
            var detach = new Detach();
            detach.setHandle(UnsignedInteger.valueOf(handle));
            detach.setClosed(closed);
            peer.send(0, detach);
            assertThat(peer.expect(Detach.class).getHandle()).isNotNull();
        }

        /** The peer ends a link: its handle here is the one that ours has. */
        String expectDetach() {
            var detach = peer.expect(Detach.class);
            assertThat(detach.getClosed()).isTrue();
            return conditionOf(detach.getError());
        }

        // ---- deliveries

        Transfer transfer(int handle, @Nullable Binary transaction) {
            var transfer = RawPeer.transferPerformative(handle, nextDeliveryId);
            transfer.setDeliveryTag(
                    new Binary(ByteBuffer.allocate(4).putInt(nextDeliveryId).array()));
            nextDeliveryId++;
            if (transaction != null) {
                transfer.setState(in(transaction, null));
            }
            return transfer;
        }

        /** A further frame of a delivery. */
        static Transfer next(Transfer first, boolean more) {
            var next = new Transfer();
            next.setHandle(first.getHandle());
            next.setState(first.getState());
            next.setMore(more);
            return next;
        }

        Disposition post(@Nullable Binary transaction, int number) {
            peer.send(0, transfer(PRODUCER, transaction), message(number));
            return expectDisposition(Role.RECEIVER);
        }

        void postSettled(@Nullable Binary transaction, int number) {
            var transfer = transfer(PRODUCER, transaction);
            transfer.setSettled(true);
            peer.send(0, transfer, message(number));
        }

        /** What the broker says next of our deliveries, as the receiver, or of its own, as the sender. */
        Disposition expectDisposition(Role role) {
            for (var each : early) {
                if (each.getRole() == role) {
                    early.remove(each);
                    return each;
                }
            }
            while (true) {
                Object frame = Objects.requireNonNull(peer.readFrame());
                assertThat(frame).isNotInstanceOfAny(Detach.class, End.class, Close.class);
                if (frame instanceof Disposition disposition) {
                    if (disposition.getRole() == role) {
                        return disposition;
                    }
                    early.add(disposition);
                }
            }
        }

        void dispose(int first, int last, @Nullable Object state, boolean settled) {
            var disposition = new Disposition();
            disposition.setRole(Role.RECEIVER);
            disposition.setFirst(UnsignedInteger.valueOf(first));
            disposition.setLast(UnsignedInteger.valueOf(last));
            disposition.setState((org.apache.qpid.proton.amqp.transport.DeliveryState) state);
            disposition.setSettled(settled);
            peer.send(0, disposition);
        }

        // ---- transactions

        Binary declare() {
            return declare(CONTROL);
        }

        Binary declare(int control) {
            peer.send(0, transfer(control, null), bytes(TransactionRequests.declare()));
            var disposition = expectDisposition(Role.RECEIVER);
            assertThat(disposition.getSettled()).isTrue();
            assertThat(disposition.getState()).isInstanceOf(Declared.class);
            return ((Declared) disposition.getState()).getTxnId();
        }

        void sendDischarge(int control, Binary transaction, boolean fail) {
            peer.send(0, transfer(control, null), discharge(transaction, fail));
        }

        static byte[] discharge(Binary transaction, boolean fail) {
            return bytes(TransactionRequests.discharge(new TransactionId(transaction.getArray()), fail));
        }

        @Nullable
        Object discharge(int control, Binary transaction, boolean fail) {
            sendDischarge(control, transaction, fail);
            var disposition = expectDisposition(Role.RECEIVER);
            assertThat(disposition.getSettled()).isTrue();
            return disposition.getState();
        }

        void commit(Binary transaction) {
            assertThat(discharge(CONTROL, transaction, false)).isEqualTo(Accepted.getInstance());
        }

        void rollBack(Binary transaction) {
            assertThat(discharge(CONTROL, transaction, true)).isEqualTo(Accepted.getInstance());
        }

        /** What a discharge is refused for. */
        String commitRefused(Binary transaction) {
            return refusal(discharge(CONTROL, transaction, false));
        }
    }
}
