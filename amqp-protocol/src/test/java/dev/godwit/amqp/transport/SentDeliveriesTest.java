package dev.godwit.amqp.transport;

import static dev.godwit.amqp.transport.Loopback.await;
import static dev.godwit.amqp.transport.RawPeer.attachPerformative;
import static dev.godwit.amqp.transport.RawPeer.flowPerformative;
import static dev.godwit.amqp.transport.RawPeer.openPerformative;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;

/** What transfers say of deliveries, and what the peer says of these. */
class SentDeliveriesTest extends FrameByFrame {
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

    @Test
    void stateThatIsTooLongForATransferIsLeftOut() {
        var open = openPerformative();
        open.setMaxFrameSize(UnsignedInteger.valueOf(512));
        peer.open(open).begin();
        var link = links(1, 1, SHUT).get(0);
        loopback.runOnServer(() -> link.send(NOTHING, ByteBuffer.allocate(1), false, null)
                .settle(new Outcome.Rejected(new ErrorCondition(new Symbol("test:long"), "long".repeat(200)))));
        peer.send(0, opened(1, 10));
        var transfer = (Transfer) readFrame();
        assertThat(transfer.getSettled()).isTrue();
        assertThat(transfer.getState()).isNull();
    }

    // ---- what the peer says

    @Test
    @Spec("2.7.6/range")
    void dispositionThatSaysNothingIsPassedOver() {
        peer.open().begin();
        var link = links(1, 1, 10).get(0);
        loopback.runOnServer(() -> send(link, 1, false));
        peer.send(0, disposition(0, 0, null, false));
        peer.send(0, disposition(0, 0, Accepted.getInstance(), true));
        var server = loopback.container.peer();
        await(() -> !server.dispositions.isEmpty());
        assertThat(server.dispositions).hasSize(1);
    }

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
