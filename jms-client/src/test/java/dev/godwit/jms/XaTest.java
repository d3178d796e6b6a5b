package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.session.XaConnection;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TransactionInProgressException;
import jakarta.jms.TransactionInProgressRuntimeException;
import jakarta.jms.XAJMSContext;
import jakarta.jms.XASession;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.FutureTask;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Branches of global transactions, with the calls that a transaction manager makes, and a real broker. */
@Timeout(60)
class XaTest {
    private static final int PREPARED_MAX = 5;
    private static final String TYPE = "dev.godwit.prepared-transaction";

    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension(XaTest::withFewPrepared);

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private static BrokerConfiguration withFewPrepared(BrokerConfiguration configuration) {
        TransactionLimits defaults = TransactionLimits.DEFAULTS;
        return configuration.withTransactions(new TransactionLimits(
                2_000,
                defaults.perConnectionMax(),
                defaults.bytesMax(),
                defaults.operationsMax(),
                PREPARED_MAX,
                PREPARED_MAX,
                defaults.outcomes()));
    }

    private final Xid xid = new BranchName();

    private XaConnection connection() throws JMSException {
        XaConnection connection = clients.opened(BROKER.factory().createXAConnection());
        connection.start();
        return connection;
    }

    private XASession session() throws JMSException {
        return connection().createXASession();
    }

    private void put(String text) throws JMSException {
        try (Session session = clients.session()) {
            session.createProducer(clients.queue()).send(session.createTextMessage(text));
        }
    }

    /** What there is on the queue for others, of which nothing is left. */
    private @Nullable String take() throws JMSException {
        try (Session session = clients.session();
                MessageConsumer consumer = session.createConsumer(clients.queue())) {
            Message message = consumer.receive(500);
            return message == null ? null : message.getBody(String.class);
        }
    }

    private String awaitTaken() throws JMSException {
        try (Session session = clients.session();
                MessageConsumer consumer = session.createConsumer(clients.queue())) {
            return Clients.nextText(consumer);
        }
    }

    private static void send(XASession session, Queue queue, String text) throws JMSException {
        session.createProducer(queue).send(session.createTextMessage(text));
    }

    /** Takes "in" from the queue, and puts "out" there. */
    private void work(XASession session) throws Exception {
        MessageConsumer consumer = session.createConsumer(clients.queue());
        assertThat(Clients.nextText(consumer)).isEqualTo("in");
        send(session, clients.queue(), "out");
        consumer.close();
    }

