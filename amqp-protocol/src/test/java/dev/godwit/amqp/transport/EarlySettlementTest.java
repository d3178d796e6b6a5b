package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.IncomingDelivery;
import dev.godwit.conformance.Spec;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A sender that settles, by a disposition, messages of which it has not sent all. */
class EarlySettlementTest {
    private final Loopback loopback = new Loopback();

    @AfterEach
    void close() {
        loopback.close();
    }

    private static Disposition settled(int first, int last) {
        return RawPeer.dispositionPerformative(Role.SENDER, first, last, null, true);
    }

    @Test
    @Spec("2.7.6/unfinished")
    void theRestOfTheMessageIsTakenAndTheMessageIsSettled() {
        try (var peer = loopback.senderOfTwoLinks()) {
            peer.send(0, transferPerformative(0, 0, true), new byte[10]);
            peer.send(0, settled(0, 0));
            peer.send(0, transferPerformative(0, 0, true), new byte[10]);
            peer.send(0, transferPerformative(0, 0, false), new byte[10]);
            var server = loopback.container.peer();
            await(() -> server.deliveries.size() == 1);
            assertThat(server.deliveries.get(0).isRemotelySettled()).isTrue();
            assertThat(server.deliveries.get(0).message().remaining()).isEqualTo(30);

            peer.send(0, transferPerformative(0, 1, false), new byte[1]);
            await(() -> server.deliveries.size() == 2);
            assertThat(server.deliveries.get(1).isRemotelySettled()).isFalse();
        }
    }

    @Test
    @Spec("2.7.6/unfinished")
    void aRangeSettlesWhatIsWholeAtOnceAndTheOthersAtTheirEnd() {
        try (var peer = loopback.senderOfTwoLinks()) {
            peer.send(0, transferPerformative(0, 0, false), new byte[1]);
            peer.send(0, transferPerformative(1, 1, true), new byte[1]);
            peer.send(0, transferPerformative(0, 2, false), new byte[1]);
            peer.send(0, transferPerformative(0, 3, true), new byte[1]);
            var server = loopback.container.peer();
            await(() -> server.deliveries.size() == 2);
            peer.send(0, settled(0, 9));
            await(() -> server.deliveries.stream().allMatch(each -> loopback.onServer(each::isRemotelySettled)));
            peer.send(0, transferPerformative(0, 3, false), new byte[1]);
            peer.send(0, transferPerformative(1, 1, false), new byte[1]);
            await(() -> server.deliveries.size() == 4);
            assertThat(server.deliveries).allMatch(each -> loopback.onServer(each::isRemotelySettled));
        }
    }

    @Test
    void deliveryIdsBeginAgainAtZero() {
        try (var peer = loopback.senderOfTwoLinks()) {
            peer.send(0, transferPerformative(0, -2, false), new byte[1]);
            peer.send(0, transferPerformative(1, -1, true), new byte[1]);
            peer.send(0, transferPerformative(0, 0, true), new byte[1]);
            peer.send(0, settled(-2, 0));
            var server = loopback.container.peer();
            await(() -> server.deliveries.size() == 1
                    && loopback.onServer(() -> server.deliveries.get(0).isRemotelySettled()));
            peer.send(0, transferPerformative(0, 0, false), new byte[1]);
            peer.send(0, transferPerformative(1, -1, false), new byte[1]);
            peer.send(0, transferPerformative(1, 1, false), new byte[1]);
            await(() -> server.deliveries.size() == 4);
            assertThat(loopback.onServer(() -> server.deliveries.stream()
                            .map(IncomingDelivery::isRemotelySettled)
                            .toList()))
                    .containsExactly(true, true, true, false);
        }
    }

    /** The frames of a message cross our detach: the engine counts them to its end. */
    @Test
    void messageOnALinkThatWeHaveClosedMayBeSettledInItsMiddle() {
        try (var peer = loopback.senderOfTwoLinks()) {
            peer.send(0, transferPerformative(0, 0, true), new byte[1]);
            var server = loopback.container.peer();
            await(() -> server.receivers.size() == 2);
            loopback.runOnServer(() -> server.receivers.get(0).close(null));
            peer.expect(Detach.class);
            peer.send(0, settled(0, 0));
            peer.send(0, transferPerformative(0, 0, true), new byte[1]);
            peer.send(0, transferPerformative(0, 0, false), new byte[1]);
            peer.send(0, transferPerformative(1, 1, false), new byte[1]);
            peer.send(0, settled(0, 1));
            await(() -> server.deliveries.size() == 1
                    && loopback.onServer(() -> server.deliveries.get(0).isRemotelySettled()));
        }
    }

    @Test
    void messageThatItsLinkTookAlongMayBeSettled() {
        try (var peer = loopback.senderOfTwoLinks()) {
            peer.send(0, transferPerformative(0, 0, true), new byte[1]);
            peer.send(0, transferPerformative(1, 1, true), new byte[1]);
            var detach = new Detach();
            detach.setHandle(UnsignedInteger.ZERO);
            detach.setClosed(true);
            peer.send(0, detach).expect(Detach.class);
            peer.send(0, settled(0, 1));
            peer.send(0, transferPerformative(1, 1, false), new byte[1]);
            var server = loopback.container.peer();
            await(() -> server.deliveries.size() == 1);
            assertThat(loopback.onServer(() -> server.deliveries.get(0).isRemotelySettled()))
                    .isTrue();
        }
    }
}
