package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.time.Duration;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long what a consumer has not settled is kept for it (AMQP 1.0 §3.5.6). */
class TerminusExpiryTest extends ResumptionFrames {
    @Test
    @Spec("3.5.6/link-detach")
    void linkDetachEndsTheTerminusWithItsLink() {
        var peer = holdsThree(TerminusExpiryPolicy.LINK_DETACH, 0);
        assertHeld();
        peer.send(0, RawBroker.detach(1, false)).expect(Detach.class);
        assertReady(4);
    }

    @Test
    @Spec({"3.5.6/session-end", "2.6.4/suspended"})
    void sessionEndEndsTheTerminusWithItsSession() {
        fill(4);
        var peer = broker.connect();
        peer.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, unsettled())).expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            peer.expect(Transfer.class);
        }
        peer.send(0, RawBroker.detach(1, false)).expect(Detach.class);
        assertHeld();
        peer.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, unsettled(0, 1, 2)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isEqualTo(3);
        peer.send(0, RawBroker.detach(1, false)).expect(Detach.class);
        peer.send(0, new End()).expect(End.class);
        assertReady(4);
    }

    /** Of a link that nobody wants to resume, and of one that lasts as long as its session. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.5.2/connection-end")
    void sessionsEndWithTheirConnection(boolean resumable) {
        fill(4);
        var peer = broker.connect();
        peer.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, resumable ? unsettled() : null))
                .expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            peer.expect(Transfer.class);
        }
        assertHeld();
        peer.close();
        assertReady(4);
    }

    @Test
    @Spec("3.5.6/connection-close")
    void connectionCloseEndsTheTerminusWithItsConnection() {
        var peer = holdsThree(TerminusExpiryPolicy.CONNECTION_CLOSE, 0);
        peer.send(0, new End()).expect(End.class);
        assertHeld();
        peer.begin().send(0, consumer(TerminusExpiryPolicy.CONNECTION_CLOSE, 0, unsettled(0, 1, 2)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isEqualTo(3);
        peer.close();
        assertReady(4);
    }

    @Test
    @Spec("3.5.6/timeout")
    void timeoutCountsFromTheEventAndStopsWhenResumed() {
        holdsThree(TerminusExpiryPolicy.SESSION_END, 2).close();
        var second = broker.connect();
        second.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 2, unsettled(0, 1, 2)));
        assertThat(second.expect(Attach.class).getUnsettled().size()).isEqualTo(3);
        await().during(Duration.ofMillis(2_500))
                .atMost(PATIENCE)
                .until(() -> broker.count(QueueStatistics::ready) == 1);
        second.close();
        assertHeld();
        assertReady(4);
    }

    @Test
    @Spec("2.6.6/close-answered")
    void closedConsumerGivesBackWhatItHad() {
        var peer = holdsThree(TerminusExpiryPolicy.NEVER, 0);
        peer.send(0, RawBroker.detach(1, true)).expect(Detach.class);
        assertReady(4);
    }
}
