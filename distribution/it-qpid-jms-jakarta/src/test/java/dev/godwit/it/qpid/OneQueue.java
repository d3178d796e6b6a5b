package dev.godwit.it.qpid;

import dev.godwit.it.EmbeddedBroker;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What tests of Qpid JMS begin with: a connection, a session, and a queue that no other test uses. */
@SuppressWarnings("NullAway.Init")
abstract class OneQueue {
    @RegisterExtension
    static final EmbeddedBroker BROKER = new EmbeddedBroker();

    static final long SOON_MILLIS = 10_000;
    static final long NEVER_MILLIS = 300;

    Connection connection;
    Session session;
    Queue queue;

    @BeforeEach
    void connect(TestInfo test) throws JMSException {
        connection = connect("");
        session = connection.createSession();
        queue = session.createQueue(test.getTestMethod().orElseThrow().getName()
                + test.getDisplayName().hashCode());
    }

    @AfterEach
    void disconnect() throws JMSException {
        connection.close();
    }

    /**
     * Another connection.
     *
     * @param options of the URI, such as {@code ?jms.prefetchPolicy.all=0}
     */
    static Connection connect(String options) throws JMSException {
        return JmsClient.QPID.connect(BROKER.uri() + options);
    }
}
