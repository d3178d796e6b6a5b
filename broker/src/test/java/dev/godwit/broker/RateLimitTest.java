package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.LinkError;
import org.apache.qpid.proton.amqp.transport.Role;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses to which producers may send only so fast, or only so long messages, frame by frame. */
class RateLimitTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private @Nullable RawBroker started;

    private void start(AddressSettings settings) throws BrokerStartException {
        started = RawBroker.with(directory, settings);
    }

    private RawBroker broker() {
        return Objects.requireNonNull(started);
    }

    @AfterEach
    void stop() {
        broker().close();
    }

    private static Attach attachSender(RawPeer peer) {
        peer.send(0, RawPeer.attachPerformative("producer", 0, Role.SENDER));
        return peer.expect(Attach.class);
    }

    private static int credit(RawPeer peer) {
        return peer.expect(Flow.class).getLinkCredit().intValue();
    }

    /** One message may be under way where ten may come in a second, and no more than a second's worth comes at once. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.6.7")
    void givesCreditForNoMoreThanMayCome(boolean settled) throws Exception {
        start(AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, 10L));
        var peer = broker().connect();
        attachSender(peer);
        assertThat(credit(peer)).isEqualTo(1);
        var message = broker().encode(new AmqpValue("body"));
        long beginNanos = System.nanoTime();
        for (int id = 0; id < 30; id++) {
            var transfer = RawPeer.transferPerformative(0, id);
            transfer.setSettled(settled);
            peer.send(0, transfer, message);
            boolean isAnswered = settled;
            boolean hasCredit = false;
            while (!isAnswered || !hasCredit) {
                Object frame = peer.readFrame();
                isAnswered |= frame instanceof Disposition;
                hasCredit |= frame instanceof Flow flow && flow.getLinkCredit().intValue() == 1;
            }
        }
        // 10 at once, then one each 100 ms; no upper bound, for the machine may be slow.
        assertThat(Duration.ofNanos(System.nanoTime() - beginNanos)).isGreaterThanOrEqualTo(Duration.ofMillis(1_990));
        await().atMost(PATIENCE).until(() -> broker().count(QueueStatistics::ready) == 30);
    }

    /** Who sends without credit all the same has broken the rules of its link. */
    @Test
    @Spec("2.6.7/credit-receiver")
    void endsTheLinkThatOverrunsItsCredit() throws Exception {
        start(AddressSettings.NONE.with(AddressSetting.MAX_RATE_MESSAGES, 1L));
        var peer = broker().connect();
        attachSender(peer);
        assertThat(credit(peer)).isEqualTo(1);
        var message = broker().encode(new AmqpValue("body"));
        for (int id = 0; id < 5; id++) {
            var transfer = RawPeer.transferPerformative(0, id);
            transfer.setSettled(true);
            peer.send(0, transfer, message);
        }
        Object next = peer.readFrame();
        while (next instanceof Flow) {
            next = peer.readFrame();
        }
        assertThat(next).isInstanceOfSatisfying(Detach.class, detach -> assertThat(
                        (Object) detach.getError().getCondition())
                .isEqualTo(LinkError.TRANSFER_LIMIT_EXCEEDED));
    }

    @ParameterizedTest
    @ValueSource(ints = {2_000, 400_000})
    @Spec("2.7.3/max-message-size")
    void endsTheLinkWhoseMessageIsTooLongForTheAddress(int bytesMax) throws Exception {
        start(AddressSettings.NONE.with(AddressSetting.MAX_MESSAGE_SIZE, (long) bytesMax));
        var peer = broker().connect();
        var attach = attachSender(peer);
        assertThat(attach.getMaxMessageSize().intValue()).isEqualTo(bytesMax);
        credit(peer);
        send(peer, 0, message(bytesMax));
        peer.expect(Disposition.class);
        send(peer, 1, message(bytesMax + 1));
        var detach = peer.expect(Detach.class);
        assertThat((Object) detach.getError().getCondition()).isEqualTo(LinkError.MESSAGE_SIZE_EXCEEDED);
        assertThat(broker().count(QueueStatistics::ready)).isEqualTo(1);
    }

    /** One data section, of so many bytes in all. */
    private static byte[] message(int bytes) {
        byte vbin32 = (byte) 0xb0;
        var message = ByteBuffer.allocate(bytes);
        message.put(new byte[] {0, 0x53, 0x75, vbin32}).putInt(bytes - 8);
        return message.array();
    }

    private static void send(RawPeer peer, int id, byte[] message) {
        for (int from = 0; from < message.length; from += 60_000) {
            int to = Math.min(message.length, from + 60_000);
            var transfer = RawPeer.transferPerformative(0, id);
            transfer.setMore(to < message.length);
            peer.send(0, transfer, Arrays.copyOfRange(message, from, to));
        }
    }
}
