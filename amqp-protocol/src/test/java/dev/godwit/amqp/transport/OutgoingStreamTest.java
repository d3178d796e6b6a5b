package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.container.OutgoingStream;
import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.AmqpError;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.conformance.Spec;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Long messages go out part by part. */
class OutgoingStreamTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int PART_BYTES = 200_000;
    private static final int MIB = 1024 * 1024;

    private final Loopback loopback = new Loopback();
    private final List<RecordedStream> received = new CopyOnWriteArrayList<>();

    OutgoingStreamTest() {
        loopback.container.prepare = peer -> peer.onLong = stream -> {
            var recorded = new RecordedStream(stream, true);
            received.add(recorded);
            return recorded;
        };
    }

    @AfterEach
    void close() {
        loopback.close();
    }

    private static byte[] bytes(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private RecordedStream received(int count) {
        await(() -> received.size() == count);
        return received.get(count - 1);
    }

    /** Writes the message as the link takes it, then ends it. */
    private OutgoingStream pour(SendingLink link, byte[] message, boolean settled) {
        return loopback.onClient(() -> {
            var stream = link.stream(settled);
            var rest = ByteBuffer.wrap(message);
            Runnable pouring = () -> {
                while (rest.hasRemaining() && stream.isWritable()) {
                    var part = rest.slice(rest.position(), Math.min(PART_BYTES, rest.remaining()));
                    rest.position(rest.position() + part.remaining());
                    stream.write(part);
                    if (!rest.hasRemaining()) {
                        stream.end();
                    }
                }
            };
            loopback.client.onRoom = sendable -> pouring.run();
            pouring.run();
            return stream;
        });
    }

    /** A server's link to a peer that receives, on channel 0, handle 0, with credit for two messages. */
    private SendingLink linkTo(RawPeer peer, int incomingWindow) {
        peer.attachReceiver("link", 0);
        peer.send(0, RawPeer.flowPerformative(0, 2, 1, incomingWindow));
        var server = loopback.container.peer();
        await(() -> !server.senders.isEmpty()
                && loopback.onServer(() -> server.senders.get(0).credit() == 2));
        return server.senders.get(0);
    }

    private RawPeer rawPeer() {
        return new RawPeer(loopback.port()).open().begin();
    }

    private OutgoingStream begin(SendingLink link, int parts) {
        return loopback.onServer(() -> {
            var stream = link.stream(false);
            for (int i = 0; i < parts; i++) {
                assertThat(stream.isWritable()).isTrue();
                stream.write(ByteBuffer.wrap(bytes(PART_BYTES)));
            }
            return stream;
        });
    }

    /** Reads transfer frames up to the one that ends the delivery, and returns that; the payloads go to {@code into}. */
    private static Transfer readDelivery(RawPeer peer, ByteArrayOutputStream into) {
        Transfer transfer;
        do {
            transfer = peer.expect(Transfer.class);
            if (!transfer.getAborted()) {
                into.writeBytes(peer.payload);
            }
        } while (transfer.getMore());
        return transfer;
    }

    @Test
    @Spec("2.6.14")
    void messageArrivesAsItsPartsWereWritten() {
        var link = loopback.sender(loopback.session(), "link");
        byte[] message = bytes(30 * MIB + 3);

        var stream = pour(link, message, false);

        await(() -> stream.delivery().isRemotelySettled());
        assertThat(stream.delivery().remoteState()).isEqualTo(Outcome.Accepted.INSTANCE);
        assertThat(received(1).content()).isEqualTo(message);
        assertThat(loopback.onClient(link::credit)).isEqualTo(999);
        assertThat(loopback.onClient(stream::isWritable)).isFalse();
    }

    @Test
    @Spec("2.6.12")
    void presettledMessageIsSettledWhenItIsWhole() {
        var link = loopback.sender(loopback.session(), "link");
        loopback.container.peer().onMessage = delivery -> {};
        byte[] message = bytes(MIB);

        pour(link, message, true);
        await(() -> !received.isEmpty() && received.get(0).endings.equals(List.of("end")));
        assertThat(received(1).content()).isEqualTo(message);
        var delivery = java.util.Objects.requireNonNull(received(1).delivery);
        assertThat(loopback.onServer(delivery::isRemotelySettled)).isTrue();

        pour(link, message, true);
        await(() -> received.size() == 2 && received.get(1).endings.equals(List.of("end")));
        assertThat(loopback.client.dispositions).isEmpty();
    }

    @Test
    @Spec("2.6.14")
    void otherLinksGoOnBetweenParts() {
        var session = loopback.session();
        var link = loopback.sender(session, "long");
        var other = loopback.sender(session, "other");
        var stream = loopback.onClient(() -> {
            var begun = link.stream(false);
            begun.write(ByteBuffer.wrap(bytes(PART_BYTES)));
            return begun;
        });
        loopback.runOnClient(() -> other.send(NOTHING, ByteBuffer.wrap(bytes(10)), false, null));
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 1);

        loopback.runOnClient(() -> {
            assertThat(stream.isWritable()).isTrue();
            stream.write(ByteBuffer.wrap(bytes(PART_BYTES)));
            stream.end();
        });
        await(() -> stream.delivery().isRemotelySettled());
        assertThat(received(1).bytes.get()).isEqualTo(2L * PART_BYTES);
    }

    @Test
    void nothingElseIsSentOnTheLinkMeanwhile() {
        var link = loopback.sender(loopback.session(), "link");
        var stream = loopback.onClient(() -> link.stream(false));
        assertThat(loopback.onClient(link::credit)).isEqualTo(999);
        assertThatThrownBy(() -> loopback.runOnClient(() -> link.send(NOTHING, NOTHING, false, null)))
                .hasRootCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> loopback.runOnClient(() -> link.stream(false)))
                .hasRootCauseInstanceOf(IllegalStateException.class);
        loopback.runOnClient(() -> {
            stream.write(ByteBuffer.wrap(bytes(10)));
            stream.end();
            link.send(NOTHING, ByteBuffer.wrap(bytes(20)), false, null);
        });
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 2);
        assertThat(server.deliveries.get(0).message().remaining()).isEqualTo(10);
        assertThat(server.deliveries.get(1).message().remaining()).isEqualTo(20);
    }

    @Test
    @Spec("2.6.14")
    void messagesBetweenTwoStreamsAreThemselves() {
        var link = loopback.sender(loopback.session(), "link");
        var second = loopback.onClient(() -> {
            var first = link.stream(false);
            first.write(ByteBuffer.wrap(bytes(PART_BYTES)));
            first.end();
            link.send(NOTHING, ByteBuffer.wrap(bytes(10)), false, null);
            return link.stream(false);
        });
        var server = loopback.container.peer();
        await(() -> server.deliveries.size() == 2);
        loopback.runOnClient(() -> {
            assertThat(second.isWritable()).isTrue();
            second.write(ByteBuffer.wrap(bytes(30)));
            second.end();
        });
        await(() -> server.deliveries.size() == 3);
        assertThat(server.deliveries)
                .extracting(delivery -> delivery.message().remaining())
                .containsExactly(PART_BYTES, 10, 30);
    }

    @Test
    @Spec("2.5.6/outgoing")
    void isNotWritableWhileTheWindowIsShut() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1);
            var stream = begin(link, 1);
            assertThat(loopback.onServer(stream::isWritable)).isFalse();
            assertThatThrownBy(() -> loopback.runOnServer(() -> stream.write(ByteBuffer.wrap(bytes(10)))))
                    .hasRootCauseInstanceOf(IllegalStateException.class);
            peer.expect(Transfer.class);
            int firstBytes = peer.payload.length;
            var server = loopback.container.peer();
            server.onRoom = sendable -> {
                if (stream.isWritable()) {
                    stream.write(ByteBuffer.wrap(bytes(10)));
                    stream.end();
                }
            };

            peer.send(0, RawPeer.flowPerformative(0, 2, 2, 100));
            var content = new ByteArrayOutputStream();
            readDelivery(peer, content);
            assertThat(content.size()).isEqualTo(PART_BYTES + 10 - firstBytes);
        }
    }

    @Test
    @Spec("2.7.5")
    void abortTellsThePeerToForgetIt() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            var stream = begin(link, 2);
            loopback.runOnServer(stream::abort);
            var last = readDelivery(peer, new ByteArrayOutputStream());
            assertThat(last.getAborted()).isTrue();
            assertThat(last.getSettled()).isTrue();

            loopback.runOnServer(() -> link.send(NOTHING, ByteBuffer.wrap(bytes(10)), false, null));
            var next = peer.expect(Transfer.class);
            assertThat(next.getAborted()).isFalse();
            assertThat(next.getDeliveryId().intValue()).isEqualTo(1);
            assertThat(peer.payload).isEqualTo(bytes(10));
        }
    }

    @Test
    @Spec("2.7.5")
    void ourReceiverHearsOfTheAbort() {
        var link = loopback.sender(loopback.session(), "link");
        var stream = loopback.onClient(() -> {
            var begun = link.stream(false);
            begun.write(ByteBuffer.wrap(bytes(PART_BYTES)));
            begun.isWritable();
            begun.write(ByteBuffer.wrap(bytes(PART_BYTES)));
            return begun;
        });
        received(1);
        loopback.runOnClient(stream::abort);
        await(() -> received(1).endings.equals(List.of("aborted")));
        await(() -> loopback.onClient(link::credit) == 1_000);
        pour(link, bytes(MIB), false);
        await(() -> received.size() == 2 && received.get(1).endings.equals(List.of("end")));
    }

    @Test
    @Spec("2.6.7/withdrawn")
    void creditTakenBackHoldsForMessagesToCome() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            var stream = begin(link, 1);
            peer.expect(Transfer.class);
            peer.send(0, RawPeer.flowPerformative(0, 0, 3, 1_000));
            await(() -> loopback.onServer(link::credit) == 0);
            loopback.runOnServer(() -> {
                assertThat(stream.isWritable()).isTrue();
                stream.write(ByteBuffer.wrap(bytes(10)));
                stream.end();
            });
            assertThat(readDelivery(peer, new ByteArrayOutputStream()).getAborted())
                    .isFalse();
            assertThat(loopback.onServer(link::credit)).isZero();

            var flow = RawPeer.flowPerformative(0, 1, 4, 1_000);
            flow.setDeliveryCount(UnsignedInteger.ONE);
            peer.send(0, flow);
            await(() -> loopback.onServer(link::credit) == 1);
        }
    }

    @Test
    @Spec("2.6.7/drain")
    void drainIsAnsweredWhenTheMessageIsWhole() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            var server = loopback.container.peer();
            var stream = begin(link, 1);
            peer.expect(Transfer.class);
            server.onRoom = sendable -> {
                if (sendable.isDraining()) {
                    sendable.drained();
                }
            };
            var drain = RawPeer.flowPerformative(0, 2, 3, 1_000);
            drain.setDrain(true);
            peer.send(0, drain);
            await(() -> loopback.onServer(link::isDraining));
            loopback.runOnServer(() -> {
                stream.isWritable();
                stream.write(ByteBuffer.wrap(bytes(10)));
                stream.end();
            });
            assertThat(readDelivery(peer, new ByteArrayOutputStream()).getAborted())
                    .isFalse();
            var flow = peer.expect(Flow.class);
            assertThat(flow.getLinkCredit()).isEqualTo(UnsignedInteger.ZERO);
            assertThat(flow.getDeliveryCount()).isEqualTo(UnsignedInteger.valueOf(2));
        }
    }

    /** Who learns that there is no more may still have something to send behind the message that is going out. */
    @Test
    @Spec("2.6.7/drain")
    void messageBehindTheOneThatEndsHasItsCreditThoughTheLinkIsDrained() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            var drain = RawPeer.flowPerformative(0, 3, 1, 1_000);
            drain.setDrain(true);
            peer.send(0, drain);
            await(() -> loopback.onServer(link::isDraining));
            loopback.runOnServer(() -> {
                var first = link.stream(false);
                link.drained();
                first.write(ByteBuffer.wrap(bytes(10)));
                first.end();
                var second = link.stream(false);
                second.write(ByteBuffer.wrap(bytes(20)));
                second.end();
            });
            assertThat(peer.expect(Transfer.class).getMore()).isFalse();
            assertThat(peer.payload).isEqualTo(bytes(10));
            assertThat(peer.expect(Transfer.class).getMore()).isFalse();
            assertThat(peer.payload).isEqualTo(bytes(20));
            var flow = peer.expect(Flow.class);
            assertThat(flow.getLinkCredit()).isEqualTo(UnsignedInteger.ZERO);
            assertThat(flow.getDeliveryCount()).isEqualTo(UnsignedInteger.valueOf(3));
        }
    }

    @Test
    @Spec("2.6.12")
    void settlementBeforeTheEndMayAbortTheRest() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 2);
            var server = loopback.container.peer();
            server.onState = delivery -> delivery.settle(null);
            var stream = begin(link, 1);
            peer.expect(Transfer.class);
            peer.send(0, RawPeer.dispositionPerformative(Role.RECEIVER, 0, 0, Released.getInstance(), true));
            await(() -> server.dispositions.size() == 1);
            assertThat(loopback.onServer(stream::isWritable)).isFalse();
            assertThat(stream.delivery().remoteState()).isEqualTo(Outcome.Released.INSTANCE);
            assertThat(stream.delivery().isRemotelySettled()).isTrue();

            // The window was shut when it was given up: now it opens.
            peer.send(0, RawPeer.flowPerformative(0, 2, 3, 100));
            assertThat(readDelivery(peer, new ByteArrayOutputStream()).getAborted())
                    .isTrue();
            loopback.runOnServer(() -> link.send(NOTHING, ByteBuffer.wrap(bytes(10)), false, null));
            assertThat(peer.expect(Transfer.class).getDeliveryId().intValue()).isEqualTo(1);
        }
    }

    @Test
    @Spec("2.7.6/range")
    void rangeOfSettlementsReachesItsNeighboursAtOnce() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            var other = otherLink(peer);
            loopback.runOnServer(() -> other.send(NOTHING, ByteBuffer.wrap(bytes(10)), false, null));
            peer.expect(Transfer.class);
            var stream = begin(link, 1);
            peer.expect(Transfer.class);
            loopback.runOnServer(() -> other.send(NOTHING, ByteBuffer.wrap(bytes(10)), false, null));
            while (peer.expect(Transfer.class).getHandle().intValue() != 1) {
                // The rest of the part.
            }
            var server = loopback.container.peer();
            peer.send(0, RawPeer.dispositionPerformative(Role.RECEIVER, 0, 2, Accepted.getInstance(), true));
            await(() -> server.dispositions.size() == 3);
            assertThat(server.dispositions).allMatch(delivery -> delivery.isRemotelySettled());
            assertThat(loopback.onServer(stream::isWritable)).isFalse();
        }
    }

    private SendingLink otherLink(RawPeer peer) {
        peer.send(0, RawPeer.attachPerformative("other", 1, Role.RECEIVER));
        peer.expect(Attach.class);
        peer.send(0, RawPeer.flowPerformative(1, 2, 1, 1_000));
        var server = loopback.container.peer();
        await(() -> server.senders.size() == 2
                && loopback.onServer(() -> server.senders.get(1).credit() == 2));
        return server.senders.get(1);
    }

    @Test
    @Spec("2.6.6")
    void ourDetachGivesTheMessageUpFirst() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            var stream = begin(link, 1);
            loopback.runOnServer(() -> link.close(AmqpError.RESOURCE_DELETED.because("gone")));
            assertThat(readDelivery(peer, new ByteArrayOutputStream()).getAborted())
                    .isTrue();
            assertThat(peer.expect(Detach.class).getClosed()).isTrue();
            assertThat(loopback.onServer(stream::isWritable)).isFalse();
            loopback.runOnServer(() -> {
                stream.write(ByteBuffer.wrap(bytes(10)));
                stream.end();
                stream.abort();
            });
        }
    }

    @Test
    @Spec("2.5.2/connection-end")
    void ourEndAndOurCloseGiveTheMessageUpFirst() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            begin(link, 1);
            loopback.runOnServer(() -> link.session().end(null));
            assertThat(readDelivery(peer, new ByteArrayOutputStream()).getAborted())
                    .isTrue();
            peer.expect(End.class);
        }
        loopback.container.peers.clear();
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            begin(link, 1);
            var connection = java.util.Objects.requireNonNull(loopback.container.peer().connection);
            loopback.runOnServer(() -> connection.close(null));
            assertThat(readDelivery(peer, new ByteArrayOutputStream()).getAborted())
                    .isTrue();
            assertThat(peer.expect(Close.class).getError()).isNull();
        }
    }

    @Test
    @Spec("2.6.6")
    void peersDetachVoidsTheStream() {
        try (var peer = rawPeer()) {
            var link = linkTo(peer, 1_000);
            var stream = begin(link, 1);
            var detach = new Detach();
            detach.setHandle(UnsignedInteger.ZERO);
            peer.send(0, detach);
            peer.expect(Detach.class);
            assertThat(loopback.onServer(stream::isWritable)).isFalse();
            loopback.runOnServer(() -> stream.write(ByteBuffer.wrap(bytes(10))));
            loopback.runOnServer(stream::end);
            peer.attachReceiver("link", 0);
        }
    }
}
