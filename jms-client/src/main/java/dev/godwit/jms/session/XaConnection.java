package dev.godwit.jms.session;

import dev.godwit.jms.provider.GlobalSession;
import dev.godwit.jms.provider.Provider;
import jakarta.jms.JMSException;
import jakarta.jms.XAQueueConnection;
import jakarta.jms.XAQueueSession;
import jakarta.jms.XASession;
import jakarta.jms.XATopicConnection;
import jakarta.jms.XATopicSession;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A connection whose sessions take part in transactions that somebody else coordinates (Jakarta Messaging §6.3). */
public final class XaConnection extends ClientConnection implements XAQueueConnection, XATopicConnection {
    /** On which its sessions work, or that wait to be prepared. */
    private final Map<ClientXid, XaBranch> branches = new ConcurrentHashMap<>();

    private final AtomicReference<@Nullable GlobalSession> control = new AtomicReference<>();

    XaConnection(Opening opening, Domain domain) throws JMSException {
        super(opening, domain);
    }

    /**
     * The session at the broker in which the branches are begun, prepared and decided. Nobody works in it, so a branch does not
     * end with the session that has worked on it (Jakarta Messaging §6.1.8).
     */
    GlobalSession control() throws JMSException {
        GlobalSession known = control.get();
        if (known != null) {
            return known;
        }
        checkConnected();
        GlobalSession opened = Answers.await(
                provider().openGlobalSession(), settings().requestTimeoutMillis(), "creating a session for branches");
        if (!control.compareAndSet(null, opened)) {
            Answers.await(opened.close(), settings().closeTimeoutMillis(), "closing a session");
        }
        return control();
    }

    /** The broker has ended that session: the next question goes to another one, which there may be already. */
    void onControlEnded(GlobalSession ended) {
        control.compareAndSet(ended, null);
    }

    Map<ClientXid, XaBranch> branches() {
        return branches;
    }

    @Override
    public XASession createXASession() throws JMSException {
        return newXaSession(Domain.COMMON);
    }

    @Override
    public XAQueueSession createXAQueueSession() throws JMSException {
        return newXaSession(Domain.QUEUE);
    }

    @Override
    public XATopicSession createXATopicSession() throws JMSException {
        return newXaSession(Domain.TOPIC);
    }

    XaSession newXaSession(Domain domain) throws JMSException {
        return add(Provider::openGlobalSession, (opened, sessionId) -> new XaSession(this, opened, sessionId, domain));
    }
}
