package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.util.Map;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;

/** Links of which the peer knows nothing any more but the name (AMQP 1.0 §2.6.3). */
class LinkRecoveryTest extends ResumptionFrames {
    @Test
    @Spec("2.6.3/recovering")
    void consumerThatKnowsTheNameOnlyRecoversItsLink() {
        fill(4);
        var first = broker.connect();
        var attach = consumer(TerminusExpiryPolicy.NEVER, 0, null);
        ((Source) attach.getSource()).setOutcomes(Accepted.DESCRIPTOR_SYMBOL, Released.DESCRIPTOR_SYMBOL);
        first.send(0, attach).expect(Attach.class);
        first.send(0, credit(1, 0)).expect(Transfer.class);
        first.close();

        var second = broker.connect();
        attach.setSource(null);
        attach.setUnsettled(unsettled(0));
        var answer = second.send(0, attach).expect(Attach.class);
        var source = (Source) answer.getSource();
        assertThat(source.getAddress()).isEqualTo("queue");
        assertThat(source.getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.LINK_DETACH);
        assertThat(source.getOutcomes())
                .containsExactlyInAnyOrder(Accepted.DESCRIPTOR_SYMBOL, Released.DESCRIPTOR_SYMBOL);
        assertThat((Object) answer.getUnsettled()).isEqualTo(unsettled(0));
        second.send(0, credit(2, 0));
        assertThat(second.expect(Transfer.class).getResume()).isTrue();
        assertThat(second.expect(Transfer.class).getResume()).isFalse();
    }

    @Test
    @Spec("2.6.3/recovering")
    void producerThatKnowsTheNameOnlyRecoversItsLink() {
        var first = broker.connect();
        first.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        first.expect(Flow.class);
        first.send(0, RawPeer.transferPerformative(0, 0), message(1)).expect(Disposition.class);
        first.close();

        var second = broker.connect();
        var attach = producer(TerminusExpiryPolicy.NEVER, unsettled(0));
        attach.setTarget(null);
        var answer = second.send(0, attach).expect(Attach.class);
        assertThat(((Target) answer.getTarget()).getAddress()).isEqualTo("queue");
        assertThat(((Target) answer.getTarget()).getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.LINK_DETACH);
        assertThat((Object) answer.getUnsettled()).isEqualTo(Map.of(tag(0), Accepted.getInstance()));
        second.expect(Flow.class);
        var next = RawPeer.transferPerformative(0, 0);
        next.setDeliveryTag(tag(1));
        second.send(0, next, message(2)).expect(Disposition.class);
        assertThat(broker.count(QueueStatistics::ready)).isEqualTo(2);
    }

    @Test
    @Spec({"2.6.3/recovering", "2.6.3/refused"})
    void nothingIsRecoveredOfALinkThatIsNotKnown() {
        var peer = broker.connect();
        var producer = producer(TerminusExpiryPolicy.NEVER, unsettled(0));
        producer.setTarget(null);
        assertThat(peer.send(0, producer).expect(Attach.class).getTarget()).isNull();
        assertThat(peer.expect(Detach.class).getError()).isNotNull();
        var consumer = consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(0));
        consumer.setSource(null);
        assertThat(peer.send(0, consumer).expect(Attach.class).getSource()).isNull();
        assertThat(peer.expect(Detach.class).getError()).isNotNull();
    }
}
