package dev.godwit.jms.session;

import static dev.godwit.jms.session.JmsErrors.unchecked;
import static dev.godwit.jms.session.JmsErrors.uncheckedDo;
import static dev.godwit.jms.session.JmsErrors.uncheckedOrNull;

import jakarta.jms.BytesMessage;
import jakarta.jms.ConnectionMetaData;
import jakarta.jms.Destination;
import jakarta.jms.ExceptionListener;
import jakarta.jms.IllegalStateRuntimeException;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.JMSProducer;
import jakarta.jms.JMSRuntimeException;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.QueueBrowser;
import jakarta.jms.Session;
import jakarta.jms.StreamMessage;
import jakarta.jms.TemporaryQueue;
import jakarta.jms.TemporaryTopic;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.io.Serializable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A context of the simplified API: a connection, which it may share with the contexts made from it, and a session of its
 * own, which begins with its first use so that a client identifier can still be set. Used by one thread at a time.
 */
public class ClientContext implements JMSContext {
    private final ClientConnection connection;
    /** Contexts that share the connection; the last one closes it. */
    private final AtomicInteger sharers;

    private final int sessionMode;
    private final AtomicReference<@Nullable ClientSession> session = new AtomicReference<>();
    private @Nullable MessageProducer anonymousProducer;
    private boolean autoStart = true;
    private volatile boolean closed;

    /** The first context on a connection of its own. */
    public static ClientContext open(Opening opening, int sessionMode) {
        checkedMode(sessionMode);
        return new ClientContext(unchecked(opening::connect), sessionMode, new AtomicInteger(1));
    }

    ClientContext(ClientConnection connection, int sessionMode, AtomicInteger sharers) {
        this.connection = connection;
        this.sessionMode = sessionMode;
        this.sharers = sharers;
    }

    /** Says whether there is such a session mode, before a connection is made for it. */
    public static int checkedMode(int sessionMode) {
        if (!ConsumptionMode.isKnown(sessionMode)) {
            throw new JMSRuntimeException("no such session mode: " + sessionMode);
        }
        return sessionMode;
    }

    @Override
    public JMSContext createContext(int newSessionMode) {
        checkedMode(newSessionMode);
        checkOpen();
        sharers.incrementAndGet();
        return new ClientContext(connection, newSessionMode, sharers);
    }

    @Override
    public JMSProducer createProducer() {
        checkOpen();
        if (anonymousProducer == null) {
            anonymousProducer = unchecked(() -> session().createProducer(null));
        }
        return new ContextProducer(session(), anonymousProducer);
    }

    @Override
    public @Nullable String getClientID() {
        return uncheckedOrNull(() -> connection().getClientID());
    }

    @Override
    public void setClientID(String clientID) {
        uncheckedDo(() -> connection().setClientID(clientID));
    }

    @Override
    public ConnectionMetaData getMetaData() {
        return unchecked(() -> connection().getMetaData());
    }

    @Override
    public @Nullable ExceptionListener getExceptionListener() {
        return uncheckedOrNull(() -> connection().getExceptionListener());
    }

    @Override
    public void setExceptionListener(@Nullable ExceptionListener listener) {
        uncheckedDo(() -> connection().setExceptionListener(listener));
    }

    @Override
    public void start() {
        uncheckedDo(() -> connection().start());
    }

    @Override
    public void stop() {
        uncheckedDo(() -> connection().stop());
    }

    @Override
    public void setAutoStart(boolean autoStart) {
        checkOpen();
        this.autoStart = autoStart;
    }

    @Override
    public boolean getAutoStart() {
        checkOpen();
        return autoStart;
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        uncheckedDo(() -> {
            ClientSession mine = session.get();
            if (mine != null) {
                mine.checkNotFromCallback("a context cannot be closed");
            }
            closed = true;
            try {
                if (mine != null) {
                    mine.close();
                }
            } finally {
                if (sharers.decrementAndGet() == 0) {
                    connection.close();
                }
            }
        });
    }

    @Override
    public BytesMessage createBytesMessage() {
        return unchecked(() -> session().createBytesMessage());
    }

    @Override
    public MapMessage createMapMessage() {
        return unchecked(() -> session().createMapMessage());
    }

    @Override
    public Message createMessage() {
        return unchecked(() -> session().createMessage());
    }

    @Override
    public ObjectMessage createObjectMessage() {
        return unchecked(() -> session().createObjectMessage());
    }

    @Override
    public ObjectMessage createObjectMessage(@Nullable Serializable object) {
        return unchecked(() -> session().createObjectMessage(object));
    }

