package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What peers make us hold, all together: messages of which not all frames have come, and deliveries that they do not settle. */
class FairRoomTest {
    private static final int BYTES_MAX = 100_000;
    private static final int UNSETTLED_MAX = 100;

    /** How much a connection may be beyond. */
    private static final int STEP = 32;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ListenerOptions options = ListenerOptions.of("127.0.0.1", 0);
    private final Loopback loopback = new Loopback(options, new ConnectionCaps(options, BYTES_MAX, UNSETTLED_MAX));

    @AfterEach
    void close() {
        loopback.close();
    }

    private long held() {
        return loopback.caps.partialBytes().held();
    }

    @Test
    void detachesTheLinkOfAConnectionThatBeginsTooMuch() {
        try (var peer = loopback.senderOfTwoLinks()) {
            peer.send(0, transferPerformative(0, 0, true), new byte[60_000]);
            peer.send(0, transferPerformative(1, 1, true), new byte[60_000]);
            var error = peer.expect(Detach.class).getError();
            assertThat(String.valueOf(error.getCondition())).isEqualTo("amqp:resource-limit-exceeded");

            peer.send(0, transferPerformative(0, 0, false), new byte[10]);
            await(() -> loopback.container.peer().deliveries.size() == 1);
            await(() -> held() == 0);
        }
    }

    /** The same peer as above, but its messages can go on in parts. */
    @Test
    void handsOnInPartsWhatThereIsNoRoomFor() {
        var streams = new CopyOnWriteArrayList<RecordedStream>();
        try (var peer = loopback.senderOfTwoLinks()) {
            loopback.runOnServer(() -> loopback.container.peer().onLong = stream -> {
                var recorded = new RecordedStream(stream, true);
                streams.add(recorded);
                return recorded;
            });
            peer.send(0, transferPerformative(0, 0, true), new byte[95_000]);
            peer.send(0, transferPerformative(1, 1, true), new byte[10_000]);
            await(() -> streams.size() == 1 && streams.get(0).bytes.get() == 10_000);
            peer.send(0, transferPerformative(0, 0, true), new byte[10_000]);
            await(() -> streams.size() == 2 && streams.get(1).bytes.get() == 105_000);
            await(() -> held() == 0);

            peer.send(0, transferPerformative(1, 1, false), new byte[10]);
            await(() -> streams.get(0).endings.contains("end"));
            peer.send(0, transferPerformative(0, 0, false), new byte[10]);
            await(() -> streams.get(1).endings.contains("end"));
            assertThat(streams.get(0).bytes.get()).isEqualTo(10_010);
            assertThat(streams.get(1).bytes.get()).isEqualTo(105_010);
        }
    }

    @Test
    void leavesOthersTheirShareWhenOneHasFilledIt() {
        try (var greedy = loopback.senderOfTwoLinks()) {
            greedy.send(0, transferPerformative(0, 0, true), new byte[95_000]);
            await(() -> held() >= 95_000);
            try (var modest = loopback.senderOfTwoLinks()) {
                modest.send(0, transferPerformative(0, 0, true), new byte[30_000]);
                await(() -> held() >= 125_000);
                modest.send(0, transferPerformative(0, 0, false), new byte[10]);
                await(() -> loopback.container.peer().deliveries.size() == 1);
                await(() -> held() < BYTES_MAX);
            }
        }
        await(() -> held() == 0);
    }

    @Test
    void countsWhatSmallFramesTakeBesideTheirBytes() {
        try (var peer = loopback.senderOfTwoLinks()) {
            for (int n = 0; n < 10_000; n++) {
                peer.send(0, transferPerformative(0, 0, true), new byte[1]);
            }
            var error = peer.expect(Detach.class).getError();
            assertThat(String.valueOf(error.getCondition())).isEqualTo("amqp:resource-limit-exceeded");
        }
        await(() -> held() == 0);
    }

    @Test
    void messagesOfOneFrameDoNotCount() {
        try (var peer = loopback.senderOfTwoLinks()) {
            for (int n = 0; n < 5; n++) {
                peer.send(0, transferPerformative(0, n, false), new byte[90_000]);
            }
            await(() -> loopback.container.peer().deliveries.size() == 5);
            assertThat(held()).isZero();
        }
    }

    /** A receiver with much credit on a link that always has something for it. */
    private RawPeer receiver(AtomicInteger sent) {
        loopback.container.prepare = server -> {
            server.keepsDeliveries = false;
            server.onRoom = link -> {
                while (link.credit() > 0 && link.isWritable()) {
                    link.send(NOTHING, ByteBuffer.allocate(10), false, null);
                    sent.incrementAndGet();
                }
                if (link.isDraining()) {
                    link.drained();
                }
            };
        };
        var peer = new RawPeer(loopback.port()).open().begin();
        peer.attachReceiver("in", 0);
        return peer.send(0, RawPeer.flowPerformative(0, 10_000, 0, 100_000));
    }

    private void expect(RawPeer peer, int transfers) {
        for (int n = 0; n < transfers; n++) {
            peer.expect(Transfer.class);
        }
    }

    private static Disposition settled(int first, int last) {
        return RawPeer.dispositionPerformative(Role.RECEIVER, first, last, Accepted.getInstance(), true);
    }

