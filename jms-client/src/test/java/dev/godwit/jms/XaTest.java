package dev.godwit.jms;

import static dev.godwit.jms.Branches.fails;
import static dev.godwit.jms.Branches.isRecovered;
import static dev.godwit.jms.Branches.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.session.XaConnection;
import jakarta.jms.JMSConsumer;
import jakarta.jms.MessageConsumer;
import jakarta.jms.TransactionInProgressException;
import jakarta.jms.TransactionInProgressRuntimeException;
import jakarta.jms.XAJMSContext;
import jakarta.jms.XASession;
import java.util.List;
import java.util.concurrent.FutureTask;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Branches of global transactions, with the calls that a transaction manager makes, and a real broker. */
@Timeout(60)
class XaTest {
    @RegisterExtension
    static final BrokerExtension BROKER =
            new BrokerExtension(Branches.limits(2_000, TransactionLimits.DEFAULTS.preparedMax()));

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private final Branches branches = new Branches(BROKER, clients);
    private final Xid xid = new BranchName();

    private enum End {
        COMMIT_IN_ONE_PHASE,
        COMMIT,
        ROLLBACK,
        ROLLBACK_OF_PREPARED
    }

    @ParameterizedTest
    @EnumSource
    @JmsSpec({"6.2.8/optional", "11.3/optional"})
    void doesAllOrNothing(End end) throws Exception {
        branches.put("in");
        XASession session = branches.session();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        branches.work(session);
        resource.end(xid, XAResource.TMSUCCESS);
        assertThat(branches.take()).isNull();
        switch (end) {
            case COMMIT_IN_ONE_PHASE -> resource.commit(xid, true);
            case COMMIT -> {
                assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
                assertThat(branches.take()).isNull();
                resource.commit(xid, false);
            }
            case ROLLBACK -> resource.rollback(xid);
            case ROLLBACK_OF_PREPARED -> {
                assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
                resource.rollback(xid);
            }
        }
        boolean committed = end == End.COMMIT || end == End.COMMIT_IN_ONE_PHASE;
        assertThat(branches.awaitTaken()).isEqualTo(committed ? "out" : "in");
        assertThat(branches.take()).isNull();
        assertThat(isRecovered(resource, xid)).isFalse();
        fails(XAException.XAER_NOTA, () -> resource.commit(xid, false));
        fails(XAException.XAER_NOTA, () -> resource.commit(xid, true));
        fails(XAException.XAER_NOTA, () -> resource.rollback(xid));
        fails(XAException.XAER_NOTA, () -> resource.prepare(xid));
    }

