package dev.godwit.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.amqp.transport.RawPeer;
import dev.godwit.broker.queue.QueueStatistics;
import dev.godwit.conformance.Spec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import org.apache.qpid.proton.amqp.Binary;
import org.apache.qpid.proton.amqp.Symbol;
import org.apache.qpid.proton.amqp.UnknownDescribedType;
import org.apache.qpid.proton.amqp.UnsignedInteger;
import org.apache.qpid.proton.amqp.UnsignedLong;
import org.apache.qpid.proton.amqp.messaging.Accepted;
import org.apache.qpid.proton.amqp.messaging.Received;
import org.apache.qpid.proton.amqp.messaging.Released;
import org.apache.qpid.proton.amqp.messaging.Source;
import org.apache.qpid.proton.amqp.messaging.TerminusExpiryPolicy;
import org.apache.qpid.proton.amqp.transaction.TransactionalState;
import org.apache.qpid.proton.amqp.transport.Attach;
import org.apache.qpid.proton.amqp.transport.Begin;
import org.apache.qpid.proton.amqp.transport.Detach;
import org.apache.qpid.proton.amqp.transport.Disposition;
import org.apache.qpid.proton.amqp.transport.Role;
import org.apache.qpid.proton.amqp.transport.Transfer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Consumers that come back, and go on with the deliveries that they had. */
class ConsumerResumptionTest extends ResumptionFrames {
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

