package dev.godwit.jms;

import dev.godwit.jms.uri.ConnectionOption;
import dev.godwit.jms.uri.ConnectionUri;
import org.jspecify.annotations.Nullable;

/**
 * The options of connections as properties, by the names that they have in Qpid JMS: each is the option of a URI that is
 * called so behind {@code jms.}. For any thread.
 */
abstract class FactoryProperties {
    /** What holds now. */
    abstract ConnectionUri settings();

    /**
     * Sets an option.
     *
     * @param value null for what the URI says
     */
    abstract void set(ConnectionOption option, @Nullable String value);

    private @Nullable String textOrNull(ConnectionOption option) {
        String value = settings().value(option);
        return value.isEmpty() ? null : value;
    }

    private boolean flag(ConnectionOption option) {
        return Boolean.parseBoolean(settings().value(option));
    }

    private long millis(ConnectionOption option) {
        return Long.parseLong(settings().value(option));
    }

    public @Nullable String getUsername() {
        return textOrNull(ConnectionOption.USERNAME);
    }

    public void setUsername(@Nullable String username) {
        set(ConnectionOption.USERNAME, username);
    }

    public @Nullable String getPassword() {
        return textOrNull(ConnectionOption.PASSWORD);
    }

    public void setPassword(@Nullable String password) {
        set(ConnectionOption.PASSWORD, password);
    }

    public @Nullable String getClientID() {
        return textOrNull(ConnectionOption.CLIENT_ID);
    }

    public void setClientID(@Nullable String clientID) {
        set(ConnectionOption.CLIENT_ID, clientID);
    }

    public String getQueuePrefix() {
        return settings().value(ConnectionOption.QUEUE_PREFIX);
    }

    public void setQueuePrefix(String queuePrefix) {
        set(ConnectionOption.QUEUE_PREFIX, queuePrefix);
    }

    public String getTopicPrefix() {
        return settings().value(ConnectionOption.TOPIC_PREFIX);
    }

    public void setTopicPrefix(String topicPrefix) {
        set(ConnectionOption.TOPIC_PREFIX, topicPrefix);
    }

    public String getClientIDPrefix() {
        return settings().value(ConnectionOption.CLIENT_ID_PREFIX);
    }

    public void setClientIDPrefix(String clientIDPrefix) {
        set(ConnectionOption.CLIENT_ID_PREFIX, clientIDPrefix);
    }

    public String getConnectionIDPrefix() {
        return settings().value(ConnectionOption.CONNECTION_ID_PREFIX);
    }

    public void setConnectionIDPrefix(String connectionIDPrefix) {
        set(ConnectionOption.CONNECTION_ID_PREFIX, connectionIDPrefix);
    }

    public long getConnectTimeout() {
        return millis(ConnectionOption.CONNECT_TIMEOUT);
    }

    public void setConnectTimeout(long connectTimeoutMillis) {
        set(ConnectionOption.CONNECT_TIMEOUT, Long.toString(connectTimeoutMillis));
    }

    public long getRequestTimeout() {
        return millis(ConnectionOption.REQUEST_TIMEOUT);
    }

    public void setRequestTimeout(long requestTimeoutMillis) {
        set(ConnectionOption.REQUEST_TIMEOUT, Long.toString(requestTimeoutMillis));
    }

    public long getSendTimeout() {
        return millis(ConnectionOption.SEND_TIMEOUT);
    }

    public void setSendTimeout(long sendTimeoutMillis) {
        set(ConnectionOption.SEND_TIMEOUT, Long.toString(sendTimeoutMillis));
    }

    public long getCloseTimeout() {
        return millis(ConnectionOption.CLOSE_TIMEOUT);
    }

    public void setCloseTimeout(long closeTimeoutMillis) {
        set(ConnectionOption.CLOSE_TIMEOUT, Long.toString(closeTimeoutMillis));
    }

    public boolean isForceSyncSend() {
        return flag(ConnectionOption.FORCE_SYNC_SEND);
    }

    public void setForceSyncSend(boolean forceSyncSend) {
        set(ConnectionOption.FORCE_SYNC_SEND, Boolean.toString(forceSyncSend));
    }

    public boolean isForceAsyncSend() {
        return flag(ConnectionOption.FORCE_ASYNC_SEND);
    }

    public void setForceAsyncSend(boolean forceAsyncSend) {
        set(ConnectionOption.FORCE_ASYNC_SEND, Boolean.toString(forceAsyncSend));
    }

    public boolean isForceAsyncAcks() {
        return flag(ConnectionOption.FORCE_ASYNC_ACKS);
    }

    public void setForceAsyncAcks(boolean forceAsyncAcks) {
        set(ConnectionOption.FORCE_ASYNC_ACKS, Boolean.toString(forceAsyncAcks));
    }

    public boolean isLocalMessageExpiry() {
        return flag(ConnectionOption.LOCAL_MESSAGE_EXPIRY);
    }

    public void setLocalMessageExpiry(boolean localMessageExpiry) {
        set(ConnectionOption.LOCAL_MESSAGE_EXPIRY, Boolean.toString(localMessageExpiry));
    }

    public boolean isLocalMessagePriority() {
        return flag(ConnectionOption.LOCAL_MESSAGE_PRIORITY);
    }

    public void setLocalMessagePriority(boolean localMessagePriority) {
        set(ConnectionOption.LOCAL_MESSAGE_PRIORITY, Boolean.toString(localMessagePriority));
    }

    public boolean isValidatePropertyNames() {
        return flag(ConnectionOption.VALIDATE_PROPERTY_NAMES);
    }

    public void setValidatePropertyNames(boolean validatePropertyNames) {
        set(ConnectionOption.VALIDATE_PROPERTY_NAMES, Boolean.toString(validatePropertyNames));
    }

    public boolean isReceiveLocalOnly() {
        return flag(ConnectionOption.RECEIVE_LOCAL_ONLY);
    }

    public void setReceiveLocalOnly(boolean receiveLocalOnly) {
        set(ConnectionOption.RECEIVE_LOCAL_ONLY, Boolean.toString(receiveLocalOnly));
    }

    public boolean isReceiveNoWaitLocalOnly() {
        return flag(ConnectionOption.RECEIVE_NO_WAIT_LOCAL_ONLY);
    }

    public void setReceiveNoWaitLocalOnly(boolean receiveNoWaitLocalOnly) {
        set(ConnectionOption.RECEIVE_NO_WAIT_LOCAL_ONLY, Boolean.toString(receiveNoWaitLocalOnly));
    }

    public boolean isPopulateJMSXUserID() {
        return flag(ConnectionOption.POPULATE_USER_ID);
    }

    public void setPopulateJMSXUserID(boolean populateJMSXUserID) {
        set(ConnectionOption.POPULATE_USER_ID, Boolean.toString(populateJMSXUserID));
    }

    public boolean isAwaitClientID() {
        return flag(ConnectionOption.AWAIT_CLIENT_ID);
    }

    public void setAwaitClientID(boolean awaitClientID) {
        set(ConnectionOption.AWAIT_CLIENT_ID, Boolean.toString(awaitClientID));
    }

    public boolean isUseDaemonThread() {
        return flag(ConnectionOption.USE_DAEMON_THREAD);
    }

    public void setUseDaemonThread(boolean useDaemonThread) {
        set(ConnectionOption.USE_DAEMON_THREAD, Boolean.toString(useDaemonThread));
    }
}
