package dev.godwit.it.joram;

import dev.godwit.jms.GodwitConnectionFactory;
import dev.godwit.jms.message.GodwitQueue;
import dev.godwit.jms.message.GodwitTopic;
import jakarta.jms.Queue;
import jakarta.jms.Topic;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.apache.qpid.jms.JmsQueue;
import org.apache.qpid.jms.JmsTopic;

/** The two clients that the tests are made with. */
enum JmsClient {
    QPID {
        @Override
        Object factory(String uri) {
            return new JmsConnectionFactory(uri);
        }

        @Override
        Queue queue(String name) {
            return new JmsQueue(name);
        }

        @Override
        Topic topic(String name) {
            return new JmsTopic(name);
        }
    },
    GODWIT {
        @Override
        Object factory(String uri) {
            return new GodwitConnectionFactory(uri);
        }

        @Override
        Queue queue(String name) {
            return new GodwitQueue(name);
        }

        @Override
        Topic topic(String name) {
            return new GodwitTopic(name);
        }
    };

    /** A factory of all three kinds. Both clients know the same options of a URI. */
    abstract Object factory(String uri);

    abstract Queue queue(String name);

    abstract Topic topic(String name);
}
