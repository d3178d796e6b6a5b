package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Outcome;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transaction.Coordinator;
import org.apache.qpid.proton.amqp.transaction.Declared;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.ErrorCondition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions as part 4 of the specification has them, frame by frame, on a whole broker with several loops. */
class TransactionFramesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int TRANSACTIONS_MAX = 3;
    private static final int MESSAGE_BYTES_MAX = 1 << 20;

    private static final int CONTROL = 0;
    private static final int PRODUCER = 1;
    private static final int CONSUMER = 2;
    private static final int OTHER_CONTROL = 3;

    private static final String UNKNOWN_ID = "amqp:transaction:unknown-id";
    private static final String ROLLBACK = "amqp:transaction:rollback";

    private static @Nullable Broker running;

    /** Each test has a queue of its own. */
    private static String queue = "";

    private static int lastQueue;
    private final List<Client> clients = new ArrayList<>();

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        var defaults = BrokerConfiguration.defaults(directory);
        var listen = defaults.listen();
        running = Broker.start(
                defaults.withTransactions(new TransactionLimits(60_000, TRANSACTIONS_MAX, 1 << 20, 100))
                        .withListen(new BrokerConfiguration.Listen(
                                listen.host(),
                                0,
                                listen.maxFrameSizeBytes(),
                                MESSAGE_BYTES_MAX,
                                listen.idleTimeoutMillis(),
                                listen.handshakeTimeoutMillis(),
                                listen.connectionsMax(),
                                listen.connectionsPerIpMax(),
                                listen.connectionsBeforeLoginMax())),
                failure -> {});
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

    private static Broker broker() {
        return Objects.requireNonNull(running);
    }

    private long count(Function<QueueStatistics, Number> figure) {
        return broker().queueStatistics().join().stream()
                .filter(each -> each.queue().equals(queue))
                .mapToLong(each -> figure.apply(each).longValue())
                .sum();
    }

    private void awaitCount(Function<QueueStatistics, Number> figure, long expected) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(count(figure)).isEqualTo(expected));
    }

    private Client connect() {
        var client = new Client(new RawPeer(broker().port()));
        clients.add(client);
        client.peer.open().begin();
        return client;
    }

    /** A client with a control link. */
    private Client controller() {
        var client = connect();
        client.attachControl(CONTROL);
        return client;
    }

    /** Puts messages 1 to {@code count} on the queue. */
    private void fill(int count) {
        var client = connect();
        client.attachProducer();
        for (int i = 1; i <= count; i++) {
            assertThat(client.post(null, i).getState()).isEqualTo(Accepted.getInstance());
        }
        client.peer.close();
    }

    private static byte[] message(int number) {
        byte durableHeader = 0x41;
        return new byte[] {0, 0x53, 0x70, (byte) 0xc0, 2, 1, durableHeader, 0, 0x53, 0x77, 0x54, (byte) number};
    }

    private static byte[] bytes(ByteBuffer buffer) {
        var bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static TransactionalState in(@Nullable Binary transaction, @Nullable Outcome outcome) {
        var state = new TransactionalState();
        state.setTxnId(transaction);
        state.setOutcome(outcome);
        return state;
    }

    private static String conditionOf(@Nullable ErrorCondition error) {
        return String.valueOf(Objects.requireNonNull(error).getCondition());
    }

    private static Modified failed() {
        var modified = new Modified();
        modified.setDeliveryFailed(true);
        return modified;
    }

    /** One connection with one session, whose frames are written by hand. */
    private static final class Client {
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

    private static String refusal(@Nullable Object state) {
        assertThat(state).isInstanceOf(Rejected.class);
        return conditionOf(((Rejected) Objects.requireNonNull(state)).getError());
    }

    // ---- the control link

    @Test
    @Spec({"4.5.1/coordinator", "4.5.1/capabilities"})
    void controlLinkSaysWhatTheCoordinatorCan() {
        var client = connect();
        var answer = client.attachControl(CONTROL);
        assertThat((Object) answer.getTarget()).isInstanceOf(Coordinator.class);
        assertThat(((Coordinator) (Object) answer.getTarget()).getCapabilities())
                .containsExactlyInAnyOrder(
                        Symbol.valueOf("amqp:local-transactions"),
                        Symbol.valueOf("amqp:multi-txns-per-ssn"),
                        Symbol.valueOf("amqp:multi-ssns-per-txn"));
    }

    @Test
    @Spec({"4.2/declared", "4.2/unique", "4.5.4/size"})
    void everyTransactionHasAnIdOfItsOwn() {
        var client = controller();
        var other = controller();
        Set<Binary> ids = new HashSet<>();
        for (int i = 0; i < TRANSACTIONS_MAX; i++) {
            ids.add(client.declare());
            ids.add(other.declare());
        }
        assertThat(ids).hasSize(2 * TRANSACTIONS_MAX);
        assertThat(ids).allSatisfy(id -> assertThat(id.getLength()).isBetween(1, 32));
    }

    @Test
    @Spec({"4.2/refused", "4.5.2/global-id"})
    void declareThatCannotBeDoneIsRejected() {
        var client = controller();
        client.peer.send(0, client.transfer(CONTROL, null), bytes(TransactionRequests.declare("global")));
        assertThat(refusal(client.expectDisposition(Role.RECEIVER).getState())).isEqualTo("amqp:not-implemented");
        for (int i = 0; i < TRANSACTIONS_MAX; i++) {
            client.declare();
        }
        client.peer.send(0, client.transfer(CONTROL, null), bytes(TransactionRequests.declare()));
        assertThat(refusal(client.expectDisposition(Role.RECEIVER).getState()))
                .isEqualTo("amqp:resource-limit-exceeded");
        client.peer.send(0, client.transfer(CONTROL, null), message(1));
        assertThat(refusal(client.expectDisposition(Role.RECEIVER).getState())).isEqualTo("amqp:decode-error");
    }

    @Test
    @Spec({"4.2/refused", "4.5.2/global-id"})
    void declareThatCannotBeDoneEndsALinkThatKnowsNoRejected() {
        var client = connect();
        client.attachControl(CONTROL, Symbol.valueOf("amqp:accepted:list"));
        client.peer.send(0, client.transfer(CONTROL, null), bytes(TransactionRequests.declare("global")));
        assertThat(client.expectDetach()).isEqualTo("amqp:not-implemented");
    }

    @Test
    @Spec("4.2/settled")
    void settledDeclareEndsTheControlLink() {
        var client = controller();
        var transfer = client.transfer(CONTROL, null);
        transfer.setSettled(true);
        client.peer.send(0, transfer, bytes(TransactionRequests.declare()));
        assertThat(client.expectDetach()).isEqualTo("amqp:not-allowed");
    }

    @Test
    @Spec({"4.2/settled", "4.1/link-lost"})
    void settledDischargeEndsTheControlLinkAndItsTransactions() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        client.post(transaction, 1);
        var transfer = client.transfer(CONTROL, null);
        transfer.setSettled(true);
        client.peer.send(0, transfer, Client.discharge(transaction, false));
        assertThat(client.expectDetach()).isEqualTo("amqp:not-allowed");
        assertThat(refusal(client.post(transaction, 2).getState())).isEqualTo(UNKNOWN_ID);
        assertThat(count(QueueStatistics::ready)).isZero();
    }

    @Test
    @Spec("4.1/control-only")
    void nothingTransactionalIsDoneOnTheControlLink() {
        var client = controller();
        var transaction = client.declare();
        client.peer.send(0, client.transfer(CONTROL, transaction), bytes(TransactionRequests.declare()));
        assertThat(refusal(client.expectDisposition(Role.RECEIVER).getState())).isEqualTo("amqp:not-allowed");
        client.commit(transaction);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec({"4.1/link-lost", "4.1/ended", "4.2/no-resumption"})
    void endOfTheControlLinkRollsBackWhatItDeclared(boolean closed) {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        assertThat(client.post(transaction, 1).getState()).isInstanceOf(TransactionalState.class);
        client.detach(CONTROL, closed);
        assertThat(refusal(client.post(transaction, 2).getState())).isEqualTo(UNKNOWN_ID);

        var again = RawPeer.attachPerformative("control-" + CONTROL, CONTROL, Role.SENDER);
        again.setTarget(new Coordinator());
        again.setUnsettled(java.util.Map.of(new Binary(new byte[4]), in(transaction, null)));
        assertThat((Object) client.attach(again).getUnsettled()).isNull();
        assertThat(client.commitRefused(transaction)).isEqualTo(UNKNOWN_ID);
        awaitCount(QueueStatistics::ready, 0);
    }

    @Test
    @Spec("4.1/link-lost")
    void lossOfTheConnectionRollsBack() {
        fill(1);
        var client = controller();
        client.attachProducer();
        client.consume(1);
        var transaction = client.declare();
        client.post(transaction, 2);
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), true);
        client.peer.close();
        awaitCount(QueueStatistics::ready, 1);
    }

    @Test
    @Spec("4.3/unknown-id")
    void dischargeOfAnUnknownTransactionIsRejected() {
        var client = controller();
        var stranger = controller();
        assertThat(client.commitRefused(new Binary(new byte[] {1, 2, 3}))).isEqualTo(UNKNOWN_ID);
        assertThat(client.commitRefused(new Binary(new byte[32]))).isEqualTo(UNKNOWN_ID);
        assertThat(client.commitRefused(stranger.declare())).isEqualTo(UNKNOWN_ID);
        var transaction = client.declare();
        client.commit(transaction);
        assertThat(client.commitRefused(transaction)).isEqualTo(UNKNOWN_ID);
    }

    @Test
    @Spec({"4.3/error", "4.4.4.1/settled"})
    void dischargeOfATransactionThatLostAMessageIsRejected() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        client.post(transaction, 1);
        // Not a message, sent settled: its sender hears of it by the discharge.
        var transfer = client.transfer(PRODUCER, transaction);
        transfer.setSettled(true);
        client.peer.send(0, transfer, (byte) 0x40);
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
        assertThat(client.commitRefused(transaction)).isEqualTo(UNKNOWN_ID);
        assertThat(count(QueueStatistics::ready)).isZero();

        var unknownFormat = client.declare();
        var strange = client.transfer(PRODUCER, unknownFormat);
        strange.setMessageFormat(UnsignedInteger.valueOf(7));
        strange.setSettled(true);
        client.peer.send(0, strange, message(1));
        assertThat(client.commitRefused(unknownFormat)).isEqualTo(ROLLBACK);
    }

    @Test
    @Spec("4.3/error")
    void dischargeThatCannotBeDoneEndsALinkThatKnowsNoRejected() {
        var client = connect();
        client.attachControl(CONTROL, Symbol.valueOf("amqp:accepted:list"));
        client.sendDischarge(CONTROL, new Binary(new byte[4]), false);
        assertThat(client.expectDetach()).isEqualTo(UNKNOWN_ID);
    }

    @Test
    @Spec("4.3/rollback")
    void dischargeThatFailsIsDoneAlsoWhenATransactionCannotBeCommitted() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        client.peer.send(0, client.transfer(PRODUCER, transaction), (byte) 0x40);
        var disposition = client.expectDisposition(Role.RECEIVER);
        assertThat(((TransactionalState) disposition.getState()).getOutcome()).isInstanceOf(Rejected.class);
        client.rollBack(transaction);
    }

    // ---- posting

    @Test
    @Spec({"4.4.1/provisional", "4.4.1/posting", "4.4/names", "4.4.4.1/unsettled"})
    void postedMessageHearsItsProvisionalOutcome() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        var disposition = client.post(transaction, 1);
        assertThat(disposition.getSettled()).isTrue();
        assertThat(disposition.getState()).isInstanceOf(TransactionalState.class);
        var state = (TransactionalState) disposition.getState();
        assertThat(state.getTxnId()).isEqualTo(transaction);
        assertThat(state.getOutcome()).isEqualTo(Accepted.getInstance());
        assertThat(count(QueueStatistics::ready)).isZero();
        client.commit(transaction);
        awaitCount(QueueStatistics::ready, 1);
    }

    /** All at once: what is posted is answered before the discharge is. */
    @Test
    @Spec("4.4.4.1/unsettled")
    void outcomesComeBeforeTheDischargeIsAnswered() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        var frames = new ArrayList<byte[]>();
        for (int i = 0; i < 20; i++) {
            frames.add(client.peer.frame(0, 0, client.transfer(PRODUCER, transaction), message(i)));
        }
        frames.add(client.peer.frame(0, 0, client.transfer(CONTROL, null), Client.discharge(transaction, false)));
        client.peer.send(frames.toArray(byte[][]::new));
        int told = 0;
        while (told < 20) {
            var disposition = client.expectDisposition(Role.RECEIVER);
            assertThat(disposition.getState()).isInstanceOf(TransactionalState.class);
            told += disposition.getLast().intValue() - disposition.getFirst().intValue() + 1;
        }
        assertThat(client.expectDisposition(Role.RECEIVER).getState()).isEqualTo(Accepted.getInstance());
        awaitCount(QueueStatistics::ready, 20);
    }

    @Test
    @Spec({"4.4.1/frames", "4.4.1/posting"})
    void messageOfSeveralFramesIsPostedWhole() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        var first = client.transfer(PRODUCER, transaction);
        first.setMore(true);
        client.peer.send(0, first, new byte[0]);
        var whole = message(7);
        for (int i = 0; i < whole.length; i++) {
            client.peer.send(0, Client.next(first, i < whole.length - 1), whole[i]);
        }
        assertThat(((TransactionalState) client.expectDisposition(Role.RECEIVER).getState()).getTxnId())
                .isEqualTo(transaction);
        client.commit(transaction);
        client.consume(1);
        assertThat(client.peer.payload).endsWith((byte) 0x54, (byte) 7);
    }

    @Test
    @Spec("4.4.1/frames")
    void framesThatNameDifferentTransactionsEndTheLink() {
        var client = controller();
        client.attachProducer();
        var one = client.declare();
        var two = client.declare();
        var first = client.transfer(PRODUCER, one);
        first.setMore(true);
        client.peer.send(0, first, message(1));
        var next = Client.next(first, false);
        next.setState(in(two, null));
        client.peer.send(0, next);
        assertThat(client.expectDetach()).isEqualTo("amqp:invalid-field");
        client.commit(two);
        assertThat(client.commitRefused(one)).isEqualTo(ROLLBACK);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("4.4.1/partial")
    void dischargeInTheMiddleOfAMessageEndsTheControlLink(boolean long_) {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        var settled = client.declare();
        client.postSettled(settled, 1);
        var first = client.transfer(PRODUCER, transaction);
        first.setMore(true);
        client.peer.send(0, first, message(1));
        for (int i = 0; long_ && i < 10; i++) {
            // So long that it is taken in parts.
            client.peer.send(0, Client.next(first, true), new byte[30_000]);
        }
        client.sendDischarge(CONTROL, transaction, false);
        assertThat(client.expectDetach()).isEqualTo(ROLLBACK);
        client.attachControl(OTHER_CONTROL);
        assertThat(refusal(client.discharge(OTHER_CONTROL, settled, false))).isEqualTo(UNKNOWN_ID);
        assertThat(count(QueueStatistics::ready)).isZero();
    }

    @Test
    @Spec("4.4.1/partial")
    void abortedMessageIsNoPartOfItsTransaction() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        client.post(transaction, 1);
        var first = client.transfer(PRODUCER, transaction);
        first.setMore(true);
        client.peer.send(0, first, message(2));
        var aborted = Client.next(first, false);
        aborted.setAborted(true);
        client.peer.send(0, aborted);
        client.commit(transaction);
        awaitCount(QueueStatistics::ready, 1);
    }

    @Test
    @Spec("4.4.1/unknown-id")
    void messageInAnUnknownTransactionIsRefused() {
        var client = controller();
        var stranger = controller();
        client.attachProducer();
        assertThat(refusal(client.post(stranger.declare(), 1).getState())).isEqualTo(UNKNOWN_ID);
        assertThat(refusal(client.post(new Binary(new byte[40]), 1).getState())).isEqualTo(UNKNOWN_ID);
        client.postSettled(new Binary(new byte[4]), 1);
        assertThat(client.expectDetach()).isEqualTo(UNKNOWN_ID);
        assertThat(count(QueueStatistics::ready)).isZero();
    }

    @Test
    @Spec("4.4.1/unknown-id")
    void messageInAnUnknownTransactionEndsALinkThatKnowsNoRejected() {
        var client = controller();
        var attach = RawPeer.attachPerformative("producer", PRODUCER, Role.SENDER);
        ((Source) attach.getSource()).setOutcomes(Symbol.valueOf("amqp:accepted:list"));
        client.attach(attach);
        client.peer.send(0, client.transfer(PRODUCER, new Binary(new byte[4])), message(1));
        assertThat(client.expectDetach()).isEqualTo(UNKNOWN_ID);
    }

    @Test
    @Spec("4.4.1/unknown-id")
    void longSettledMessageInAnUnknownTransactionEndsItsLink() {
        var client = controller();
        client.attachProducer();
        var first = client.transfer(PRODUCER, new Binary(new byte[4]));
        first.setSettled(true);
        first.setMore(true);
        client.peer.send(0, first, message(1));
        for (int i = 0; i < 10; i++) {
            client.peer.send(0, Client.next(first, i < 9), new byte[30_000]);
        }
        assertThat(client.expectDetach()).isEqualTo(UNKNOWN_ID);
    }

    @Test
    @Spec({"4.4.1/posting", "4.4.4.1/settled"})
    void settledMessageAppearsWithTheCommit() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        client.postSettled(transaction, 1);
        client.postSettled(transaction, 2);
        client.commit(transaction);
        awaitCount(QueueStatistics::ready, 2);
        var rolledBack = client.declare();
        client.postSettled(rolledBack, 3);
        client.rollBack(rolledBack);
        assertThat(count(QueueStatistics::ready)).isEqualTo(2);
    }

    /** Sent settled, too long: the link ends, and the transaction may not be committed without it. */
    @Test
    @Spec("4.4.4.1/settled")
    void transactionFailsWithASettledMessageThatItsLinkRefuses() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        var first = client.transfer(PRODUCER, transaction);
        first.setSettled(true);
        first.setMore(true);
        client.peer.send(0, first, message(1));
        for (int sent = 0; sent <= MESSAGE_BYTES_MAX; sent += 60_000) {
            client.peer.send(0, Client.next(first, sent + 60_000 <= MESSAGE_BYTES_MAX), new byte[60_000]);
        }
        assertThat(client.expectDetach()).isEqualTo("amqp:link:message-size-exceeded");
        // On its way before the detach was seen.
        client.postSettled(transaction, 2);
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
        assertThat(count(QueueStatistics::ready)).isZero();
    }

    @Test
    @Spec("4.4.4.1/not-settled")
    void stateOfAMessageThatNobodySettlesFollowsTheTransaction() {
        var client = controller();
        var attach = RawPeer.attachPerformative("producer", PRODUCER, Role.SENDER);
        attach.setRcvSettleMode(ReceiverSettleMode.SECOND);
        client.attach(attach);
        for (boolean fail : new boolean[] {false, true}) {
            var transaction = client.declare();
            var provisional = client.post(transaction, 1);
            assertThat(provisional.getSettled()).isFalse();
            assertThat(provisional.getState()).isInstanceOf(TransactionalState.class);
            client.sendDischarge(CONTROL, transaction, fail);
            Disposition ofMessage = client.expectDisposition(Role.RECEIVER);
            Disposition ofDischarge = client.expectDisposition(Role.RECEIVER);
            if (!ofMessage.getFirst().equals(provisional.getFirst())) {
                var swapped = ofMessage;
                ofMessage = ofDischarge;
                ofDischarge = swapped;
            }
            assertThat(ofDischarge.getState()).isEqualTo(Accepted.getInstance());
            assertThat(ofMessage.getFirst()).isEqualTo(provisional.getFirst());
            assertThat(ofMessage.getSettled()).isFalse();
            assertThat(ofMessage.getState()).isEqualTo(fail ? null : Accepted.getInstance());
        }
        awaitCount(QueueStatistics::ready, 1);
    }

    // ---- retirement

    @Test
    @Spec({"4.4.2/retirement", "4.4.4.2/unsettled"})
    void retiredMessagesGoWithTheCommit() {
        fill(4);
        var client = controller();
        client.consume(4);
        var transaction = client.declare();
        client.dispose(0, 2, in(transaction, Accepted.getInstance()), false);
        client.commit(transaction);
        var settled = client.expectDisposition(Role.SENDER);
        assertThat(settled.getFirst().intValue()).isZero();
        assertThat(settled.getLast().intValue()).isEqualTo(2);
        assertThat(settled.getSettled()).isTrue();
        assertThat(settled.getState()).isEqualTo(Accepted.getInstance());
        awaitCount(QueueStatistics::consumed, 3);
        assertThat(count(QueueStatistics::acquired)).isEqualTo(1);
    }

    @Test
    @Spec({"4.4.2/rollback", "4.4.2/live", "4.4.4.2/unsettled"})
    void messagesThatWereNotSettledStayWithTheConsumerAfterARollback() {
        fill(2);
        var client = controller();
        client.consume(2);
        var transaction = client.declare();
        client.dispose(0, 1, in(transaction, Accepted.getInstance()), false);
        client.rollBack(transaction);
        awaitCount(QueueStatistics::acquired, 2);
        // One in another transaction, one in none.
        var next = client.declare();
        client.dispose(0, 0, in(next, Accepted.getInstance()), true);
        client.commit(next);
        client.dispose(1, 1, Accepted.getInstance(), true);
        awaitCount(QueueStatistics::consumed, 2);
    }

    @Test
    @Spec({"4.4.2/live", "4.3/error"})
    void messagesStayWithTheConsumerAlsoWhenTheDischargeIsRefused() {
        fill(1);
        var client = controller();
        client.attachProducer();
        client.consume(1);
        var transaction = client.declare();
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), false);
        client.peer.send(0, client.transfer(PRODUCER, transaction), (byte) 0x40);
        client.expectDisposition(Role.RECEIVER);
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
        assertThat(count(QueueStatistics::acquired)).isEqualTo(1);
        client.dispose(0, 0, Accepted.getInstance(), true);
        awaitCount(QueueStatistics::consumed, 1);
    }

    @Test
    @Spec("4.4.4.2/settled")
    void settledMessageTakesTheDefaultOutcomeAfterARollback() {
        fill(1);
        var client = controller();
        var attach = Client.consumer();
        ((Source) attach.getSource()).setDefaultOutcome(Released.getInstance());
        client.consume(attach, 1);
        var transaction = client.declare();
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), true);
        client.rollBack(transaction);
        client.peer.send(0, client.flow(1));
        client.expectMessage();
        // Released: the same header without a delivery-count, but no first acquirer any more.
        assertThat(deliveryCount(client.peer.payload)).isZero();

        var counting = controller();
        client.peer.close();
        var failing = Client.consumer();
        ((Source) failing.getSource()).setDefaultOutcome(failed());
        counting.consume(failing, 1);
        var other = counting.declare();
        counting.dispose(0, 0, in(other, Accepted.getInstance()), true);
        counting.rollBack(other);
        counting.peer.send(0, counting.flow(1));
        counting.expectMessage();
        assertThat(deliveryCount(counting.peer.payload)).isEqualTo(1);
    }

    private static int deliveryCount(byte[] message) {
        var header = dev.godwit.amqp.message.AmqpMessage.decode(ByteBuffer.wrap(message))
                .header();
        return header == null ? 0 : (int) header.deliveryCount();
    }

    @Test
    @Spec("4.4.2/retirement")
    void lastWordBeforeTheCommitCounts() {
        fill(1);
        var client = controller();
        client.consume(1);
        var transaction = client.declare();
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), false);
        client.dispose(0, 0, in(transaction, Released.getInstance()), false);
        client.commit(transaction);
        assertThat(client.expectDisposition(Role.SENDER).getState()).isEqualTo(Released.getInstance());
        awaitCount(QueueStatistics::ready, 1);
    }

    @Test
    @Spec("4.4.2/unknown-id")
    void outcomeInAnUnknownTransactionEndsTheLink() {
        fill(1);
        var client = controller();
        var stranger = controller();
        client.consume(1);
        client.dispose(0, 0, in(stranger.declare(), Accepted.getInstance()), true);
        assertThat(client.expectDetach()).isEqualTo(UNKNOWN_ID);
        awaitCount(QueueStatistics::ready, 1);
    }

    @Test
    @Spec("4.4.2/other-transaction")
    void outcomeInASecondTransactionEndsTheControlLink() {
        fill(1);
        var client = controller();
        client.attachControl(OTHER_CONTROL);
        client.consume(1);
        var one = client.declare();
        var two = client.declare(OTHER_CONTROL);
        client.dispose(0, 0, in(one, Accepted.getInstance()), false);
        client.dispose(0, 0, in(two, Accepted.getInstance()), false);
        assertThat(client.expectDetach()).isEqualTo(ROLLBACK);
        assertThat(client.commitRefused(two)).isEqualTo(UNKNOWN_ID);
        client.commit(one);
        awaitCount(QueueStatistics::consumed, 1);
    }

    @Test
    @Spec("4.4.4/several")
    void transactionsOfOneSessionDoNotTouchOneAnother() {
        fill(2);
        var client = controller();
        client.attachProducer();
        client.consume(2);
        var kept = client.declare();
        var undone = client.declare();
        client.post(kept, 3);
        client.post(undone, 4);
        client.dispose(0, 0, in(kept, Accepted.getInstance()), true);
        client.dispose(1, 1, in(undone, Accepted.getInstance()), true);
        client.post(kept, 5);
        client.rollBack(undone);
        client.commit(kept);
        awaitCount(QueueStatistics::ready, 3);
        assertThat(count(QueueStatistics::consumed)).isEqualTo(1);
    }

    // ---- acquisition

    private static Flow acquiring(Client client, int credit, @Nullable Object transaction) {
        var flow = client.flow(credit);
        var properties = new java.util.HashMap<Symbol, @Nullable Object>();
        properties.put(Symbol.valueOf("txn-id"), transaction);
        flow.setProperties(properties);
        return flow;
    }

    private static void assertAcquiredIn(Binary transaction, Transfer transfer) {
        assertThat(transfer.getState()).isInstanceOf(TransactionalState.class);
        assertThat(((TransactionalState) transfer.getState()).getTxnId()).isEqualTo(transaction);
    }

    @Test
    @Spec({"4.4.3/acquisition", "4.4/names", "4.4.4.3/unsettled"})
    void rollbackTakesBackWhatWasAcquiredInTheTransaction() {
        fill(3);
        var client = controller();
        client.attach(Client.consumer());
        var transaction = client.declare();
        client.peer.send(0, acquiring(client, 3, transaction));
        for (int i = 0; i < 3; i++) {
            assertAcquiredIn(transaction, client.expectMessage());
        }
        // Of one nothing is said, one is accepted, one accepted and settled.
        client.dispose(1, 1, in(transaction, Accepted.getInstance()), false);
        client.dispose(2, 2, in(transaction, Accepted.getInstance()), true);
        client.rollBack(transaction);
        var disposition = client.expectDisposition(Role.SENDER);
        assertThat(disposition.getFirst().intValue()).isZero();
        assertThat(disposition.getLast().intValue()).isEqualTo(1);
        assertThat(disposition.getSettled()).isTrue();
        assertThat(disposition.getState()).isInstanceOf(Modified.class);
        awaitCount(QueueStatistics::ready, 3);
        assertThat(count(QueueStatistics::acquired)).isZero();
    }

    @Test
    @Spec({"4.4.3/acquisition", "4.4.3/cleared", "4.4.4.3/unsettled"})
    void commitLeavesWhatWasAcquiredAndForgetsTheTransaction() {
        fill(4);
        var client = controller();
        client.attach(Client.consumer());
        var transaction = client.declare();
        client.peer.send(0, acquiring(client, 2, transaction));
        assertAcquiredIn(transaction, client.expectMessage());
        // A flow without the property changes nothing.
        client.peer.send(0, client.flow(1));
        assertAcquiredIn(transaction, client.expectMessage());
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), true);
        client.commit(transaction);
        awaitCount(QueueStatistics::consumed, 1);
        assertThat(count(QueueStatistics::acquired)).isEqualTo(1);
        client.dispose(1, 1, Accepted.getInstance(), true);
        awaitCount(QueueStatistics::consumed, 2);

        client.peer.send(0, client.flow(1));
        assertThat(client.expectMessage().getState()).isNull();
        var next = client.declare();
        client.peer.send(0, acquiring(client, 0, next)).send(0, acquiring(client, 1, null));
        assertThat(client.expectMessage().getState()).isNull();
        client.rollBack(next);
        assertThat(count(QueueStatistics::acquired)).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("4.4.4.3/settled")
    void whatWasSentSettledGoesOrComesBackWithTheTransaction(boolean fail) {
        fill(2);
        var client = controller();
        var attach = Client.consumer();
        attach.setSndSettleMode(org.apache.qpid.proton.amqp.transport.SenderSettleMode.SETTLED);
        client.attach(attach);
        var transaction = client.declare();
        client.peer.send(0, acquiring(client, 2, transaction));
        client.expectMessage();
        assertAcquiredIn(transaction, client.expectMessage());
        assertThat(count(QueueStatistics::consumed)).isZero();
        assertThat(client.discharge(CONTROL, transaction, fail)).isEqualTo(Accepted.getInstance());
        awaitCount(QueueStatistics::ready, fail ? 2 : 0);
        awaitCount(QueueStatistics::consumed, fail ? 0 : 2);
    }

    @Test
    @Spec("4.4.4.3/unsettled")
    void outcomeOutsideOfTheTransactionOfItsAcquisitionIsRefused() {
        fill(1);
        var client = controller();
        client.attach(Client.consumer());
        var transaction = client.declare();
        client.peer.send(0, acquiring(client, 1, transaction));
        client.expectMessage();
        client.dispose(0, 0, Accepted.getInstance(), true);
        assertThat(client.expectDetach()).isEqualTo("amqp:illegal-state");
        client.commit(transaction);
        awaitCount(QueueStatistics::ready, 1);
    }

    @Test
    @Spec({"4.4.2/other-transaction", "4.4.4.3/unsettled"})
    void outcomeInAnotherTransactionThanTheAcquisitionEndsTheControlLink() {
        fill(1);
        var client = controller();
        client.attach(Client.consumer());
        var one = client.declare();
        var two = client.declare();
        client.peer.send(0, acquiring(client, 1, one));
        client.expectMessage();
        client.dispose(0, 0, in(two, Accepted.getInstance()), true);
        assertThat(client.expectDetach()).isEqualTo(ROLLBACK);
        awaitCount(QueueStatistics::ready, 1);
    }

    @Test
    @Spec({"4.4.3/unknown-id", "4.4.3/not-supported"})
    void acquisitionThatCannotBeEndsTheLink() {
        var client = controller();
        client.attach(Client.consumer());
        client.peer.send(0, acquiring(client, 1, new Binary(new byte[3])));
        assertThat(client.expectDetach()).isEqualTo(UNKNOWN_ID);

        var odd = controller();
        odd.attach(Client.consumer());
        odd.peer.send(0, acquiring(odd, 1, "one"));
        assertThat(odd.expectDetach()).isEqualTo("amqp:invalid-field");

        var browser = controller();
        var browse = Client.consumer();
        ((Source) browse.getSource()).setDistributionMode(Symbol.valueOf("copy"));
        browser.attach(browse);
        browser.peer.send(0, acquiring(browser, 1, browser.declare()));
        assertThat(browser.expectDetach()).isEqualTo("amqp:not-implemented");
    }

    /** A long message is half sent when its transaction is rolled back: the rest is given up. */
    @Test
    @Spec("4.4.3/half-sent")
    void rollbackGivesUpWhatIsHalfSent() {
        var filling = connect();
        filling.attachProducer();
        var first = filling.transfer(PRODUCER, null);
        first.setMore(true);
        filling.peer.send(0, first, new byte[] {0, 0x53, 0x75, (byte) 0xb0, 0, 0x0d, (byte) 0xbb, (byte) 0xa0});
        for (int i = 0; i < 15; i++) {
            filling.peer.send(0, Client.next(first, i < 14), new byte[60_000]);
        }
        assertThat(filling.expectDisposition(Role.RECEIVER).getState()).isEqualTo(Accepted.getInstance());

        var client = controller();
        client.attach(Client.consumer());
        var transaction = client.declare();
        var flow = acquiring(client, 1, transaction);
        flow.setIncomingWindow(UnsignedInteger.valueOf(3));
        client.peer.send(0, flow);
        Transfer transfer = client.expectMessage();
        for (int i = 1; i < 3; i++) {
            assertAcquiredIn(transaction, transfer);
            assertThat(transfer.getMore()).isTrue();
            transfer = client.peer.expect(Transfer.class);
        }
        client.rollBack(transaction);
        awaitCount(QueueStatistics::acquired, 0);
        var more = client.flow(0);
        more.setHandle(null);
        more.setDeliveryCount(null);
        more.setLinkCredit(null);
        more.setNextIncomingId(UnsignedInteger.valueOf(3));
        client.peer.send(0, more);
        assertThat(client.peer.expect(Transfer.class).getAborted()).isTrue();
        awaitCount(QueueStatistics::ready, 1);
    }

    /** A link that takes up a delivery of an earlier connection may retire it in a transaction. */
    @Test
    @Spec("4.4.2/retirement")
    void resumedDeliveryIsRetiredInATransaction() {
        fill(1);
        var first = connect();
        first.consume(resumable(null), 1);
        first.peer.close();

        for (boolean fail : new boolean[] {true, false}) {
            var second = controller();
            var unsettled = new java.util.HashMap<Object, Object>();
            unsettled.put(new Binary(new byte[] {0}), null);
            second.attach(resumable(fail ? unsettled : null));
            second.peer.send(0, second.flow(1));
            second.expectMessage();
            var transaction = second.declare();
            second.dispose(0, 0, in(transaction, Accepted.getInstance()), false);
            assertThat(count(QueueStatistics::consumed)).isZero();
            assertThat(second.discharge(CONTROL, transaction, fail)).isNotNull();
            awaitCount(QueueStatistics::consumed, fail ? 0 : 1);
            awaitCount(QueueStatistics::ready, fail ? 1 : 0);
            second.detach(CONSUMER, true);
        }
    }

    // ---- what crosses an end of ours

    /** The peer took it for posted: the rest of the transaction must not be committed without it. */
    @Test
    void postOnALinkThatWeHaveClosedMakesItsTransactionFail() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        var wrong = client.transfer(PRODUCER, null);
        wrong.setDeliveryTag(new Binary(new byte[33]));
        client.peer.send(0, wrong, message(1));
        assertThat(client.expectDetach()).isEqualTo("amqp:invalid-field");
        client.peer.send(0, client.transfer(PRODUCER, transaction), message(2));
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
    }

    @Test
    void retirementOnALinkThatWeHaveClosedMakesItsTransactionFail() {
        fill(2);
        var client = controller();
        client.attachProducer();
        client.consume(2);
        var transaction = client.declare();
        client.post(transaction, 3);
        var stranger = controller();
        client.dispose(0, 0, in(stranger.declare(), Accepted.getInstance()), true);
        assertThat(client.expectDetach()).isEqualTo(UNKNOWN_ID);
        client.dispose(1, 1, in(transaction, Accepted.getInstance()), true);
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
        awaitCount(QueueStatistics::ready, 2);
    }

    @Test
    void outcomeThatWasNotAgreedMakesItsTransactionFail() {
        fill(1);
        var client = controller();
        var attach = Client.consumer();
        var source = new Source();
        source.setOutcomes(Symbol.valueOf("amqp:accepted:list"));
        attach.setSource(source);
        client.consume(attach, 1);
        var transaction = client.declare();
        client.dispose(0, 0, in(transaction, failed()), true);
        assertThat(client.expectDetach()).isNotNull();
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
        awaitCount(QueueStatistics::ready, 1);
    }

    @Test
    void postInASessionThatWeHaveEndedMakesItsTransactionFail() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        client.post(transaction, 1);
        client.peer.send(1, RawPeer.beginPerformative());
        client.peer.expect(Begin.class);
        var unknownHandle = RawPeer.transferPerformative(7, 0);
        client.peer.send(1, unknownHandle, message(2));
        assertThat(conditionOf(client.peer.expect(End.class).getError())).isEqualTo("amqp:session:unattached-handle");
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
        assertThat(count(QueueStatistics::ready)).isZero();
    }

    @Test
    void messageOfAnUnknownFormatMakesItsTransactionFail() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        var transfer = client.transfer(PRODUCER, transaction);
        transfer.setMessageFormat(UnsignedInteger.valueOf(77));
        transfer.setSettled(true);
        client.peer.send(0, transfer, message(1));
        assertThat(client.commitRefused(transaction)).isEqualTo(ROLLBACK);
    }

    private static Attach resumable(java.util.@Nullable Map<Object, Object> unsettled) {
        var attach = Client.consumer();
        var source = new Source();
        source.setExpiryPolicy(TerminusExpiryPolicy.NEVER);
        attach.setSource(source);
        attach.setTarget(new Target());
        attach.setUnsettled(unsettled);
        return attach;
    }
}
