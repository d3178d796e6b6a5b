package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.godwit.broker.BrokerConfiguration;
import dev.godwit.broker.transaction.TransactionLimits;
import dev.godwit.jms.session.XaConnection;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.XASession;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;

/**
 * What a transaction manager does with branches at a real broker, and what others see of it meanwhile. For the test's thread.
 */
final class Branches {
    private final BrokerExtension broker;
    private final Clients clients;

    Branches(BrokerExtension broker, Clients clients) {
        this.broker = broker;
        this.clients = clients;
    }

    /**
     * Settings of a broker.
     *
     * @param timeoutMillis how long a transaction may last
     * @param preparedMax how many may be prepared
     */
    static UnaryOperator<BrokerConfiguration> limits(long timeoutMillis, int preparedMax) {
        TransactionLimits defaults = TransactionLimits.DEFAULTS;
        return configuration -> configuration.withTransactions(new TransactionLimits(
                timeoutMillis,
                defaults.perConnectionMax(),
                defaults.bytesMax(),
                defaults.operationsMax(),
                preparedMax,
                preparedMax,
                defaults.outcomes()));
    }

    XaConnection connection() throws JMSException {
        XaConnection connection = clients.opened(broker.factory().createXAConnection());
        connection.start();
        return connection;
    }

    XASession session() throws JMSException {
        return connection().createXASession();
    }

    void put(String text) throws JMSException {
        try (Session session = clients.session()) {
            session.createProducer(clients.queue()).send(session.createTextMessage(text));
        }
    }

    /** What there is on the queue for others, of which nothing is left. */
    @Nullable
    String take() throws JMSException {
        try (Session session = clients.session();
                MessageConsumer consumer = session.createConsumer(clients.queue())) {
            Message message = Clients.nothing(consumer);
            return message == null ? null : message.getBody(String.class);
        }
    }

    String awaitTaken() throws JMSException {
        try (Session session = clients.session();
                MessageConsumer consumer = session.createConsumer(clients.queue())) {
            return Clients.nextText(consumer);
        }
    }

    static void send(XASession session, Queue queue, String text) throws JMSException {
        session.createProducer(queue).send(session.createTextMessage(text));
    }

    /** Takes "in" from the queue, and puts "out" there. */
    void work(XASession session) throws Exception {
        MessageConsumer consumer = session.createConsumer(clients.queue());
        assertThat(Clients.nextText(consumer)).isEqualTo("in");
        send(session, clients.queue(), "out");
        consumer.close();
    }

    static XAException fails(int code, ThrowingCallable call) {
        XAException failure = catchThrowableOfType(XAException.class, call);
        assertThat(failure).isNotNull();
        assertThat(failure.errorCode).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure).hasMessageMatching("(?s).{10,}");
        return failure;
    }

    static boolean isRecovered(XAResource resource, Xid xid) throws XAException {
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
}
