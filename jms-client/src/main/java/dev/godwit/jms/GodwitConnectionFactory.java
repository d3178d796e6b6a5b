package dev.godwit.jms;

import dev.godwit.jms.provider.amqp.AmqpProviderFactory;
import dev.godwit.jms.session.ClientConnection;
import dev.godwit.jms.session.ClientContext;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSException;
import jakarta.jms.QueueConnection;
import jakarta.jms.QueueConnectionFactory;
import jakarta.jms.TopicConnection;
import jakarta.jms.TopicConnectionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections to a broker that speaks AMQP 1.0. Immutable, for any thread.
 *
 * <p>The broker is named by a URI, {@code amqp://[user[:password]@]host[:port][?option=value&…]}:
 *
 * <table>
 * <caption>Options</caption>
 * <tr><th>option</th><th>default</th><th>meaning</th></tr>
 * <tr><td>jms.clientID</td><td></td><td>how the broker knows the connection; may be connected only once</td></tr>
 * <tr><td>jms.username, jms.password</td><td></td><td>who to come in as</td></tr>
 * <tr><td>jms.prefetch</td><td>1000</td><td>messages that a consumer holds before they are asked for</td></tr>
 * <tr><td>jms.connectTimeout</td><td>15000</td><td>milliseconds until the broker has let us in</td></tr>
 * <tr><td>jms.requestTimeout</td><td>60000</td><td>milliseconds until the broker has answered</td></tr>
 * <tr><td>jms.sendTimeout</td><td>60000</td><td>milliseconds until the broker has taken a message</td></tr>
 * <tr><td>jms.closeTimeout</td><td>60000</td><td>milliseconds until a close is done</td></tr>
 * <tr><td>jms.sendWindowBytes</td><td>8388608</td><td>bytes of a session on their way that nobody waits for</td></tr>
 * <tr><td>jms.forceSyncSend, jms.forceAsyncSend</td><td>false</td><td>all sends wait for the answer, or none</td></tr>
 * <tr><td>jms.localMessageExpiry</td><td>true</td><td>consumers drop messages whose time is over</td></tr>
 * <tr><td>jms.deserializationPolicy.allowList</td><td></td><td>classes and packages that object messages may hold,
 * with commas between; only plain values when empty</td></tr>
 * <tr><td>jms.deserializationPolicy.denyList</td><td></td><td>those that they may not, whatever is allowed</td></tr>
 * <tr><td>amqp.vhost</td><td>the host</td><td>the host name told to the broker</td></tr>
 * <tr><td>amqp.idleTimeout</td><td>60000</td><td>milliseconds of silence after which the broker is lost</td></tr>
 * <tr><td>amqp.maxFrameSize</td><td>131072</td><td>bytes of the longest frame that we take</td></tr>
 * </table>
 *
 * A timeout of -1 waits without limit. An option that is not in the table is an error.
 */
public final class GodwitConnectionFactory
        implements ConnectionFactory, QueueConnectionFactory, TopicConnectionFactory {
    /** A broker on this machine. */
    public static final String DEFAULT_URI = "amqp://127.0.0.1:5672";

    private final ConnectionUri uri;
    private final @Nullable String user;
    private final @Nullable String password;

    public GodwitConnectionFactory() {
        this(DEFAULT_URI);
    }

    /**
     * A factory for the broker at a URI.
     *
     * @throws IllegalArgumentException saying what is wrong with the URI
     */
    public GodwitConnectionFactory(String uri) {
        this(null, null, uri);
    }

    /**
     * A factory for the broker at a URI, and the user to come in as.
     *
     * @param user null for the user of the URI, if it names one
     * @throws IllegalArgumentException saying what is wrong with the URI
     */
    public GodwitConnectionFactory(@Nullable String user, @Nullable String password, String uri) {
        this.uri = ConnectionUri.parse(uri);
        this.user = user == null ? this.uri.user() : user;
        this.password = user == null ? this.uri.password() : password;
    }

    /** The URI that the factory was made with. */
    public String getUri() {
        return uri.text();
    }

    @Override
    public ClientConnection createConnection() throws JMSException {
        return createConnection(user, password);
    }

    @Override
    public ClientConnection createConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return ClientConnection.open(
                new AmqpProviderFactory(uri.amqpSettings()),
                uri.connectionSettings(),
                uri.clientId(),
                userName,
                newPassword);
    }

    @Override
    public QueueConnection createQueueConnection() throws JMSException {
        return createConnection().forQueues();
    }

    @Override
    public QueueConnection createQueueConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return createConnection(userName, newPassword).forQueues();
    }

    @Override
    public TopicConnection createTopicConnection() throws JMSException {
        return createConnection();
    }

    @Override
    public TopicConnection createTopicConnection(@Nullable String userName, @Nullable String newPassword)
            throws JMSException {
        return createConnection(userName, newPassword);
    }

    @Override
    public JMSContext createContext() {
        return createContext(JMSContext.AUTO_ACKNOWLEDGE);
    }

    @Override
    public JMSContext createContext(int sessionMode) {
        return createContext(user, password, sessionMode);
    }

    @Override
    public JMSContext createContext(@Nullable String userName, @Nullable String newPassword) {
        return createContext(userName, newPassword, JMSContext.AUTO_ACKNOWLEDGE);
    }

    @Override
    public JMSContext createContext(@Nullable String userName, @Nullable String newPassword, int sessionMode) {
        ClientContext.checkedMode(sessionMode);
        return ClientContext.open(() -> createConnection(userName, newPassword), sessionMode);
    }
}
