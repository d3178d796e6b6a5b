package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.LinkError;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Consumers that do not take messages of every length (AMQP 1.0 §2.7.3, max-message-size). */
class MessageSizeTest extends BrokerFrames {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int FRAME_BYTES = 60_000;
    private static final int SECTION_HEAD_BYTES = 8;

    /** A message of one data section, of so many bytes in all. */
    private static byte[] message(int mark, int bytes) {
        byte vbin32 = (byte) 0xb0;
        var message = ByteBuffer.allocate(bytes);
        message.put(new byte[] {0, 0x53, 0x75, vbin32}).putInt(bytes - SECTION_HEAD_BYTES);
        Arrays.fill(message.array(), SECTION_HEAD_BYTES, bytes, (byte) mark);
        return message.array();
    }

    private void put(byte[]... messages) {
        var peer = broker.connect();
        peer.attachSender("filling", 0);
        for (int id = 0; id < messages.length; id++) {
            for (int from = 0; from < messages[id].length; from += FRAME_BYTES) {
                int to = Math.min(messages[id].length, from + FRAME_BYTES);
                var transfer = RawPeer.transferPerformative(0, id);
                transfer.setMore(to < messages[id].length);
                peer.send(0, transfer, Arrays.copyOfRange(messages[id], from, to));
            }
            peer.expect(Disposition.class);
        }
        peer.close();
    }

    private RawPeer consumer(long bytesMax, SenderSettleMode mode) {
        var peer = broker.connect();
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        attach.setMaxMessageSize(UnsignedLong.valueOf(bytesMax));
        attach.setSndSettleMode(mode);
        peer.send(0, attach).expect(Attach.class);
        return peer;
    }

    /** Reads a whole message of whatever frames, and returns its mark. */
    private static int read(RawPeer peer) {
        var transfer = peer.expect(Transfer.class);
        while (transfer.getMore()) {
            transfer = peer.expect(Transfer.class);
        }
        return peer.payload[peer.payload.length - 1];
    }

    private static void assertNothingMoreComes(RawPeer peer) {
        assertThat(peer.readFrame()).isInstanceOf(Flow.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {2_001, 1_000_000})
    @Spec("2.7.3/max-message-size-sent")
    void leavesToOthersWhatIsTooLong(int tooLong) {
        put(message(1, 2_000), message(2, tooLong), message(3, 9), message(4, tooLong), message(5, 2_000));
        for (var mode : new SenderSettleMode[] {SenderSettleMode.UNSETTLED, SenderSettleMode.SETTLED}) {
            var choosy = consumer(2_000, mode);
            choosy.send(0, RawBroker.drain(0, 10, 0));
            if (mode == SenderSettleMode.UNSETTLED) {
                assertThat(new int[] {read(choosy), read(choosy), read(choosy)}).containsExactly(1, 3, 5);
                for (int id = 0; id < 3; id++) {
                    var accepted = RawBroker.disposition(
                            Role.RECEIVER, UnsignedInteger.valueOf(id), Accepted.getInstance(), true);
                    choosy.send(0, accepted);
                }
            }
            assertNothingMoreComes(choosy);
            await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::ready) == 2);
            choosy.close();
        }
        var other = consumer(0, SenderSettleMode.UNSETTLED);
        other.send(0, RawBroker.drain(0, 10, 0));
        assertThat(new int[] {read(other), read(other)}).containsExactly(2, 4);
        assertNothingMoreComes(other);
    }

    /** Else it would go through the whole queue, for one credit. */
    @ParameterizedTest
    @EnumSource(
            value = SenderSettleMode.class,
            names = {"UNSETTLED", "SETTLED"})
    @Spec("2.7.3/max-message-size-sent")
    void closesTheLinkThatTakesNoneOfManyMessages(SenderSettleMode mode) {
        var messages = new byte[210][];
        for (int i = 0; i < messages.length; i++) {
            messages[i] = message(i % 100, i == 50 ? 9 : 20);
        }
        put(messages);
        for (int credit : new int[] {2, 500}) {
            var choosy = consumer(10, mode);
            choosy.send(0, RawBroker.credit(0, credit, 0));
            if (credit == 2) {
                // In between one that is short enough: it is in a row that they count.
                assertThat(read(choosy)).isEqualTo(50);
            }
            var detach = choosy.expect(Detach.class);
            assertThat(detach.getClosed()).isTrue();
            assertThat((Object) detach.getError().getCondition()).isEqualTo(LinkError.MESSAGE_SIZE_EXCEEDED);
            assertThat(detach.getError().getDescription()).contains("100 messages", "10 bytes", "max-message-size");
            choosy.send(0, RawBroker.detach(0, true));
        }
        var other = consumer(0, SenderSettleMode.UNSETTLED);
        other.send(0, RawBroker.credit(0, messages.length, 0));
        for (int i = 0; i < messages.length; i++) {
            if (i != 50 || mode == SenderSettleMode.UNSETTLED) {
                assertThat(read(other)).isEqualTo(i % 100);
            }
        }
    }

    /** What comes again may be longer than it was, by what is written before it. */
    @Test
    void countsTheHeaderThatItWrites() {
        put(message(1, 2_000));
        var choosy = consumer(2_000, SenderSettleMode.UNSETTLED);
        choosy.send(0, RawBroker.credit(0, 1, 0));
        var first = choosy.expect(Transfer.class);
        choosy.send(0, RawBroker.disposition(Role.RECEIVER, first.getDeliveryId(), Released.getInstance(), true));
        choosy.send(0, RawBroker.drain(0, 1, 1));
        assertNothingMoreComes(choosy);
        var other = consumer(2_100, SenderSettleMode.UNSETTLED);
        other.send(0, RawBroker.credit(0, 1, 0));
        assertThat(read(other)).isEqualTo(1);
    }
}
