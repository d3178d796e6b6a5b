package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.message.TransactionRequests;
import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.util.HashSet;
import java.util.Set;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.transaction.Coordinator;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The control link of transactions, frame by frame (AMQP 1.0 §4.1 to §4.3). */
class TransactionControlTest extends TransactionFrames {
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
                        Symbol.valueOf("amqp:multi-ssns-per-txn"),
                        Symbol.valueOf("godwit:prepared-transactions"),
                        Symbol.valueOf("godwit:transaction-outcomes"));
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
}
