package dev.godwit.jms.session;

import dev.godwit.jms.provider.ProviderFactory;
import jakarta.jms.ExceptionListener;
import jakarta.jms.JMSException;
import org.jspecify.annotations.Nullable;

/**
 * What a connection is opened with, and the kinds of connection that there are. A value, good for many connections.
 *
 * @param clientId null when the application may give one later
 * @param user null to come as nobody
 * @param exceptionListener of the connection from the start; null for none
 */
public record Opening(
        ProviderFactory factory,
        ConnectionSettings settings,
        @Nullable String clientId,
        @Nullable String user,
        @Nullable String password,
        @Nullable ExceptionListener exceptionListener) {
    /** As nobody, without a name or a listener. */
    public Opening(ProviderFactory factory, ConnectionSettings settings) {
        this(factory, settings, null, null, null, null);
    }

    /** Leaves the password out. */
    @Override
    public String toString() {
        return "Opening[factory=" + factory.describe() + ", clientId=" + clientId + ", user=" + user + ']';
    }

    /** Connects. */
    public ClientConnection connect() throws JMSException {
        return new ClientConnection(this, Domain.COMMON);
    }

    /**
     * As {@link #connect}, for those who know queues only: the connection refuses what is for topics alone (Jakarta Messaging
     * §9.2).
     */
    public ClientConnection connectForQueues() throws JMSException {
        return new ClientConnection(this, Domain.QUEUE);
    }

    /** As {@link #connect}, for those whose transactions somebody else coordinates (Jakarta Messaging §6.3). */
    public XaConnection connectXa() throws JMSException {
        return new XaConnection(this, Domain.COMMON);
    }

    /** As {@link #connectXa} and {@link #connectForQueues}. */
    public XaConnection connectXaForQueues() throws JMSException {
        return new XaConnection(this, Domain.QUEUE);
    }
}
