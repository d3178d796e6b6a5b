package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.time.Duration;
import java.util.Map;
import org.apache.qpid.proton.Proton;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.apache.qpid.proton.amqp.UnsignedByte;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Outcome;
import org.apache.qpid.proton.amqp.messaging.Received;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;

/** Who settles when, and what an outcome does to a message, frame by frame (AMQP 1.0 §2.6.12, §3.3, §3.4). */
class SettlementTest extends BrokerFrames {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private byte[] message(String body) {
        return broker.encode(new AmqpValue(body));
    }

    private static Disposition says(Transfer of, Object state, boolean settled) {
        return RawBroker.disposition(Role.RECEIVER, of.getDeliveryId(), state, settled);
    }

    private RawPeer consumer() {
        var peer = broker.connect();
        peer.attachReceiver("consumer", 0);
        return peer;
    }

    private static void assertNothingComes(RawPeer peer, int handle, int deliveryCount) {
        peer.send(0, RawBroker.drain(handle, 5, deliveryCount));
        Object next = peer.readFrame();
        var credit = next instanceof Flow flow ? flow.getLinkCredit() : null;
        assertThat(credit).as("the credit that is left, and not %s", next).isEqualTo(UnsignedInteger.ZERO);
    }

    @Test
    @Spec("2.6.12/first")
    void settlesFirstWhenThatIsTheMode() {
        assertThat(broker.put(message("a")).getSettled()).isTrue();
    }

    @Test
    @Spec("2.6.12/presettled")
    void saysNothingOfWhatWasSentSettled() {
        var peer = broker.connect();
        peer.attachSender("producer", 0);
        for (int id = 0; id < 4; id++) {
            var transfer = RawPeer.transferPerformative(0, id);
            transfer.setSettled(id % 2 == 0);
            peer.send(0, transfer, message("m" + id));
        }
        for (int id = 1; id < 4; id += 2) {
            var disposition = peer.expect(Disposition.class);
            assertThat(disposition.getFirst().intValue()).isEqualTo(id);
            assertThat(disposition.getLast()).isIn(null, UnsignedInteger.valueOf(id));
        }
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(4);
    }

