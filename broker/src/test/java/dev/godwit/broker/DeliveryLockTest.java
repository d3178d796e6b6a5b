package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.policy.AddressSetting;
import dev.godwit.broker.policy.AddressSettings;
import dev.godwit.broker.queue.QueueStatistics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.AmqpValue;
import org.apache.qpid.proton.amqp.messaging.Header;
import org.apache.qpid.proton.amqp.messaging.Modified;
import org.apache.qpid.proton.amqp.messaging.Rejected;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Role;
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
