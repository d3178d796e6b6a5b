package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.amqp.type.GlobalTransactionId;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.broker.queue.QueueStatistics;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transaction.Declared;
import org.apache.qpid.proton.amqp.transport.Role;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Transactions that are prepared, frame by frame, and over crashes of the broker. */
class PreparedTransactionsTest extends TransactionFrames {
    private static final int QUEUES = 6;

    /** Each test has one of its own. */
    private GlobalTransactionId xid = GlobalTransactionId.of(new byte[1]);

    @BeforeEach
    void takeAnId() {
        xid = GlobalTransactionId.of(queue.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsWhatIsPreparedOverACrashUntilItIsCommitted(boolean crashesAfterwards) throws Exception {
        fill(1);
        prepareOneOfEach(true);
        crash();
        expectInDoubt();
        crash();
        expectInDoubt();

        assertThat(request(controller(), TransactionRequests.decide(xid, false)))
                .isEqualTo(Accepted.getInstance());
        if (crashesAfterwards) {
            crash();
        }
        awaitCount(QueueStatistics::acquired, 0);
        assertThat(count(QueueStatistics::ready)).isEqualTo(1);
        assertThat(recovered(controller())).isEmpty();
        var consumer = connect();
        consumer.attach(Client.consumer());
        consumer.peer.send(0, consumer.flow(1));
        assertThat(payload(consumer)).endsWith((byte) 0x77, (byte) 0x54, (byte) 2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givesBackWhatIsPreparedWhenItIsRolledBackAfterACrash(boolean crashesAfterwards) throws Exception {
        fill(1);
        prepareOneOfEach(true);
        crash();
        expectInDoubt();
        assertThat(request(controller(), TransactionRequests.decide(xid, true))).isEqualTo(Accepted.getInstance());
        if (crashesAfterwards) {
            crash();
        }
        awaitCount(QueueStatistics::ready, 1);
        assertThat(count(QueueStatistics::acquired)).isZero();
        assertThat(recovered(controller())).isEmpty();
        var consumer = connect();
        consumer.attach(Client.consumer());
        consumer.peer.send(0, consumer.flow(1));
        assertThat(payload(consumer)).endsWith((byte) 0x77, (byte) 0x54, (byte) 1);
    }

    @Test
    void rollsBackWhatWasNotPreparedBeforeACrash() throws Exception {
        fill(1);
        prepareOneOfEach(false);
        crash();
        assertThat(count(QueueStatistics::ready)).isEqualTo(1);
        assertThat(count(QueueStatistics::acquired)).isZero();
        assertThat(recovered(controller())).isEmpty();
    }

    /** What one connection has prepared, another one ends; the first may go on, or be gone. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isDecidedOnAnyConnectionOfItsUser(boolean fail) {
        fill(1);
        var client = prepareOneOfEach(true);
        client.peer.close();
        var other = controller();
        expectInDoubt();
        assertThat(request(other, TransactionRequests.decide(xid, fail))).isEqualTo(Accepted.getInstance());
        awaitCount(QueueStatistics::ready, 1);
        awaitCount(QueueStatistics::acquired, 0);
        assertThat(refusal(request(other, TransactionRequests.decide(xid, fail))))
                .isEqualTo(UNKNOWN_ID);
    }

    @Test
    void isAppliedWhollyInAllShardsAfterACrash() throws Exception {
        for (boolean fail : new boolean[] {true, false}) {
            var client = controller();
            var transaction = declare(client);
            var name = queue;
            for (int i = 0; i < QUEUES; i++) {
                queue = name + "-" + i;
                client.attach(RawPeer.attachPerformative("producer-" + i, 10 + i, Role.SENDER));
                client.peer.send(0, client.transfer(10 + i, transaction), message(i));
                client.expectDisposition(Role.RECEIVER);
            }
            assertThat(request(client, prepare(transaction))).isEqualTo(Accepted.getInstance());
            crash();
            for (int i = 0; i < QUEUES; i++) {
                queue = name + "-" + i;
                assertThat(count(QueueStatistics::ready)).isZero();
            }
            assertThat(request(controller(), TransactionRequests.decide(xid, fail)))
                    .isEqualTo(Accepted.getInstance());
            crash();
            for (int i = 0; i < QUEUES; i++) {
                queue = name + "-" + i;
                assertThat(count(QueueStatistics::ready)).isEqualTo(fail ? 0 : 1);
            }
            queue = name;
        }
    }

    @Test
    void hasNothingToPrepareWhereNothingWasDone() {
        var client = controller();
        var transaction = declare(client);
        assertThat(request(client, prepare(transaction))).isInstanceOf(Released.class);
        assertThat(client.commitRefused(transaction)).isEqualTo(UNKNOWN_ID);
        assertThat(recovered(client)).isEmpty();
    }

    @Test
    void preparesNothingThatHasNoGlobalId() {
        var client = controller();
        client.attachProducer();
        var transaction = client.declare();
        client.post(transaction, 1);
        assertThat(refusal(request(client, prepare(transaction)))).isEqualTo("amqp:not-allowed");
        client.commit(transaction);
        assertThat(refusal(request(client, prepare(transaction)))).isEqualTo(UNKNOWN_ID);
    }

    /** One phase: it was never prepared. */
    @Test
    void isDischargedLikeAnyOtherWhenItIsNotPrepared() {
        var client = controller();
        client.attachProducer();
        var transaction = declare(client);
        client.post(transaction, 1);
        assertThat(refusal(request(client, TransactionRequests.decide(xid, false))))
                .isEqualTo(UNKNOWN_ID);
        client.commit(transaction);
        assertThat(count(QueueStatistics::ready)).isEqualTo(1);
    }

    @Test
    void preparesNoMoreThanMayBeAndTellsOfEach() throws Exception {
        var client = controller();
        client.attachProducer();
        var ids = new ArrayList<GlobalTransactionId>();
        for (int i = 1; i <= PREPARED_MAX; i++) {
            ids.add(GlobalTransactionId.of(new byte[] {(byte) i}));
            assertThat(prepare(client, ids.get(i - 1), i)).isEqualTo(Accepted.getInstance());
        }
        assertThat(refusal(prepare(client, GlobalTransactionId.of(new byte[] {9}), 9)))
                .isEqualTo(ROLLBACK);
        crash();
        var other = controller();
        assertThat(recovered(other)).isEqualTo(ids);
        for (var id : ids) {
            assertThat(request(other, TransactionRequests.decide(id, false))).isEqualTo(Accepted.getInstance());
        }
        awaitCount(QueueStatistics::ready, PREPARED_MAX);
        assertThat(recovered(other)).isEmpty();
    }

    private static Object prepare(Client client, GlobalTransactionId id, int number) {
        var transaction = declare(client, id);
        client.post(transaction, number);
        return request(client, prepare(transaction));
    }

    private Client prepareOneOfEach(boolean prepares) {
        var client = controller();
        client.attachProducer();
        client.consume(1);
        var transaction = declare(client);
        client.post(transaction, 2);
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), true);
        if (prepares) {
            assertThat(request(client, prepare(transaction))).isEqualTo(Accepted.getInstance());
        } else {
            // Answered after what came before it.
            client.declare();
        }
        return client;
    }

    private void expectInDoubt() {
        awaitCount(QueueStatistics::acquired, 1);
        assertThat(count(QueueStatistics::ready)).isZero();
        assertThat(recovered(controller())).containsExactly(xid);
    }

    private Binary declare(Client client) {
        return declare(client, xid);
    }

    private static Binary declare(Client client, GlobalTransactionId id) {
        return ((Declared) request(client, TransactionRequests.declare(id.bytes()))).getTxnId();
    }

    private static ByteBuffer prepare(Binary transaction) {
        return TransactionRequests.prepare(new TransactionId(transaction.getArray()));
    }

    private static Object request(Client client, ByteBuffer message) {
        client.peer.send(0, client.transfer(CONTROL, null), bytes(message));
        var disposition = client.expectDisposition(Role.RECEIVER);
        assertThat(disposition.getSettled()).isTrue();
        return Objects.requireNonNull(disposition.getState());
    }

    private static List<GlobalTransactionId> recovered(Client client) {
        var found = new ArrayList<GlobalTransactionId>();
        var next = next(client, null);
        while (next != null) {
            found.add(next);
            next = next(client, next);
        }
        return found;
    }

    private static @Nullable GlobalTransactionId next(Client client, @Nullable GlobalTransactionId after) {
        if (!(request(client, TransactionRequests.recover(after)) instanceof Modified modified)) {
            return null;
        }
        Map<?, ?> annotations = modified.getMessageAnnotations();
        var id = (Binary) Objects.requireNonNull(annotations.get(Symbol.valueOf("godwit:global-id")));
        return GlobalTransactionId.of(
                Arrays.copyOfRange(id.getArray(), id.getArrayOffset(), id.getArrayOffset() + id.getLength()));
    }

    private static byte[] payload(Client client) {
        client.expectMessage();
        return client.peer.payload;
    }
}