    @Test
    void sendsNoMoreToAPeerThatSettlesNothingUntilItDoes() {
        var sent = new AtomicInteger();
        try (var peer = receiver(sent)) {
            expect(peer, UNSETTLED_MAX);
            await(() -> loopback.onServer(sent::get) >= UNSETTLED_MAX);
            int before = loopback.onServer(sent::get);
            assertThat(before).isLessThanOrEqualTo(UNSETTLED_MAX + STEP);

            int next = SessionWindow.FIRST_OUTGOING_ID;
            peer.send(0, settled(next, next + before - 1));
            expect(peer, before);
            await(() -> loopback.onServer(sent::get) >= before + UNSETTLED_MAX);
        }
        await(() -> loopback.caps.unsettled().held() == 0);
    }

    @Test
    void leavesOthersTheirShareOfWhatMayBeUnsettled() {
        var first = new AtomicInteger();
        var second = new AtomicInteger();
        try (var greedy = receiver(first)) {
            expect(greedy, UNSETTLED_MAX);
            try (var modest = receiver(second)) {
                expect(modest, UNSETTLED_MAX / 2 - STEP);
                await(() -> loopback.onServer(second::get) >= UNSETTLED_MAX / 2);
                assertThat(loopback.onServer(second::get)).isLessThanOrEqualTo(UNSETTLED_MAX / 2 + STEP);
            }
            await(() -> loopback.caps.unsettled().held() <= UNSETTLED_MAX + STEP);
        }
        await(() -> loopback.caps.unsettled().held() == 0);
    }

    @Test
    void sendsOnToAPeerThatSettlesNothingWhenOthersMadeRoom() {
        var first = new AtomicInteger();
        var second = new AtomicInteger();
        var greedy = receiver(first);
        expect(greedy, UNSETTLED_MAX);
        try (var modest = receiver(second)) {
            await(() -> loopback.onServer(second::get) >= UNSETTLED_MAX / 2);
            assertThat(loopback.onServer(second::get)).isLessThanOrEqualTo(UNSETTLED_MAX / 2 + STEP);
            greedy.close();
            expect(modest, UNSETTLED_MAX);
        }
        await(() -> loopback.caps.unsettled().held() == 0);
    }

    @Test
    void endsADrainWhenNoMoreMayBeSent() {
        var sent = new AtomicInteger();
        try (var peer = receiver(sent)) {
            expect(peer, UNSETTLED_MAX);
            var drain = RawPeer.flowPerformative(0, 10_000, 0, 100_000);
            drain.setDrain(true);
            peer.send(0, drain);
            Flow answer = peer.expect(Flow.class);
            while (answer.getHandle() == null) {
                answer = peer.expect(Flow.class);
            }
            assertThat(answer.getLinkCredit()).isEqualTo(UnsignedInteger.ZERO);
            assertThat(sent.get()).isLessThanOrEqualTo(UNSETTLED_MAX + STEP);
        }
    }

    /** Detaches, without closing, a link on which it has all that it may have. */
    private RawPeer detached(AtomicInteger sent) {
        var peer = receiver(sent);
        loopback.runOnServer(() -> loopback.container.peer().keepsUnsettled = true);
        expect(peer, UNSETTLED_MAX);
        var detach = new Detach();
        detach.setHandle(UnsignedInteger.ZERO);
        peer.send(0, detach);
        peer.expect(Detach.class);
        return peer;
    }

    private long unsettled() {
        return loopback.onServer(() -> loopback.caps.unsettled().held());
    }

    @Test
    void countsWhatThePeerOfADetachedLinkMaySpeakOfUntilItDoes() {
        var sent = new AtomicInteger();
        try (var peer = detached(sent)) {
            int all = loopback.onServer(sent::get);
            assertThat(unsettled()).isGreaterThanOrEqualTo(UNSETTLED_MAX - STEP);
            peer.send(0, settled(0, all / 2));
            await(() -> unsettled() <= all / 2 + STEP);
            assertThat(unsettled()).isPositive();
            peer.send(0, settled(0, all));
            await(() -> unsettled() == 0);
        }
    }

    @Test
    void countsThemAsLongAsTheLinkIsKept() {
        var sent = new AtomicInteger();
        try (var peer = detached(sent)) {
            assertThat(unsettled()).isPositive();
            var server = loopback.container.peer();
            loopback.runOnServer(() -> server.senders.get(0).forget());
            assertThat(unsettled()).isZero();
            peer.send(0, new End()).expect(End.class);
            assertThat(unsettled()).isZero();
        }
    }

    @Test
    void countsThemAsLongAsTheirSessionLasts() {
        var sent = new AtomicInteger();
        try (var peer = detached(sent)) {
            assertThat(unsettled()).isPositive();
            peer.send(0, new End()).expect(End.class);
            assertThat(unsettled()).isZero();
        }
    }

    @Test
    void countsNothingForALinkThatIsGone() {
        var sent = new AtomicInteger();
        try (var peer = receiver(sent)) {
            expect(peer, UNSETTLED_MAX);
            var detach = new Detach();
            detach.setHandle(UnsignedInteger.ZERO);
            detach.setClosed(true);
            peer.send(0, detach);
            peer.expect(Detach.class);
            await(() -> loopback.caps.unsettled().held() == 0);
        }
    }
}
