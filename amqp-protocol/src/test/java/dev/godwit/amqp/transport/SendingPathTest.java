package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.Binary;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.amqp.type.TransactionId;
import dev.godwit.amqp.type.TransactionalState;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.DeliveryState;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What we send, frame by frame, and what the peer says of it. */
class SendingPathTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int SHUT = 0;

    private final Loopback loopback = new Loopback();
    private final RawPeer peer = new RawPeer(loopback.port());

    @AfterEach
    void close() {
        peer.close();
        loopback.close();
    }

    /** Links of the server to this peer, on handles from 0 on, each with credit. */
    private List<SendingLink> links(int count, int credit, int incomingWindow) {
        for (int handle = 0; handle < count; handle++) {
            peer.attachReceiver("link" + handle, handle);
        }
        for (int handle = 0; handle < count; handle++) {
            peer.send(0, flowPerformative(handle, credit, 1, incomingWindow));
        }
        var server = loopback.container.peer();
        await(() -> server.senders.size() == count
                && loopback.onServer(() -> server.senders.stream().allMatch(link -> link.credit() == credit)));
        return server.senders;
    }

    private void send(SendingLink link, int bytes, boolean settled) {
        link.send(NOTHING, ByteBuffer.allocate(bytes), settled, null);
    }

    private static Flow opened(int nextIncomingId, int incomingWindow) {
        var flow = flowPerformative(0, 0, nextIncomingId, incomingWindow);
        flow.setHandle(null);
        flow.setDeliveryCount(null);
        flow.setLinkCredit(null);
        return flow;
    }

    private static Disposition disposition(int first, int last, DeliveryState state, boolean settled) {
        var disposition = new Disposition();
        disposition.setRole(Role.RECEIVER);
        disposition.setFirst(UnsignedInteger.valueOf(first));
        disposition.setLast(UnsignedInteger.valueOf(last));
        disposition.setState(state);
        disposition.setSettled(settled);
        return disposition;
    }

    private Object readFrame() {
        return java.util.Objects.requireNonNull(peer.readFrame());
    }

    /** Nothing but an answer comes when we ask for one. */
    private Flow echo(Flow flow) {
        flow.setEcho(true);
        peer.send(0, flow);
        return (Flow) readFrame();
    }

    // ---- the session's window

    @Test
    @Spec("2.5.6/outgoing")
    void linksTakeTurnsWhenTheWindowOpens() {
        peer.open().begin();
        var links = links(3, 10, SHUT);
        loopback.runOnServer(() -> links.forEach(link -> {
            for (int i = 0; i < 4; i++) {
                send(link, 1, i % 2 == 0);
            }
        }));
        assertThat(echo(opened(1, SHUT)).getNextOutgoingId().intValue()).isEqualTo(1);

        var handles = new ArrayList<Integer>();
        var ids = new ArrayList<Integer>();
        for (int round = 0; round < 2; round++) {
            peer.send(0, opened(1 + 6 * round, 6));
            for (int i = 0; i < 6; i++) {
                var transfer = (Transfer) readFrame();
                handles.add(transfer.getHandle().intValue());
                ids.add(transfer.getDeliveryId().intValue());
            }
            assertThat(echo(opened(1 + 6 * round, 6)).getNextOutgoingId().intValue())
                    .isEqualTo(7 + 6 * round);
        }
        assertThat(handles).containsExactly(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2);
        assertThat(ids).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    @Spec("2.5.6/outgoing")
    void linksTakeTurnsFrameByFrame() {
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).begin();
        var links = links(2, 1, SHUT);
        var expected = new byte[2][1_500];
        for (int link = 0; link < 2; link++) {
            new Random(link).nextBytes(expected[link]);
        }
        loopback.runOnServer(() -> {
            for (int link = 0; link < 2; link++) {
                var head = ByteBuffer.wrap(expected[link], 0, 700).slice();
                var rest = ByteBuffer.wrap(expected[link], 700, 800).slice();
                links.get(link).send(head, rest, false, null);
            }
        });
        var came = List.of(ByteBuffer.allocate(1_500), ByteBuffer.allocate(1_500));
        int frames = 0;
        while (came.get(0).hasRemaining() || came.get(1).hasRemaining()) {
            peer.send(0, opened(1 + frames, 1));
            var transfer = (Transfer) readFrame();
            int handle = transfer.getHandle().intValue();
            assertThat(handle).isEqualTo(frames % 2);
            came.get(handle).put(peer.payload);
            assertThat(transfer.getMore()).isEqualTo(came.get(handle).hasRemaining());
            frames++;
        }
        assertThat(came.get(0).array()).isEqualTo(expected[0]);
        assertThat(came.get(1).array()).isEqualTo(expected[1]);
        assertThat(peer.largestFrame).isLessThanOrEqualTo(512);
    }

    @Test
    @Spec("2.5.6/outgoing")
    void windowThatIsShutOverWhatIsOnItsWayIsShut() {
        peer.open().begin();
        var link = links(1, 10, 5).get(0);
        loopback.runOnServer(() -> {
            for (int i = 0; i < 5; i++) {
                send(link, 1, true);
            }
        });
        for (int i = 0; i < 5; i++) {
            peer.expect(Transfer.class);
        }
        peer.send(0, opened(1, 2));
        loopback.runOnServer(() -> send(link, 1, true));
        assertThat(echo(opened(1, 5)).getNextOutgoingId().intValue()).isEqualTo(6);
        peer.send(0, opened(1, 6));
        assertThat(readFrame()).isInstanceOf(Transfer.class);
    }

    @Test
    @Spec("2.6.7/withdrawn")
    void whatWaitsForTheWindowWaitsForItsCreditToo() {
        peer.open().begin();
        var link = links(1, 3, SHUT).get(0);
        loopback.runOnServer(() -> {
            for (int i = 0; i < 3; i++) {
                send(link, 1, true);
            }
        });
        peer.send(0, flowPerformative(0, 1, 1, 100));
        assertThat(readFrame()).isInstanceOf(Transfer.class);
        var flow = flowPerformative(0, 1, 2, 100);
        var echo = echo(flow);
        assertThat(echo.getDeliveryCount().intValue()).isEqualTo(1);
        assertThat(echo.getLinkCredit().intValue()).isZero();
        assertThat(echo.getAvailable().intValue()).isEqualTo(2);
        assertThat(loopback.onServer(link::credit)).isZero();

        flow.setDeliveryCount(UnsignedInteger.ONE);
        flow.setLinkCredit(UnsignedInteger.valueOf(4));
        flow.setEcho(false);
        peer.send(0, flow);
        assertThat(readFrame()).isInstanceOf(Transfer.class);
        assertThat(readFrame()).isInstanceOf(Transfer.class);
        await(() -> loopback.onServer(link::credit) == 2);
    }

    @Test
    @Spec("2.6.7/drain")
    void givesNoCreditBackThatWhatWaitsHasUsed() {
        peer.open().begin();
        var link = links(1, 5, SHUT).get(0);
        loopback.runOnServer(() -> {
            send(link, 1, true);
            send(link, 1, true);
        });
        var drain = flowPerformative(0, 5, 1, SHUT);
        drain.setDrain(true);
        assertThat(echo(drain).getLinkCredit().intValue()).isEqualTo(5);
        loopback.runOnServer(link::drained);
        assertThat(echo(opened(1, SHUT)).getHandle()).isNull();
        peer.send(0, opened(1, 2));
        assertThat(readFrame()).isInstanceOf(Transfer.class);
        assertThat(readFrame()).isInstanceOf(Transfer.class);
        var drained = (Flow) readFrame();
        assertThat(drained.getLinkCredit().intValue()).isZero();
        assertThat(drained.getDeliveryCount().intValue()).isEqualTo(5);
        assertThat(drained.getDrain()).isTrue();
    }

    // ---- ends

    private void sendsWhatWaitsBefore(Consumer<SendingLink> ending, Class<?> end) {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        loopback.runOnServer(() -> {
            send(link, 1, true);
            send(link, 1, true);
            ending.accept(link);
        });
        peer.send(0, opened(1, 1));
        assertThat(readFrame()).isInstanceOf(Transfer.class);
        peer.send(0, opened(2, 1));
        assertThat(readFrame()).isInstanceOf(Transfer.class);
        assertThat(readFrame()).isInstanceOf(end);
    }

    @Test
    void ourDetachComesBehindWhatWaitsForTheWindow() {
        sendsWhatWaitsBefore(link -> link.close(null), Detach.class);
    }

    @Test
    void ourEndComesBehindWhatWaitsForTheWindow() {
        sendsWhatWaitsBefore(link -> link.session().end(null), End.class);
    }

    @Test
    void ourCloseComesBehindWhatWaitsForTheWindow() {
        sendsWhatWaitsBefore(link -> link.session().connection().close(null), Close.class);
    }

    @Test
    void ourCloseWaitsForNothingOnceThePeerHasClosed() {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        loopback.runOnServer(() -> {
            send(link, 1, true);
            link.session().connection().close(null);
        });
        peer.send(0, new Close());
        assertThat(readFrame()).isInstanceOf(Close.class);
        peer.expectNothing();
    }

    @Test
    void ourCloseWithAnErrorWaitsForNothing() {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        loopback.runOnServer(() -> {
            send(link, 1, true);
            link.session().connection().close(new ErrorCondition(new Symbol("test:over"), "over"));
        });
        assertThat(readFrame()).isInstanceOf(Close.class);
        // Nothing comes behind a close, whatever the peer says.
        peer.send(0, opened(1, 100)).send(0, new Close());
        peer.expectNothing();
    }

    @Test
    void whatHasNoCreditLeftHoldsNoDetachBack() {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        loopback.runOnServer(() -> send(link, 1, true));
        echo(flowPerformative(0, 0, 1, SHUT));
        loopback.runOnServer(() -> link.close(null));
        assertThat(readFrame()).isInstanceOf(Detach.class);
        assertThat(echo(opened(1, 100)).getNextOutgoingId().intValue()).isEqualTo(1);
    }

    @Test
    void peersDetachAndEndWaitForNothing() {
        peer.open().begin();
        var links = links(2, 10, SHUT);
        loopback.runOnServer(() -> links.forEach(link -> {
            send(link, 1, false);
            link.detach(null);
        }));
        var detach = new Detach();
        detach.setHandle(UnsignedInteger.ZERO);
        peer.send(0, detach);
        assertThat(((Detach) readFrame()).getHandle().intValue()).isZero();
        loopback.runOnServer(() -> links.get(1).session().end(null));
        peer.send(0, new End());
        // It ends the link that was still to be detached, too.
        assertThat(readFrame()).isInstanceOf(End.class);
        peer.begin().attachReceiver("link0", 0);
    }

    // ---- order

    @Test
    void framesGoOutInTheOrderInWhichTheyWereAskedFor() {
        var server = new RecordingPeer[1];
        loopback.container.prepare = prepared -> {
            server[0] = prepared;
            prepared.onMessage = delivery -> {
                delivery.settle(Outcome.Accepted.INSTANCE);
                send(prepared.senders.get(0), 1, true);
            };
        };
        peer.open().begin();
        links(1, 10, 100);
        peer.attachSender("in", 1);
        for (int id = 0; id < 3; id++) {
            peer.send(0, transferPerformative(1, id), (byte) 1);
            assertThat(readFrame()).isInstanceOf(Disposition.class);
            assertThat(readFrame()).isInstanceOf(Transfer.class);
        }
    }

    @Test
    void attachIsAnsweredBeforeTheFirstTransfer() {
        loopback.container.prepare = server -> server.onSenderAttach = link -> {
            // The credit is there when the attach is answered.
            link.session().connection().loop().execute(() -> {
                server.accept(link);
                send(link, 1, true);
            });
        };
        peer.open().begin();
        peer.send(
                peer.frame(0, 0, attachPerformative("link", 0, Role.RECEIVER)),
                peer.frame(0, 0, flowPerformative(0, 1, 1, 100)));
        assertThat(readFrame()).isInstanceOf(Attach.class);
        assertThat(readFrame()).isInstanceOf(Transfer.class);
    }

    // ---- what transfers say

    @Test
    @Spec({"2.6.12/tags-unique", "2.8.7/length"})
    void tagsAreNumbersUnlessTheyAreChosen() {
        peer.open().begin();
        var link = links(1, 1_000, 1_000).get(0);
        byte[] chosen = new byte[32];
        new Random(32).nextBytes(chosen);
        loopback.runOnServer(() -> {
            for (int i = 0; i < 257; i++) {
                send(link, 1, true);
            }
            link.tagNext(Binary.copyOf(chosen));
            send(link, 1, true);
            send(link, 1, true);
            assertThatThrownBy(() -> link.tagNext(Binary.copyOf(new byte[8])))
                    .isInstanceOf(IllegalArgumentException.class);
        });
        for (int i = 0; i < 257; i++) {
            var tag = peer.expect(Transfer.class).getDeliveryTag();
            assertThat(tag.getLength()).isEqualTo(i < 256 ? 1 : 2);
            assertThat(tag.getArray()[tag.getArrayOffset() + tag.getLength() - 1])
                    .isEqualTo((byte) i);
        }
        assertThat(peer.expect(Transfer.class).getDeliveryTag())
                .isEqualTo(new org.apache.qpid.proton.amqp.Binary(chosen));
        assertThat(peer.expect(Transfer.class).getDeliveryTag())
                .isEqualTo(new org.apache.qpid.proton.amqp.Binary(new byte[] {1, 1}));
    }

    @Test
    @Spec("2.7.5/first-sent")
    void transfersCarryStatesOfAnyLength() {
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).begin();
        var link = links(1, 1_000, 1_000).get(0);
        int[] lengths = {1, 32, 183, 184, 185, 186, 190, 191, 240, 255, 256, 400};
        loopback.runOnServer(() -> {
            for (int length : lengths) {
                var id = new TransactionId(bytes(length));
                link.send(NOTHING, ByteBuffer.wrap(bytes(300)), false, new TransactionalState(id, null));
            }
            assertThatThrownBy(() -> link.send(
                            NOTHING,
                            ByteBuffer.wrap(bytes(1)),
                            false,
                            new TransactionalState(new TransactionId(bytes(490)), null)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(link.credit()).isEqualTo(1_000 - lengths.length);
        });
        for (int length : lengths) {
            var content = ByteBuffer.allocate(300);
            Transfer transfer;
            do {
                transfer = peer.expect(Transfer.class);
                var state = (org.apache.qpid.proton.amqp.transaction.TransactionalState) transfer.getState();
                assertThat(state.getTxnId()).isEqualTo(new org.apache.qpid.proton.amqp.Binary(bytes(length)));
                assertThat(transfer.getResume()).isFalse();
                assertThat(transfer.getAborted()).isFalse();
                content.put(peer.payload);
            } while (transfer.getMore());
            assertThat(content.array()).isEqualTo(bytes(300));
        }
        assertThat(peer.largestFrame).isLessThanOrEqualTo(512);
    }

    private static byte[] bytes(int length) {
        var bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Test
    @Spec("2.7.5/settled-later")
    void whatIsSettledBeforeItGoesOutGoesOutSettled() {
        peer.open().begin();
        var link = links(1, 2, SHUT).get(0);
        loopback.runOnServer(() -> {
            var delivery = link.send(NOTHING, ByteBuffer.allocate(1), false, null);
            delivery.settle(Outcome.Released.INSTANCE);
            send(link, 1, false);
        });
        peer.send(0, opened(1, 10));
        var first = (Transfer) readFrame();
        assertThat(first.getSettled()).isTrue();
        assertThat(first.getState()).isInstanceOf(Released.class);
        assertThat(((Transfer) readFrame()).getSettled()).isFalse();
        peer.send(0, disposition(0, 1, Accepted.getInstance(), true));
        var server = loopback.container.peer();
        await(() -> server.dispositions.size() == 1);
        assertThat(server.dispositions.get(0).tag()).isEqualTo(Binary.copyOf(new byte[] {1}));
    }

    // ---- what the peer says

    @Test
    @Spec("2.6.12/second-consumer")
    void answersARangeByARange() {
        loopback.container.prepare = server -> server.onState = delivery -> delivery.settle(delivery.remoteState());
        peer.open().begin();
        var link = links(1, 300, 1_000).get(0);
        loopback.runOnServer(() -> {
            for (int i = 0; i < 200; i++) {
                send(link, 1, false);
            }
        });
        for (int i = 0; i < 200; i++) {
            peer.expect(Transfer.class);
        }
        peer.send(0, disposition(10, 180, Accepted.getInstance(), false));
        var answer = (Disposition) readFrame();
        assertThat(answer.getRole()).isEqualTo(Role.SENDER);
        assertThat(answer.getFirst().intValue()).isEqualTo(10);
        assertThat(answer.getLast().intValue()).isEqualTo(180);
        assertThat(answer.getSettled()).isTrue();
        assertThat(answer.getState()).isInstanceOf(Accepted.class);
        // Now they are nobody's.
        peer.send(0, disposition(0, Integer.MAX_VALUE, Released.getInstance(), true));
        var server = loopback.container.peer();
        await(() -> server.dispositions.size() == 200);
        assertThat(echo(opened(201, 10)).getNextOutgoingId().intValue()).isEqualTo(201);
    }

    /** What a disposition settles is settled, whether or not whoever hears of it goes on sending, or ends the link. */
    @Test
    @Spec("2.7.6/range")
    void listenersMaySendAndDetachWhileTheyHearOfARange() {
        loopback.container.prepare = server -> server.onState = delivery -> {
            if (server.dispositions.size() <= 50) {
                send(delivery.link(), 1, false);
            } else {
                delivery.link().close(null);
            }
        };
        peer.open().begin();
        var link = links(1, 300, 1_000).get(0);
        loopback.runOnServer(() -> {
            for (int i = 0; i < 100; i++) {
                send(link, 1, false);
            }
        });
        for (int i = 0; i < 100; i++) {
            peer.expect(Transfer.class);
        }
        peer.send(0, disposition(0, 1_000, Accepted.getInstance(), true));
        for (int i = 0; i < 50; i++) {
            assertThat(((Transfer) readFrame()).getDeliveryId().intValue()).isEqualTo(100 + i);
        }
        assertThat(readFrame()).isInstanceOf(Detach.class);
        assertThat(loopback.container.peer().dispositions).hasSize(51);
    }

    @Test
    @Spec({"2.7.6/range", "2.7.6/unknown"})
    void dispositionsReachEachDeliveryThatTheyMeanOnceAndInOrder() {
        long seed = Long.getLong("godwit.dispositions.seed", System.nanoTime());
        System.out.println("godwit.dispositions.seed=" + seed);
        var random = new Random(seed);
        var heard = new ArrayList<String>();
        loopback.container.prepare = server -> server.onState = delivery -> heard.add(
                delivery.link().name() + delivery.tag() + delivery.remoteState() + delivery.isRemotelySettled());
        peer.open().begin();
        int count = 3_000;
        var links = links(2, count, count);
        var turns = random.ints(count, 0, 2).toArray();
        var isSettled = new boolean[count];
        loopback.runOnServer(() -> {
            for (int i = 0; i < count; i++) {
                isSettled[i] = i % 5 == 4;
                send(links.get(turns[i]), 1, isSettled[i]);
            }
        });
        var names = new String[count];
        for (int i = 0; i < count; i++) {
            var transfer = peer.expect(Transfer.class);
            assertThat(transfer.getDeliveryId().intValue()).isEqualTo(i);
            names[i] =
                    "link" + turns[i] + Binary.viewOf(transfer.getDeliveryTag().asByteBuffer());
        }
        var expected = new ArrayList<String>();
        for (int step = 0; step < 500; step++) {
            int first = random.nextInt(count + 20) - 10;
            // Some mean many pages, and some nearly half of all numbers.
            int length =
                    switch (random.nextInt(20)) {
                        case 0 -> Integer.MAX_VALUE;
                        case 1 -> random.nextInt(count);
                        default -> random.nextInt(4);
                    };
            boolean settles = random.nextInt(4) > 0 && (length != Integer.MAX_VALUE || step > 400);
            boolean accepts = random.nextBoolean();
            peer.send(
                    0,
                    disposition(
                            first, first + length, accepts ? Accepted.getInstance() : Released.getInstance(), settles));
            var state = accepts ? Outcome.Accepted.INSTANCE : Outcome.Released.INSTANCE;
            for (int id = 0; id < count; id++) {
                if (id >= first && id <= (long) first + length && !isSettled[id]) {
                    isSettled[id] = settles;
                    expected.add(names[id] + state + settles);
                }
            }
        }
        echo(opened(count + 1, 100));
        assertThat(loopback.onServer(() -> List.copyOf(heard))).isEqualTo(expected);
    }

    @Test
    void sessionsCountTheirDeliveriesEachByItself() {
        peer.open().begin();
        links(1, 10, 100);
        peer.send(3, RawPeer.beginPerformative()).expect(Begin.class);
        peer.send(3, attachPerformative("other", 0, Role.RECEIVER)).expect(Attach.class);
        peer.send(3, flowPerformative(0, 10, 1, 100));
        var server = loopback.container.peer();
        await(() -> server.senders.size() == 2
                && loopback.onServer(() -> server.senders.get(1).credit() == 10));
        loopback.runOnServer(() -> server.senders.forEach(link -> send(link, 1, false)));
        assertThat(((Transfer) readFrame()).getDeliveryId().intValue()).isZero();
        assertThat(((Transfer) readFrame()).getDeliveryId().intValue()).isZero();
        peer.send(3, disposition(0, 0, Accepted.getInstance(), true));
        await(() -> server.dispositions.size() == 1);
        assertThat(server.dispositions.get(0).link().name()).isEqualTo("other");
    }
}
