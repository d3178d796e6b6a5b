package dev.godwit.jms;

import static dev.godwit.jms.Clients.inBackground;
import static dev.godwit.jms.Clients.next;
import static dev.godwit.jms.Clients.nextText;
import static dev.godwit.jms.Clients.nothing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.godwit.conformance.JmsSpec;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.Destination;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.QueueBrowser;
import jakarta.jms.QueueConnection;
import jakarta.jms.QueueConnectionFactory;
import jakarta.jms.QueueRequestor;
import jakarta.jms.QueueSession;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import jakarta.jms.TopicConnection;
import jakarta.jms.TopicConnectionFactory;
import jakarta.jms.TopicRequestor;
import jakarta.jms.TopicSession;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Queues and topics, and the four sets of interfaces to them. */
@Timeout(60)
class DomainsTest {
    @RegisterExtension
    static final BrokerExtension BROKER = new BrokerExtension();

    @RegisterExtension
    final Clients clients = new Clients(BROKER);

    private static final long SOON_MILLIS = Clients.SOON_MILLIS;

    @Test
    @JmsSpec({"1/domains", "2.3/interfaces", "5.3/kinds", "8.2/each-api"})
    void classicApiKnowsQueuesAndTopics() throws JMSException {
        ConnectionFactory factory = BROKER.factory();
        try (var connection = factory.createConnection()) {
            connection.start();
            var session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
            for (var destination : List.of(clients.queue(), clients.topic())) {
                var consumer = session.createConsumer(destination);
                session.createProducer(destination).send(session.createTextMessage("hello"));
                assertThat(nextText(consumer)).isEqualTo("hello");
            }
        }
    }

    @Test
    @JmsSpec({"2.5/four", "5.3/kinds", "8.2/each-api", "4.1.4/name"})
    void queueApi() throws JMSException {
        QueueConnectionFactory factory = BROKER.factory();
        QueueConnection connection = clients.opened(factory.createQueueConnection());
        connection.start();
        QueueSession session = connection.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        var queue = session.createQueue(clients.name());
        assertThat(queue.getQueueName()).isEqualTo(clients.name());
        assertThat(queue).hasToString(clients.name());
        var receiver = session.createReceiver(queue, "n = 1");
        assertThat(receiver.getQueue()).isEqualTo(queue);
        assertThat(receiver.getMessageSelector()).isEqualTo("n = 1");
        var sender = session.createSender(queue);
        assertThat(sender.getQueue()).isEqualTo(queue);
        var message = session.createTextMessage("one");
        sender.send(message);
        message.setIntProperty("n", 1);
        sender.send(message);
        assertThat(next(receiver).getIntProperty("n")).isEqualTo(1);
        receiver.close();
        session.createSender(null).send(queue, message);
        var all = session.createReceiver(queue);
        assertThat(next(all).propertyExists("n")).isFalse();
        assertThat(next(all).propertyExists("n")).isTrue();
    }

    @Test
    @JmsSpec({"2.5/four", "5.3/kinds", "4.2.6/name"})
    void topicApi() throws JMSException {
        TopicConnectionFactory factory = BROKER.factory();
        TopicConnection connection = clients.opened(factory.createTopicConnection());
        connection.start();
        TopicSession session = connection.createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
        var topic = session.createTopic(clients.name());
        assertThat(topic.getTopicName()).isEqualTo(clients.name());
        assertThat(topic).hasToString(clients.name());
        var subscriber = session.createSubscriber(topic);
        var deaf = session.createSubscriber(topic, null, true);
        assertThat(deaf.getNoLocal()).isTrue();
        assertThat(subscriber.getNoLocal()).isFalse();
        assertThat(subscriber.getTopic()).isEqualTo(topic);
        var publisher = session.createPublisher(topic);
        assertThat(publisher.getTopic()).isEqualTo(topic);
        publisher.publish(session.createTextMessage("a"));
        session.createPublisher(null).publish(topic, session.createTextMessage("b"));
        assertThat(nextText(subscriber)).isEqualTo("a");
        assertThat(nextText(subscriber)).isEqualTo("b");
        assertThat(nothing(deaf)).isNull();
    }

    @Test
    @JmsSpec({"2.5/four", "5.3/kinds", "8.2/each-api"})
    void simplifiedApi() {
        ConnectionFactory factory = BROKER.factory();
        try (JMSContext context = factory.createContext()) {
            for (var destination :
                    List.of(context.createQueue(clients.name()), context.createTopic(clients.name() + "-t"))) {
                var consumer = context.createConsumer(destination);
                context.createProducer().send(destination, "hello");
                assertThat(consumer.receiveBody(String.class, SOON_MILLIS)).isEqualTo("hello");
            }
        }
    }

