package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.transport.Role;
import org.junit.jupiter.api.Test;

/** What is retired within transactions, frame by frame (AMQP 1.0 §4.4.2). */
class TransactionRetirementTest extends TransactionFrames {
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

    /** It had the delivery back after a rollback, and lost it then: that it names what was rolled back is no fault. */
    @Test
    void consumerThatLosesWhatARollbackGaveItBackMayLetGoOfIt() {
        queue = LOCKED;
        fill(1);
        var client = controller();
        client.consume(1);
        var transaction = client.declare();
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), false);
        client.rollBack(transaction);
        awaitCount(QueueStatistics::locksLost, 1);
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), false);
        client.dispose(0, 0, null, true);
        // The link is as it was.
        client.peer.send(0, client.flow(1));
        var again = client.expectMessage();
        assertThat(again.getDeliveryId().intValue()).isEqualTo(1);
        client.dispose(1, 1, Accepted.getInstance(), true);
        awaitCount(QueueStatistics::consumed, 1);
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

    /** A consumer that has detached its link, which may be resumed, still retires in a transaction what it has. */
    @Test
    @Spec({"4.4.2/retirement", "2.7.6/detached"})
    void deliveryOfADetachedLinkIsRetiredInATransaction() {
        fill(3);
        var client = controller();
        client.consume(resumable(null), 3);
        client.detach(CONSUMER, false);
        var transaction = client.declare();
        client.dispose(0, 0, in(transaction, Accepted.getInstance()), false);
        client.dispose(1, 1, in(transaction, Released.getInstance()), true);
        // In no transaction: the consumer has let go of it, and it goes back.
        client.dispose(2, 2, in(new Binary(new byte[] {99}), Accepted.getInstance()), true);
        awaitCount(QueueStatistics::ready, 1);
        assertThat(count(QueueStatistics::acquired)).isEqualTo(2);
        client.commit(transaction);
        awaitCount(QueueStatistics::consumed, 1);
        awaitCount(QueueStatistics::ready, 2);
        assertThat(count(QueueStatistics::acquired)).isZero();
    }
}
