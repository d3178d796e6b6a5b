package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.util.HashMap;
import java.util.Map;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Producers that come back, and hear what has become of what they sent. */
class ProducerResumptionTest extends ResumptionFrames {
    @Test
    @Spec({"2.6.13/receiver-known", "2.6.13/unsettled-sent", "2.6.13/receiver-unknown"})
    void producerThatLostItsConnectionHearsWhatHasArrived() {
        var first = broker.connect();
        first.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        first.expect(Flow.class);
        for (int i = 0; i < 3; i++) {
            first.send(0, RawPeer.transferPerformative(0, i), message(i + 1));
        }
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::ready) == 3);
        // It never reads the dispositions.
        first.close();

        var second = broker.connect();
        second.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0, 1, 2, 9)));
        Attach answer = second.expect(Attach.class);
        Map<Object, Object> expected = new HashMap<>();
        for (int i = 0; i < 3; i++) {
            expected.put(tag(i), Accepted.getInstance());
        }
        assertThat((Object) answer.getUnsettled()).isEqualTo(expected);

        second.expect(Flow.class);
        // One it settles, one it wants to hear of again, one that we do not know it resumes all the same.
        second.send(0, resumed(0, 0, true), message(1)).send(0, resumed(1, 1, false), message(2));
        assertThat(second.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        second.send(0, resumed(2, 9, false), message(9));
        assertThat(second.expect(Disposition.class).getState()).isEqualTo(Released.getInstance());
        second.send(0, RawPeer.transferPerformative(0, 3), message(4));
        assertThat(second.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(4);
    }

    private static Transfer resumed(int deliveryId, int tag, boolean settled) {
        var transfer = RawPeer.transferPerformative(0, deliveryId);
        transfer.setDeliveryTag(tag(tag));
        transfer.setResume(true);
        transfer.setSettled(settled);
        return transfer;
    }

    @Test
    @Spec({"2.6.12/second-producer", "2.6.13/receiver-forgets", "2.6.4/suspended"})
    void producerThatSettlesSecondIsAskedUntilItHas() {
        var peer = broker.connect();
        var attach = producer(TerminusExpiryPolicy.SESSION_END, unsettled());
        attach.setRcvSettleMode(ReceiverSettleMode.SECOND);
        peer.send(0, attach);
        assertThat(peer.expect(Attach.class).getRcvSettleMode()).isEqualTo(ReceiverSettleMode.SECOND);
        peer.expect(Flow.class);
        for (int i = 0; i < 3; i++) {
            peer.send(0, RawPeer.transferPerformative(0, i), message(i + 1));
        }
        int told = 0;
        while (told < 3) {
            Disposition state = peer.expect(Disposition.class);
            assertThat(state.getSettled()).isFalse();
            assertThat(state.getState()).isEqualTo(Accepted.getInstance());
            told += state.getLast().intValue() - state.getFirst().intValue() + 1;
        }
        peer.send(0, disposition(Role.SENDER, 0, Accepted.getInstance(), true));
        peer.send(0, RawBroker.detach(0, false)).expect(Detach.class);

        // It claims to have settled the second as well, by not listing it.
        attach.setUnsettled(unsettled(2));
        peer.send(0, attach);
        assertThat((Object) peer.expect(Attach.class).getUnsettled()).isEqualTo(Map.of(tag(2), Accepted.getInstance()));
        peer.expect(Flow.class);
        peer.send(0, resumed(3, 2, false));
        Disposition again = peer.expect(Disposition.class);
        assertThat(again.getSettled()).isFalse();
        assertThat(again.getState()).isEqualTo(Accepted.getInstance());
        peer.send(0, disposition(Role.SENDER, 3, Accepted.getInstance(), true));
        peer.send(0, RawBroker.detach(0, false)).expect(Detach.class);

        attach.setUnsettled(unsettled(0, 1, 2));
        peer.send(0, attach);
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isZero();
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(3);
    }

    @Test
    @Spec("3.4.6/differs")
    void repeatsTheOutcomeThatTheProducerHasComeTo() {
        var first = broker.connect();
        first.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        first.expect(Flow.class);
        first.send(0, RawPeer.transferPerformative(0, 0), message(1));
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::ready) == 1);
        first.close();

        var second = broker.connect();
        second.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0))).expect(Attach.class);
        second.expect(Flow.class);
        var stated = resumed(0, 0, false);
        stated.setState(Released.getInstance());
        Disposition echo = second.send(0, stated).expect(Disposition.class);
        assertThat(echo.getState()).isEqualTo(Released.getInstance());
        assertThat(echo.getSettled()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.6.13/receiver-partial")
    void producerThatWasCutOffWithinAMessageSendsItAnew(boolean connectionLost) {
        var peer = broker.connect();
        peer.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        peer.expect(Flow.class);
        var half = RawPeer.transferPerformative(0, 0);
        half.setMore(true);
        peer.send(0, half, message(1));
        if (connectionLost) {
            peer.close();
            peer = broker.connect();
        } else {
            peer.send(0, RawBroker.detach(0, false)).expect(Detach.class);
        }

        peer.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isZero();
        peer.expect(Flow.class);
        var whole = RawPeer.transferPerformative(0, connectionLost ? 0 : 1);
        whole.setDeliveryTag(tag(0));
        peer.send(0, whole, message(1));
        assertThat(peer.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(1);

        var reader = broker.connect();
        reader.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, null)).expect(Attach.class);
        reader.send(0, credit(1, 0)).expect(Transfer.class);
        assertThat(reader.payload).isEqualTo(message(1));
    }

    @Test
    @Spec("2.6.6/close-answered")
    void closedProducerLeavesNothing() {
        var peer = broker.connect();
        peer.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        peer.expect(Flow.class);
        peer.send(0, RawPeer.transferPerformative(0, 0), message(1)).expect(Disposition.class);
        peer.send(0, RawBroker.detach(0, true));
        assertThat(peer.expect(Detach.class).getClosed()).isTrue();
        peer.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isZero();
    }
}
