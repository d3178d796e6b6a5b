package dev.godwit.it.qpid;

import javax.jms.Connection;
import javax.jms.ConnectionFactory;
import javax.jms.JMSException;
import org.apache.qpid.jms.JmsConnectionFactory;

/** The client under test: here, of the javax line, there is only one. */
enum JmsClient {
    QPID {
        @Override
        ConnectionFactory factory(String uri) {
            return new JmsConnectionFactory(uri);
        }
    };

    /** The options are those of Qpid JMS. */
    abstract ConnectionFactory factory(String uri);

    /** A connection that is started. */
    Connection connect(String uri) throws JMSException {
        var connection = factory(uri).createConnection();
        connection.start();
        return connection;
    }
}