    @Override
    public StreamMessage createStreamMessage() {
        return unchecked(() -> session().createStreamMessage());
    }

    @Override
    public TextMessage createTextMessage() {
        return unchecked(() -> session().createTextMessage());
    }

    @Override
    public TextMessage createTextMessage(@Nullable String text) {
        return unchecked(() -> session().createTextMessage(text));
    }

    @Override
    public boolean getTransacted() {
        return unchecked(() -> session().getTransacted());
    }

    @Override
    public int getSessionMode() {
        checkOpen();
        return sessionMode;
    }

    @Override
    public void commit() {
        uncheckedDo(() -> session().commit());
    }

    @Override
    public void rollback() {
        uncheckedDo(() -> session().rollback());
    }

    @Override
    public void recover() {
        uncheckedDo(() -> session().recover());
    }

    @Override
    public void acknowledge() {
        checkOpen();
        if (sessionMode == Session.CLIENT_ACKNOWLEDGE) {
            uncheckedDo(() -> session().acknowledge());
        }
    }

    @Override
    public JMSConsumer createConsumer(Destination destination) {
        return consumer(() -> session().createConsumer(destination));
    }

    @Override
    public JMSConsumer createConsumer(Destination destination, @Nullable String messageSelector) {
        return consumer(() -> session().createConsumer(destination, messageSelector));
    }

    @Override
    public JMSConsumer createConsumer(Destination destination, @Nullable String messageSelector, boolean noLocal) {
        return consumer(() -> session().createConsumer(destination, messageSelector, noLocal));
    }

    @Override
    public JMSConsumer createDurableConsumer(Topic topic, String name) {
        return consumer(() -> session().createDurableConsumer(topic, name));
    }

    @Override
    public JMSConsumer createDurableConsumer(
            Topic topic, String name, @Nullable String messageSelector, boolean noLocal) {
        return consumer(() -> session().createDurableConsumer(topic, name, messageSelector, noLocal));
    }

    @Override
    public JMSConsumer createSharedDurableConsumer(Topic topic, String name) {
        return consumer(() -> session().createSharedDurableConsumer(topic, name));
    }

    @Override
    public JMSConsumer createSharedDurableConsumer(Topic topic, String name, @Nullable String messageSelector) {
        return consumer(() -> session().createSharedDurableConsumer(topic, name, messageSelector));
    }

    @Override
    public JMSConsumer createSharedConsumer(Topic topic, String sharedSubscriptionName) {
        return consumer(() -> session().createSharedConsumer(topic, sharedSubscriptionName));
    }

    @Override
    public JMSConsumer createSharedConsumer(
            Topic topic, String sharedSubscriptionName, @Nullable String messageSelector) {
        return consumer(() -> session().createSharedConsumer(topic, sharedSubscriptionName, messageSelector));
    }

    private JMSConsumer consumer(JmsErrors.Call<MessageConsumer> creation) {
        return unchecked(() -> {
            SessionConsumer consumer = (SessionConsumer) creation.make();
            startIfWanted();
            return new ContextConsumer(consumer);
        });
    }

    @Override
    public Queue createQueue(String queueName) {
        return unchecked(() -> session().createQueue(queueName));
    }

    @Override
    public Topic createTopic(String topicName) {
        return unchecked(() -> session().createTopic(topicName));
    }

    @Override
    public QueueBrowser createBrowser(Queue queue) {
        return createBrowser(queue, null);
    }

    @Override
    public QueueBrowser createBrowser(Queue queue, @Nullable String messageSelector) {
        return unchecked(() -> {
            QueueBrowser browser = session().createBrowser(queue, messageSelector);
            startIfWanted();
            return browser;
        });
    }

    @Override
    public TemporaryQueue createTemporaryQueue() {
        return unchecked(() -> session().createTemporaryQueue());
    }

    @Override
    public TemporaryTopic createTemporaryTopic() {
        return unchecked(() -> session().createTemporaryTopic());
    }

    @Override
    public void unsubscribe(String name) {
        uncheckedDo(() -> session().unsubscribe(name));
    }

    private void startIfWanted() throws JMSException {
        if (autoStart) {
            connection.start();
        }
    }

    /** The connection, which others may go on using when this context is closed. */
    private ClientConnection connection() {
        checkOpen();
        return connection;
    }

    final ClientSession session() {
        checkOpen();
        ClientSession opened = session.get();
        if (opened == null) {
            opened = unchecked(this::newSession);
            session.set(opened);
        }
        return opened;
    }

    ClientSession newSession() throws JMSException {
        return (ClientSession) connection.createSession(sessionMode);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateRuntimeException("the context is closed");
        }
    }
}
