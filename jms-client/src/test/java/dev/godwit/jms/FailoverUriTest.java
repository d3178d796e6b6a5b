package dev.godwit.jms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.amqp.transport.CuttableWire;
import dev.godwit.jms.session.ClientConnection;
import jakarta.jms.JMSException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A URI with several brokers, or of one that may come back, does what it says. */
@Timeout(60)
class FailoverUriTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    private static final long SOON_MILLIS = 10_000;

    private static int portOfNobody() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "failover:(amqp://127.0.0.1:NOBODY,amqp://127.0.0.1:WIRE)?jms.clientID=a&failover.nested.amqp.vhost=v",
                "failover:(tcp://127.0.0.1:WIRE)?maxReconnectDelay=200&jms.clientID=b",
                "(tcp://127.0.0.1:NOBODY,tcp://127.0.0.1:WIRE)?ha=true&reconnectAttempts=-1&clientID=c"
            })
    void goesOnWhenTheConnectionIsCut(String shape) throws Exception {
        RecordedStates states = new RecordedStates();
        CuttableWire wire = new CuttableWire(BROKER.broker().port());
        String uri = shape.replace("NOBODY", "" + portOfNobody()).replace("WIRE", "" + wire.port());
        try (ClientConnection connection = new GodwitConnectionFactory(uri).createConnection()) {
            connection.addConnectionStateListener(states);
            connection.start();
            Session session = connection.createSession();
            Queue queue = session.createQueue("failover." + connection.getClientID());
            MessageProducer producer = session.createProducer(queue);
            MessageConsumer consumer = session.createConsumer(queue);
            for (int cut = 0; cut < 3; cut++) {
                producer.send(session.createTextMessage("message " + cut));
                assertThat(consumer.receive(SOON_MILLIS).getBody(String.class)).isEqualTo("message " + cut);
                wire.cut();
                states.assertNext("interrupted");
                states.assertNext("restored");
            }
            assertThat(consumer.receiveNoWait()).isNull();
        } finally {
            wire.close();
        }
    }

    @Test
    void aCloseDuringAnInterruptionTakesItsTimeoutOnceHoweverManySessionsThereAre() throws Exception {
        CuttableWire wire = new CuttableWire(BROKER.broker().port());
        String uri = "failover:(amqp://127.0.0.1:" + wire.port() + ")?jms.closeTimeout=500&jms.forceAsyncSend=true";
        ClientConnection connection = new GodwitConnectionFactory(uri).createConnection();
        try {
            List<MessageProducer> producers = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Session session = connection.createSession();
                producers.add(session.createProducer(session.createQueue("failover.close")));
            }
            Session any = connection.createSession();
            wire.tearDown();
            for (MessageProducer producer : producers) {
                producer.send(any.createMessage());
            }
            long began = System.nanoTime();

            connection.close();

            // Once for each session it would be 10 s.
            assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)).isLessThan(5_000L);
        } finally {
            wire.close();
        }
    }

    @Test
    void attemptsAreBoundedAsTheUriSays() throws Exception {
        GodwitConnectionFactory factory = new GodwitConnectionFactory(
                "failover:(amqp://127.0.0.1:" + portOfNobody() + ")?failover.maxReconnectAttempts=2");
        assertThatThrownBy(factory::createConnection)
                .isInstanceOf(JMSException.class)
                .hasMessageContainingAll("failover:(amqp://127.0.0.1:", "given up after 3 attempts");
    }

    @Test
    void aConnectionToOneBrokerEndsWithIt() throws Exception {
        CuttableWire wire = new CuttableWire(BROKER.broker().port());
        BlockingQueue<JMSException> heard = new LinkedBlockingQueue<>();
        GodwitConnectionFactory factory = new GodwitConnectionFactory("amqp://127.0.0.1:" + wire.port());
        factory.setExceptionListener(heard::add);
        try (ClientConnection connection = factory.createConnection()) {
            wire.cut();
            assertThat(heard.poll(SOON_MILLIS, TimeUnit.MILLISECONDS)).isNotNull();
            assertThatThrownBy(connection::createSession).isInstanceOf(JMSException.class);
        } finally {
            wire.close();
        }
    }
}
