package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static dev.godwit.amqp.transport.RawPeer.transferPerformative;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.amqp.container.SendingLink;
import dev.godwit.amqp.type.ErrorCondition;
import dev.godwit.amqp.type.Outcome;
import dev.godwit.amqp.type.Symbol;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Close;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;

/** In which order frames go out that carry what we send, and what they wait for. */
class SendingPathTest extends FrameByFrame {
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

    @Test
    void ourCloseWaitsForNothingOnceThePeerHasEndedTheSession() {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        loopback.runOnServer(() -> {
            send(link, 1, true);
            link.session().connection().close(null);
        });
        peer.send(0, new End());
        assertThat(readFrame()).isInstanceOf(Close.class);
    }

    @Test
    @Spec("2.6.1/stolen")
    void linkThatIsAttachedAgainIsDetachedFirstWhateverWaits() {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        loopback.runOnServer(() -> {
            send(link, 1, true);
            link.detach(null);
        });
        peer.send(0, attachPerformative("link0", 1, Role.RECEIVER));
        assertThat(((Detach) readFrame()).getHandle().intValue()).isZero();
        assertThat(readFrame()).isInstanceOf(Attach.class);
    }

    @Test
    void lostCreditHoldsNoCloseBack() {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        loopback.runOnServer(() -> send(link, 1, true));
        echo(flowPerformative(0, 0, 1, SHUT));
        loopback.runOnServer(() -> link.session().connection().close(null));
        assertThat(readFrame()).isInstanceOf(Close.class);
    }

    @Test
    void connectionIsDroppedWhenAFrameCannotBeWrittenToItsEnd() {
        peer.open().begin();
        var link = links(1, 10, SHUT).get(0);
        var buffer = ByteBuffer.allocate(10);
        loopback.runOnServer(() -> {
            link.send(NOTHING, buffer, true, null);
            buffer.limit(5);
        });
        peer.send(0, opened(1, 1));
        var server = loopback.container.peer();
        await(() -> server.cause != null);
        assertThat(Objects.requireNonNull(server.cause).message()).contains("failure at our end");
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
}
