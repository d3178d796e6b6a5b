package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.godwit.jms.session.XaConnection;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.XASession;
import java.util.concurrent.FutureTask;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Branches of global transactions with a peer that is not our broker: it gives answers and credit when the test wants it. */
@Timeout(30)
class ForeignBranchTest {
    private static final long SOON_MILLIS = 5_000;

    /** To which nothing can be sent before the peer gives credit. */
    private static final String FULL = "full-1";

    private final Xid xid = new BranchName();
    private MemoryPeer peer;
    private XaConnection connection;
    private XASession session;
    private XAResource resource;

    @BeforeEach
    void connect() throws Exception {
        peer = new MemoryPeer();
        connection = new GodwitConnectionFactory(peer.uri() + "?jms.sendTimeout=300").createXAConnection();
        connection.start();
        session = connection.createXASession();
        resource = session.getXAResource();
    }

    @AfterEach
    void close() throws Exception {
        connection.close();
        peer.close();
    }

    private static void send(XASession session, String queue, String text) throws JMSException {
        MessageProducer producer = session.createProducer(session.createQueue(queue));
        producer.setDeliveryMode(DeliveryMode.NON_PERSISTENT);
        producer.send(session.createTextMessage(text));
    }

    /** What there is on a queue for others, all of it. */
    private void assertHolds(String queue, String text) throws JMSException {
        try (Connection other = new GodwitConnectionFactory(peer.uri()).createConnection()) {
            other.start();
            Session plain = other.createSession();
            Queue there = plain.createQueue(queue);
            MessageConsumer consumer = plain.createConsumer(there);
            assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo(text);
            assertThat(consumer.receiveNoWait()).isNull();
        }
    }

    private static void fails(int code, String words, ThrowingCallable call) {
        assertThat(Branches.fails(code, call)).hasMessageContaining(words);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void brokerThatKnowsNoPreparedTransactionsTakesNoPartInGlobalOnes(boolean refusesTransactions) throws Exception {
        peer.refusesTransactions = refusesTransactions;
        fails(
                XAException.XAER_RMERR,
                refusesTransactions ? "coordinator" : "global transactions",
                () -> resource.start(xid, XAResource.TMNOFLAGS));
        // What belongs to no transaction goes on.
        send(session, "q", "text");
        assertHolds("q", "text");
    }

    /** X/Open XA, xa_commit: XA_RBROLLBACK would be the end of it. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void doesNotTakeTheEndOfALinkForTheEndOfABranch(boolean commits) {
        peer.losesDecisions = true;
        for (int attempt = 0; attempt < 2; attempt++) {
            fails(XAException.XAER_RMFAIL, "may have happened", () -> {
                if (commits) {
                    resource.commit(new BranchName(), false);
                } else {
                    resource.rollback(new BranchName());
                }
            });
        }
    }

    private static void failsByInterruption(ThrowingCallable call) {
        Thread.currentThread().interrupt();
        try {
            fails(XAException.XAER_RMFAIL, "interrupted", call);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    /** What nobody waits for any more neither stays, nor takes in what the session does. */
    @Test
    void worksOutsideOfABranchThatBeganTooLate() throws Exception {
        peer.holdsAnswers = true;
        openControlSession();
        failsByInterruption(() -> resource.start(xid, XAResource.TMNOFLAGS));
        await().until(() -> peer.heldAnswers() == 2);
        assertThat(peer.openTransactions()).isEqualTo(1);
        peer.answerHeld();
        await().until(() -> peer.openTransactions() == 0);
        send(session, "q", "text");
        assertHolds("q", "text");
    }

    /** X/Open XA, xa_commit: XAER_RMERR would say that it was rolled back. */
    @Test
    void doesNotKnowWhatBecomesOfABranchWhenItDoesNotWait() {
        peer.holdsAnswers = true;
        openControlSession();
        failsByInterruption(() -> resource.commit(xid, false));
    }

    /** By a question that is not answered, and that nobody waits for. */
    private void openControlSession() {
        FutureTask<Void> asking = new FutureTask<>(() -> {
            resource.rollback(new BranchName());
            return null;
        });
        new Thread(asking, "asking").start();
        await().until(() -> peer.heldAnswers() == 1);
    }

    /** Jakarta Messaging §6.3.2: between two branches what is done belongs to none, also when it is waiting to go out. */
    @Test
    void leavesOutsideOfABranchWhatWasSentBeforeIt() throws Exception {
        peer.preparesTransactions = true;
        send(session, FULL, "outside");
        resource.start(xid, XAResource.TMNOFLAGS);
        peer.giveCredit();
        send(session, FULL, "inside");
        resource.end(xid, XAResource.TMSUCCESS);
        resource.rollback(xid);
        assertHolds(FULL, "outside");
    }

    @Test
    void neverSendsWhatWasStillWaitingWhenItsBranchWasRolledBack() throws Exception {
        peer.preparesTransactions = true;
        resource.start(xid, XAResource.TMNOFLAGS);
        send(session, FULL, "inside");
        resource.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XA_RBROLLBACK, "has not answered all sends", () -> resource.commit(xid, true));
        peer.giveCredit();
        send(session, FULL, "outside");
        assertHolds(FULL, "outside");
    }
}