        var second = broker.connect();
        var map = unsettled(1, 7);
        map.put(tag(0), Accepted.getInstance());
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, map));
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(1));
        assertThat(broker.count(QueueStatistics::consumed)).isEqualTo(1);

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
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 4);
    }

    /** Whatever part of it the consumer has kept, what is sent again fits to that. */
    @Test
    @Spec({"3.4.6/same-bytes", "3.4.1/received-sent"})
    void resumedDeliveryIsTheSameToTheLastByte() {
        byte[] header = {0, 0x53, 0x70, (byte) 0xc0, 8, 3, 0x41, 0x40, 0x70, 0, 1, 0, 0};
        byte[] body = {0, 0x53, 0x77, 0x54, 1};
        var filling = broker.connect();
        filling.attachSender("filling", 0);
        filling.send(0, RawPeer.transferPerformative(0, 0), RawPeer.join(header, body))
                .expect(Disposition.class);
        var first = broker.connect();
        first.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, null)).expect(Attach.class);
        first.send(0, credit(1, 0)).expect(Transfer.class);
        byte[] before = first.payload;
        first.close();
        // What is written into the header changes with what is left of its time.
        long closedMillis = System.currentTimeMillis();
        await().until(() -> System.currentTimeMillis() > closedMillis + 20);

        var states = unsettled();
        var received = new Received();
        received.setSectionNumber(UnsignedInteger.ZERO);
        received.setSectionOffset(UnsignedLong.valueOf(before.length - body.length));
        states.put(tag(0), received);
        var second = broker.connect();
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
        var second = broker.connect();
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
        var second = broker.connect();
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
            var second = broker.connect();
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
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 4);
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
        peer.send(0, RawBroker.detach(1, false)).send(1, credit(1, 0));
        assertThat(peer.expect(Transfer.class).getResume()).isTrue();
        assertThat(peer.channel).isEqualTo(second);
    }

    /** Of what is kept for nobody the name means nothing beyond its session. */
    @Test
    @Spec("2.6.1/same-name")
    void linksThatNobodyResumesMayShareANameOnSeveralSessions() {
        fill(4);
        var peer = broker.connect();
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
        var second = broker.connect();
        var attach = consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(2));
        attach.setIncompleteUnsettled(true);
        second.send(0, attach);
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(0, 1, 2));
        second.send(0, credit(10, 0));
        Transfer only = second.expect(Transfer.class);
        assertThat(only.getDeliveryTag()).isEqualTo(tag(2));
        second.send(0, disposition(Role.RECEIVER, only.getDeliveryId().intValue(), Accepted.getInstance(), true));
        second.send(0, RawBroker.detach(1, false));
        assertThat(second.readFrame()).isInstanceOf(Detach.class);
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(0, 1)));
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(0, 1));
    }

    @ParameterizedTest
    @EnumSource(names = {"SESSION_END", "CONNECTION_CLOSE", "NEVER"})
    @Spec("2.7.6/detached")
    void consumerThatHasDetachedMaySayWhatItDid(TerminusExpiryPolicy policy) {
        fill(4);
        var peer = broker.connect();
        peer.send(0, consumer(policy, 0, unsettled())).expect(Attach.class);
        peer.send(0, credit(3, 0));
        for (int i = 0; i < 3; i++) {
            assertThat(peer.expect(Transfer.class).getDeliveryId().intValue()).isEqualTo(i);
        }
        peer.send(0, RawBroker.detach(1, false)).expect(Detach.class);
        peer.send(0, disposition(Role.RECEIVER, 1, Accepted.getInstance(), false));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getFirst().intValue()).isEqualTo(1);
        assertThat(answer.getSettled()).isTrue();
        assertThat(answer.getState()).isEqualTo(Accepted.getInstance());
        assertThat(broker.count(QueueStatistics::consumed)).isEqualTo(1);
        peer.send(0, disposition(Role.RECEIVER, 0, Released.getInstance(), true));
        assertReady(2);

        peer.send(0, consumer(policy, 0, unsettled(2)));
        assertThat((Object) peer.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(2));
        // That number meant something to the link as it was.
        peer.send(0, disposition(Role.RECEIVER, 2, Accepted.getInstance(), true));
        peer.send(0, credit(1, 0));
        var resumed = peer.expect(Transfer.class);
        assertThat(resumed.getDeliveryTag()).isEqualTo(tag(2));
        assertThat(broker.count(QueueStatistics::consumed)).isEqualTo(1);
        peer.send(0, disposition(Role.RECEIVER, resumed.getDeliveryId().intValue(), Accepted.getInstance(), true));
        await().atMost(PATIENCE).until(() -> broker.count(QueueStatistics::consumed) == 2);
        assertReady(2);
    }

    /** What is not kept beyond its link goes back with it: nothing is left that could be settled. */
    @Test
    void consumerWhoseMessagesWentBackHasNothingMoreToSay() {
        var peer = holdsThree(TerminusExpiryPolicy.LINK_DETACH, 0);
        peer.send(0, RawBroker.detach(1, false)).expect(Detach.class);
        peer.send(0, disposition(Role.RECEIVER, 1, Accepted.getInstance(), true));
        peer.send(0, consumer(TerminusExpiryPolicy.LINK_DETACH, 0, null)).expect(Attach.class);
        assertReady(4);
        assertThat(broker.count(QueueStatistics::consumed)).isZero();
    }

    /** The answer comes when the removal is on the disk, which takes longer than to detach. */
    @Test
    @Spec("2.7.6/detached")
    void consumerHearsTheAnswerToWhatItSaidBeforeItDetached() {
        var peer = holdsThree(TerminusExpiryPolicy.SESSION_END, 60);
        var accepted = disposition(Role.RECEIVER, 1, Accepted.getInstance(), false);
        peer.send(peer.frame(0, 0, accepted), peer.frame(0, 0, RawBroker.detach(1, false)));
        var answer = peer.expect(Disposition.class);
        assertThat(answer.getFirst().intValue()).isEqualTo(1);
        assertThat(answer.getSettled()).isTrue();
        assertThat(answer.getState()).isEqualTo(Accepted.getInstance());
        assertThat(broker.count(QueueStatistics::consumed)).isEqualTo(1);
    }

    /** Nothing else would give it back before the link is resumed. */
    @Test
    void messageThatADetachedConsumerSettlesInAnUnknownTransactionGoesBack() {
        var peer = holdsThree(TerminusExpiryPolicy.SESSION_END, 60);
        peer.send(0, RawBroker.detach(1, false)).expect(Detach.class);
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
            var refused = broker.connect();
            refused.send(0, wrong);
            assertThat(refused.expect(Attach.class).getSource()).isNull();
            assertThat(refused.expect(Detach.class).getError()).isNotNull();
            assertHeld();
        }
        var second = broker.connect();
        second.send(0, consumer(TerminusExpiryPolicy.NEVER, 0, unsettled(1)));
        assertThat((Object) second.expect(Attach.class).getUnsettled()).isEqualTo(unsettled(1));
    }
}