    @Test
    @Spec("2.6.12/second-consumer")
    void settlesWhenAConsumerThatSettlesSecondHasItsOutcome() {
        broker.put(message("a"));
        var peer = broker.connect();
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        attach.setRcvSettleMode(ReceiverSettleMode.SECOND);
        peer.send(0, attach);
        assertThat(peer.expect(Attach.class).getRcvSettleMode()).isEqualTo(ReceiverSettleMode.SECOND);
        peer.send(0, RawBroker.credit(0, 1, 0));
        var transfer = peer.expect(Transfer.class);
        peer.send(0, says(transfer, Accepted.getInstance(), false));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getRole()).isEqualTo(Role.SENDER);
        assertThat(answer.getFirst()).isEqualTo(transfer.getDeliveryId());
        assertThat(answer.getSettled()).isTrue();
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 1);
    }

    @Test
    @Spec({"2.7.5/snd-settled", "2.7.5/snd-unsettled"})
    void sendsEachDeliveryAsTheSettleModeSays() {
        for (var mode : new SenderSettleMode[] {SenderSettleMode.SETTLED, SenderSettleMode.UNSETTLED}) {
            broker.put(message("a"));
            broker.put(message("b"));
            var peer = broker.connect();
            var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
            attach.setSndSettleMode(mode);
            peer.send(0, attach);
            assertThat(peer.expect(Attach.class).getSndSettleMode()).isEqualTo(mode);
            peer.send(0, RawBroker.credit(0, 2, 0));
            for (int i = 0; i < 2; i++) {
                var settled = peer.expect(Transfer.class).getSettled();
                assertThat(Boolean.TRUE.equals(settled)).isEqualTo(mode == SenderSettleMode.SETTLED);
            }
            peer.close();
        }
    }

    @Test
    @Spec({"3.4.2/accepted", "3.3/archived"})
    void deliversNothingAgainThatWasAccepted() {
        broker.put(message("a"));
        var peer = consumer();
        peer.send(0, RawBroker.credit(0, 1, 0));
        peer.send(0, says(peer.expect(Transfer.class), Accepted.getInstance(), true));
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 1);
        peer.close();
        assertNothingComes(consumer(), 0, 0);
    }

    @Test
    @Spec({"3.3/acquired", "3.5.2/move"})
    void givesAMessageToOneConsumerUntilItIsReleased() {
        broker.put(message("a"));
        var first = consumer();
        first.send(0, RawBroker.credit(0, 1, 0));
        var transfer = first.expect(Transfer.class);
        var second = broker.connect();
        second.attachReceiver("another", 0);
        assertNothingComes(second, 0, 0);
        second.send(0, RawBroker.credit(0, 1, 5));
        first.send(0, says(transfer, Released.getInstance(), true));
        second.expect(Transfer.class);
        assertThat(second.payload).endsWith(message("a"));
        assertNothingComes(first, 0, 1);
    }

    @Test
    @Spec("3.4.1/received")
    void receivedEndsNothing() {
        broker.put(message("a"));
        var peer = consumer();
        peer.send(0, RawBroker.credit(0, 1, 0));
        var transfer = peer.expect(Transfer.class);
        var received = new Received();
        received.setSectionNumber(UnsignedInteger.ZERO);
        received.setSectionOffset(UnsignedLong.valueOf(3));
        peer.send(0, says(transfer, received, false));
        assertNothingComes(peer, 0, 1);
        assertThat(broker.count(QueueStatistics::consumed)).isZero();
        peer.send(0, says(transfer, Accepted.getInstance(), true));
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 1);
    }

    @Test
    @Spec("3.4.5/undeliverable-here")
    void keepsFromALinkWhatIsUndeliverableThere() {
        broker.put(message("a"));
        var peer = consumer();
        peer.send(0, RawBroker.credit(0, 1, 0));
        var modified = new Modified();
        modified.setUndeliverableHere(true);
        peer.send(0, says(peer.expect(Transfer.class), modified, true));
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::ready) == 1);
        assertNothingComes(peer, 0, 1);
        var other = broker.connect();
        other.attachReceiver("another", 0);
        other.send(0, RawBroker.credit(0, 1, 0)).expect(Transfer.class);
    }

    @Test
    @Spec("2.7.6/role")
    void aProducersDispositionSettlesNoConsumersDelivery() {
        broker.put(message("a"));
        var peer = consumer();
        peer.send(0, RawBroker.credit(0, 1, 0));
        var transfer = peer.expect(Transfer.class);
        peer.send(0, RawBroker.disposition(Role.SENDER, transfer.getDeliveryId(), Accepted.getInstance(), true));
        assertNothingComes(peer, 0, 1);
        assertThat(broker.count(QueueStatistics::consumed)).isZero();
        peer.send(0, says(transfer, Released.getInstance(), true));
        peer.send(0, RawBroker.credit(0, 1, 6)).expect(Transfer.class);
    }

    /** It asks for our word first, and then says something else at once. */
    @Test
    @Spec("3.4/final")
    void whatIsSaidOfADeliveryAfterItsOutcomeHasNoEffect() {
        broker.put(message("a"));
        var peer = consumer();
        peer.send(0, RawBroker.credit(0, 1, 0));
        var transfer = peer.expect(Transfer.class);
        peer.send(0, says(transfer, Accepted.getInstance(), false));
        peer.send(0, says(transfer, Released.getInstance(), true));
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 1);
        peer.close();
        assertNothingComes(consumer(), 0, 0);
    }

    /** A consumer whose messages count as failed when they are not settled. */
    private RawPeer consumerThatMayFail(int credit) {
        var failed = new Modified();
        failed.setDeliveryFailed(true);
        return consumer(failed, credit);
    }

    private RawPeer consumer(Outcome byDefault, int credit) {
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        ((Source) attach.getSource()).setDefaultOutcome(byDefault);
        var peer = broker.connect();
        peer.send(0, attach);
        peer.expect(Attach.class);
        return peer.send(0, RawBroker.credit(0, credit, 0));
    }

    private static int deliveryCount(RawPeer peer) {
        peer.expect(Transfer.class);
        var message = Proton.message();
        message.decode(peer.payload, 0, peer.payload.length);
        return (int) message.getDeliveryCount();
    }

    /** More often than a message may fail: that it was with somebody who was lost makes no dead letter of it. */
    @Test
    @Spec("3.5.3/default-outcome")
    void whatAConsumerHadWhenItWasLostTakesTheDefaultOutcome() {
        for (var body : new String[] {"a", "b", "c"}) {
            broker.put(message(body));
        }
        for (int losses = 0; losses < 12; losses++) {
            var peer = consumerThatMayFail(2);
            assertThat(deliveryCount(peer)).isEqualTo(losses);
            assertThat(deliveryCount(peer)).isEqualTo(losses);
            peer.close();
            await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::ready) == 3);
        }
        var peer = consumer();
        peer.send(0, RawBroker.credit(0, 3, 0));
        assertThat(deliveryCount(peer)).isEqualTo(12);
        assertThat(deliveryCount(peer)).isEqualTo(12);
        assertThat(deliveryCount(peer)).as("of the one that nobody had").isZero();
    }

    /** A consumer may be done with what it was sent whole, and with nothing else. */
    @Test
    @Spec("3.5.3/default-outcome")
    void noDefaultOutcomeEndsAMessageThatALostConsumerHadNotWhole() {
        try (var client = new LargeMessageClient(broker.port())) {
            var sending = client.send(client.attachSender("queue"), 1, 30L << 20);
            await().atMost(PATIENCE).until(() -> sending.outcome != null);
        }
        for (var byDefault : new Outcome[] {Accepted.getInstance(), new Rejected()}) {
            var peer = consumer(byDefault, 1);
            assertThat(peer.expect(Transfer.class).getMore()).isTrue();
            peer.close();
            await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::acquired) == 0);
            assertThat(broker.count(QueueStatistics::ready)).isEqualTo(1);
        }
        broker.put(message("small"));
        var failing = consumerThatMayFail(2);
        failing.expect(Transfer.class);
        failing.close();
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::ready) == 2);

        try (var client = new LargeMessageClient(broker.port())) {
            client.attachReceiver("queue", 1);
            await().atMost(PATIENCE).until(() -> !client.received.isEmpty() && client.received.get(0).ending != null);
            assertThat(client.received.get(0).deliveryCount).isEqualTo(1);
            assertThat(client.received.get(0).bodyBytes).isEqualTo(30L << 20);
        }
    }

    @Test
    @Spec("3.5.3/default-outcome")
    void whatWasSentWholeToAConsumerThatWasLostIsEndedByItsDefaultOutcome() {
        broker.put(message("a"));
        var peer = consumer(Accepted.getInstance(), 1);
        peer.expect(Transfer.class);
        peer.close();
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 1);
    }

    @Test
    void whatAConsumerHadWhenItLeftInOrderGoesBackAsItWas() {
        broker.put(message("a"));
        var detaching = consumerThatMayFail(1);
        assertThat(deliveryCount(detaching)).isZero();
        detaching.send(0, RawBroker.detach(0, true)).expect(Detach.class);
        var closing = consumerThatMayFail(1);
        assertThat(deliveryCount(closing)).isZero();
        closing.send(0, new Close()).expect(Close.class);
        assertThat(deliveryCount(consumerThatMayFail(1))).isZero();
    }

    @Test
    @Spec("3.5.1/filter-stable")
    void aFilterSaysTheSameOfAMessageEachTime() {
        for (int number = 0; number < 4; number++) {
            var header = new Header();
            header.setPriority(UnsignedByte.valueOf((byte) number));
            broker.put(broker.encode(header, new AmqpValue(number)));
        }
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        var selector = Symbol.valueOf("apache.org:selector-filter:string");
        ((Source) attach.getSource())
                .setFilter(Map.of(selector, new UnknownDescribedType(selector, "JMSPriority > 1")));
        var peer = broker.connect();
        peer.send(0, attach).expect(Attach.class);
        for (int round = 0; round < 3; round++) {
            peer.send(0, RawBroker.credit(0, 2, 2 * round));
            for (int number = 3; number >= 2; number--) {
                var transfer = peer.expect(Transfer.class);
                assertThat(peer.payload).endsWith(broker.encode(new AmqpValue(number)));
                peer.send(0, says(transfer, Released.getInstance(), true));
            }
        }
        assertThat(broker.count(QueueStatistics::consumed)).isZero();
    }

    @Test
    @Spec("3.5.3/distribution-mode")
    void saysWhichDistributionModeIsInUse() {
        var peer = broker.connect();
        var modes = new String[] {"", "move", "copy"};
        for (int handle = 0; handle < modes.length; handle++) {
            var attach = RawPeer.attachPerformative("consumer " + handle, handle, Role.RECEIVER);
            var source = new Source();
            source.setAddress("queue");
            if (!modes[handle].isEmpty()) {
                source.setDistributionMode(Symbol.valueOf(modes[handle]));
            }
            attach.setSource(source);
            var answer = (Source) peer.send(0, attach).expect(Attach.class).getSource();
            assertThat(String.valueOf(answer.getDistributionMode())).isEqualTo(handle == 2 ? "copy" : "move");
        }
    }
}
