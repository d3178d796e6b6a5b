package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.godwit.amqp.transport.CuttableWire;
import dev.godwit.jms.session.XaConnection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageProducer;
import jakarta.jms.XAConnection;
import jakarta.jms.XASession;
import java.util.ArrayList;
import java.util.List;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Branches whose connections are cut, and made anew by the client: the manager hears what became of each. */
@Timeout(300)
final class XaFailoverTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    /** With a journal of its own. */
    @RegisterExtension
    static final BrokerExtension OTHER = new BrokerExtension();

    /** More than a step of a branch takes in either direction. */
    private static final int BYTES_MAX = 2_000;

    private static XaConnection connect(CuttableWire wire) throws JMSException {
        return connect("amqp://127.0.0.1:" + wire.port());
    }

    /** The step in which the connection is cut. */
    private enum Step {
        PREPARE,
        COMMIT,
        COMMIT_IN_ONE_PHASE,
        ROLLBACK
    }

    /** In whichever frame of a step the connection is cut, and whether the broker knows of it: what the manager is told is so. */
    @ParameterizedTest
    @CsvSource({
        "PREPARE, true, false",
        "PREPARE, false, true",
        "COMMIT, true, true",
        "COMMIT, false, false",
        "COMMIT_IN_ONE_PHASE, true, true",
        "COMMIT_IN_ONE_PHASE, false, false",
        "ROLLBACK, true, false",
        "ROLLBACK, false, true"
    })
    void tellsWhatBecameOfABranchInWhicheverFrameItIsCut(Step step, boolean toBroker, boolean brokerKeeps)
            throws Exception {
        String name = "xa-cut-" + step + '-' + toBroker;
        List<String> committed = new ArrayList<>();
        int rolledBack = 0;
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                XAConnection connection = connect(wire)) {
            XASession session = connection.createXASession();
            MessageProducer producer = session.createProducer(session.createQueue(name));
            XAResource resource = session.getXAResource();
            boolean wasCut = true;
            for (int bytes = Cuts.FIRST_BYTES; wasCut && bytes < BYTES_MAX; bytes += Cuts.STEP_BYTES) {
                int position = bytes;
                String text = Integer.toString(bytes);
                Xid xid = new BranchName();
                try {
                    resource.start(xid, XAResource.TMNOFLAGS);
                    producer.send(session.createTextMessage(text));
                    resource.end(xid, XAResource.TMSUCCESS);
                    wasCut = finish(resource, xid, step, () -> wire.cutAfter(position, toBroker, brokerKeeps), wire);
                    if (step != Step.ROLLBACK) {
                        committed.add(text);
                    }
                } catch (XAException known) {
                    assertThat(known.errorCode)
                            .as("%s; %s", known, Cuts.again())
                            .isEqualTo(XAException.XA_RBROLLBACK);
                    rolledBack++;
                }
            }
            assertThat(wasCut).as("more bytes than the step takes").isFalse();
            wire.cutAfter(Integer.MAX_VALUE, toBroker, false);
            assertThat(resource.recover(XAResource.TMSTARTRSCAN)).isEmpty();
        }
        if (step == Step.PREPARE && toBroker) {
            assertThat(rolledBack).as(Cuts.again()).isPositive();
        }
        assertThat(BROKER.contents(name)).as(Cuts.again()).isEqualTo(committed);
    }

    /** Returns whether the connection was cut. */
    private static boolean finish(XAResource resource, Xid xid, Step step, Runnable cut, CuttableWire wire)
            throws XAException {
        if (step == Step.COMMIT_IN_ONE_PHASE) {
            cut.run();
            resource.commit(xid, true);
            return !wire.isYetToCut();
        }
        if (step == Step.PREPARE) {
            cut.run();
        }
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
        if (step == Step.PREPARE) {
            boolean wasCut = !wire.isYetToCut();
            resource.commit(xid, false);
            return wasCut;
        }
        cut.run();
        if (step == Step.COMMIT) {
            resource.commit(xid, false);
        } else {
            resource.rollback(xid);
        }
        return !wire.isYetToCut();
    }

    /** In whichever frame the connection is cut during a send that belongs to no branch: the message is there once. */
    @ParameterizedTest
    @CsvSource({"true, true", "true, false", "false, true", "false, false"})
    void sendsOnceOutsideOfBranchesInWhicheverFrameItIsCut(boolean toBroker, boolean brokerKeeps) throws Exception {
        String name = "xa-no-branch-" + toBroker + '-' + brokerKeeps;
        List<String> sent = new ArrayList<>();
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                XAConnection connection = connect(wire)) {
            XASession session = connection.createXASession();
            MessageProducer producer = session.createProducer(session.createQueue(name));
            boolean wasCut = true;
            for (int bytes = Cuts.FIRST_BYTES; wasCut && bytes < BYTES_MAX; bytes += Cuts.STEP_BYTES) {
                String text = Integer.toString(bytes);
                wire.cutAfter(bytes, toBroker, brokerKeeps);
                producer.send(session.createTextMessage(text));
                sent.add(text);
                wasCut = !wire.isYetToCut();
            }
            assertThat(wasCut).as("more bytes than a send takes").isFalse();
        }
        assertThat(sent).hasSizeGreaterThan(1);
        assertThat(BROKER.contents(name)).as(Cuts.again()).isEqualTo(sent);
    }

    /** What is sent in a branch that was lost must not be sent by itself on the next connection. */
    @Test
    void doesNothingOutsideOfABranchThatWasLost() throws Exception {
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                XAConnection connection = connect(wire)) {
            XASession session = connection.createXASession();
            MessageProducer producer = session.createProducer(session.createQueue("xa-lost"));
            XAResource resource = session.getXAResource();
            Xid xid = new BranchName();
            resource.start(xid, XAResource.TMNOFLAGS);
            producer.send(session.createTextMessage("before"));
            wire.cut();
            JMSException failure = catchThrowableOfType(JMSException.class, () -> sendUntilLost(session, producer));
            assertThat(failure).isNotNull();
            XAException ended = catchThrowableOfType(XAException.class, () -> {
                resource.end(xid, XAResource.TMSUCCESS);
                resource.prepare(xid);
            });
            assertThat(ended.errorCode).isEqualTo(XAException.XA_RBROLLBACK);

            Xid next = new BranchName();
            resource.start(next, XAResource.TMNOFLAGS);
            producer.send(session.createTextMessage("after"));
            resource.end(next, XAResource.TMSUCCESS);
            assertThat(resource.prepare(next)).isEqualTo(XAResource.XA_OK);
            wire.cut();
            resource.commit(next, false);
        }
        assertThat(BROKER.contents("xa-lost")).containsExactly("after");
    }

    /** Sends in a branch, and prepares it. */
    private static Xid prepared(XAResource resource, XASession session, String queue) throws Exception {
        Xid xid = new BranchName();
        resource.start(xid, XAResource.TMNOFLAGS);
        session.createProducer(session.createQueue(queue)).send(session.createTextMessage("1"));
        resource.end(xid, XAResource.TMSUCCESS);
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
        return xid;
    }

    private static XaConnection connect(String nodes) throws JMSException {
        return new GodwitConnectionFactory(
                        "failover:(" + nodes + ")?failover.maxReconnectDelay=100&jms.forceSyncSend=true")
                .createXAConnection();
    }

    /** It is the journal that knows what was done, and not who has which address. */
    @RepeatedTest(5)
    void isToldAtAnotherAddressOfABrokerWhatWasDone(RepetitionInfo repetition) throws Exception {
        String name = "xa-addresses-" + repetition.getCurrentRepetition();
        try (CuttableWire first = new CuttableWire(BROKER.broker().port());
                CuttableWire second = new CuttableWire(BROKER.broker().port());
                XAConnection connection =
                        connect("amqp://127.0.0.1:" + first.port() + ",amqp://127.0.0.1:" + second.port())) {
            XASession session = connection.createXASession();
            XAResource resource = session.getXAResource();
            Xid xid = prepared(resource, session, name);
            first.cutAfter(0, false, false);
            resource.commit(xid, false);
            assertThat(second.connections()).isEqualTo(1);
        }
        assertThat(BROKER.contents(name)).containsExactly("1");
    }

    /** A spare broker does not know the branch, which does not mean that it was committed. */
    @Test
    void takesNoOtherBrokersWordForABranch() throws Exception {
        Xid xid;
        try (CuttableWire wire = new CuttableWire(BROKER.broker().port());
                XAConnection connection = connect("amqp://127.0.0.1:" + wire.port() + ',' + OTHER.uri())) {
            XASession session = connection.createXASession();
            XAResource resource = session.getXAResource();
            xid = prepared(resource, session, "xa-other");
            wire.tearDown();
            assertThat(catchThrowableOfType(XAException.class, () -> resource.commit(xid, false)).errorCode)
                    .isEqualTo(XAException.XAER_RMFAIL);
            assertThat(catchThrowableOfType(XAException.class, () -> resource.commit(xid, false)).errorCode)
                    .isEqualTo(XAException.XAER_RMFAIL);
        }
        try (XAConnection connection = BROKER.factory().createXAConnection()) {
            connection.createXASession().getXAResource().commit(xid, false);
        }
        assertThat(BROKER.contents("xa-other")).containsExactly("1");
    }

    private static void sendUntilLost(XASession session, MessageProducer producer) throws JMSException {
        for (int i = 0; i < 10_000; i++) {
            producer.send(session.createTextMessage("during"));
        }
    }
}