    @Test
    @JmsSpec("9.2/refused")
    void whatIsForTheOtherDomainIsRefused() throws JMSException {
        QueueConnection queues = clients.opened(BROKER.factory().createQueueConnection());
        queues.setClientID(clients.name());
        QueueSession queueSession = queues.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        TopicConnection topics = clients.opened(BROKER.factory().createTopicConnection());
        TopicSession topicSession = topics.createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
        var topic = clients.topic();
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> queues.createSharedConnectionConsumer(topic, "s", null, null, 1),
            () -> queues.createDurableConnectionConsumer(topic, "s", null, null, 1),
            () -> queues.createSharedDurableConnectionConsumer(topic, "s", null, null, 1),
            () -> queueSession.createDurableSubscriber(topic, "s"),
            () -> queueSession.createDurableSubscriber(topic, "s", null, false),
            () -> queueSession.createDurableConsumer(topic, "s"),
            () -> queueSession.createDurableConsumer(topic, "s", null, false),
            () -> queueSession.createSharedConsumer(topic, "s"),
            () -> queueSession.createSharedConsumer(topic, "s", null),
            () -> queueSession.createSharedDurableConsumer(topic, "s"),
            () -> queueSession.createSharedDurableConsumer(topic, "s", null),
            queueSession::createTemporaryTopic,
            () -> queueSession.createTopic("t"),
            () -> queueSession.unsubscribe("s"),
            () -> topicSession.createBrowser(clients.queue()),
            () -> topicSession.createBrowser(clients.queue(), null),
            () -> topicSession.createQueue("q"),
            topicSession::createTemporaryQueue
        }) {
            assertThatThrownBy(call).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    @JmsSpec({"4.1.2/once", "4.1.8/waits"})
    void eachMessageOfAQueueGoesToOneConsumer() throws JMSException {
        var sending = clients.session();
        var producer = sending.createProducer(clients.queue());
        for (int i = 0; i < 20; i++) {
            producer.send(sending.createTextMessage("" + i));
        }
        var got = new ArrayList<String>();
        var consumers = List.of(
                clients.session().createConsumer(clients.queue()),
                clients.session().createConsumer(clients.queue()));
        for (var consumer : consumers) {
            for (Message message = nothing(consumer); message != null; message = nothing(consumer)) {
                got.add(message.getBody(String.class));
            }
        }
        assertThat(got).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    @JmsSpec({"4.1.6/looks", "4.1.6/selector"})
    void browserShowsAndTakesNothing() throws JMSException {
        var session = clients.session();
        var producer = session.createProducer(clients.queue());
        for (int i = 0; i < 5; i++) {
            var message = session.createTextMessage("" + i);
            message.setIntProperty("n", i);
            producer.send(message);
        }
        var browser = session.createBrowser(clients.queue());
        assertThat(browser.getQueue()).isEqualTo(clients.queue());
        assertThat(browser.getMessageSelector()).isNull();
        assertThat(texts(browser)).containsExactly("0", "1", "2", "3", "4");
        assertThat(texts(browser)).containsExactly("0", "1", "2", "3", "4");
        var selecting = session.createBrowser(clients.queue(), "n > 2");
        assertThat(selecting.getMessageSelector()).isEqualTo("n > 2");
        assertThat(texts(selecting)).containsExactly("3", "4");
        assertThat(nextText(session.createConsumer(clients.queue()))).isEqualTo("0");
        assertThat(texts(session.createBrowser(session.createQueue(clients.name() + "-empty"))))
                .isEmpty();
    }

    @SuppressWarnings("JdkObsolete")
    private static List<String> texts(QueueBrowser browser) throws JMSException {
        var texts = new ArrayList<String>();
        Enumeration<?> all = browser.getEnumeration();
        while (all.hasMoreElements()) {
            texts.add(((TextMessage) all.nextElement()).getText());
        }
        assertThatThrownBy(all::nextElement).isInstanceOf(java.util.NoSuchElementException.class);
        return texts;
    }

    @Test
    @JmsSpec("4.1.6/early")
    void browserDoesNotShowWhatIsNotDue() throws JMSException {
        var session = clients.session();
        var producer = session.createProducer(clients.queue());
        producer.setDeliveryDelay(3_600_000);
        producer.send(session.createTextMessage("late"));
        producer.setDeliveryDelay(0);
        producer.send(session.createTextMessage("now"));
        assertThat(texts(session.createBrowser(clients.queue()))).containsExactly("now");
    }

    /** Answers the first question that comes. */
    private CompletableFuture<Boolean> answerInBackground(Destination destination) throws JMSException {
        var answering = clients.session();
        var questions = answering.createConsumer(destination);
        return inBackground(() -> {
            var question = next(questions);
            answering
                    .createProducer(question.getJMSReplyTo())
                    .send(answering.createTextMessage("re: " + question.getBody(String.class)));
            return true;
        });
    }

    @Test
    @JmsSpec("4.1.7/request")
    void queueRequestorBringsAnAnswer() throws Exception {
        QueueConnection asking = clients.opened(BROKER.factory().createQueueConnection());
        asking.start();
        var answer = answerInBackground(clients.queue());
        var session = asking.createQueueSession(false, Session.AUTO_ACKNOWLEDGE);
        var requestor = new QueueRequestor(session, clients.queue());
        assertThat(requestor.request(session.createTextMessage("question")).getBody(String.class))
                .isEqualTo("re: question");
        assertThat(answer.get()).isTrue();
        requestor.close();
        assertThatThrownBy(() -> new QueueRequestor(asking.createQueueSession(false, Session.AUTO_ACKNOWLEDGE), null))
                .isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    @JmsSpec("4.2.10/request")
    void topicRequestorBringsAnAnswer() throws Exception {
        TopicConnection asking = clients.opened(BROKER.factory().createTopicConnection());
        asking.start();
        var answer = answerInBackground(clients.topic());
        var session = asking.createTopicSession(false, Session.AUTO_ACKNOWLEDGE);
        var requestor = new TopicRequestor(session, clients.topic());
        assertThat(requestor.request(session.createTextMessage("question")).getBody(String.class))
                .isEqualTo("re: question");
        assertThat(answer.get()).isTrue();
        requestor.close();
        assertThatThrownBy(() -> new TopicRequestor(asking.createTopicSession(false, Session.AUTO_ACKNOWLEDGE), null))
                .isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    @JmsSpec({"4.1.5/own", "4.2.7/own", "6.2.2/lifetime", "6.2.2/delete", "10.3/destination"})
    void temporaryDestinationsBelongToTheirConnection() throws JMSException {
        var owner = clients.started();
        var session = owner.createSession();
        var queue = session.createTemporaryQueue();
        var topic = session.createTemporaryTopic();
        assertThat(queue).isNotEqualTo(session.createTemporaryQueue());
        var stranger = clients.session();
        for (var destination : List.of(queue, topic)) {
            assertThatThrownBy(() -> stranger.createConsumer(destination)).isInstanceOf(JMSException.class);
            var consumer = owner.createSession().createConsumer(destination);
            stranger.createProducer(destination).send(stranger.createTextMessage("hello"));
            assertThat(nextText(consumer)).isEqualTo("hello");
            ThrowingCallable delete = destination == queue ? queue::delete : topic::delete;
            assertThatThrownBy(delete).isInstanceOf(JMSException.class);
            consumer.close();
        }
        queue.delete();
        topic.delete();
        assertThatThrownBy(() -> session.createConsumer(queue)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> session.createProducer(queue)).isInstanceOf(InvalidDestinationException.class);
        assertThatThrownBy(() -> stranger.createProducer(queue)).isInstanceOf(JMSException.class);
        var named = clients.started(clients.name()).createSession();
        var another = named.createTemporaryTopic();
        assertThatThrownBy(() -> named.createDurableConsumer(another, "s"))
                .isInstanceOf(InvalidDestinationException.class);
    }

    @Test
    @JmsSpec("6.2.2/lifetime")
    void temporaryDestinationEndsWithItsConnection() throws JMSException {
        var owner = clients.started();
        var queue = owner.createSession().createTemporaryQueue();
        var stranger = clients.session();
        stranger.createProducer(queue).send(stranger.createMessage());
        owner.close();
        assertThatThrownBy(() -> stranger.createProducer(queue)).isInstanceOf(JMSException.class);
    }

    @Test
    @JmsSpec({"10.3/destination", "8.1/selector"})
    void noDestinationIsNoDestination() throws JMSException {
        var session = clients.started(clients.name()).createSession();
        for (ThrowingCallable call : new ThrowingCallable[] {
            () -> session.createConsumer(null),
            () -> session.createConsumer(null, "a = 1"),
            () -> session.createBrowser(null),
            () -> session.createSharedConsumer(null, "s"),
            () -> session.createDurableConsumer(null, "s"),
            () -> session.createSharedDurableConsumer(null, "s"),
            () -> session.createDurableSubscriber(null, "s"),
            () -> session.createProducer(null).send(null, session.createMessage()),
            () -> session.unsubscribe("nobody made this")
        }) {
            assertThatThrownBy(call).isInstanceOf(InvalidDestinationException.class);
        }
    }
}
