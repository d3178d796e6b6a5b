package dev.godwit.it.qpid;

import dev.godwit.jms.GodwitConnectionFactory;
import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import org.apache.qpid.jms.JmsConnectionFactory;

/** The two clients that must understand each other. */
enum JmsClient {
    QPID {
        @Override
        ConnectionFactory factory(String uri) {
            return new JmsConnectionFactory(uri);
        }
    },
    GODWIT {
        @Override
        ConnectionFactory factory(String uri) {
            return new GodwitConnectionFactory(uri);
        }
    };

    /** The options that both know say which classes an ObjectMessage may hold. */
    abstract ConnectionFactory factory(String uri);

    /** A connection that is started. */
    Connection connect(String uri) throws JMSException {
        var connection = factory(uri).createConnection();
        connection.start();
        return connection;
    }
}
