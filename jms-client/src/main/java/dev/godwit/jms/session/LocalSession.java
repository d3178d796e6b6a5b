package dev.godwit.jms.session;

import dev.godwit.jms.message.GodwitQueue;
import dev.godwit.jms.message.GodwitTopic;
import dev.godwit.jms.message.MessageFactory;
import jakarta.jms.BytesMessage;
import jakarta.jms.IllegalStateException;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageListener;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.QueueSession;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import jakarta.jms.TopicSession;
import java.io.Serializable;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a session does without its broker: makes messages and names of destinations, and says what is not for it. For any
 * thread, as long as nobody closes it.
 */
abstract sealed class LocalSession implements QueueSession, TopicSession permits ClientSession {
    private final Domain domain;
    private final MessageFactory messages;

    LocalSession(Domain domain, ConnectionSettings settings) {
        this.domain = domain;
        this.messages = new MessageFactory(settings.deserializationPolicy(), settings.validatesPropertyNames());
    }

    /** @throws IllegalStateException when the session is closed */
    abstract void checkOpen() throws JMSException;

    MessageFactory messages() {
        return messages;
    }

    // Messages.

    @Override
    public BytesMessage createBytesMessage() throws JMSException {
        checkOpen();
        return messages.newBytesMessage();
    }

    @Override
    public MapMessage createMapMessage() throws JMSException {
        checkOpen();
        return messages.newMapMessage();
    }

    @Override
    public Message createMessage() throws JMSException {
        checkOpen();
        return messages.newMessage();
    }

    @Override
    public ObjectMessage createObjectMessage() throws JMSException {
        return createObjectMessage(null);
    }

    @Override
    public ObjectMessage createObjectMessage(@Nullable Serializable object) throws JMSException {
        checkOpen();
        return messages.newObjectMessage(object);
    }

    @Override
    public StreamMessage createStreamMessage() throws JMSException {
        checkOpen();
        return messages.newStreamMessage();
    }

    @Override
    public TextMessage createTextMessage() throws JMSException {
        return createTextMessage(null);
    }

    @Override
    public TextMessage createTextMessage(@Nullable String text) throws JMSException {
        checkOpen();
        return messages.newTextMessage(text);
    }

    // Destinations.

    @Override
    public Queue createQueue(String queueName) throws JMSException {
        checkNot(Domain.TOPIC, "createQueue");
        return new GodwitQueue(checkedName(queueName, "queue"));
    }

    @Override
    public Topic createTopic(String topicName) throws JMSException {
        checkNot(Domain.QUEUE, "createTopic");
        return new GodwitTopic(checkedName(topicName, "topic"));
    }

    // The listeners of application servers, which this client leaves to them (§13).

    @Override
    public @Nullable MessageListener getMessageListener() throws JMSException {
        checkOpen();
        return null;
    }

    @Override
    public void setMessageListener(@Nullable MessageListener listener) throws JMSException {
        checkOpen();
        // Pools take it away from each session that they get back.
        if (listener != null) {
            throw new JMSException("listeners of a whole session, an application server's facility, are not supported");
        }
    }

    @Override
    public void run() {
        throw new UnsupportedOperationException(
                "running a session, an application server's facility, is not supported");
    }

    void checkNot(Domain forbidden, String what) throws JMSException {
        checkOpen();
        if (domain == forbidden) {
            throw new IllegalStateException(
                    what + " is not for a " + forbidden.name().toLowerCase(Locale.ROOT) + " session");
        }
    }

    static String checkedName(@Nullable String name, String what) throws JMSException {
        if (name == null || name.isEmpty()) {
            throw new InvalidDestinationException("a " + what + " needs a name");
        }
        return name;
    }
}
