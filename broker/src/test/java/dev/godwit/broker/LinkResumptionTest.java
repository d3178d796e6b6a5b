package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Received;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.Target;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.End;
import org.apache.qpid.proton.amqp.transport.Flow;
import org.apache.qpid.proton.amqp.transport.ReceiverSettleMode;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Links that are resumed with their unsettled deliveries, frame by frame, on a whole broker with several loops. */
class LinkResumptionTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    Path directory;

    private @Nullable Broker running;
    private final List<RawPeer> peers = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        running = Broker.start(BrokerConfiguration.defaults(directory).withPort(0), failure -> {});
    }

    @AfterEach
    void stop() {
        peers.forEach(RawPeer::close);
        broker().close();
    }

    private Broker broker() {
        return Objects.requireNonNull(running);
    }

    private RawPeer connect() {
        var peer = new RawPeer(broker().port());
        peers.add(peer);
        return peer.open().begin();
    }

    private static Binary tag(int number) {
        return new Binary(new byte[] {(byte) number});
    }

    private static byte[] message(int number) {
        byte durableHeader = 0x41;
        return new byte[] {0, 0x53, 0x70, (byte) 0xc0, 2, 1, durableHeader, 0, 0x53, 0x77, 0x54, (byte) number};
    }

    private static Map<Object, @Nullable Object> unsettled(int... tags) {
        Map<Object, @Nullable Object> map = new LinkedHashMap<>();
        for (int each : tags) {
            map.put(tag(each), null);
        }
        return map;
    }

    private static Attach producer(TerminusExpiryPolicy policy, @Nullable Map<Object, @Nullable Object> unsettled) {
        var attach = RawPeer.attachPerformative("producer", 0, Role.SENDER);
        var target = new Target();
        target.setAddress("queue");
        target.setExpiryPolicy(policy);
        attach.setTarget(target);
        attach.setUnsettled(unsettled);
        return attach;
    }

    private static Attach consumer(
            TerminusExpiryPolicy policy, int timeoutSeconds, @Nullable Map<Object, @Nullable Object> unsettled) {
        var attach = RawPeer.attachPerformative("consumer", 1, Role.RECEIVER);
        var source = new Source();
        source.setAddress("queue");
        source.setExpiryPolicy(policy);
        source.setTimeout(UnsignedInteger.valueOf(timeoutSeconds));
        attach.setSource(source);
        attach.setUnsettled(unsettled);
        return attach;
    }

    /** Puts messages 1 to {@code count} on the queue. */
    private void fill(int count) {
        var peer = new RawPeer(broker().port());
        peers.add(peer);
        peer.open().begin().attachSender("filling", 0);
        for (int i = 0; i < count; i++) {
            peer.send(0, RawPeer.transferPerformative(0, i), message(i + 1));
        }
        int settled = 0;
        while (settled < count) {
            var disposition = peer.expect(Disposition.class);
            settled += disposition.getLast().intValue() - disposition.getFirst().intValue() + 1;
        }
        peer.close();
    }

    private long count(Function<QueueStatistics, Number> figure) {
        return broker().queueStatistics().join().stream()
                .filter(each -> each.queue().equals("queue"))
                .mapToLong(each -> figure.apply(each).longValue())
                .sum();
    }

    private static Disposition disposition(Role role, int deliveryId, @Nullable Object state, boolean settled) {
        var disposition = new Disposition();
        disposition.setRole(role);
        disposition.setFirst(UnsignedInteger.valueOf(deliveryId));
        disposition.setState((org.apache.qpid.proton.amqp.transport.DeliveryState) state);
        disposition.setSettled(settled);
        return disposition;
    }

    private static Flow credit(int credit, int deliveryCount) {
        var flow = RawPeer.flowPerformative(1, credit, 1, 1_000);
        flow.setNextIncomingId(null);
        flow.setDeliveryCount(UnsignedInteger.valueOf(deliveryCount));
        return flow;
    }

    private static Detach detach(int handle, boolean closed) {
        var detach = new Detach();
        detach.setHandle(UnsignedInteger.valueOf(handle));
        detach.setClosed(closed);
        return detach;
    }

    // ---- producers

    @Test
    @Spec({"2.6.13/receiver-known", "2.6.13/unsettled-sent", "2.6.13/receiver-unknown"})
    void producerThatLostItsConnectionHearsWhatHasArrived() {
        var first = connect();
        first.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        first.expect(Flow.class);
        for (int i = 0; i < 3; i++) {
            first.send(0, RawPeer.transferPerformative(0, i), message(i + 1));
        }
        await().atMost(PATIENCE).until(() -> count(QueueStatistics::ready) == 3);
        // It never reads the dispositions.
        first.close();

        var second = connect();
        second.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0, 1, 2, 9)));
        Attach answer = second.expect(Attach.class);
        Map<Object, Object> expected = new HashMap<>();
        for (int i = 0; i < 3; i++) {
            expected.put(tag(i), Accepted.getInstance());
        }
        assertThat((Object) answer.getUnsettled()).isEqualTo(expected);

        second.expect(Flow.class);
        // One it settles, one it wants to hear of again, one that we do not know it resumes all the same.
        second.send(0, resumed(0, 0, true), message(1)).send(0, resumed(1, 1, false), message(2));
        assertThat(second.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        second.send(0, resumed(2, 9, false), message(9));
        assertThat(second.expect(Disposition.class).getState()).isEqualTo(Released.getInstance());
        second.send(0, RawPeer.transferPerformative(0, 3), message(4));
        assertThat(second.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        assertThat(count(QueueStatistics::ready)).isEqualTo(4);
    }

    private static Transfer resumed(int deliveryId, int tag, boolean settled) {
        var transfer = RawPeer.transferPerformative(0, deliveryId);
        transfer.setDeliveryTag(tag(tag));
        transfer.setResume(true);
        transfer.setSettled(settled);
        return transfer;
    }

    @Test
    @Spec({"2.6.12/second-producer", "2.6.13/receiver-forgets", "2.6.4/suspended"})
    void producerThatSettlesSecondIsAskedUntilItHas() {
        var peer = connect();
        var attach = producer(TerminusExpiryPolicy.SESSION_END, unsettled());
        attach.setRcvSettleMode(ReceiverSettleMode.SECOND);
        peer.send(0, attach);
        assertThat(peer.expect(Attach.class).getRcvSettleMode()).isEqualTo(ReceiverSettleMode.SECOND);
        peer.expect(Flow.class);
        for (int i = 0; i < 3; i++) {
            peer.send(0, RawPeer.transferPerformative(0, i), message(i + 1));
        }
        int told = 0;
        while (told < 3) {
            Disposition state = peer.expect(Disposition.class);
            assertThat(state.getSettled()).isFalse();
            assertThat(state.getState()).isEqualTo(Accepted.getInstance());
            told += state.getLast().intValue() - state.getFirst().intValue() + 1;
        }
        peer.send(0, disposition(Role.SENDER, 0, Accepted.getInstance(), true));
        peer.send(0, detach(0, false)).expect(Detach.class);

        // It claims to have settled the second as well, by not listing it.
        attach.setUnsettled(unsettled(2));
        peer.send(0, attach);
        assertThat((Object) peer.expect(Attach.class).getUnsettled()).isEqualTo(Map.of(tag(2), Accepted.getInstance()));
        peer.expect(Flow.class);
        peer.send(0, resumed(3, 2, false));
        Disposition again = peer.expect(Disposition.class);
        assertThat(again.getSettled()).isFalse();
        assertThat(again.getState()).isEqualTo(Accepted.getInstance());
        peer.send(0, disposition(Role.SENDER, 3, Accepted.getInstance(), true));
        peer.send(0, detach(0, false)).expect(Detach.class);

        attach.setUnsettled(unsettled(0, 1, 2));
        peer.send(0, attach);
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isZero();
        assertThat(count(QueueStatistics::ready)).isEqualTo(3);
    }

    @Test
    @Spec("3.4.6/differs")
    void repeatsTheOutcomeThatTheProducerHasComeTo() {
        var first = connect();
        first.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        first.expect(Flow.class);
        first.send(0, RawPeer.transferPerformative(0, 0), message(1));
        await().atMost(PATIENCE).until(() -> count(QueueStatistics::ready) == 1);
        first.close();

        var second = connect();
        second.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0))).expect(Attach.class);
        second.expect(Flow.class);
        var stated = resumed(0, 0, false);
        stated.setState(Released.getInstance());
        Disposition echo = second.send(0, stated).expect(Disposition.class);
        assertThat(echo.getState()).isEqualTo(Released.getInstance());
        assertThat(echo.getSettled()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.6.13/receiver-partial")
    void producerThatWasCutOffWithinAMessageSendsItAnew(boolean connectionLost) {
        var peer = connect();
        peer.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        peer.expect(Flow.class);
        var half = RawPeer.transferPerformative(0, 0);
        half.setMore(true);
        peer.send(0, half, message(1));
        if (connectionLost) {
            peer.close();
            peer = connect();
        } else {
            peer.send(0, detach(0, false)).expect(Detach.class);
        }

        peer.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isZero();
        peer.expect(Flow.class);
        var whole = RawPeer.transferPerformative(0, connectionLost ? 0 : 1);
        whole.setDeliveryTag(tag(0));
        peer.send(0, whole, message(1));
        assertThat(peer.expect(Disposition.class).getState()).isEqualTo(Accepted.getInstance());
        assertThat(count(QueueStatistics::ready)).isEqualTo(1);

        var reader = connect();
        reader.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, null)).expect(Attach.class);
        reader.send(0, credit(1, 0)).expect(Transfer.class);
        assertThat(reader.payload).isEqualTo(message(1));
    }

    @Test
    @Spec("2.6.6/close-answered")
    void closedProducerLeavesNothing() {
        var peer = connect();
        peer.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        peer.expect(Flow.class);
        peer.send(0, RawPeer.transferPerformative(0, 0), message(1)).expect(Disposition.class);
        peer.send(0, detach(0, true));
        assertThat(peer.expect(Detach.class).getClosed()).isTrue();
        peer.send(0, producer(TerminusExpiryPolicy.NEVER, unsettled(0)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isZero();
    }

    // ---- consumers

    /** Takes three of four messages, and returns with them unsettled. */
    private RawPeer holdsThree(TerminusExpiryPolicy policy, int timeoutSeconds) {
        fill(4);
        var peer = connect();
        peer.send(0, consumer(policy, timeoutSeconds, null)).expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            assertThat(peer.expect(Transfer.class).getDeliveryTag()).isEqualTo(tag(i));
        }
        return peer;
    }

    @Test
    @Spec({
        "2.6.13/sender-resumes",
        "2.6.13/sender-outcome",
        "2.6.13/sender-missing",
        "2.6.13/target-only",
        "2.6.12/tags-unique",
        "3.4.6/anew",
        "3.4.6/whole"
    })
    void consumerThatLostItsConnectionGoesOnWhereItWas() {
        holdsThree(TerminusExpiryPolicy.NEVER, 0).close();

        var second = connect();
        var map = unsettled(1, 7);
        map.put(tag(0), Accepted.getInstance());
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, map));
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(1));
        assertThat(count(QueueStatistics::consumed)).isEqualTo(1);

        second.send(0, credit(10, 0));
        Transfer resumed = second.expect(Transfer.class);
        assertThat(resumed.getResume()).isTrue();
        assertThat(resumed.getDeliveryTag()).isEqualTo(tag(1));
        assertThat(second.payload).endsWith((byte) 2);
        var bodies = new ArrayList<Byte>();
        for (int i = 0; i < 2; i++) {
            Transfer anew = second.expect(Transfer.class);
            assertThat(anew.getResume()).isFalse();
            // Tag 7 is the peer's still.
            assertThat(anew.getDeliveryTag()).isEqualTo(tag(8 + i));
            bodies.add(second.payload[second.payload.length - 1]);
            second.send(0, disposition(Role.RECEIVER, 1 + i, Accepted.getInstance(), true));
        }
        assertThat(bodies).containsExactlyInAnyOrder((byte) 3, (byte) 4);
        second.send(0, disposition(Role.RECEIVER, resumed.getDeliveryId().intValue(), Accepted.getInstance(), false));
        Disposition answer = second.expect(Disposition.class);
        assertThat(answer.getSettled()).isTrue();
        await().atMost(PATIENCE).until(() -> count(QueueStatistics::consumed) == 4);
    }

    /** Whatever part of it the consumer has kept, what is sent again fits to that. */
    @Test
    @Spec({"3.4.6/same-bytes", "3.4.1/received-sent"})
    void resumedDeliveryIsTheSameToTheLastByte() {
        byte[] header = {0, 0x53, 0x70, (byte) 0xc0, 8, 3, 0x41, 0x40, 0x70, 0, 1, 0, 0};
        byte[] body = {0, 0x53, 0x77, 0x54, 1};
        var filling = connect();
        filling.attachSender("filling", 0);
        filling.send(0, RawPeer.transferPerformative(0, 0), RawPeer.join(header, body))
                .expect(Disposition.class);
        var first = connect();
        first.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, null)).expect(Attach.class);
        first.send(0, credit(1, 0)).expect(Transfer.class);
        byte[] before = first.payload;
        first.close();
        await().during(Duration.ofMillis(30)).until(() -> true);

        var states = unsettled();
        var received = new Received();
        received.setSectionNumber(UnsignedInteger.ZERO);
        received.setSectionOffset(UnsignedLong.valueOf(before.length - body.length));
        states.put(tag(0), received);
        var second = connect();
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, states)).expect(Attach.class);
        var again = second.send(0, credit(1, 0)).expect(Transfer.class);
        assertThat(again.getResume()).isTrue();
        assertThat(again.getState()).isNull();
        assertThat(second.payload).isEqualTo(before);
    }

    @Test
    @Spec("3.4.6/listed")
    void listsNothingThatTheLinkIsTooShortForNow() {
        holdsThree(TerminusExpiryPolicy.NEVER, 0).close();
        var second = connect();
        var attach = consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(0, 1, 2));
        attach.setMaxMessageSize(UnsignedLong.valueOf(message(1).length - 1));
        assertThat(second.send(0, attach).expect(Attach.class).getUnsettled().size())
                .isZero();
        assertReady(4);
    }

    @Test
    @Spec({"2.6.13/reattach-null", "2.6.13/sender-missing"})
    void consumerThatAttachesAgainWithoutAMapGetsItsMessagesAnew() {
        holdsThree(TerminusExpiryPolicy.NEVER, 0).close();
        var second = connect();
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, null));
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isNull();
        second.send(0, credit(4, 0));
        for (int i = 1; i <= 4; i++) {
            Transfer transfer = second.expect(Transfer.class);
            assertThat(transfer.getResume()).isFalse();
            assertThat(second.payload).endsWith((byte) i);
        }
    }

    @Test
    @Spec("2.6.1/stolen-elsewhere")
    void attachOnAnotherConnectionStealsTheLink() {
        var first = holdsThree(TerminusExpiryPolicy.NEVER, 0);
        for (int life = 0; life < 4; life++) {
            var second = connect();
            second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(0, 1, 2)));
            assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(0, 1, 2));
            Detach stolen = first.expect(Detach.class);
            assertThat(String.valueOf(stolen.getError().getCondition())).isEqualTo("amqp:link:stolen");
            assertThat(stolen.getClosed()).isFalse();
            first = second;
        }
        first.send(0, credit(4, 0));
        for (int i = 0; i < 4; i++) {
            assertThat(first.expect(Transfer.class).getResume()).isEqualTo(i < 3);
            first.send(0, disposition(Role.RECEIVER, i, Accepted.getInstance(), true));
        }
        await().atMost(PATIENCE).until(() -> count(QueueStatistics::consumed) == 4);
    }

    @Test
    @Spec("2.6.1/stolen-elsewhere")
    void attachOnAnotherSessionStealsTheLink() {
        var peer = holdsThree(TerminusExpiryPolicy.NEVER, 0);
        peer.send(1, RawPeer.beginPerformative()).expect(Begin.class);
        int second = peer.channel;
        peer.send(1, consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(0, 1, 2)));
        for (int i = 0; i < 2; i++) {
            var frame = peer.readFrame();
            if (frame instanceof Attach attach) {
                assertThat(peer.channel).isEqualTo(second);
                assertThat((Object) attach.getUnsettled()).isEqualTo(unsettled(0, 1, 2));
            } else {
                assertThat(peer.channel).isNotEqualTo(second);
                assertThat(String.valueOf(((Detach) Objects.requireNonNull(frame))
                                .getError()
                                .getCondition()))
                        .isEqualTo("amqp:link:stolen");
            }
        }
        peer.send(0, detach(1, false)).send(1, credit(1, 0));
        assertThat(peer.expect(Transfer.class).getResume()).isTrue();
        assertThat(peer.channel).isEqualTo(second);
    }

    /** Of what is kept for nobody the name means nothing beyond its session. */
    @Test
    @Spec("2.6.1/same-name")
    void linksThatNobodyResumesMayShareANameOnSeveralSessions() {
        fill(4);
        var peer = connect();
        peer.send(1, RawPeer.beginPerformative()).expect(Begin.class);
        for (int session = 0; session < 2; session++) {
            peer.send(session, consumer(TerminusExpiryPolicy.SESSION_END, 0, null))
                    .expect(Attach.class);
        }
        var channels = new HashSet<Integer>();
        for (int session = 0; session < 2; session++) {
            peer.send(session, credit(1, 0)).expect(Transfer.class);
            channels.add(peer.channel);
        }
        assertThat(channels).hasSize(2);
    }

    @Test
    @Spec({"2.6.13/incomplete", "2.6.13/sender-resumes"})
    void consumerWithAnIncompleteMapGetsOnlyWhatItResumes() {
        holdsThree(TerminusExpiryPolicy.NEVER, 0).close();
        var second = connect();
        var attach = consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(2));
        attach.setIncompleteUnsettled(true);
        second.send(0, attach);
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(0, 1, 2));
        second.send(0, credit(10, 0));
        Transfer only = second.expect(Transfer.class);
        assertThat(only.getDeliveryTag()).isEqualTo(tag(2));
        second.send(0, disposition(Role.RECEIVER, only.getDeliveryId().intValue(), Accepted.getInstance(), true));
        second.send(0, detach(1, false));
        assertThat(second.readFrame()).isInstanceOf(Detach.class);
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(0, 1)));
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(0, 1));
    }

    @ParameterizedTest
    @EnumSource(names = {"SESSION_END", "CONNECTION_CLOSE", "NEVER"})
    @Spec("2.7.6/detached")
    void consumerThatHasDetachedMaySayWhatItDid(TerminusExpiryPolicy policy) {
        fill(4);
        var peer = connect();
        peer.send(0, consumer(policy, 0, unsettled())).expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            assertThat(peer.expect(Transfer.class).getDeliveryId().intValue()).isEqualTo(i);
        }
        peer.send(0, detach(1, false)).expect(Detach.class);
        peer.send(0, disposition(Role.RECEIVER, 1, Accepted.getInstance(), false));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getFirst().intValue()).isEqualTo(1);
        assertThat(answer.getSettled()).isTrue();
        assertThat(answer.getState()).isEqualTo(Accepted.getInstance());
        assertThat(count(QueueStatistics::consumed)).isEqualTo(1);
        peer.send(0, disposition(Role.RECEIVER, 0, Released.getInstance(), true));
        assertReady(2);

        peer.send(0, consumer(policy, 0, unsettled(2)));
        assertThat((Object) peer.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(2));
        // That number meant something to the link as it was.
        peer.send(0, disposition(Role.RECEIVER, 2, Accepted.getInstance(), true));
        peer.send(0, credit(1, 0));
        var resumed = peer.expect(Transfer.class);
        assertThat(resumed.getDeliveryTag()).isEqualTo(tag(2));
        assertThat(count(QueueStatistics::consumed)).isEqualTo(1);
        peer.send(0, disposition(Role.RECEIVER, resumed.getDeliveryId().intValue(), Accepted.getInstance(), true));
        await().atMost(PATIENCE).until(() -> count(QueueStatistics::consumed) == 2);
        assertReady(2);
    }

    // ---- links of which the peer knows the name only

    @Test
    @Spec("2.6.3/recovering")
    void consumerThatKnowsTheNameOnlyRecoversItsLink() {
        fill(4);
        var first = connect();
        var attach = consumer(TerminusExpiryPolicy.NEVER, 0, null);
        ((Source) attach.getSource()).setOutcomes(Accepted.DESCRIPTOR_SYMBOL, Released.DESCRIPTOR_SYMBOL);
        first.send(0, attach).expect(Attach.class);
        first.send(0, credit(1, 0)).expect(Transfer.class);
        first.close();

        var second = connect();
        attach.setSource(null);
        attach.setUnsettled(unsettled(0));
        var answer = second.send(0, attach).expect(Attach.class);
        var source = (Source) answer.getSource();
        assertThat(source.getAddress()).isEqualTo("queue");
        assertThat(source.getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.LINK_DETACH);
        assertThat(source.getOutcomes())
                .containsExactlyInAnyOrder(Accepted.DESCRIPTOR_SYMBOL, Released.DESCRIPTOR_SYMBOL);
        assertThat((Object) answer.getUnsettled()).isEqualTo(unsettled(0));
        second.send(0, credit(2, 0));
        assertThat(second.expect(Transfer.class).getResume()).isTrue();
        assertThat(second.expect(Transfer.class).getResume()).isFalse();
    }

    @Test
    @Spec("2.6.3/recovering")
    void producerThatKnowsTheNameOnlyRecoversItsLink() {
        var first = connect();
        first.send(0, producer(TerminusExpiryPolicy.NEVER, null)).expect(Attach.class);
        first.expect(Flow.class);
        first.send(0, RawPeer.transferPerformative(0, 0), message(1)).expect(Disposition.class);
        first.close();

        var second = connect();
        var attach = producer(TerminusExpiryPolicy.NEVER, unsettled(0));
        attach.setTarget(null);
        var answer = second.send(0, attach).expect(Attach.class);
        assertThat(((Target) answer.getTarget()).getAddress()).isEqualTo("queue");
        assertThat(((Target) answer.getTarget()).getExpiryPolicy()).isEqualTo(TerminusExpiryPolicy.LINK_DETACH);
        assertThat((Object) answer.getUnsettled()).isEqualTo(Map.of(tag(0), Accepted.getInstance()));
        second.expect(Flow.class);
        var next = RawPeer.transferPerformative(0, 0);
        next.setDeliveryTag(tag(1));
        second.send(0, next, message(2)).expect(Disposition.class);
        assertThat(count(QueueStatistics::ready)).isEqualTo(2);
    }

    @Test
    @Spec({"2.6.3/recovering", "2.6.3/refused"})
    void nothingIsRecoveredOfALinkThatIsNotKnown() {
        var peer = connect();
        var producer = producer(TerminusExpiryPolicy.NEVER, unsettled(0));
        producer.setTarget(null);
        assertThat(peer.send(0, producer).expect(Attach.class).getTarget()).isNull();
        assertThat(peer.expect(Detach.class).getError()).isNotNull();
        var consumer = consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(0));
        consumer.setSource(null);
        assertThat(peer.send(0, consumer).expect(Attach.class).getSource()).isNull();
        assertThat(peer.expect(Detach.class).getError()).isNotNull();
    }

    /** What is not kept beyond its link goes back with it: nothing is left that could be settled. */
    @Test
    void consumerWhoseMessagesWentBackHasNothingMoreToSay() {
        var peer = holdsThree(TerminusExpiryPolicy.LINK_DETACH, 0);
        peer.send(0, detach(1, false)).expect(Detach.class);
        peer.send(0, disposition(Role.RECEIVER, 1, Accepted.getInstance(), true));
        peer.send(0, consumer(TerminusExpiryPolicy.LINK_DETACH, 0, null)).expect(Attach.class);
        assertReady(4);
        assertThat(count(QueueStatistics::consumed)).isZero();
    }

    /** The answer comes when the removal is on the disk, which takes longer than to detach. */
    @Test
    @Spec("2.7.6/detached")
    void consumerHearsTheAnswerToWhatItSaidBeforeItDetached() {
        var peer = holdsThree(TerminusExpiryPolicy.SESSION_END, 60);
        var accepted = disposition(Role.RECEIVER, 1, Accepted.getInstance(), false);
        peer.send(peer.frame(0, 0, accepted), peer.frame(0, 0, detach(1, false)));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getFirst().intValue()).isEqualTo(1);
        assertThat(answer.getSettled()).isTrue();
        assertThat(answer.getState()).isEqualTo(Accepted.getInstance());
        assertThat(count(QueueStatistics::consumed)).isEqualTo(1);
    }

    /** Nothing else would give it back before the link is resumed. */
    @Test
    void messageThatADetachedConsumerSettlesInAnUnknownTransactionGoesBack() {
        var peer = holdsThree(TerminusExpiryPolicy.SESSION_END, 60);
        peer.send(0, detach(1, false)).expect(Detach.class);
        assertHeld();
        var unknown = new TransactionalState();
        unknown.setTxnId(new Binary(new byte[] {9}));
        unknown.setOutcome(Accepted.getInstance());
        peer.send(0, disposition(Role.RECEIVER, 1, unknown, true));
        assertReady(2);
    }

    @Test
    @Spec("2.6.13/sender-resumes")
    void attachThatIsRefusedLeavesWhatItHadTakenUpToTheNext() {
        holdsThree(TerminusExpiryPolicy.NEVER, 0).close();
        var selector = Symbol.valueOf("apache.org:selector-filter:string");
        for (int tries = 0; tries < 2; tries++) {
            var wrong = consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(1));
            ((Source) wrong.getSource())
                    .setFilter(Map.of(selector, new UnknownDescribedType(selector, "JMSPriority >")));
            var refused = connect();
            refused.send(0, wrong);
            assertThat(refused.expect(Attach.class).getSource()).isNull();
            assertThat(refused.expect(Detach.class).getError()).isNotNull();
            assertHeld();
        }
        var second = connect();
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(1)));
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(1));
    }

    // ---- expiry

    private void assertReady(int messages) {
        await().atMost(PATIENCE).until(() -> count(QueueStatistics::ready) == messages);
    }

    private void assertHeld() {
        assertThat(count(QueueStatistics::ready)).isEqualTo(1);
    }

    @Test
    @Spec("3.5.6/link-detach")
    void linkDetachEndsTheTerminusWithItsLink() {
        var peer = holdsThree(TerminusExpiryPolicy.LINK_DETACH, 0);
        assertHeld();
        peer.send(0, detach(1, false)).expect(Detach.class);
        assertReady(4);
    }

    @Test
    @Spec({"3.5.6/session-end", "2.6.4/suspended"})
    void sessionEndEndsTheTerminusWithItsSession() {
        fill(4);
        var peer = connect();
        peer.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, unsettled())).expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            peer.expect(Transfer.class);
        }
        peer.send(0, detach(1, false)).expect(Detach.class);
        assertHeld();
        peer.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, unsettled(0, 1, 2)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isEqualTo(3);
        peer.send(0, detach(1, false)).expect(Detach.class);
        peer.send(0, new End()).expect(End.class);
        assertReady(4);
    }

    /** Of a link that nobody wants to resume, and of one that lasts as long as its session. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Spec("2.5.2/connection-end")
    void sessionsEndWithTheirConnection(boolean resumable) {
        fill(4);
        var peer = connect();
        peer.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 0, resumable ? unsettled() : null))
                .expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            peer.expect(Transfer.class);
        }
        assertHeld();
        peer.close();
        assertReady(4);
    }

    @Test
    @Spec("3.5.6/connection-close")
    void connectionCloseEndsTheTerminusWithItsConnection() {
        var peer = holdsThree(TerminusExpiryPolicy.CONNECTION_CLOSE, 0);
        peer.send(0, new End()).expect(End.class);
        assertHeld();
        peer.begin().send(0, consumer(TerminusExpiryPolicy.CONNECTION_CLOSE, 0, unsettled(0, 1, 2)));
        assertThat(peer.expect(Attach.class).getUnsettled().size()).isEqualTo(3);
        peer.close();
        assertReady(4);
    }

    @Test
    @Spec("3.5.6/timeout")
    void timeoutCountsFromTheEventAndStopsWhenResumed() {
        holdsThree(TerminusExpiryPolicy.SESSION_END, 2).close();
        var second = connect();
        second.send(0, consumer(TerminusExpiryPolicy.SESSION_END, 2, unsettled(0, 1, 2)));
        assertThat(second.expect(Attach.class).getUnsettled().size()).isEqualTo(3);
        await().during(Duration.ofMillis(2_500)).atMost(PATIENCE).until(() -> count(QueueStatistics::ready) == 1);
        second.close();
        assertHeld();
        assertReady(4);
    }

    @Test
    @Spec("2.6.6/close-answered")
    void closedConsumerGivesBackWhatItHad() {
        var peer = holdsThree(TerminusExpiryPolicy.NEVER, 0);
        peer.send(0, detach(1, true)).expect(Detach.class);
        assertReady(4);
    }
}
