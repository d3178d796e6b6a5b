package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.SenderSettleMode;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a consumer hears, frame by frame, of a message that it had for too long. */
@Timeout(60)
class DeliveryLockTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LOCK_MILLIS = 500;
    private static final AddressSettings LOCKED = AddressSettings.NONE.with(AddressSetting.LOCK_DURATION, LOCK_MILLIS);
    private static final int TAG_BYTES = 16;
    private static final int LARGE_BYTES = 3_000_000;
    private static final int FRAME_BYTES = 60_000;

    @TempDir
    Path directory;

    private @Nullable RawBroker running;

    private void start(AddressSettings settings) throws BrokerStartException {
        running = RawBroker.with(directory, settings);
    }

    private RawBroker broker() {
        return Objects.requireNonNull(running, "no broker runs");
    }

    @AfterEach
    void stop() {
        broker().close();
    }

    private void put(String body) {
        var header = new Header();
        header.setDurable(true);
        broker().put(broker().encode(header, new AmqpValue(body)));
    }

    private RawPeer consumer(int credit) {
        var peer = broker().connect();
        peer.attachReceiver("consumer", 0);
        peer.send(0, RawBroker.credit(0, credit, 0));
        return peer;
    }

    private void awaitCount(Function<QueueStatistics, Number> figure, long count) {
        await().atMost(PATIENCE).until(() -> broker().count(figure) == count);
    }

    private static Disposition says(Transfer of, Object state, boolean settled) {
        return RawBroker.disposition(Role.RECEIVER, of.getDeliveryId(), state, settled);
    }

    @Test
    void consumerThatWaitsForAnAnswerHearsThatItHasLostTheMessage() throws Exception {
        start(LOCKED);
        put("a");
        var peer = consumer(1);
        var transfer = peer.expect(Transfer.class);
        assertThat(transfer.getDeliveryTag().getLength()).isEqualTo(TAG_BYTES);
        awaitCount(QueueStatistics::locksLost, 1);
        peer.send(0, says(transfer, Accepted.getInstance(), false));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getFirst()).isEqualTo(transfer.getDeliveryId());
        assertThat(answer.getSettled()).isTrue();
        assertThat((Object) ((Rejected) answer.getState()).getError().getCondition())
                .isEqualTo(Symbol.valueOf("com.microsoft:message-lock-lost"));
        assertThat(broker().count(QueueStatistics::consumed)).isZero();

        // The link is as it was.
        peer.send(0, RawBroker.credit(0, 1, 1));
        var again = peer.expect(Transfer.class);
        assertThat(again.getDeliveryTag()).isNotEqualTo(transfer.getDeliveryTag());
        peer.send(0, says(again, Accepted.getInstance(), false));
        assertThat(peer.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        assertThat(broker().count(QueueStatistics::consumed)).isEqualTo(1);
    }

    @Test
    void nothingComesOfWhatIsSettledTooLate() throws Exception {
        start(LOCKED);
        put("a");
        var peer = consumer(2);
        var first = peer.expect(Transfer.class);
        var second = peer.expect(Transfer.class);
        assertThat(second.getDeliveryId()).isNotEqualTo(first.getDeliveryId());
        peer.send(0, says(first, Accepted.getInstance(), true));
        peer.send(0, says(second, new Modified(), true));
        // The credit is used up: what came back is for whoever grants some.
        awaitCount(QueueStatistics::ready, 1);
        assertThat(broker().count(QueueStatistics::consumed)).isZero();
    }

    @Test
    void consumerThatKnowsNoRejectedHearsOfTheEndOnly() throws Exception {
        start(LOCKED);
        put("a");
        var peer = broker().connect();
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        ((Source) attach.getSource()).setOutcomes(Symbol.valueOf("amqp:accepted:list"));
        peer.send(0, attach);
        peer.expect(Attach.class);
        peer.send(0, RawBroker.credit(0, 1, 0));
        var transfer = peer.expect(Transfer.class);
        awaitCount(QueueStatistics::locksLost, 1);
        peer.send(0, says(transfer, Accepted.getInstance(), false));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getSettled()).isTrue();
        assertThat(answer.getState()).isNull();
    }

    /** It can give nothing back: what it was sent it has. */
    @Test
    void largeMessageThatIsSentSettledIsNotTakenAway() throws Exception {
        start(LOCKED.with(AddressSetting.CONSUMER_TIMEOUT, LOCK_MILLIS));
        putLarge();
        var peer = broker().connect();
        var narrow = RawPeer.beginPerformative();
        narrow.setIncomingWindow(UnsignedInteger.ONE);
        var begun = peer.send(1, narrow).expect(Begin.class);
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        attach.setSndSettleMode(SenderSettleMode.SETTLED);
        peer.send(1, attach).expect(Attach.class);
        int next = begun.getNextOutgoingId().intValue();
        peer.send(1, RawPeer.flowPerformative(0, 1, next, 1));
        assertThat(peer.expect(Transfer.class).getMore()).isTrue();
        await().during(Duration.ofMillis(3 * LOCK_MILLIS))
                .atMost(PATIENCE)
                .until(() -> broker().count(QueueStatistics::locksLost) == 0
                        && broker().count(QueueStatistics::consumerTimeouts) == 0
                        && broker().count(QueueStatistics::acquired) == 1);
        peer.send(1, RawPeer.flowPerformative(0, 1, next + 1, 1_000));
        Transfer last;
        do {
            last = peer.expect(Transfer.class);
            assertThat(last.getAborted()).isFalse();
        } while (last.getMore());
        awaitCount(QueueStatistics::consumed, 1);
    }

    private void putLarge() {
        var body = new byte[LARGE_BYTES];
        var message = ByteBuffer.allocate(body.length + 8);
        byte vbin32 = (byte) 0xb0;
        message.put(new byte[] {0, 0x53, 0x75, vbin32}).putInt(body.length).put(body);
        var peer = broker().connect();
        peer.attachSender("filling", 0);
        for (int from = 0; from < message.capacity(); from += FRAME_BYTES) {
            int to = Math.min(message.capacity(), from + FRAME_BYTES);
            var transfer = RawPeer.transferPerformative(0, 0);
            transfer.setMore(to < message.capacity());
            peer.send(0, transfer, Arrays.copyOfRange(message.array(), from, to));
        }
        peer.expect(Disposition.class);
        peer.close();
    }

    private static Attach resumable(@Nullable Map<Object, @Nullable Object> unsettled) {
        var attach = RawPeer.attachPerformative("consumer", 0, Role.RECEIVER);
        var source = (Source) attach.getSource();
        source.setExpiryPolicy(TerminusExpiryPolicy.NEVER);
        attach.setUnsettled(unsettled);
        return attach;
    }

    /** The peer has a message on a link that it detaches, until its lock is lost. */
    private Transfer loseWhileDetached(RawPeer peer) throws Exception {
        put("a");
        peer.send(0, resumable(null)).expect(Attach.class);
        peer.send(0, RawBroker.credit(0, 1, 0));
        var transfer = peer.expect(Transfer.class);
        peer.send(0, RawBroker.detach(0, false)).expect(Detach.class);
        awaitCount(QueueStatistics::locksLost, 1);
        // The consumer that held it has nothing to stay for.
        awaitCount(QueueStatistics::consumers, 0);
        return transfer;
    }

    @Test
    void suspendedLinkLosesItsMessagesToo() throws Exception {
        start(LOCKED);
        var peer = broker().connect();
        var transfer = loseWhileDetached(peer);
        Map<Object, @Nullable Object> unsettled = new HashMap<>();
        unsettled.put(transfer.getDeliveryTag(), null);
        peer.send(0, resumable(unsettled));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isZero();
        peer.send(0, RawBroker.credit(0, 1, 0));
        var again = peer.expect(Transfer.class);
        assertThat(again.getResume()).isFalse();
        assertThat(again.getDeliveryTag()).isNotEqualTo(transfer.getDeliveryTag());
    }

    @Test
    void consumerThatDetachedAndStillSpeaksHearsThatItHasLostTheMessage() throws Exception {
        start(LOCKED);
        var peer = broker().connect();
        var transfer = loseWhileDetached(peer);
        peer.send(0, says(transfer, Accepted.getInstance(), false));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getSettled()).isTrue();
        assertThat((Object) ((Rejected) answer.getState()).getError().getCondition())
                .isEqualTo(Symbol.valueOf("com.microsoft:message-lock-lost"));
    }

    @Test
    void consumerThatKeepsAMessageForTooLongIsDetached() throws Exception {
        start(AddressSettings.NONE.with(AddressSetting.CONSUMER_TIMEOUT, LOCK_MILLIS));
        put("a");
        put("b");
        var peer = consumer(2);
        var first = peer.expect(Transfer.class);
        peer.expect(Transfer.class);
        var detach = peer.expect(Detach.class);
        assertThat(detach.getClosed()).isTrue();
        assertThat((Object) detach.getError().getCondition()).isEqualTo(Symbol.valueOf("amqp:resource-limit-exceeded"));
        assertThat(detach.getError().getDescription())
                .contains("consumer-timeout")
                .contains("delivery "
                        + HexFormat.of().formatHex(first.getDeliveryTag().getArray()));
        awaitCount(QueueStatistics::ready, 2);
        assertThat(broker().count(QueueStatistics::consumerTimeouts)).isPositive();
    }
}
