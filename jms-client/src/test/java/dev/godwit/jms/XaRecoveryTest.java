package dev.godwit.jms;

import static dev.godwit.jms.Branches.fails;
import static dev.godwit.jms.Branches.isRecovered;
import static dev.godwit.jms.Branches.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.godwit.broker.transaction.TransactionLimits;
import jakarta.jms.BytesMessage;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.XASession;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Branches that are prepared: over a restart, as many as there may be, and decided by whoever. With a real broker. */
@Timeout(60)
class XaRecoveryTest {
    private static final int PREPARED_MAX = 5;
    private static final String TYPE = "dev.godwit.prepared-transaction";

    @RegisterExtension
    static final BrokerExtension BROKER =
            new BrokerExtension(Branches.limits(TransactionLimits.DEFAULTS.timeoutMillis(), PREPARED_MAX));

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private final Branches branches = new Branches(BROKER, clients);
    private final Xid xid = new BranchName();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsWhatIsPreparedOverARestartForAnyConnection(boolean commits) throws Exception {
        branches.put("in");
        XASession session = branches.session();
        session.getXAResource().start(xid, XAResource.TMNOFLAGS);
        branches.work(session);
        session.getXAResource().end(xid, XAResource.TMSUCCESS);
        assertThat(session.getXAResource().prepare(xid)).isEqualTo(XAResource.XA_OK);
        clients.closeAll();
        BROKER.restart();

        assertThat(branches.take()).isNull();
        XAResource resource = branches.session().getXAResource();
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
        XASession session = branches.session();
        session.getXAResource().start(xid, XAResource.TMNOFLAGS);
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(large);
        session.createProducer(clients.queue()).send(message);
        session.getXAResource().end(xid, XAResource.TMSUCCESS);
        assertThat(session.getXAResource().prepare(xid)).isEqualTo(XAResource.XA_OK);
        clients.closeAll();
        BROKER.restart();
        XAResource resource = branches.session().getXAResource();
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
    void preparesNoMoreThanTheBrokerTakes() throws Exception {
        XASession session = branches.session();
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
        assertThat(branches.take()).isNull();
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
        branches.put("in");
        XASession session = branches.session();
        XAResource resource = session.getXAResource();
        resource.start(xid, XAResource.TMNOFLAGS);
        branches.work(session);
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
        assertThat(branches.awaitTaken()).isEqualTo(commits ? "out" : "in");
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
}
