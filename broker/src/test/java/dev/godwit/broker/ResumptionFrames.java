package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;

/**
 * What tests begin with that resume links with their unsettled deliveries, frame by frame, on a whole broker with several
 * loops.
 */
abstract class ResumptionFrames extends BrokerFrames {
    static final Duration PATIENCE = Duration.ofSeconds(10);

    static Binary tag(int number) {
        return new Binary(new byte[] {(byte) number});
    }

    static byte[] message(int number) {
        byte durableHeader = 0x41;
        return new byte[] {0, 0x53, 0x70, (byte) 0xc0, 2, 1, durableHeader, 0, 0x53, 0x77, 0x54, (byte) number};
    }

    static Map<Object, @Nullable Object> unsettled(int... tags) {
        Map<Object, @Nullable Object> map = new LinkedHashMap<>();
        for (int each : tags) {
            map.put(tag(each), null);
        }
        return map;
    }

    static Attach producer(TerminusExpiryPolicy policy, @Nullable Map<Object, @Nullable Object> unsettled) {
        var attach = RawPeer.attachPerformative("producer", 0, Role.SENDER);
        var target = new Target();
        target.setAddress("queue");
        target.setExpiryPolicy(policy);
        attach.setTarget(target);
        attach.setUnsettled(unsettled);
        return attach;
    }

    static Attach consumer(
            TerminusExpiryPolicy policy, int timeoutSeconds, @Nullable Map<Object, @Nullable Object> unsettled) {
        var attach = RawPeer.attachPerformative("consumer", 1, Role.RECEIVER);
        var source = new Source();
        source.setAddress("queue");
        source.setExpiryPolicy(policy);
        source.setTimeout(UnsignedInteger.valueOf(timeoutSeconds));
        attach.setSource(source);
        attach.setUnsettled(unsettled);
        return attach;
    }

    /** Puts messages 1 to {@code count} on the queue. */
    void fill(int count) {
        var peer = broker.connect();
        peer.attachSender("filling", 0);
        for (int i = 0; i < count; i++) {
            peer.send(0, RawPeer.transferPerformative(0, i), message(i + 1));
        }
        int settled = 0;
        while (settled < count) {
            var disposition = peer.expect(Disposition.class);
            settled += disposition.getLast().intValue() - disposition.getFirst().intValue() + 1;
        }
        peer.close();
    }

    static Disposition disposition(Role role, int deliveryId, @Nullable Object state, boolean settled) {
        return RawBroker.disposition(role, UnsignedInteger.valueOf(deliveryId), state, settled);
    }

    static Flow credit(int credit, int deliveryCount) {
        var flow = RawPeer.flowPerformative(1, credit, 1, 1_000);
        flow.setNextIncomingId(null);
        flow.setDeliveryCount(UnsignedInteger.valueOf(deliveryCount));
        return flow;
    }

    /** Takes three of four messages, and returns with them unsettled. */
    RawPeer holdsThree(TerminusExpiryPolicy policy, int timeoutSeconds) {
        fill(4);
        var peer = broker.connect();
        peer.send(0, consumer(policy, timeoutSeconds, null)).expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            assertThat(peer.expect(Transfer.class).getDeliveryTag()).isEqualTo(tag(i));
        }
        return peer;
    }

    void assertReady(int messages) {
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::ready) == messages);
    }

    void assertHeld() {
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(1);
    }
}
