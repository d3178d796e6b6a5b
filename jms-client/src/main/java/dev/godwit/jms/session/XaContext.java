package dev.godwit.jms.session;

import static dev.godwit.jms.session.JmsErrors.unchecked;

import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.XAJMSContext;
import java.util.concurrent.atomic.AtomicInteger;
import javax.transaction.xa.XAResource;

/** A context of the simplified API whose session takes part in transactions that somebody else coordinates. */
public final class XaContext extends ClientContext implements XAJMSContext {
    private final XaConnection connection;

    private XaContext(XaConnection connection) {
        super(connection, JMSContext.SESSION_TRANSACTED, new AtomicInteger(1));
        this.connection = connection;
    }

    /** The first context on a connection of its own. */
    public static XaContext openXa(Opening opening) {
        return new XaContext(unchecked(opening::connectXa));
    }

    @Override
    ClientSession newSession() throws JMSException {
        return connection.newXaSession(Domain.COMMON);
    }

    @Override
    public JMSContext getContext() {
        return this;
    }

    @Override
    public XAResource getXAResource() {
        return ((XaSession) session()).getXAResource();
    }
}
