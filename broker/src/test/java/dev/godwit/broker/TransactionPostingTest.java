package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is posted within transactions, frame by frame (AMQP 1.0 §4.4.1), and what crosses an end of the broker's. */
class TransactionPostingTest extends TransactionFrames {
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
}