    private static void fails(int code, ThrowingCallable call) {
        XAException failure = catchThrowableOfType(XAException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.errorCode).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure).hasMessageMatching("(?s).{10,}");
    }

    private static boolean isRecovered(XAResource resource, Xid xid) throws XAException {
        for (Xid each : resource.recover(XAResource.TMSTARTRSCAN | XAResource.TMENDRSCAN)) {
            if (each.getFormatId() == xid.getFormatId()
                    && List.of(
                                    ByteBuffer.wrap(each.getGlobalTransactionId()),
                                    ByteBuffer.wrap(each.getBranchQualifier()))
                            .equals(List.of(
                                    ByteBuffer.wrap(xid.getGlobalTransactionId()),
                                    ByteBuffer.wrap(xid.getBranchQualifier())))) {
                return true;
            }
        }
        return false;
    }

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
        put("in");
        XASession session = session();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        work(session);
        resource.end(xid, XAResource.TMSUCCESS);
        assertThat(take()).isNull();
        switch (end) {
            case COMMIT_IN_ONE_PHASE -> resource.commit(xid, true);
            case COMMIT -> {
                assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
                assertThat(take()).isNull();
                resource.commit(xid, false);
            }
            case ROLLBACK -> resource.rollback(xid);
            case ROLLBACK_OF_PREPARED -> {
                assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
                resource.rollback(xid);
            }
        }
        boolean committed = end == End.COMMIT || end == End.COMMIT_IN_ONE_PHASE;
        assertThat(awaitTaken()).isEqualTo(committed ? "out" : "in");
        assertThat(take()).isNull();
        assertThat(isRecovered(resource, xid)).isFalse();
        fails(XAException.XAER_NOTA, () -> resource.commit(xid, false));
        fails(XAException.XAER_NOTA, () -> resource.commit(xid, true));
        fails(XAException.XAER_NOTA, () -> resource.rollback(xid));
        fails(XAException.XAER_NOTA, () -> resource.prepare(xid));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsWhatIsPreparedOverARestartForAnyConnection(boolean commits) throws Exception {
        put("in");
        XASession session = session();
        session.getXAResource().start(xid, XAResource.TMNOFLAGS);
        work(session);
        session.getXAResource().end(xid, XAResource.TMSUCCESS);
        assertThat(session.getXAResource().prepare(xid)).isEqualTo(XAResource.XA_OK);
        clients.closeAll();
        BROKER.restart();

        assertThat(take()).isNull();
        XAResource resource = session().getXAResource();
        assertThat(isRecovered(resource, xid)).isTrue();
        assertThat(resource.recover(XAResource.TMNOFLAGS)).isEmpty();
        assertThat(resource.recover(XAResource.TMENDRSCAN)).isEmpty();
        if (commits) {
            resource.commit(xid, false);
        } else {
            resource.rollback(xid);
        }
        assertThat(isRecovered(resource, xid)).isFalse();
        try (Session other = clients.session();
                MessageConsumer consumer = other.createConsumer(clients.queue())) {
            Message message = Clients.next(consumer);
            assertThat(message.getBody(String.class)).isEqualTo(commits ? "out" : "in");
            assertThat(message.getIntProperty("JMSXDeliveryCount")).isEqualTo(commits ? 1 : 2);
            assertThat(Clients.nothing(consumer)).isNull();
        }
    }

    /** One too large to be held whole, of which the journal has parts. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsALargeMessageThatIsPreparedOverARestart(boolean commits) throws Exception {
        byte[] large = new byte[3 << 20];
        large[large.length - 1] = 7;
        XASession session = session();
        session.getXAResource().start(xid, XAResource.TMNOFLAGS);
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(large);
        session.createProducer(clients.queue()).send(message);
        session.getXAResource().end(xid, XAResource.TMSUCCESS);
        assertThat(session.getXAResource().prepare(xid)).isEqualTo(XAResource.XA_OK);
        clients.closeAll();
        BROKER.restart();
        XAResource resource = session().getXAResource();
        if (commits) {
            resource.commit(xid, false);
        } else {
            resource.rollback(xid);
        }
        try (Session other = clients.session();
                MessageConsumer consumer = other.createConsumer(clients.queue())) {
            if (commits) {
                assertThat(Clients.next(consumer).getBody(byte[].class)).isEqualTo(large);
            }
            assertThat(Clients.nothing(consumer)).isNull();
        }
    }

    @Test
    void hasNothingToPrepareWhereNothingWasDone() throws Exception {
        XAResource resource = session().getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        resource.end(xid, XAResource.TMSUCCESS);
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_RDONLY);
        assertThat(isRecovered(resource, xid)).isFalse();
        fails(XAException.XAER_NOTA, () -> resource.commit(xid, false));
    }

    @Test
    void worksOnOneBranchInSeveralSessions() throws Exception {
        XaConnection connection = connection();
        XASession first = connection.createXASession();
        XASession second = connection.createXASession();
        XAResource one = first.getXAResource();
        XAResource other = second.getXAResource();
        assertThat(one.isSameRM(other)).isTrue();
        assertThat(one.isSameRM(session().getXAResource())).isFalse();
        one.start(xid, XAResource.TMNOFLAGS);
        other.start(xid, XAResource.TMJOIN);
        send(first, clients.queue(), "1");
        send(second, clients.queue(), "2");
        fails(XAException.XAER_PROTO, () -> one.prepare(xid));
        one.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XAER_PROTO, () -> one.commit(xid, true));
        other.end(xid, XAResource.TMSUCCESS);
        assertThat(take()).isNull();
        other.commit(xid, true);
        assertThat(awaitTaken()).isEqualTo("1");
        assertThat(awaitTaken()).isEqualTo("2");
    }

    /** As a manager does it when a transaction has lasted too long. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void doesNothingOfABranchThatAnotherThreadHasRolledBack(boolean endsFirst) throws Exception {
        put("in");
        XASession session = session();
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
        assertThat(awaitTaken()).isEqualTo("in");
        assertThat(awaitTaken()).isEqualTo("3");
        assertThat(take()).isNull();
    }

    /** The manager need not end the work on what it has given up. */
    @Test
    void worksOnAnotherBranchAfterOneThatWasRolledBack() throws Exception {
        XaConnection connection = connection();
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
            assertThat(awaitTaken()).isEqualTo("3");
        }
        assertThat(take()).isNull();
    }

    /** Jakarta Messaging §6.1.8: what becomes of the work of a closed session the manager says. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void commitsTheWorkOfAClosedSession(boolean endsFirst) throws Exception {
        put("in");
        XaConnection connection = connection();
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        work(session);
        if (endsFirst) {
            resource.end(xid, XAResource.TMSUCCESS);
            session.close();
        } else {
            session.close();
            resource.end(xid, XAResource.TMSUCCESS);
        }
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
        resource.commit(xid, false);
        assertThat(awaitTaken()).isEqualTo("out");
        assertThat(take()).isNull();
        XASession other = connection.createXASession();
        other.getXAResource().start(xid, XAResource.TMNOFLAGS);
        other.getXAResource().end(xid, XAResource.TMSUCCESS);
        other.getXAResource().rollback(xid);
    }

    @Test
    void leavesABranchToComeBack() throws Exception {
        XASession session = session();
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
        assertThat(awaitTaken()).isEqualTo("2");
        fails(XAException.XAER_PROTO, () -> resource.prepare(xid));
        fails(XAException.XAER_NOTA, () -> resource.start(second, XAResource.TMRESUME));
        resource.start(xid, XAResource.TMRESUME);
        send(session, clients.queue(), "3");
        resource.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XAER_PROTO, () -> resource.start(xid, XAResource.TMRESUME));
        resource.commit(xid, true);
        assertThat(awaitTaken()).isEqualTo("1");
        assertThat(awaitTaken()).isEqualTo("3");
    }

    /** A suspended branch may be ended as it is. */
    @Test
    void endsABranchThatItHasLeft() throws Exception {
        XASession session = session();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "1");
        resource.end(xid, XAResource.TMSUSPEND);
        resource.end(xid, XAResource.TMSUCCESS);
        fails(XAException.XAER_PROTO, () -> resource.end(xid, XAResource.TMSUCCESS));
        resource.commit(xid, true);
        assertThat(awaitTaken()).isEqualTo("1");
    }

    @Test
    void rollsBackABranchWhoseWorkHasFailed() throws Exception {
        XASession session = session();
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
        assertThat(take()).isNull();
    }

    /** The broker has rolled it back by itself, because it has lasted too long. */
    @Test
    void hearsThatABranchWasRolledBack() throws Exception {
        XASession session = session();
        XAResource resource = session.getXAResource();
        for (boolean onePhase : new boolean[] {true, false}) {
            Xid late = new BranchName();
            put("in");
            resource.start(late, XAResource.TMNOFLAGS);
            work(session);
            resource.end(late, XAResource.TMSUCCESS);
            // What it had taken is there for others again.
            assertThat(awaitTaken()).isEqualTo("in");
            fails(XAException.XA_RBROLLBACK, () -> {
                if (onePhase) {
                    resource.commit(late, true);
                } else {
                    resource.prepare(late);
                }
            });
        }
        assertThat(take()).isNull();
    }

    @Test
    void preparesNoMoreThanTheBrokerTakes() throws Exception {
        XASession session = session();
        XAResource resource = session.getXAResource();
        for (int i = 0; i < PREPARED_MAX; i++) {
            assertThat(prepareOne(session)).isEqualTo(XAResource.XA_OK);
        }
        fails(XAException.XA_RBROLLBACK, () -> prepareOne(session));
        assertThat(BROKER.broker().preparedTransactions()).isEqualTo(PREPARED_MAX);
        Xid[] prepared = resource.recover(XAResource.TMSTARTRSCAN);
        assertThat(prepared).hasSize(PREPARED_MAX);
        for (Xid each : prepared) {
            resource.rollback(each);
        }
        assertThat(take()).isNull();
    }

    private int prepareOne(XASession session) throws Exception {
        XAResource resource = session.getXAResource();
        Xid next = new BranchName();
        resource.start(next, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "1");
        resource.end(next, XAResource.TMSUCCESS);
        return resource.prepare(next);
    }

    /** By the management node, where whoever coordinates it does not come back. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isDecidedByAnOperator(boolean commits) throws Exception {
        put("in");
        XASession session = session();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        work(session);
        resource.end(xid, XAResource.TMSUCCESS);
        assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
        var name = HexFormat.of()
                .formatHex(ByteBuffer.allocate(133)
                        .putInt(xid.getFormatId())
                        .put((byte) Xid.MAXGTRIDSIZE)
                        .put(xid.getGlobalTransactionId())
                        .put(xid.getBranchQualifier())
                        .array());
        assertThat(ask("QUERY", "entityType", TYPE, "name", "").getIntProperty("count"))
                .isEqualTo(1);
        assertThat(ask("DELETE", "type", TYPE, "name", name).getIntProperty("statusCode"))
                .isEqualTo(501);
        assertThat(ask("COMMIT", "type", "dev.godwit.queue", "name", clients.name())
                        .getIntProperty("statusCode"))
                .isEqualTo(501);
        assertThat(ask("COMMIT", "type", TYPE, "name", "xyz").getIntProperty("statusCode"))
                .isEqualTo(400);
        var decision = commits ? "COMMIT" : "ROLLBACK";
        assertThat(ask(decision, "type", TYPE, "name", name).getIntProperty("statusCode"))
                .isEqualTo(200);
        assertThat(ask(decision, "type", TYPE, "name", name).getIntProperty("statusCode"))
                .isEqualTo(404);
        fails(XAException.XAER_NOTA, () -> resource.commit(xid, false));
        assertThat(awaitTaken()).isEqualTo(commits ? "out" : "in");
    }

    private Message ask(String operation, String typeKey, String type, String nameKey, String name)
            throws JMSException {
        try (Session session = clients.session()) {
            TemporaryQueue answers = session.createTemporaryQueue();
            Message request = session.createMessage();
            request.setJMSReplyTo(answers);
            request.setStringProperty("operation", operation);
            request.setStringProperty(typeKey, type);
            request.setStringProperty(nameKey, name);
            MessageConsumer consumer = session.createConsumer(answers);
            session.createProducer(session.createQueue("$management")).send(request);
            return Clients.next(consumer);
        }
    }

    @Test
    void refusesWhatMakesNoSense() throws Exception {
        XAResource resource = session().getXAResource();
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
        XaConnection connection = connection();
        XASession session = connection.createXASession();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        send(session, clients.queue(), "1");
        resource.end(xid, XAResource.TMSUCCESS);
        connection.close();
        fails(XAException.XAER_RMFAIL, () -> resource.prepare(xid));
        assertThat(take()).isNull();
    }

    /** Jakarta Messaging §6.3.2: the transactions are the resource's to end. */
    @Test
    void belongsToNoTransactionBetweenTwoBranches() throws Exception {
        XASession session = session();
        assertThat(session.getTransacted()).isTrue();
        assertThatThrownBy(session::commit).isInstanceOf(TransactionInProgressException.class);
        assertThatThrownBy(session::rollback).isInstanceOf(TransactionInProgressException.class);
        send(session, clients.queue(), "at once");
        try (MessageConsumer consumer = session.getSession().createConsumer(clients.queue())) {
            assertThat(Clients.nextText(consumer)).isEqualTo("at once");
        }
        session.close();
        assertThat(take()).isNull();
    }

    @Test
    void hasAContextOfTheSimplifiedApi() throws Exception {
        try (XAJMSContext context = BROKER.factory().createXAContext()) {
            XAResource resource = context.getXAResource();
            resource.start(xid, XAResource.TMNOFLAGS);
            context.createProducer().send(clients.queue(), "text");
            resource.end(xid, XAResource.TMSUCCESS);
            assertThat(resource.prepare(xid)).isEqualTo(XAResource.XA_OK);
            assertThat(take()).isNull();
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
        assertThat(awaitTaken()).isEqualTo("text");
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