    @Test
    void hasNothingToPrepareWhereNothingWasDone() throws Exception {
        XAResource resource = branches.session().getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        resource.end(xid, XAResource.TMSUCCESS);
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_RDONLY);
        assertThat(isRecovered(resource, xid)).isFalse();
        fails(XAException.XAER_NOTA, () -> resource.commit(xid, false));
    }

    @Test
    void worksOnOneBranchInSeveralSessions() throws Exception {
        XaConnection connection = branches.connection();
        XASession first = connection.createXASession();
        XASession second = connection.createXASession();
        XAResource one = first.getXAResource();
        XAResource other = second.getXAResource();
        assertThat(one.isSameRM(other)).isTrue();
        assertThat(one.isSameRM(branches.session().getXAResource())).isFalse();
        one.start(xid, XAResource.TMNOFLAGS);
        other.start(xid, XAResource.TMJOIN);
        send(first, clients.queue(), "1");
        send(second, clients.queue(), "2");
        fails(XAException.XAER_PROTO, () -> one.prepare(xid));
        one.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XAER_PROTO, () -> one.commit(xid, true));
        other.end(xid, XAResource.TMSUCCESS);
        assertThat(branches.take()).isNull();
        other.commit(xid, true);
        assertThat(branches.awaitTaken()).isEqualTo("1");
        assertThat(branches.awaitTaken()).isEqualTo("2");
    }

    /** As a manager does it when a transaction has lasted too long. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void doesNothingOfABranchThatAnotherThreadHasRolledBack(boolean endsFirst) throws Exception {
        branches.put("in");
        XASession session = branches.session();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "1");
        FutureTask<Void> reaping = new FutureTask<>(() -> {
            if (endsFirst) {
                resource.end(xid, XAResource.TMFAIL);
                fails(XAException.XA_RBROLLBACK, () -> resource.end(xid, XAResource.TMFAIL));
            }
            resource.rollback(xid);
            return null;
        });
        new Thread(reaping, "reaper").start();
        reaping.get();

        send(session, clients.queue(), "2");
        try (MessageConsumer consumer = session.createConsumer(clients.queue())) {
            assertThat(Clients.nextText(consumer)).isEqualTo("in");
        }
        fails(XAException.XA_RBROLLBACK, () -> resource.end(xid, XAResource.TMSUCCESS));
        fails(XAException.XAER_NOTA, () -> resource.end(xid, XAResource.TMSUCCESS));
        send(session, clients.queue(), "3");
        assertThat(branches.awaitTaken()).isEqualTo("in");
        assertThat(branches.awaitTaken()).isEqualTo("3");
        assertThat(branches.take()).isNull();
    }

    /** The manager need not end the work on what it has given up. */
    @Test
    void worksOnAnotherBranchAfterOneThatWasRolledBack() throws Exception {
        XaConnection connection = branches.connection();
        XASession first = connection.createXASession();
        XASession second = connection.createXASession();
        first.getXAResource().start(xid, XAResource.TMNOFLAGS);
        second.getXAResource().start(xid, XAResource.TMJOIN);
        send(second, clients.queue(), "1");
        first.getXAResource().rollback(xid);
        send(second, clients.queue(), "2");
        fails(XAException.XA_RBROLLBACK, () -> second.getXAResource().end(xid, XAResource.TMSUCCESS));
        for (XASession session : List.of(first, second)) {
            Xid next = new BranchName();
            session.getXAResource().start(next, XAResource.TMNOFLAGS);
            send(session, clients.queue(), "3");
            session.getXAResource().end(next, XAResource.TMSUCCESS);
            session.getXAResource().commit(next, true);
            assertThat(branches.awaitTaken()).isEqualTo("3");
        }
        assertThat(branches.take()).isNull();
    }

    /** Jakarta Messaging §6.1.8: what becomes of the work of a closed session the manager says. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void commitsTheWorkOfAClosedSession(boolean endsFirst) throws Exception {
        branches.put("in");
        XaConnection connection = branches.connection();
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        branches.work(session);
        if (endsFirst) {
            resource.end(xid, XAResource.TMSUCCESS);
            session.close();
        } else {
            session.close();
            resource.end(xid, XAResource.TMSUCCESS);
        }
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
        resource.commit(xid, false);
        assertThat(branches.awaitTaken()).isEqualTo("out");
        assertThat(branches.take()).isNull();
        XASession other = connection.createXASession();
        other.getXAResource().start(xid, XAResource.TMNOFLAGS);
        other.getXAResource().end(xid, XAResource.TMSUCCESS);
        other.getXAResource().rollback(xid);
    }

    @Test
    void leavesABranchToComeBack() throws Exception {
        XASession session = branches.session();
        XAResource resource = session.getXAResource();
        Xid second = new BranchName();
        resource.start(xid, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "1");
        fails(XAException.XAER_PROTO, () -> resource.start(second, XAResource.TMNOFLAGS));
        resource.end(xid, XAResource.TMSUSPEND);
        resource.start(second, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "2");
        resource.end(second, XAResource.TMSUCCESS);
        resource.commit(second, true);
        assertThat(branches.awaitTaken()).isEqualTo("2");
        fails(XAException.XAER_PROTO, () -> resource.prepare(xid));
        fails(XAException.XAER_NOTA, () -> resource.start(second, XAResource.TMRESUME));
        resource.start(xid, XAResource.TMRESUME);
        send(session, clients.queue(), "3");
        resource.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XAER_PROTO, () -> resource.start(xid, XAResource.TMRESUME));
        resource.commit(xid, true);
        assertThat(branches.awaitTaken()).isEqualTo("1");
        assertThat(branches.awaitTaken()).isEqualTo("3");
    }

    /** A suspended branch may be ended as it is. */
    @Test
    void endsABranchThatItHasLeft() throws Exception {
        XASession session = branches.session();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "1");
        resource.end(xid, XAResource.TMSUSPEND);
        resource.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XAER_PROTO, () -> resource.end(xid, XAResource.TMSUCCESS));
        resource.commit(xid, true);
        assertThat(branches.awaitTaken()).isEqualTo("1");
    }

    @Test
    void rollsBackABranchWhoseWorkHasFailed() throws Exception {
        XASession session = branches.session();
        XAResource resource = session.getXAResource();
        for (boolean onePhase : new boolean[] {true, false}) {
            Xid failing = new BranchName();
            resource.start(failing, XAResource.TMNOFLAGS);
            send(session, clients.queue(), "1");
            resource.end(failing, XAResource.TMFAIL);
            fails(XAException.XA_RBROLLBACK, () -> {
                if (onePhase) {
                    resource.commit(failing, true);
                } else {
                    resource.prepare(failing);
                }
            });
            fails(XAException.XAER_NOTA, () -> resource.rollback(failing));
        }
        assertThat(branches.take()).isNull();
    }

    /** The broker has rolled it back by itself, because it has lasted too long. */
    @Test
    void hearsThatABranchWasRolledBack() throws Exception {
        XASession session = branches.session();
        XAResource resource = session.getXAResource();
        for (boolean onePhase : new boolean[] {true, false}) {
            Xid late = new BranchName();
            branches.put("in");
            resource.start(late, XAResource.TMNOFLAGS);
            branches.work(session);
            resource.end(late, XAResource.TMSUCCESS);
            // What it had taken is there for others again.
            assertThat(branches.awaitTaken()).isEqualTo("in");
            fails(XAException.XA_RBROLLBACK, () -> {
                if (onePhase) {
                    resource.commit(late, true);
                } else {
                    resource.prepare(late);
                }
            });
        }
        assertThat(branches.take()).isNull();
    }

    @Test
    void refusesWhatMakesNoSense() throws Exception {
        XAResource resource = branches.session().getXAResource();
        fails(XAException.XAER_INVAL, () -> resource.start(null, XAResource.TMNOFLAGS));
        fails(XAException.XAER_INVAL, () -> resource.start(xid, XAResource.TMSUCCESS));
        fails(XAException.XAER_INVAL, () -> resource.recover(XAResource.TMJOIN));
        fails(
                XAException.XAER_INVAL,
                () -> resource.start(new BranchName(new byte[65], new byte[0]), XAResource.TMNOFLAGS));
        fails(XAException.XAER_NOTA, () -> resource.start(xid, XAResource.TMJOIN));
        fails(XAException.XAER_NOTA, () -> resource.end(xid, XAResource.TMSUCCESS));
        fails(XAException.XAER_NOTA, () -> resource.forget(xid));
        resource.start(xid, XAResource.TMNOFLAGS);
        fails(XAException.XAER_INVAL, () -> resource.end(xid, XAResource.TMJOIN));
        resource.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XAER_DUPID, () -> resource.start(xid, XAResource.TMNOFLAGS));
        fails(XAException.XAER_PROTO, () -> resource.commit(xid, false));
        resource.rollback(xid);
        assertThat(resource.setTransactionTimeout(10)).isFalse();
        assertThat(resource.getTransactionTimeout()).isZero();
    }

    @Test
    void losesWithTheConnectionWhatIsNotPrepared() throws Exception {
        XaConnection connection = branches.connection();
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "1");
        resource.end(xid, XAResource.TMSUCCESS);
        connection.close();
        fails(XAException.XAER_RMFAIL, () -> resource.prepare(xid));
        assertThat(branches.take()).isNull();
    }

    /** Jakarta Messaging §6.3.2: the transactions are the resource's to end. */
    @Test
    void belongsToNoTransactionBetweenTwoBranches() throws Exception {
        XASession session = branches.session();
        assertThat(session.getTransacted()).isTrue();
        assertThatThrownBy(session::commit).isInstanceOf(TransactionInProgressException.class);
        assertThatThrownBy(session::rollback).isInstanceOf(TransactionInProgressException.class);
        send(session, clients.queue(), "at once");
        try (MessageConsumer consumer = session.getSession().createConsumer(clients.queue())) {
            assertThat(Clients.nextText(consumer)).isEqualTo("at once");
        }
        session.close();
        assertThat(branches.take()).isNull();
    }

    @Test
    void hasAContextOfTheSimplifiedApi() throws Exception {
        try (XAJMSContext context = BROKER.factory().createXAContext()) {
            XAResource resource = context.getXAResource();
            resource.start(xid, XAResource.TMNOFLAGS);
            context.createProducer().send(clients.queue(), "text");
            resource.end(xid, XAResource.TMSUCCESS);
            assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
            assertThat(branches.take()).isNull();
            resource.commit(xid, false);
            JMSConsumer consumer = context.getContext().createConsumer(clients.queue());
            Xid second = new BranchName();
            resource.start(second, XAResource.TMNOFLAGS);
            assertThat(consumer.receiveBody(String.class, Clients.SOON_MILLIS)).isEqualTo("text");
            resource.end(second, XAResource.TMSUCCESS);
            resource.rollback(second);
            assertThatThrownBy(context::commit).isInstanceOf(TransactionInProgressRuntimeException.class);
            consumer.close();
        }
        assertThat(branches.awaitTaken()).isEqualTo("text");
    }

    @Test
    void hasSessionsForThoseWhoKnowQueuesOrTopicsOnly() throws Exception {
        var queues = clients.opened(BROKER.factory().createXAQueueConnection());
        assertThat(queues.createXAQueueSession().getQueueSession().createQueue("q"))
                .isNotNull();
        var topics = clients.opened(BROKER.factory().createXATopicConnection());
        assertThat(topics.createXATopicSession().getTopicSession().createTopic("t"))
                .isNotNull();
        assertThat(topics.createXASession().getSession()).isNotNull();
    }
}
