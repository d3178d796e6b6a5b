package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is acquired within transactions, frame by frame (AMQP 1.0 §4.4.3). */
class TransactionAcquisitionTest extends TransactionFrames {
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

    /** The default outcome of its link holds only for what no open transaction may yet take back. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("4.4.3/acquisition")
    void lossOfAConsumerTakesBackWhatItAcquiredUnlessThatWasCommitted(boolean committed) {
        fill(1);
        var client = controller();
        var attach = Client.consumer();
        ((Source) attach.getSource()).setDefaultOutcome(Accepted.getInstance());
        client.attach(attach);
        var transaction = client.declare();
        client.peer.send(0, acquiring(client, 1, transaction));
        assertAcquiredIn(transaction, client.expectMessage());
        if (committed) {
            client.commit(transaction);
        }
        client.peer.close();
        awaitCount(QueueStatistics::acquired, 0);
        awaitCount(QueueStatistics::ready, committed ? 0 : 1);
        awaitCount(QueueStatistics::consumed, committed ? 1 : 0);
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

    /** Names the transaction without waiting for the answer to the attach. */
    private static Client acquiringAtOnce(Client client, Attach attach, @Nullable Object transaction) {
        ((Source) attach.getSource()).setAddress(queue);
        client.peer.send(client.peer.frame(0, 0, attach), client.peer.frame(0, 0, acquiring(client, 1, transaction)));
        client.peer.expect(Attach.class);
        return client;
    }

    @ParameterizedTest
    @ValueSource(strings = {"queue", "topic"})
    @Spec({"4.4.3/acquisition", "4.4/names"})
    void transactionMayBeNamedBeforeTheAttachIsAnswered(String kind) {
        var client = controller();
        var transaction = client.declare();
        var attach = Client.consumer();
        ((Source) attach.getSource()).setCapabilities(Symbol.valueOf(kind));
        acquiringAtOnce(client, attach, transaction);
        fill(1);
        assertAcquiredIn(transaction, client.expectMessage());
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), true);
        client.rollBack(transaction);
        client.peer.send(0, client.flow(1));
        assertThat(client.expectMessage().getState()).isNull();
    }

    @Test
    @Spec({"4.4.3/unknown-id", "4.4.3/not-supported"})
    void acquisitionThatCannotBeEndsTheLinkAlsoWhenItIsNamedBeforeTheAnswer() {
        var unknown = acquiringAtOnce(controller(), Client.consumer(), new Binary(new byte[3]));
        assertThat(unknown.expectDetach()).isEqualTo(UNKNOWN_ID);

        var odd = acquiringAtOnce(controller(), Client.consumer(), "one");
        assertThat(odd.expectDetach()).isEqualTo("amqp:invalid-field");

        var browser = controller();
        var browse = Client.consumer();
        ((Source) browse.getSource()).setDistributionMode(Symbol.valueOf("copy"));
        acquiringAtOnce(browser, browse, browser.declare());
        assertThat(browser.expectDetach()).isEqualTo("amqp:not-implemented");

        var resumer = controller();
        acquiringAtOnce(resumer, resumable(null), resumer.declare());
        assertThat(resumer.expectDetach()).isEqualTo("amqp:not-implemented");

        // None of them has a place in the queue.
        fill(1);
        awaitCount(QueueStatistics::consumers, 0);
        assertThat(count(QueueStatistics::ready)).isEqualTo(1);
        var other = connect();
        other.consume(1);
    }

    /** As many as one transaction may hold are too long: the one that is not finds room. */
    @Test
    @Spec("4.4.3/acquisition")
    void messageThatIsPassedOverIsNoPartOfTheTransaction() {
        fill(OPERATIONS_MAX);
        var filling = connect();
        filling.attachProducer();
        var shortMessage = new byte[] {0, 0x53, 0x77, 0x40};
        filling.peer.send(0, filling.transfer(PRODUCER, null), shortMessage);
        assertThat(filling.expectDisposition(Role.RECEIVER).getState()).isEqualTo(Accepted.getInstance());

        var client = controller();
        var attach = Client.consumer();
        attach.setMaxMessageSize(UnsignedLong.valueOf(message(1).length - 1));
        client.attach(attach);
        var transaction = client.declare();
        client.peer.send(0, acquiring(client, 1, transaction));
        assertAcquiredIn(transaction, client.expectMessage());
        assertThat(client.peer.payload).isEqualTo(shortMessage);
        client.commit(transaction);
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
}
