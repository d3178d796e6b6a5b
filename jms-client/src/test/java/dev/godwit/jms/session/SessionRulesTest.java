package dev.godwit.jms.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import dev.godwit.jms.message.GodwitTemporaryQueue;
import dev.godwit.jms.message.TemporaryDestinationOwner;
import dev.godwit.jms.provider.ProviderException;
import dev.godwit.jms.provider.ProviderException.Reason;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidClientIDException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Session;
import jakarta.jms.TemporaryQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What connections and sessions promise of credit, names, errors and destinations, over a broker that does as the test says. */
@Timeout(20)
class SessionRulesTest extends FakeBrokerSession {
    @Test
    @JmsSpec("6.1.4/stopped")
    void grantsNothingBeforeTheConnectionIsStarted() throws Exception {
        session.createConsumer(queue);
        assertThat(broker.receiver().grants).isEmpty();
        connection.start();
        assertThat(broker.receiver().grants).containsExactly(1_000);
        session.createConsumer(queue);
        assertThat(broker.receiver().grants).containsExactly(1_000);
    }

    @Test
    @JmsSpec("6.2.10/over-run")
    void grantsAgainWhenHalfIsUsed() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        for (int i = 0; i < 499; i++) {
            broker.receiver().deliver("m" + i);
            consumer.receive();
        }
        assertThat(broker.receiver().grants).containsExactly(1_000);
        broker.receiver().deliver("m499");
        consumer.receive();
        assertThat(broker.receiver().grants).containsExactly(1_000, 500);
        assertThat(broker.receiver().credit()).isEqualTo(1_000);
    }

    @Test
    void withoutPrefetchAsksOnlyWhenAsked() throws Exception {
        try (ClientConnection eager = broker.connect(FakeBroker.settings(0))) {
            eager.start();
            MessageConsumer consumer = eager.createSession().createConsumer(queue);
            assertThat(broker.receiver().grants).isEmpty();
            assertThat(consumer.receive(1)).isNull();
            assertThat(broker.receiver().credit()).isZero();
            assertThat(broker.log).contains("drain");
        }
    }

    @Test
    void receiveThatHasWaitedAsksNobody() throws Exception {
        connection.start();
        MessageConsumer consumer = session.createConsumer(queue);
        assertThat(consumer.receive(1)).isNull();
        assertThat(broker.log).doesNotContain("drain");
    }

    @Test
    void silenceOfTheBrokerIsNoMessage() throws Exception {
        try (ClientConnection quick = broker.connect(FakeBroker.settings(10, 50))) {
            quick.start();
            MessageConsumer consumer = quick.createSession().createConsumer(queue);
            broker.silent = true;
            assertThat(consumer.receiveNoWait()).isNull();
            broker.silent = false;
            broker.receiver().deliver("late");
            assertThat(text(consumer.receiveNoWait())).isEqualTo("late");
        }
    }

    @Test
    @JmsSpec({"6.1.2/first", "10.3/client-id"})
    void clientIdentifierIsSetFirstOrNever() throws Exception {
        assertThatThrownBy(() -> connection.setClientID("late")).isInstanceOf(IllegalStateException.class);
        try (ClientConnection named = broker.connect()) {
            assertThatThrownBy(() -> named.setClientID("")).isInstanceOf(InvalidClientIDException.class);
            broker.log.clear();
            named.setClientID("me");
            assertThat(broker.log).containsExactly("connect as me", "close connection");
            assertThat(named.getClientID()).isEqualTo("me");
            assertThatThrownBy(() -> named.setClientID("you")).isInstanceOf(IllegalStateException.class);
        }
        try (ClientConnection refused = broker.connect()) {
            broker.refusal = new ProviderException(Reason.CLIENT_ID_IN_USE, "taken");
            assertThatThrownBy(() -> refused.setClientID("me")).isInstanceOf(InvalidClientIDException.class);
            broker.refusal = null;
            assertThat(refused.getClientID()).isNull();
            refused.createSession();
        }
    }

    @Test
    @JmsSpec("10.3/security")
    void refusalIsAnExceptionOfItsKind() {
        broker.refusal = new ProviderException(Reason.SECURITY, "not you");
        assertThatThrownBy(broker::connect)
                .isInstanceOf(JMSSecurityException.class)
                .hasMessageContaining("connecting to fake")
                .hasMessageContaining("not you");
        assertThatThrownBy(() -> session.createConsumer(queue)).isInstanceOf(JMSSecurityException.class);
    }

    @Test
    void silenceEndsInAnExceptionThatSaysHowLong() throws Exception {
        try (ClientConnection quick = broker.connect(FakeBroker.settings(10, 50))) {
            Session impatient = quick.createSession();
            broker.silent = true;
            assertThatThrownBy(() -> impatient.createConsumer(queue))
                    .isInstanceOf(JMSException.class)
                    .hasMessage("creating a consumer of queue \"q\": no answer within 50 ms");
            broker.silent = false;
            MessageProducer producer = impatient.createProducer(queue);
            broker.holdsSends = true;
            assertThatThrownBy(() -> producer.send(session.createTextMessage("a")))
                    .hasMessage("sending to queue \"q\": no answer within 50 ms; connected to fake");
            broker.canWithdraw = true;
            assertThatThrownBy(() -> producer.send(session.createTextMessage("a")))
                    .hasMessageContaining("it was never sent, for want of credit or of a connection");
        }
    }

    @Test
    @JmsSpec({"6.2.2/delete", "4.1.5/own"})
    void temporaryQueueBelongsToItsConnection() throws Exception {
        TemporaryQueue temporary = session.createTemporaryQueue();
        MessageConsumer consumer = session.createConsumer(temporary);
        assertThatThrownBy(temporary::delete).isInstanceOf(JMSException.class).hasMessageContaining("has consumers");
        consumer.close();
        temporary.delete();
        assertThat(broker.log).endsWith("delete temp-1");
        assertThatThrownBy(() -> session.createProducer(temporary)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> session.createConsumer(temporary)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() ->
                        session.createConsumer(new GodwitTemporaryQueue("theirs", TemporaryDestinationOwner.ELSEWHERE)))
                .isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    @JmsSpec("9.2/refused")
    void sessionsOfOldKeepToTheirDomain() throws Exception {
        var queues = connection.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        assertThatThrownBy(() -> queues.createTopic("t")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(queues::createTemporaryTopic).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> queues.unsubscribe("s")).isInstanceOf(IllegalStateException.class);
        var topics = connection.createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
        assertThatThrownBy(() -> topics.createQueue("q")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(topics::createTemporaryQueue).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> topics.createBrowser(queue)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @JmsSpec("8.3.3/client-id")
    void durableSubscriptionNeedsANamedConnection() throws Exception {
        var topic = session.createTopic("t");
        assertThatThrownBy(() -> session.createDurableConsumer(topic, "s")).isInstanceOf(IllegalStateException.class);
        session.createSharedDurableConsumer(topic, "s");
        assertThat(broker.receiver().request.shared()).isTrue();
        assertThat(broker.receiver().request.clientIdGiven()).isFalse();
    }
}
